"""What becomes of each row of an older register: made, already there, refused, or left for a person to say.

The dry run and the run ask the same rule, row after row, of what the agency's records and warnings say at that
moment together with what the rows before will have made; that is why they come to the same. A person is matched by
NHS number with birth date, by the agency's own number, or by a record that somebody named; a name alone never says
who is meant, for a violence warning on a namesake is worse than a question.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from domain.flag_codes import Category
from domain.flag_import_entries import PersonMeant, RegisterEntry, Said
from domain.flag_import_files import RowIssue
from domain.identity import sufficient
from domain.identity_keys import Identity, name_and_birth_keys
from domain.ids import FlagId, RecordId
from domain.persons import PersonContent
from domain.text import fold, folded_parts


class RowOutcome(StrEnum):
    """What a row came to, or will come to."""

    MADE = "made"
    ALREADY_THERE = "already-there"
    REFUSED = "refused"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """An own record, and the person whom it is about; `planned` by an earlier row where it is not there yet."""

    record_id: RecordId
    person: UUID
    content: PersonContent
    planned: bool = False


@dataclass(frozen=True, slots=True)
class OpenWarning:
    """A warning that has not ended, or that an earlier row will make.

    `said` is None where somebody decided it here: what an older register says no longer counts against it. `row`
    is that of this file which made it or will.
    """

    flag_id: FlagId
    said: Said | None
    row: int | None = None


Target = tuple[str, Category]
"""Whom or what a warning is about, as `target_of_person` or `target_of_place` write it, and of which category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPlan:
    """What becomes of one row.

    `record_id` is the record it is about, which this row `registers` or which is `planned` by an earlier one;
    `same_as` is the earlier row of the file that says so already.
    """

    outcome: RowOutcome
    issues: tuple[RowIssue, ...] = ()
    target: str | None = None
    record_id: RecordId | None = None
    registers: bool = False
    planned: bool = False
    flag_id: FlagId | None = None
    same_as: int | None = None


@dataclass(frozen=True, slots=True)
class NewIds:
    """Ids for what a row may make, chosen beforehand."""

    record: RecordId
    flag: FlagId


def target_of_person(person: UUID) -> str:
    """Name a person as the subject of a warning."""
    return f"person:{person}"


def target_of_place(uprn: str) -> str:
    """Name a place as the subject of a warning."""
    return f"place:{uprn}"


def refused(issues: tuple[RowIssue, ...]) -> RowPlan:
    """Refuse a row that cannot be read."""
    return RowPlan(outcome=RowOutcome.REFUSED, issues=issues)


class Picture:
    """What is known while rows are planned one after the other."""

    def __init__(self, persons: Iterable[KnownPerson], warnings: Mapping[Target, OpenWarning]) -> None:
        self._by_token: dict[object, dict[RecordId, KnownPerson]] = {}
        self._by_record: dict[RecordId, KnownPerson] = {}
        self._warnings = dict(warnings)
        for known in persons:
            self._add(known)

    def plan(self, entry: RegisterEntry, ids: NewIds) -> RowPlan:
        """Say what becomes of a row now; nothing of it counts for later rows before it is `accept`ed."""
        if entry.person is None:
            return self._beside(entry, RowPlan(outcome=RowOutcome.MADE, target=target_of_place(entry.uprn or "")), ids)
        found = self._who(entry.person)
        if isinstance(found, RowPlan):
            return found
        known = found or KnownPerson(ids.record, ids.record, entry.person.content, planned=True)
        plan = RowPlan(
            outcome=RowOutcome.MADE,
            target=target_of_person(known.person),
            record_id=known.record_id,
            registers=found is None,
            planned=known.planned,
        )
        return self._beside(entry, plan, ids)

    def accept(self, entry: RegisterEntry, plan: RowPlan) -> None:
        """Let what a row will make count for the rows after it."""
        if plan.outcome is not RowOutcome.MADE or plan.target is None or plan.flag_id is None:
            return
        if plan.registers and plan.record_id is not None and entry.person is not None:
            self._add(KnownPerson(plan.record_id, plan.record_id, entry.person.content, planned=True))
        self._warnings[plan.target, entry.category] = OpenWarning(plan.flag_id, entry.said, entry.number)

    def _beside(self, entry: RegisterEntry, plan: RowPlan, ids: NewIds) -> RowPlan:
        """Weigh a row against the open warning of its category on the same person or place, if there is one."""
        standing = None if plan.target is None else self._warnings.get((plan.target, entry.category))
        if standing is None:
            return replace(plan, flag_id=ids.flag)
        there = replace(plan, registers=False, flag_id=standing.flag_id, same_as=standing.row)
        if standing.said is not None and not standing.said.says_as(entry.said):
            return replace(there, outcome=RowOutcome.UNSURE, issues=(RowIssue("", "row-differs"),))
        repeats = () if standing.row is None else (RowIssue("", "duplicate"),)
        return replace(there, outcome=RowOutcome.ALREADY_THERE, issues=repeats)

    def _who(self, meant: PersonMeant) -> KnownPerson | RowPlan | None:
        """Find whom a row means: a record, None where it is to be registered, or why a person must say."""
        if meant.record_id is not None:
            return self._by_record.get(meant.record_id) or refused((RowIssue("personId", "not-found"),))
        alike = list(self._alike(meant.content))
        sure = [known for known in alike if _is_surely(known.content, meant.content)]
        numbered = [known for known in alike if _agree(known.content.nhs_number, meant.content.nhs_number)]
        if sure and len({known.record_id for known in (*sure, *numbered)}) > 1:
            return _unsure(RowIssue("", "match-conflict"))
        if sure:
            against = _contradictions(sure[0].content, meant.content)
            return _unsure(*against) if against else sure[0]
        near = dict.fromkeys(issue for known in alike for issue in _nearness(known.content, meant.content))
        if near:
            return _unsure(*near)
        missing = _missing(meant.content)
        return _unsure(*missing) if missing else None

    def _add(self, known: KnownPerson) -> None:
        self._by_record[known.record_id] = known
        for token in _tokens(known.content):
            self._by_token.setdefault(token, {})[known.record_id] = known

    def _alike(self, content: PersonContent) -> Iterator[KnownPerson]:
        found: dict[RecordId, KnownPerson] = {}
        for token in _tokens(content):
            found |= self._by_token.get(token, {})
        yield from found.values()


def _unsure(*issues: RowIssue) -> RowPlan:
    return RowPlan(outcome=RowOutcome.UNSURE, issues=issues)


def _tokens(content: PersonContent) -> Iterator[object]:
    """Give what two records must share to be weighed at all: a number, or name and birth date."""
    yield from content.identifiers
    if content.nhs_number is not None:
        yield content.nhs_number
    yield from name_and_birth_keys(content)


def _is_surely(known: PersonContent, meant: PersonContent) -> bool:
    """Say whether a record is the one meant: by the agency's own number, or by NHS number and birth date."""
    if not set(known.identifiers).isdisjoint(meant.identifiers):
        return True
    return _agree(known.nhs_number, meant.nhs_number) and _agree(known.birth_date, meant.birth_date)


def _agree(one: object, other: object) -> bool:
    return one is not None and one == other


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


def _contradictions(known: PersonContent, meant: PersonContent) -> tuple[RowIssue, ...]:
    """Name the fields in which the record that a number leads to is somebody else's, after all."""
    differing = {
        "birthDate": _differ(known.birth_date, meant.birth_date),
        "nhsNumber": _differ(known.nhs_number, meant.nhs_number),
        "family": _other_name(known, meant, family=True),
        "given": _other_name(known, meant, family=False),
    }
    return tuple(RowIssue(name, "match-contradicted") for name, differs in differing.items() if differs)


def _other_name(known: PersonContent, meant: PersonContent, *, family: bool) -> bool:
    """Say whether no name of a record agrees with the one meant, where both are known."""
    ours, theirs = _name_forms(meant, family=family), _name_forms(known, family=family)
    return bool(ours) and bool(theirs) and ours.isdisjoint(theirs)


def _name_forms(content: PersonContent, *, family: bool) -> frozenset[str]:
    if family:
        return frozenset(fold(name.family) for name in content.names)
    return frozenset(part for name in content.names for given in name.given for part in folded_parts(given))


def _nearness(known: PersonContent, meant: PersonContent) -> Iterator[RowIssue]:
    """Say in what a record comes near the one meant: enough for a question, not enough for an answer."""
    if _agree(known.nhs_number, meant.nhs_number):
        yield RowIssue("birthDate", "match-contradicted" if meant.birth_date is not None else "required")
    elif not _differ(known.nhs_number, meant.nhs_number):
        yield RowIssue("", "possible-match")


def _missing(content: PersonContent) -> tuple[RowIssue, ...]:
    """Name what is wanting before somebody unknown can be registered: whom no check would ever be certain of is not."""
    if not content.names:
        return (RowIssue("family", "required"),)
    name = content.names[0]
    place = content.addresses[0] if content.addresses else None
    known = Identity(
        nhs_number=content.nhs_number,
        birth_date=content.birth_date,
        family=name.family,
        given=" ".join(name.given) or None,
        postcode=None if place is None else place.postcode,
        uprn=None if place is None else place.uprn,
    )
    if sufficient(known):
        return ()
    return (RowIssue("birthDate" if content.birth_date is None else "given", "required"),)


def as_approved(told: RowPlan, now: RowPlan) -> RowPlan:
    """Keep the run to what was approved: it may come to less than the dry run told, never to anything else.

    A warning that somebody made meanwhile is there already; a person whom the row would no longer mean, or who would
    now have to be registered, is for somebody to look at again.
    """
    same = now.record_id == told.record_id and now.registers == told.registers
    if now.outcome is not RowOutcome.MADE or (told.outcome is RowOutcome.MADE and same):
        return now
    return _unsure(RowIssue("", "changed-since"))
