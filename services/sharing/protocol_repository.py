"""Every query of information sharing protocols, their signatures, and the lanes that follow from both."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from domain.access import Purpose
from domain.errors import DomainError
from domain.flag_decisions import Signature
from domain.ids import AgencyCode, HumanId, ProtocolId, UserId
from domain.paging import Page, Place, Wanted
from domain.sharing_protocols import ProtocolSignature, ProtocolState, SharingProtocol
from services.core.codec import from_document, to_document
from services.core.unit_of_work import UnitOfWork
from services.core.versioned import Version, VersionedTable
from services.db.models.protocols import (
    flow_lanes,
    protocol_chases,
    protocol_signatures,
    sharing_protocol_versions,
    sharing_protocols,
)
from services.db.paging import page_of, part_of

RISK = "risk-and-precautions"
"""The item of a flow under which warnings pass; `rhannu.givers` asks for the same."""
_PROTOCOLS = VersionedTable(sharing_protocols, sharing_protocol_versions, "protocol_id")


@dataclass(frozen=True, slots=True)
class SharingFlow:
    """A flow as it holds now between two agencies: what the giver may give the recipient, for which purposes."""

    giver: AgencyCode
    recipient: AgencyCode
    protocol_id: ProtocolId
    flow: str
    items: tuple[str, ...]
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlowsWanted:
    """Between the agency acted for and which other one, of which item, for which purpose."""

    other: AgencyCode
    item: str | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class ProtocolChase:
    """Before whom of an agency a duty to a protocol was put, and when."""

    duty: str
    agency: AgencyCode
    roles: tuple[str, ...]


class ProtocolRepository:
    """Protocols that the agency acted for keeps or is a partner in."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def protocol(self, protocol_id: ProtocolId, *, lock: bool = False) -> SharingProtocol:
        """Find a protocol.

        Raises:
            DomainError: `not-found`.
        """
        row = await _PROTOCOLS.find(self._unit, protocol_id, lock=lock)
        return from_document(SharingProtocol, row.content)

    async def protocols(self, wanted: Wanted, state: ProtocolState | None) -> Page[SharingProtocol]:
        """List protocols, newest first."""
        columns = sharing_protocols.c
        query = select(columns.content)
        if state is not None:
            query = query.where(columns.state == state.value)
        query = part_of(query, columns.drafted_at, columns.id, wanted, newest_first=True)
        rows = (await self._unit.run(query)).all()
        return page_of(
            rows,
            wanted,
            lambda row: from_document(SharingProtocol, row.content),
            lambda each: Place(each.drafted.at, each.id),
        )

    async def signatures(self, protocols: Iterable[ProtocolId]) -> dict[ProtocolId, tuple[ProtocolSignature, ...]]:
        """Give the signatures of some protocols, in the order in which they were given."""
        columns = protocol_signatures.c
        wanted = list(protocols)
        query = select(protocol_signatures).where(columns.protocol_id.in_(wanted))
        rows = (await self._unit.run(query.order_by(columns.signed_at, columns.id))).all()
        found: dict[ProtocolId, list[ProtocolSignature]] = {each: [] for each in wanted}
        for row in rows:
            found[ProtocolId(row.protocol_id)].append(signature_of(row))
        return {each: tuple(given) for each, given in found.items()}

    async def chases(self, protocol_id: ProtocolId) -> tuple[ProtocolChase, ...]:
        """List before whom of the agency's own people a duty to a protocol was put."""
        columns = protocol_chases.c
        query = select(protocol_chases).where(columns.protocol_id == protocol_id)
        rows = (await self._unit.run(query.order_by(columns.chased_at, columns.duty))).all()
        return tuple(ProtocolChase(row.duty, AgencyCode(row.owner_agency), tuple(row.roles)) for row in rows)

    async def add(self, protocol: SharingProtocol) -> None:
        """Store a draft."""
        await _PROTOCOLS.add(self._unit, _version(protocol), drafted_at=protocol.drafted.at)

    async def replace(self, protocol: SharingProtocol) -> None:
        """Store the next version; the database lays the lanes.

        Raises:
            DomainError: `version-stale`.
        """
        await _PROTOCOLS.replace(self._unit, _version(protocol))

    async def sign(self, given: ProtocolSignature) -> None:
        """Store a signature.

        Raises:
            DomainError: `protocol-state-conflict` where the agency has signed meanwhile.
        """
        await self._unit.run(
            insert(protocol_signatures).values(
                id=given.id,
                owner_agency=given.agency,
                protocol_id=given.protocol_id,
                post=given.post,
                signed_at=given.signed.at,
                signed_by=given.signed.user,
                signed_human=given.signed.human,
            )
        )

    async def leave(self, given: ProtocolSignature) -> None:
        """Store that an agency left.

        Raises:
            DomainError: `protocol-state-conflict` where it left meanwhile.
        """
        left = given.left
        if left is None:
            raise DomainError("protocol-state-conflict")
        columns = protocol_signatures.c
        changed = await self._unit.run(
            update(protocol_signatures)
            .where(columns.id == given.id, columns.left_at.is_(None))
            .values(left_at=left.at, left_by=left.user, left_human=left.human, left_reason=given.left_reason)
            .returning(columns.id)
        )
        if changed.one_or_none() is None:
            raise DomainError("protocol-state-conflict")

    async def flows(self, wanted: FlowsWanted) -> tuple[SharingFlow, ...]:
        """List what may flow now between the agency acted for and another, in both directions."""
        lanes, mine = flow_lanes.c, self._unit.principal.agency
        query = (
            select(
                lanes.owner_agency,
                lanes.recipient_agency,
                lanes.protocol_id,
                lanes.flow,
                func.array_agg(lanes.item.distinct()).label("items"),
                func.array_agg(lanes.purpose.distinct()).label("purposes"),
            )
            .where(lanes.owner_agency.in_([mine, wanted.other]), lanes.recipient_agency.in_([mine, wanted.other]))
            .where(lanes.valid_from <= self._unit.now, lanes.valid_until > self._unit.now)
            .group_by(lanes.owner_agency, lanes.recipient_agency, lanes.protocol_id, lanes.flow)
            .order_by(lanes.owner_agency, lanes.protocol_id, lanes.flow)
        )
        if wanted.item is not None:
            query = query.where(lanes.item == wanted.item)
        if wanted.purpose is not None:
            query = query.where(lanes.purpose == wanted.purpose)
        return tuple(_flow(row) for row in (await self._unit.run(query)).all())

    async def items_of(self, flow: tuple[ProtocolId, str], recipient: AgencyCode, purpose: str) -> frozenset[str]:
        """Say which items the agency acted for may give a recipient now under a flow, for a purpose."""
        lanes = flow_lanes.c
        protocol_id, name = flow
        query = select(lanes.item).where(
            lanes.owner_agency == self._unit.principal.agency,
            lanes.recipient_agency == recipient,
            lanes.purpose == purpose,
            lanes.protocol_id == protocol_id,
            lanes.flow == name,
            lanes.valid_from <= self._unit.now,
            lanes.valid_until > self._unit.now,
        )
        return frozenset((await self._unit.run(query)).scalars())


async def risk_flowed(unit: UnitOfWork, recipient: AgencyCode, purpose: Purpose, at: datetime) -> bool:
    """Say whether a flow let the agency acted for tell another of risk and precautions at a moment, for a purpose."""
    lanes = flow_lanes.c
    query = select(lanes.id).where(
        lanes.owner_agency == unit.principal.agency,
        lanes.recipient_agency == recipient,
        lanes.item == RISK,
        lanes.purpose == purpose.value,
        lanes.valid_from <= at,
        lanes.valid_until > at,
    )
    return (await unit.run(query.limit(1))).one_or_none() is not None


def signature_of(row: Row[Any]) -> ProtocolSignature:
    """Read a signature from its row."""
    left = None if row.left_at is None else Signature(UserId(row.left_by), HumanId(row.left_human), row.left_at)
    return ProtocolSignature(
        id=UUID(str(row.id)),
        protocol_id=ProtocolId(row.protocol_id),
        agency=AgencyCode(row.owner_agency),
        post=row.post,
        signed=Signature(UserId(row.signed_by), HumanId(row.signed_human), row.signed_at),
        left=left,
        left_reason=row.left_reason,
    )


def _flow(row: Row[Any]) -> SharingFlow:
    return SharingFlow(
        giver=AgencyCode(row.owner_agency),
        recipient=AgencyCode(row.recipient_agency),
        protocol_id=ProtocolId(row.protocol_id),
        flow=row.flow,
        items=tuple(sorted(row.items)),
        purposes=tuple(sorted(row.purposes)),
    )


def _version(protocol: SharingProtocol) -> Version:
    return Version(
        id=protocol.id,
        owner=protocol.owner_agency,
        both={
            "version": protocol.version,
            "state": protocol.state.value,
            "content": to_document(protocol),
            "recorded_at": protocol.changed.at,
            "recorded_by": protocol.changed.user,
        },
        standing={
            "partners": sorted(protocol.agencies),
            "review_due": protocol.terms.review_due,
            "runs_until": protocol.terms.runs_until,
        },
    )
