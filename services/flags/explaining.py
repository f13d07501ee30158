"""How own flags stood at a moment that is past, and what another agency could see of them then."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from domain.access import Purpose, Role
from domain.dates import local_date
from domain.explanations import ExplainedFlag
from domain.flag_evidence import PersonSubject
from domain.flag_handling import readers
from domain.flags import Flag
from domain.ids import AgencyCode, FlagId, RecordId
from domain.visibility import Visibility, facts_of, ruling_on
from services.core.codec import from_document
from services.core.unit_of_work import UnitOfWork
from services.db.models.flags import category_reservations, flag_recipients, flag_versions, flags
from services.db.models.persons import person_restrictions
from services.sharing import risk_flowed


@dataclass(frozen=True, slots=True)
class Look:
    """Who looked, for which agency, in which roles, for which purpose, and when."""

    agency: AgencyCode
    roles: frozenset[Role]
    purpose: Purpose
    at: datetime


async def rulings_then(unit: UnitOfWork, records: Collection[RecordId], look: Look) -> tuple[ExplainedFlag, ...]:
    """Decide again, on the facts of that moment, what was to be seen of every own flag on some records.

    The flag's version, the roles that its category or its person were kept to, the recipient ledger and the flows of
    protocols are those of the moment; a setting made since does not explain what went before it.
    """
    if not records:
        return ()
    found = await _flags_then(unit, records, look.at)
    holding = await _holding(unit, [flag.id for flag in found], look)
    kept, named = await _kept_then(unit, look.at), await _named_then(unit, records, look.at)
    flowed = await risk_flowed(unit, look.agency, look.purpose, look.at)
    looks = Visibility(look.agency, look.roles, look.purpose)
    explained: list[ExplainedFlag] = []
    for flag in found:
        terms = frozenset[Role]() if flag.terms is None else flag.terms.handling_roles
        open_to = narrowed(readers(kept.get(flag.category.value), terms), named)
        facts = facts_of(flag, open_to)
        ruled = ruling_on(facts, looks, holder=flag.id in holding, flow=flowed, today=local_date(look.at))
        about = flag.subject.record_id if isinstance(flag.subject, PersonSubject) else None
        explained.append(ExplainedFlag(flag.id, flag.version, ruled.tier, ruled.rule, about))
    return tuple(explained)


def narrowed(open_to: frozenset[Role] | None, named: frozenset[Role] | None) -> frozenset[Role] | None:
    """Say to whom a flag is open whose person is restricted as well; where both share no role, to those named."""
    if named is None:
        return open_to
    return named if open_to is None else open_to & named or named


async def own_flags_among(unit: UnitOfWork, references: Iterable[str]) -> frozenset[FlagId]:
    """Find which of some references name own flags."""
    ids = {UUID(each.removeprefix("flag:")) for each in references if each.startswith("flag:")}
    query = select(flags.c.id).where(flags.c.id.in_(list(ids)), flags.c.owner_agency == unit.principal.agency)
    return frozenset(FlagId(UUID(str(each))) for each in (await unit.run(query)).scalars()) if ids else frozenset()


async def _flags_then(unit: UnitOfWork, records: Collection[RecordId], at: datetime) -> Sequence[Flag]:
    versions = flag_versions.c
    newest = (
        select(versions.flag_id, func.max(versions.version).label("version"))
        .join(flags, flags.c.id == versions.flag_id)
        .where(flags.c.record_id.in_(list(records)), versions.recorded_at <= at)
        .group_by(versions.flag_id)
        .subquery()
    )
    query = (
        select(versions.content)
        .join(newest, (newest.c.flag_id == versions.flag_id) & (newest.c.version == versions.version))
        .order_by(versions.flag_id)
    )
    return [from_document(Flag, content) for content in (await unit.run(query)).scalars()]


async def _holding(unit: UnitOfWork, found: Collection[FlagId], look: Look) -> frozenset[FlagId]:
    ledger = flag_recipients.c
    query = select(ledger.flag_id).where(
        ledger.flag_id.in_(list(found)), ledger.agency == look.agency, ledger.matched_at < look.at
    )
    return frozenset(FlagId(UUID(str(each))) for each in (await unit.run(query)).scalars())


async def _kept_then(unit: UnitOfWork, at: datetime) -> dict[str, frozenset[Role]]:
    settings = category_reservations.c
    query = select(settings.category, settings.roles).where(settings.recorded_at <= at).order_by(settings.version)
    kept: dict[str, frozenset[Role]] = {}
    for row in (await unit.run(query)).all():
        kept[row.category] = frozenset(map(Role, row.roles))
    return {category: roles for category, roles in kept.items() if roles}


async def _named_then(unit: UnitOfWork, records: Collection[RecordId], at: datetime) -> frozenset[Role] | None:
    settings = person_restrictions.c
    query = select(settings.record_id, settings.roles).where(
        settings.record_id.in_(list(records)), settings.recorded_at <= at
    )
    newest: dict[object, frozenset[Role]] = defaultdict(frozenset)
    for row in (await unit.run(query.order_by(settings.version))).all():
        newest[row.record_id] = frozenset(map(Role, row.roles))
    named = [roles for roles in newest.values() if roles]
    return frozenset[Role].intersection(*named) if named else None
