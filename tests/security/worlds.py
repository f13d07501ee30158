"""Generated worlds of protocols, flags and people, and an oracle of who may see what in them.

The oracle is written from the rules as they are told (DESIGN laws 3, 4 and 7, domain.md 4.4, F-12) and shares no line
with the service: not its table of roles, nor its visibility, nor its SQL.
"""

import json
import random
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

from domain.flag_codes import Category, FlagState
from domain.flag_decisions import Recipients
from domain.flag_evidence import PersonSubject
from domain.ids import AgencyCode, FlagId, RecordId
from domain.sharing_protocols import ProtocolState
from services.core.codec import to_document
from services.flags.precaution import precaution_text
from tests.domain.flag_samples import active
from tests.factories.protocols import flow, lay, protocol
from tests.fixtures.service import Service, seed_agency

AGENCIES = {
    "world-council": "local-authority", "world-health": "health-board", "world-police": "police",
    "world-housing": "housing", "world-charity": "third-sector",
}  # fmt: skip
CODES = tuple(AGENCIES)

CHECKING = {"practitioner", "line-manager", "duty-manager", "duty-desk", "mash-duty", "spoc", "safeguarding-lead"}
READING = CHECKING | {"flag-decision-maker"}
CHECK_PURPOSES = {
    "staff-safety-visit", "adult-safeguarding", "direct-care", "emergency-response", "crime-prevention",
    "scheduled-check",
}  # fmt: skip
READ_PURPOSES = (CHECK_PURPOSES - {"scheduled-check"}) | {"supervision", "flag-governance"}
ROLES = ("practitioner", "duty-desk", "line-manager", "flag-decision-maker", "dpo-ig", "agency-administrator")
PURPOSES = (*sorted(CHECK_PURPOSES), "supervision", "subject-rights")
GRAVE = {"threat-violence", "animal-hazard", "do-not-visit-alone"}
RING_ANYWAY = {"staff-safety-visit", "emergency-response"}
RISK = "risk-and-precautions"
ITEMS = (RISK, "incidents", "identity-contact")
GRACE_DAYS = 28

PRECAUTION_FIELDS = {
    "flagId", "version", "ownerAgency", "category", "controls", "sentence", "handling", "reviewOn", "state", "badges",
}  # fmt: skip
STORY_FIELDS = {"decision", "assessment", "terms", "incidents", "proposed", "proposalReason", "notification"}


@dataclass(frozen=True)
class WorldFlag:
    """A flag, by what decides who sees it."""

    id: str
    owner: str
    category: str
    state: str
    named: frozenset[str] | None
    review_days: int
    restricted: bool = False
    legacy: bool = False
    reserved: frozenset[str] | None = None
    holders: frozenset[str] = frozenset()


@dataclass(frozen=True)
class WorldFlow:
    givers: tuple[str, ...]
    recipients: tuple[str, ...]
    items: tuple[str, ...]
    purposes: tuple[str, ...]


@dataclass(frozen=True)
class WorldProtocol:
    """A protocol: where it stands, who signed, and until how many days from today it runs."""

    state: str
    signed: frozenset[str]
    partners: tuple[str, ...]
    flows: tuple[WorldFlow, ...]
    runs_days: int | None = None

    def lets(self, giver: str, recipient: str, item: str, purpose: str) -> bool:
        if self.state not in {"in-force", "under-review"} or (self.runs_days is not None and self.runs_days < 0):
            return False
        if giver == recipient or not {giver, recipient} <= self.signed:
            return False
        return any(
            giver in each.givers and recipient in each.recipients and item in each.items and purpose in each.purposes
            for each in self.flows
        )


@dataclass(frozen=True)
class Viewer:
    agency: str
    role: str
    purpose: str


@dataclass
class World:
    flags: list[WorldFlag] = field(default_factory=list[WorldFlag])
    protocols: list[WorldProtocol] = field(default_factory=list[WorldProtocol])
    records: dict[str, str] = field(default_factory=dict[str, str])

    def lets(self, giver: str, recipient: str, item: str, purpose: str) -> bool:
        return any(each.lets(giver, recipient, item, purpose) for each in self.protocols)

    def sees(self, flag: WorldFlag, viewer: Viewer) -> str:  # noqa: PLR0911 - one return for each rule
        """Say what somebody who may look at all is told of a flag: 'whole', 'precaution', 'ring' or 'nothing'."""
        is_grave = flag.category in GRAVE
        rings_anyway = viewer.purpose in RING_ANYWAY
        if flag.reserved is not None and viewer.role not in flag.reserved:
            return "ring" if flag.state == "active" and is_grave and rings_anyway else "nothing"
        if viewer.agency == flag.owner:
            return "whole"
        if flag.state == "provisional" or (flag.legacy and flag.state == "active"):
            return "ring" if rings_anyway else "nothing"
        if flag.state != "active":
            return "nothing"
        if flag.named is not None and viewer.agency not in flag.named:
            return "ring" if is_grave and rings_anyway else "nothing"
        if not self.lets(flag.owner, viewer.agency, RISK, viewer.purpose):
            return "ring" if is_grave else "nothing"
        if flag.restricted:
            return "ring"
        is_late = flag.review_days < -GRACE_DAYS
        return "ring" if is_late and viewer.agency not in flag.holders else "precaution"


def generated(chance: random.Random, *, is_open: bool = False) -> World:
    """Make a world up; in an open one everything flows among everybody."""
    world = World()
    for _ in range(chance.choice([0, 1, 1, 2, 2, 3])):
        world.protocols.append(_protocol(chance))
    if is_open:  # where everything flows, what else decides is seen
        whole = WorldFlow(CODES, CODES, ITEMS, tuple(sorted(CHECK_PURPOSES | READ_PURPOSES)))
        world.protocols.append(WorldProtocol("in-force", frozenset(CODES), CODES, (whole,)))
    for owner in CODES:
        categories = [each.value for each in Category]
        for category in chance.sample(categories, chance.randrange(1, 5)):
            world.flags.append(random_flag(chance, owner, category))
    return world


def _protocol(chance: random.Random) -> WorldProtocol:
    partners = tuple(chance.sample(CODES, chance.randrange(2, len(CODES) + 1)))
    signed = frozenset(each for each in partners if chance.random() < 0.85)
    flows = []
    for _ in range(chance.randrange(1, 4)):
        givers = tuple(chance.sample(partners, chance.randrange(1, len(partners) + 1)))
        recipients = tuple(chance.sample(partners, chance.randrange(1, len(partners) + 1)))
        items = tuple(chance.sample(ITEMS, chance.randrange(1, 3)))
        purposes = tuple(chance.sample(sorted(CHECK_PURPOSES | READ_PURPOSES), chance.randrange(2, 7)))
        flows.append(WorldFlow(givers, recipients, items, purposes))
    state = chance.choice(["in-force"] * 5 + ["under-review", "assured", "draft", "ended"])
    return WorldProtocol(state, signed, partners, tuple(flows), chance.choice([None, None, None, -3, -1, 0, 30]))


def random_flag(chance: random.Random, owner: str, category: str) -> WorldFlag:
    others = [each for each in CODES if each != owner]
    return WorldFlag(
        id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        owner=owner,
        category=category,
        state=chance.choice(["active"] * 6 + ["proposed", "provisional", "removed"]),
        named=None if chance.random() < 0.6 else frozenset(chance.sample(others, chance.randrange(1, 4))),
        review_days=chance.choice([-400, -29, -29, -28, -28, -27, -1, 0, 90, 90]),
        restricted=chance.random() < 0.15,
        legacy=chance.random() < 0.12,
        reserved=chance.choice([None] * 6 + [frozenset({"line-manager"}), frozenset({"practitioner", "duty-desk"})]),
        holders=frozenset(chance.sample(others, chance.randrange(3))),
    )


def viewers(chance: random.Random, count: int) -> list[Viewer]:
    """Draw people who look; the roles and purposes that show most come more often."""
    roles = [*ROLES, "practitioner", "practitioner", "duty-desk"]
    purposes = [*PURPOSES, "staff-safety-visit", "direct-care", "adult-safeguarding"]
    return [Viewer(chance.choice(CODES), chance.choice(roles), chance.choice(purposes)) for _ in range(count)]


async def found(service: Service) -> None:
    """Register the agencies of the worlds and their people, once."""
    admin = await service.database.as_admin()
    try:
        async with admin.transaction():
            for code, kind in AGENCIES.items():
                await seed_agency(admin, code, kind)
    finally:
        await admin.close()


_FORGET = """
    DELETE FROM rhannu.flag_targets WHERE owner_agency = ANY ($1);
    DELETE FROM rhannu.flag_recipients WHERE owner_agency = ANY ($1);
    DELETE FROM rhannu.flags WHERE owner_agency = ANY ($1);
    DELETE FROM rhannu.protocol_chases WHERE protocol_id IN (SELECT id FROM rhannu.sharing_protocols WHERE partners && $1);
    DELETE FROM rhannu.flow_spans WHERE owner_agency = ANY ($1) OR recipient_agency = ANY ($1);
    DELETE FROM rhannu.flow_lanes WHERE owner_agency = ANY ($1) OR recipient_agency = ANY ($1);
    DELETE FROM rhannu.protocol_signatures WHERE owner_agency = ANY ($1);
    DELETE FROM rhannu.sharing_protocols WHERE partners && $1
"""
_FLAG = (
    "INSERT INTO rhannu.flags (id, owner_agency, version, state, category, record_id, person_id, recipients, is_alerting, "
    "review_on, restricted, precaution, is_legacy, reserved_for, content, recorded_at, recorded_by) SELECT $1, $2, $13, $3, "
    "$4, r.id, r.person_id, $6, $7, $8, $9, $10, $11, $12, $14, now(), $1 FROM rhannu.person_records r WHERE r.id = $5"
)
_TARGET = (
    "INSERT INTO rhannu.flag_targets (flag_id, owner_agency, person_id, via) SELECT id, owner_agency, person_id, 'subject' "
    "FROM rhannu.flags WHERE id = $1"
)


async def enter(service: Service, world: World, records: dict[str, str], today: date) -> None:
    """Put a world in the place of the one before it, about the person of some records."""
    world.records = records
    admin = await service.database.as_admin()
    try:
        for statement in _FORGET.split(";"):
            await admin.execute(statement, list(CODES))
        for each in world.protocols:
            await _enter_protocol(admin, each, today)
        for flag in world.flags:
            await enter_flag(admin, flag, records[flag.owner], today)
    finally:
        await admin.close()


async def _enter_protocol(admin: "asyncpg.Connection[Any]", each: WorldProtocol, today: date) -> None:
    flows = [
        flow(one.givers, one.recipients, name=f"F{number}", items=one.items, purposes=one.purposes)
        for number, one in enumerate(each.flows)
    ]
    runs_until = None if each.runs_days is None else today + timedelta(days=each.runs_days)
    made = protocol(each.partners, *flows, state=ProtocolState(each.state), runs_until=runs_until)
    await lay(admin, made, sorted(each.signed))


async def enter_flag(admin: "asyncpg.Connection[Any]", flag: WorldFlag, record: str, today: date) -> None:
    """Enter a flag as its capability would store it."""
    review_on = today + timedelta(days=flag.review_days)
    content = _content(flag, record, review_on)
    await admin.execute(
        _FLAG, uuid.UUID(flag.id), flag.owner, flag.state, flag.category, uuid.UUID(record),
        ["*"] if flag.named is None else sorted(flag.named), flag.category in GRAVE, review_on, flag.restricted,
        precaution_text(content), flag.legacy, None if flag.reserved is None else sorted(flag.reserved),
        content.version, json.dumps(to_document(content)),
    )  # fmt: skip
    await admin.execute(_TARGET, uuid.UUID(flag.id))
    for holder in flag.holders:
        await admin.execute(
            "INSERT INTO rhannu.flag_recipients VALUES ($1, 1, $2, $3, now(), $1)",
            uuid.UUID(flag.id), holder, flag.owner,
        )  # fmt: skip


def _content(flag: WorldFlag, record: str, review_on: date) -> Any:
    whole = active()
    assert whole.terms is not None
    named = (
        Recipients(all_partners=True)
        if flag.named is None
        else Recipients(False, frozenset(map(AgencyCode, flag.named)))
    )
    return replace(
        whole,
        id=FlagId(uuid.UUID(flag.id)),
        owner_agency=AgencyCode(flag.owner),
        subject=PersonSubject(RecordId(uuid.UUID(record))),
        category=Category(flag.category),
        state=FlagState(flag.state),
        review_on=review_on,
        terms=replace(whole.terms, recipients=named),
    )


def now() -> datetime:
    return datetime.now(UTC)
