"""What the background process does for protocols by the clock: it puts reviews and lapses before people, in good time.

That a protocol lapses needs no process: its lanes end by the day written in them.
"""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.protocol_duties import duties_of_protocol
from domain.sharing_protocols import SIGNABLE, ProtocolSignature, SharingProtocol
from services.core.chasing import put_before
from services.core.codec import from_document
from services.db.models.protocols import protocol_chases, protocol_signatures, sharing_protocols
from services.sharing.protocol_repository import signature_of


async def chase_protocols(engine: AsyncEngine, at: datetime) -> int:
    """Put what has reached a rung before the roles it concerns, each rung once; give how many protocols were looked at.

    A region has hundreds of protocols and their clocks count days, so all are looked at, once an hour.
    """
    columns = sharing_protocols.c
    states = [state.value for state in SIGNABLE]
    async with engine.begin() as connection:
        rows = (await connection.execute(select(columns.content).where(columns.state.in_(states)))).all()
        given: dict[UUID, list[ProtocolSignature]] = defaultdict(list)
        for row in (await connection.execute(select(protocol_signatures))).all():
            given[row.protocol_id].append(signature_of(row))
        for row in rows:
            protocol = from_document(SharingProtocol, row.content)
            duties = duties_of_protocol(protocol, given[protocol.id])
            owed = [({"protocol_id": protocol.id, "owner_agency": duty.agency}, duty) for duty in duties]
            await put_before(connection, protocol_chases, owed, at)
    return len(rows)
