"""Every query of flags but the check's.

Row security shows the application its own agency's flags alone; what it may see of another's comes through
one function, whose rule is that of `domain.visibility` (laws 3 and 4). Columns that the flag check reads are
written here beside the document, from the same flag, so that they cannot say different things; which flags are
twins only the database can say, which sees all of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, literal, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from domain.access import Role
from domain.errors import DomainError
from domain.flag_codes import ALERTING_CATEGORIES, OPEN, Category
from domain.flag_duties import duties_of, next_rung
from domain.flag_evidence import PersonSubject, PlaceSubject, Subject
from domain.flag_handling import readers
from domain.flag_inbox import Receipt
from domain.flag_markers import lapse
from domain.flag_reservations import is_open_to
from domain.flags import Flag
from domain.ids import AgencyCode, FlagId, PersonId, RecordId
from services.core.codec import from_document, to_document
from services.core.unit_of_work import UnitOfWork
from services.core.versioned import Version, VersionedTable
from services.db.models.flags import flag_chases, flag_incidents, flag_recipients, flag_versions, flags
from services.flags.inbox_repository import tell_holders
from services.flags.ledger import Chased
from services.flags.precaution import SharedFlag, precaution_text, shared_flag
from services.flags.reservations import ReservationRepository

NOT_SHARED = "not-shared"
"""What stands as the change of a version that nobody but the owner has held."""

ALL_PARTNERS = "*"
MOST_RECIPIENTS = 1000

_STORE = VersionedTable(flags, flag_versions, "flag_id")
_RETARGET_ALL = text(
    "SELECT rhannu.retarget(x.record, x.flag) "
    "FROM unnest(CAST(:records AS uuid[]), CAST(:flags AS uuid[])) x(record, flag)"
)
_SHARED = text(
    "SELECT flag_id, flag_version, owner, about, visible, badges, precaution, phone "
    "FROM rhannu.flag_precautions(:flags, false, :at) WHERE visible"
)
_SHARED_ABOUT = text(
    "SELECT flag_id, flag_version, owner, about, visible, badges, precaution, phone "
    "FROM rhannu.person_precautions(:record, :alerting, :at) WHERE owner <> :mine OR NOT visible "
    "ORDER BY owner, flag_id"
)


@dataclass(frozen=True, slots=True)
class OthersFlags:
    """What other agencies' flags on a person let the caller see: some in full precaution, of some a number to ring."""

    seen: tuple[SharedFlag, ...]
    contacts: tuple[tuple[AgencyCode, str], ...]
    hidden_about: frozenset[RecordId]
    hinted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Twin:
    """Another open flag of the owner on the same person and of the same category, in the version that stands."""

    id: FlagId
    version: int


class FlagRepository:
    """Flags of the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def find(self, flag_id: FlagId) -> Flag | None:
        """Find an own flag, or None."""
        query = select(flags.c.content).where(flags.c.id == flag_id, self._open_to_me())
        found = (await self._unit.run(query)).scalar_one_or_none()
        return None if found is None else from_document(Flag, found)

    async def own(self, flag_id: FlagId, *, lock: bool = False) -> Flag:
        """Find an own flag; `lock` keeps it as read until the commit.

        Raises:
            DomainError: `not-found`, for another agency's flag or one kept to other roles as for none.
        """
        row = await _STORE.find(self._unit, flag_id, lock=lock)
        if row.reserved_for is not None and self._unit.principal.names.isdisjoint(row.reserved_for):
            raise DomainError("not-found")
        return from_document(Flag, row.content)

    async def shared(self, flag_id: FlagId) -> SharedFlag | None:
        """Find another agency's flag as far as it is shared with the caller's."""
        row = (await self._unit.run(_SHARED, {"flags": [flag_id], "at": self._unit.now})).one_or_none()
        return None if row is None else _shared(row)

    async def open_about(self, record_id: RecordId, person: PersonId) -> Sequence[Flag]:
        """List own flags on the person of an own record that have not ended, newest first."""
        query = (
            select(flags.c.content)
            .where(or_(flags.c.record_id == record_id, flags.c.person_id == person), flags.c.state.in_(OPEN))
            .where(self._open_to_me())
            .order_by(flags.c.recorded_at.desc(), flags.c.id)
        )
        return [from_document(Flag, content) for content in (await self._unit.run(query)).scalars()]

    async def twins(self, flag_ids: Iterable[FlagId]) -> dict[FlagId, tuple[Twin, ...]]:
        """Find the twins of own flags: there are some once two records have turned out to be one person."""
        flag, other = flags.alias("flag"), flags.alias("other")
        same = [flag.c[name] == other.c[name] for name in ("owner_agency", "person_id", "category")]
        query = (
            select(flag.c.id, other.c.id.label("twin"), other.c.version)
            .join(other, and_(*same, other.c.id != flag.c.id, other.c.state.in_(OPEN)))
            .where(flag.c.id.in_(list(flag_ids)), flag.c.state.in_(OPEN))
            .order_by(flag.c.id, other.c.id)
        )
        found: dict[FlagId, tuple[Twin, ...]] = {}
        for row in (await self._unit.run(query)).all():
            found[row.id] = (*found.get(row.id, ()), Twin(FlagId(row.twin), row.version))
        return found

    async def others_about(self, record_id: RecordId, *, alerting: bool) -> OthersFlags:
        """Find other agencies' live flags on the person of an own record, as far as the caller may see them."""
        values = {
            "record": record_id,
            "alerting": alerting,
            "mine": self._unit.principal.agency,
            "at": self._unit.now,
        }
        rows = (await self._unit.run(_SHARED_ABOUT, values)).all()
        hidden = [row for row in rows if not row.visible]
        return OthersFlags(
            seen=tuple(_shared(row) for row in rows if row.visible),
            contacts=tuple(sorted({(AgencyCode(row.owner), row.phone) for row in hidden})),
            hidden_about=frozenset(RecordId(row.about) for row in hidden if row.about is not None),
            hinted=frozenset(f"flag:{row.flag_id}:{row.flag_version}" for row in hidden),
        )

    async def holders(self, flag_id: FlagId) -> Sequence[Receipt]:
        """List who received which version of an own flag; the worker files the ledger from the trail."""
        query = (
            select(flag_recipients)
            .where(flag_recipients.c.flag_id == flag_id)
            .order_by(flag_recipients.c.agency, flag_recipients.c.flag_version.desc())
            .limit(MOST_RECIPIENTS)
        )
        return [
            Receipt(
                agency=AgencyCode(row.agency),
                flag_version=row.flag_version,
                matched_at=row.matched_at,
                displayed_at=row.displayed_at,
                acknowledged_at=row.acknowledged_at,
            )
            for row in (await self._unit.run(query)).all()
        ]

    async def add(self, flag: Flag, person: PersonId | None) -> None:
        """Store a new flag; `person` is the shared person of its record, by which there is one live flag at most.

        Raises:
            DomainError: `category-reserved`, `flag-already-live`.
        """
        kept_to = await self._kept_to(flag.category)
        await self._end_lapsed([(flag, person)])
        await _STORE.add(self._unit, _version(flag, kept_to), person_id=person, **_subject(flag.subject))
        await self._cite(flag)
        await self._retarget(flag)

    async def _end_lapsed(self, coming: Sequence[tuple[Flag, PersonId | None]]) -> None:
        """End markers in the way of new flags whose time is over and that the background process has yet to end."""
        persons = {person for _, person in coming if person is not None}
        places = {flag.subject.uprn for flag, _ in coming if isinstance(flag.subject, PlaceSubject)}
        query = select(flags.c.content).where(
            or_(flags.c.person_id.in_(list(persons)), flags.c.uprn.in_(list(places))),
            flags.c.category.in_(list({flag.category.value for flag, _ in coming})),
            flags.c.lapses_at <= self._unit.now,
        )
        for content in (await self._unit.run(query.with_for_update())).scalars().all():
            await self.replace(lapse(from_document(Flag, content), self._unit.now))

    async def owed(self, after: tuple[datetime, UUID] | None, limit: int) -> Sequence[tuple[Flag, datetime | None]]:
        """List own flags that the caller's roles may see and to which something is owed, the most urgent first.

        With each goes when a holder that has stayed silent should have acknowledged its notice, if there is one.
        """
        owed_at = func.least(flags.c.duty_at, flags.c.silent_at, type_=flags.c.duty_at.type)
        query = select(flags.c.content, flags.c.silent_at).where(owed_at.is_not(None), self._open_to_me())
        if after is not None:
            query = query.where(
                tuple_(owed_at, flags.c.id)
                > tuple_(literal(after[0], flags.c.duty_at.type), literal(after[1], flags.c.id.type))
            )
        query = query.order_by(owed_at, flags.c.id).limit(limit)
        return [(from_document(Flag, row.content), row.silent_at) for row in (await self._unit.run(query)).all()]

    async def chases(self, flag_ids: Iterable[FlagId]) -> dict[tuple[FlagId, str, datetime], Chased]:
        """Find when duties of own flags were last chased, by flag, kind and due moment."""
        query = select(flag_chases).where(flag_chases.c.flag_id.in_(list(flag_ids))).order_by(flag_chases.c.rung)
        return {
            (FlagId(row.flag_id), row.duty, row.due_at): Chased(row.chased_at, tuple(row.roles))
            for row in (await self._unit.run(query)).all()
        }

    async def add_all(self, made: Sequence[tuple[Flag, PersonId | None]]) -> None:
        """Store many new flags that cite nothing, each with the shared person of its record.

        Raises:
            DomainError: `category-reserved`, `flag-already-live`.
        """
        if not made:
            return
        kept_to = {each: await self._kept_to(each) for each in sorted({flag.category for flag, _ in made})}
        await self._end_lapsed(made)
        subjects = [_subject(flag.subject) for flag, _ in made]
        firsts = [
            (_version(flag, kept_to[flag.category]), {"person_id": person, **subject})
            for (flag, person), subject in zip(made, subjects, strict=True)
        ]
        await _STORE.add_all(self._unit, firsts)
        both = {"records": [each["record_id"] for each in subjects], "flags": [flag.id for flag, _ in made]}
        await self._unit.run(_RETARGET_ALL, both)
        await self._feed()

    async def open_on(self, persons: Iterable[PersonId], uprns: Iterable[str]) -> list[tuple[Flag, PersonId | None]]:
        """Find own flags that have not ended on some people and places, each with the shared person of its record."""
        query = select(flags.c.content, flags.c.person_id).where(
            flags.c.state.in_(OPEN), or_(flags.c.lapses_at.is_(None), flags.c.lapses_at > self._unit.now)
        )
        found: list[Row[Any]] = []
        for column, wanted in ((flags.c.person_id, list(persons)), (flags.c.uprn, list(uprns))):
            if wanted:  # apart, so that each has its own index
                found += (await self._unit.run(query.where(column.in_(wanted)))).all()
        return [(from_document(Flag, row.content), row.person_id) for row in found]

    async def replace(self, flag: Flag) -> None:
        """Store the next version; the one before stands in the versions.

        Raises:
            DomainError: `version-stale`, or when the category confirmed is kept to other roles or has a live flag,
                `category-reserved` or `flag-already-live`.
        """
        await _STORE.replace(self._unit, _version(flag, await self._kept_to(flag.category)))
        await self._cite(flag)
        await self._retarget(flag)
        if flag.change is not None:
            await tell_holders(self._unit, flag)

    async def _cite(self, flag: Flag) -> None:
        """Note on which incidents the flag rests: proposed with, given to a marker later, or cited by its decision."""
        cited = [
            {"flag_id": flag.id, "incident_id": incident.id, "owner_agency": flag.owner_agency}
            for incident in flag.incidents
        ]
        if cited:
            await self._unit.run(insert(flag_incidents).on_conflict_do_nothing(), cited)

    async def _kept_to(self, category: Category) -> frozenset[Role] | None:
        """Find the roles a category is kept to, one of which whoever stores a flag of it holds.

        Raises:
            DomainError: `category-reserved`.
        """
        kept_to = await ReservationRepository(self._unit).held(category)
        if not is_open_to(kept_to, self._unit.principal.roles):
            raise DomainError("category-reserved")
        return kept_to

    def _open_to_me(self) -> ColumnElement[bool]:
        """Say in SQL what `is_open_to` says, of the roles of whoever asks, or that they are named themselves."""
        return or_(flags.c.reserved_for.is_(None), flags.c.reserved_for.overlap(sorted(self._unit.principal.names)))

    async def _retarget(self, flag: Flag) -> None:
        """Say again whom and where the flag warns about; an ended one warns nobody at once."""
        await self._unit.run(select(func.rhannu.retarget(_subject(flag.subject)["record_id"], flag.id)))
        await self._feed()

    async def _feed(self) -> None:
        """Note that the agency's register was fed, which every check says of each register it covers."""
        await self._unit.run(select(func.rhannu.register_fed(self._unit.now)))


def _subject(subject: Subject) -> dict[str, Any]:
    if isinstance(subject, PersonSubject):
        return {"record_id": subject.record_id, "uprn": None}
    return {"record_id": None, "uprn": subject.uprn}


def _standing(flag: Flag, kept_to: frozenset[Role] | None) -> dict[str, Any]:
    """Give what the flag check reads of a flag."""
    terms, kept = flag.terms, flag.kept
    named = frozenset[Role]() if terms is None else terms.handling_roles
    open_to = readers(kept_to, named)
    return {
        "category": flag.category.value,
        "recipients": _recipients(flag),
        "places": True if terms is None else terms.reach.places,
        "household": False if terms is None else terms.reach.household,
        "is_alerting": flag.category in ALERTING_CATEGORIES,
        "review_on": flag.review_on,
        "contested": flag.contested,
        "restricted": flag.restricted,
        "lapses_at": flag.lapses_at,
        "is_legacy": flag.is_legacy,
        "duty_at": min((duty.due_at for duty in duties_of(flag)), default=None),
        "chase_at": next_rung(flag, None),
        "precaution": precaution_text(flag),
        "reserved_for": None if open_to is None else sorted(open_to),
        "content_until": None if kept is None else kept.content_until,
        "trail_until": None if kept is None else kept.trail_until,
    }


def _recipients(flag: Flag) -> list[str]:
    if flag.terms is None:
        return []
    named: Iterable[str] = [ALL_PARTNERS] if flag.terms.recipients.all_partners else flag.terms.recipients.agencies
    return sorted(named)


def _version(flag: Flag, kept_to: frozenset[Role] | None) -> Version:
    return Version(
        id=flag.id,
        owner=flag.owner_agency,
        both={
            "version": flag.version,
            "state": flag.state.value,
            "content": to_document(flag),
            "recorded_at": flag.changed.at,
            "recorded_by": flag.changed.user,
        },
        standing=_standing(flag, kept_to),
        kept={"change": NOT_SHARED if flag.change is None else flag.change.value},
    )


def _shared(row: Row[Any]) -> SharedFlag:
    reference = (UUID(str(row.flag_id)), row.flag_version, row.owner)
    return shared_flag(reference, row.about, row.badges, row.precaution, row.phone)
