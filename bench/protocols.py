"""500 protocols with 5,000 flows in force, so that a check asks its lane among as many as a region could ever have."""

import json
import random
import uuid
from datetime import UTC, date, datetime

import asyncpg

from bench.data import CALLER, OWNER
from domain.access import Purpose
from domain.bilingual import Bilingual
from domain.flag_decisions import Signature
from domain.ids import AgencyCode, HumanId, ProtocolId, UserId
from domain.sharing_protocol_terms import (
    ProtocolFlow,
    ProtocolKind,
    ProtocolPartner,
    ProtocolPower,
    ProtocolRights,
    ProtocolSecurity,
    ProtocolTerms,
)
from domain.sharing_protocols import ProtocolState, SharingProtocol
from domain.vocabularies import VOCABULARIES
from services.core.codec import to_document
from services.db.bootstrap import dsn

PROTOCOLS, FLOWS = 500, 10
PARTNERS = 40
_AT = datetime(2020, 1, 1, tzinfo=UTC)
_NOBODY = uuid.UUID(int=1)


async def sign_up(url: str) -> int:
    """Enter them once, every fifth flow among them from the flags' owner to the caller; give how many lanes there are."""
    connection = await asyncpg.connect(dsn(url), command_timeout=600)
    try:
        if not await connection.fetchval("SELECT count(*) FROM rhannu.sharing_protocols"):
            chance = random.Random(2026)
            others = [f"partner-{number:02}" for number in range(PARTNERS)]
            await connection.executemany(
                "INSERT INTO rhannu.agencies (code, name_en, name_cy, type, duty_phone) "
                "VALUES ($1, $1, $1, 'housing', '01633 960000') ON CONFLICT DO NOTHING",
                [(code,) for code in others],
            )
            for _ in range(PROTOCOLS):
                await _enter(connection, _protocol(chance, [OWNER, CALLER, *chance.sample(others, 6)]))
            await connection.execute("VACUUM ANALYZE rhannu.flow_lanes, rhannu.flow_spans")
        return int(await connection.fetchval("SELECT count(*) FROM rhannu.flow_lanes"))
    finally:
        await connection.close()


async def _enter(connection: "asyncpg.Connection[asyncpg.Record]", made: SharingProtocol) -> None:
    agencies = sorted(made.agencies)
    await connection.execute(
        "INSERT INTO rhannu.sharing_protocols (id, owner_agency, version, state, partners, review_due, drafted_at, "
        "content, recorded_at, recorded_by) VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $6, $8)",
        made.id, made.owner_agency, made.state.value, agencies, made.terms.review_due, _AT,
        json.dumps(to_document(made)), _NOBODY,
    )  # fmt: skip
    await connection.executemany(
        "INSERT INTO rhannu.protocol_signatures (id, owner_agency, protocol_id, post, signed_at, signed_by, "
        "signed_human) VALUES ($1, $2, $3, 'Head of service', $4, $5, $5)",
        [(uuid.uuid4(), agency, made.id, _AT, _NOBODY) for agency in agencies],
    )


def _protocol(chance: random.Random, agencies: list[str]) -> SharingProtocol:
    signed = Signature(UserId(_NOBODY), HumanId(_NOBODY), _AT)
    terms = ProtocolTerms(
        title=Bilingual("Bench", "Mainc"),
        reference="BENCH",
        kind=ProtocolKind.ISP,
        purposes=tuple(sorted(Purpose)),
        benefits="A figure.",
        subject_groups=("Nobody",),
        partners=tuple(ProtocolPartner(AgencyCode(code), "Head", "Lead") for code in agencies),
        practitioner_groups=(),
        obligations=(),
        powers=(ProtocolPower("SSWBA-162", ("6-1-e",)),),
        confidentiality="None.",
        flows=tuple(_flow(chance, f"F{number}", agencies) for number in range(FLOWS)),
        rights=ProtocolRights("None", "None", "None"),
        security=ProtocolSecurity("None", "None", "None", "None"),
        records="None.",
        review_due=date(2030, 1, 1),
    )
    return SharingProtocol(
        id=ProtocolId(uuid.uuid4()),
        owner_agency=AgencyCode(OWNER),
        version=1,
        state=ProtocolState.IN_FORCE,
        terms=terms,
        drafted=signed,
        changed=signed,
    )


def _flow(chance: random.Random, name: str, agencies: list[str]) -> ProtocolFlow:
    giver, recipient = (OWNER, CALLER) if chance.random() < 0.2 else chance.sample(agencies, 2)
    items = {"risk-and-precautions", *chance.sample(sorted(VOCABULARIES["data-item"].codes), 3)}
    purposes = {Purpose.STAFF_SAFETY_VISIT, *chance.sample(sorted(Purpose), 3)}
    return ProtocolFlow(
        id=name,
        givers=(AgencyCode(giver),),
        recipients=(AgencyCode(recipient),),
        items=tuple(sorted(items)),
        purposes=tuple(sorted(purposes)),
        why_needed="A figure.",
        method="This service",
        trigger="Always",
        retention="None",
    )
