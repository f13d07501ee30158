"""Protocols by which tests let information flow: straight into the tables, or as bodies for the Board's administrators."""

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import asyncpg

from domain.access import Purpose, Role
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

BOARD = "gwent-safeguarding"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
EVERY_ITEM = tuple(sorted(VOCABULARIES["data-item"].codes))
EVERY_PURPOSE = tuple(sorted(Purpose))
NOBODY = uuid.UUID("00000000-0000-4000-8000-000000000001")


def flow(
    givers: Iterable[str],
    recipients: Iterable[str],
    *,
    name: str = "F1",
    items: Sequence[str] = EVERY_ITEM,
    purposes: Sequence[str] = EVERY_PURPOSE,
) -> ProtocolFlow:
    return ProtocolFlow(
        id=name,
        givers=tuple(map(AgencyCode, givers)),
        recipients=tuple(map(AgencyCode, recipients)),
        items=tuple(items),
        purposes=tuple(purposes),
        why_needed="Nobody knocks on a door unwarned.",
        method="This service",
        trigger="Before each contact",
        retention="As long as the warning stands",
    )


def protocol(
    agencies: Sequence[str],
    *flows: ProtocolFlow,
    state: ProtocolState = ProtocolState.IN_FORCE,
    runs_until: date | None = None,
    at: datetime = LONG_AGO,
) -> SharingProtocol:
    """A protocol as it stands in the table; by default everything may flow among everybody."""
    signed = Signature(UserId(NOBODY), HumanId(NOBODY), at)
    new_id = ProtocolId(uuid.uuid4())
    terms = ProtocolTerms(
        title=Bilingual("Risk to those who visit", "Risg i'r rhai sy'n ymweld"),
        reference=f"ISP-{new_id.hex[:8]}",
        kind=ProtocolKind.ISP,
        purposes=EVERY_PURPOSE,
        benefits="Visits are planned with what others know.",
        subject_groups=("Adults at risk and those around them",),
        partners=tuple(ProtocolPartner(AgencyCode(each), "Head of service", "Lead") for each in agencies),
        practitioner_groups=(),
        obligations=(),
        powers=(ProtocolPower("SSWBA-162", ("6-1-e",), ("9-2-g+sch1-18",), "APD-1"),),
        confidentiality="Public interest, weighed and recorded.",
        flows=flows or (flow(agencies, agencies),),
        rights=ProtocolRights("By a notice.", "Data protection officer", "The Board"),
        security=ProtocolSecurity("Official-Sensitive", "TLS", "Encrypted", "Duty desk"),
        records="As each partner's schedule says.",
        review_due=date(2035, 1, 1),
        runs_until=runs_until,
    )
    return SharingProtocol(
        id=new_id, owner_agency=AgencyCode(BOARD), version=1, state=state, terms=terms, drafted=signed, changed=signed
    )


async def lay(
    connection: "asyncpg.Connection[asyncpg.Record]", made: SharingProtocol, signed_by: Iterable[str] | None = None
) -> ProtocolId:
    """Enter a protocol as the schemas' owner would, signed by all its partners unless told by whom."""
    agencies = sorted(made.agencies)
    await connection.execute(
        "INSERT INTO rhannu.sharing_protocols (id, owner_agency, version, state, partners, review_due, runs_until, "
        "drafted_at, content, recorded_at, recorded_by) VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $7, $9)",
        made.id, made.owner_agency, made.state.value, agencies, made.terms.review_due, made.terms.runs_until,
        made.changed.at, json.dumps(to_document(made)), NOBODY,
    )  # fmt: skip
    await connection.executemany(
        "INSERT INTO rhannu.protocol_signatures (id, owner_agency, protocol_id, post, signed_at, signed_by, "
        "signed_human) VALUES ($1, $2, $3, 'Head of service', $4, $5, $5)",
        [
            (uuid.uuid4(), each, made.id, made.changed.at, NOBODY)
            for each in (agencies if signed_by is None else signed_by)
        ],
    )
    return made.id


async def everything_flows(connection: "asyncpg.Connection[asyncpg.Record]", agencies: Sequence[str]) -> None:
    """Let everything flow among some agencies for every purpose, once."""
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM rhannu.sharing_protocols)"):
        await lay(connection, protocol([each for each in agencies if each != BOARD]))


def drafting(agencies: Sequence[str], **changes: Any) -> dict[str, Any]:
    """The body of a draft: what its partners know of risk flows among them for visits and safeguarding."""
    return {
        "title": {"en": "Risk to those who visit", "cy": "Risg i'r rhai sy'n ymweld"},
        "reference": "WASPI-1234",
        "kind": "isp",
        "purposes": ["staff-safety-visit", "adult-safeguarding"],
        "benefits": "Visits are planned with what others know.",
        "subjectGroups": ["Adults at risk and those around them"],
        "partners": [
            {"agency": each, "responsibleManager": "Head of service", "designatedPerson": "Lead"} for each in agencies
        ],
        "powers": [
            {
                "gateway": "SSWBA-162", "lawfulBasis": ["6-1-e"], "specialConditions": ["9-2-g+sch1-18"],
                "policyDocument": "APD-1",
            }
        ],
        "confidentiality": "Public interest in disclosure, weighed and recorded.",
        "flows": [flowing(agencies, agencies)],
        "rights": {
            "fairProcessing": "By a notice at first contact.", "accessContact": "Data protection officer",
            "complaintRoute": "The Board",
        },
        "security": {
            "classification": "Official-Sensitive", "transport": "TLS", "storage": "Encrypted",
            "incidentContact": "Duty desk",
        },
        "records": "As each partner's schedule says.",
        "reviewDue": "2028-06-01",
        **changes,
    }  # fmt: skip


def flowing(givers: Sequence[str], recipients: Sequence[str], **changes: Any) -> dict[str, Any]:
    return {
        "id": "F1",
        "givers": list(givers),
        "recipients": list(recipients),
        "items": ["risk-and-precautions", "incidents"],
        "purposes": ["staff-safety-visit", "adult-safeguarding"],
        "whyNeeded": "Nobody knocks on a door unwarned.",
        "method": "This service",
        "trigger": "Before each contact",
        "retention": "As long as the warning stands",
        **changes,
    }


async def step(
    service: Any, made: dict[str, Any], path: str, body: Any = None, *, agency: str = BOARD,
    role: Role = Role.BOARD_ADMINISTRATOR, number: int = 1, version: int | None = None,
) -> Any:  # fmt: skip
    """Take a step on a protocol, unless told otherwise as the Board's first administrator."""
    headers = service.creating(agency, role.value, "audit-quality", number=number)
    headers["If-Match"] = f'"v{version or made["version"]}"'
    return await service.http.post(f"/v1/sharing-protocols/{made['id']}/{path}", json=body, headers=headers)


async def drafted(service: Any, agencies: Sequence[str], **changes: Any) -> dict[str, Any]:
    """A draft, as its drafter sees it."""
    headers = service.creating(BOARD, Role.BOARD_ADMINISTRATOR.value, "audit-quality")
    made = await service.http.post("/v1/sharing-protocols", json=drafting(agencies, **changes), headers=headers)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def assured(service: Any, agencies: Sequence[str], **changes: Any) -> dict[str, Any]:
    done = await step(service, await drafted(service, agencies, **changes), "assurance", number=2)
    assert done.status_code == 200, done.text
    return dict(done.json())


async def signed(service: Any, made: dict[str, Any], agency: str) -> dict[str, Any]:
    body = {"post": "Head of safeguarding"}
    done = await step(service, made, "signatures", body, agency=agency, role=Role.SAFEGUARDING_LEAD)
    assert done.status_code == 200, done.text
    return dict(done.json())


async def in_force(service: Any, agencies: Sequence[str], **changes: Any) -> dict[str, Any]:
    """A protocol that all its partners have signed, in force."""
    made = await assured(service, agencies, **changes)
    for agency in agencies:
        made = await signed(service, made, agency)
    done = await step(service, made, "commencement")
    assert done.status_code == 200, done.text
    return dict(done.json())
