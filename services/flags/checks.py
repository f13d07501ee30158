"""The flag check: who is meant, what is warned about, and the answer put together, entry by entry.

Who is meant is decided here, by `domain.identity`, from keyed digests; what may be seen of each warning is decided
by the statement that also leaves the evidence (`check_statements`).
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from uuid import UUID

import asyncpg

from domain.access import ALERTING_PURPOSES, PURPOSES
from domain.dates import local_date
from domain.errors import DomainError, FieldIssue
from domain.flag_checks import (
    CheckEntry,
    RunCheck,
    Verdict,
    identity_faults,
    outcome_of,
    valid_until,
    validate_check,
)
from domain.identifiers import canonical_uprn
from domain.identity import Certainty, Resolution, resolve, sufficient
from domain.identity_keys import Identity, keys_of_query
from domain.ids import CheckId, PersonId
from domain.visibility import Tier
from services.core.caller import Caller, ContextSigner
from services.core.match_digests import MatchDigests
from services.flags.check_permission import PERMISSION
from services.flags.check_statements import CheckStatements, MatchQuestion, Question, Row

_SLICE = 25
"""Entries whose keys are computed before the loop may serve others: about 4 ms of it."""


@dataclass(frozen=True, slots=True)
class PrecautionLine:
    """One warning: what it is about here, its precaution as JSON members, and the agency that holds it."""

    about: str
    members: str
    holder: str


@dataclass(frozen=True, slots=True)
class EntryAnswer:
    """The answer for one line: verdict, warnings, and the agencies to ring."""

    reference: str
    verdict: Verdict
    warnings: tuple[PrecautionLine, ...]
    contacts: tuple[str, ...]
    issues: tuple[FieldIssue, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """The answer for a list, already on the trail under its own id."""

    id: CheckId
    checked_at: datetime
    valid_until: datetime
    entries: Sequence[EntryAnswer]


class FlagChecks:
    """Runs checks on the driver's own pool."""

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", signer: ContextSigner, match_key: bytes, *, seconds: float
    ) -> None:
        """Check on a pool; a statement that takes longer than `seconds` leaves the risk unknown."""
        self._statements = CheckStatements(pool, signer, seconds)
        self._digests = MatchDigests(match_key)

    async def run(self, caller: Caller, command: RunCheck, now: datetime) -> CheckAnswer:
        """Check a list and put the check on the trail.

        Raises:
            DomainError: `content-invalid`, `access-denied`, `purpose-not-permitted`, `conflict-of-interest` or
                `service-unavailable`.
        """
        if PERMISSION not in caller.within(frozenset({PERMISSION})):  # the statement knows the registration only
            raise DomainError("access-denied")
        if caller.purpose not in PURPOSES[PERMISSION]:
            raise DomainError("purpose-not-permitted")
        today = local_date(now)
        validate_check(command, today)
        certainties: dict[int, Certainty] = {}
        faults: dict[int, tuple[FieldIssue, ...]] = {}
        question = Question(
            caller, caller.purpose in ALERTING_PURPOSES, command.contact_on or today, now, len(command.entries)
        )
        await self._ask_who(question, command, today, (certainties, faults))
        found = await self._statements.check(question)
        answers = _answers(command.entries, certainties, faults, found.row)
        return CheckAnswer(found.event, now, min(valid_until(a.verdict.outcome, now) for a in answers), answers)

    async def _ask_who(
        self,
        question: Question,
        command: RunCheck,
        today: date,
        found: tuple[dict[int, Certainty], dict[int, tuple[FieldIssue, ...]]],
    ) -> None:
        """Gather the question; who is meant by an identity is asked first, where there is one to ask for."""
        certainties, faults = found
        asked: dict[int, Identity] = {}
        for place, entry in enumerate(command.entries):
            _gather(question, place, entry)
            if entry.identity is not None:
                issues = identity_faults(entry.identity, today)
                faults[place] = issues
                certainties[place] = Certainty.REFINE
                if not issues and sufficient(entry.identity):
                    asked[place] = entry.identity
                question.digest_entry.append(place)
                question.digests.append(self._digest_of(entry.identity))
        if asked:
            for place, resolution in (await self._resolve(question.caller, asked, question)).items():
                certainties[place] = resolution.certainty
                _name(question, place, resolution)

    async def _resolve(self, caller: Caller, asked: dict[int, Identity], question: Question) -> dict[int, Resolution]:
        keys = MatchQuestion(caller)
        for number, (place, identity) in enumerate(asked.items()):
            exact, near = keys_of_query(identity)
            for digest, key in self._digests.of(exact | near).items():
                keys.entries.append(place)
                keys.kinds.append(key.kind.value)
                keys.digests.append(digest)
            if number % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)
        matches = await self._statements.match(keys)
        resolved = {place: resolve(identity, matches.kinds.get(place, {})) for place, identity in asked.items()}
        for place, resolution in resolved.items():
            for person in _considered(resolution):
                question.consulted.update(matches.records[place, person])
        return resolved

    def _digest_of(self, identity: Identity) -> str:
        parts = "\x1f".join(str(getattr(identity, name) or "") for name in Identity.__slots__)
        return self._digests.of_text("question", parts).hex()


def _considered(resolution: Resolution) -> Iterable[PersonId]:
    """Everyone whose record was weighed: they are consulted, and so named on the trail (R-03)."""
    return resolution.possible if resolution.person is None else resolution.possible | {resolution.person}


def _gather(question: Question, place: int, entry: CheckEntry) -> None:
    if entry.record_id is not None:
        question.record_entry.append(place)
        question.record_ids.append(entry.record_id)
    uprn = None if entry.uprn is None else canonical_uprn(entry.uprn)
    if uprn is None and entry.identity is not None and entry.identity.uprn is not None:
        uprn = canonical_uprn(entry.identity.uprn)
    if uprn is not None:
        question.place_entry.append(place)
        question.place_uprn.append(uprn)


def _name(question: Question, place: int, resolution: Resolution) -> None:
    named = [] if resolution.person is None else [(resolution.person, True)]
    if resolution.person is not None:
        named += [(person, False) for person in resolution.possible]
    for person, sure in named:
        question.person_entry.append(place)
        question.person_ids.append(person)
        question.person_sure.append(sure)


@dataclass(slots=True)
class _Hits:
    """What was found for one entry: warnings by flag, the agencies to ring, and whether a doubt remains."""

    warnings: dict[UUID, PrecautionLine] = field(default_factory=dict[UUID, PrecautionLine])
    holders: set[str] = field(default_factory=set[str])
    is_doubtful: bool = False


_NO_HITS = _Hits()
_NEARNESS = {"person": 0, "place": 1, "may-be-present": 2}


def _hits(found: Row) -> dict[int, _Hits]:
    """Sort what was found by entry; a flag met on several ways is told once, by the nearest."""
    hits: dict[int, _Hits] = {}
    for entry, sure, flag, about, text, holder in zip(*(found[column] or () for column in range(3, 9)), strict=True):
        hit = hits.setdefault(entry, _Hits())
        if not sure:
            hit.is_doubtful = True
        elif text is None:
            hit.holders.add(holder)
        elif flag not in hit.warnings or _NEARNESS[about] < _NEARNESS[hit.warnings[flag].about]:
            hit.warnings[flag] = PrecautionLine(about, text, holder)
    return hits


def _answers(
    entries: Sequence[CheckEntry],
    certainties: dict[int, Certainty],
    faults: dict[int, tuple[FieldIssue, ...]],
    found: Row,
) -> list[EntryAnswer]:
    known: frozenset[int] = frozenset(found[2] or ())
    hits = _hits(found)
    answers: list[EntryAnswer] = []
    for place, entry in enumerate(entries):
        certainty = certainties.get(place, Certainty.CERTAIN)
        if entry.record_id is not None and place not in known:
            certainty = Certainty.REFINE
        hit = hits.get(place, _NO_HITS)
        verdict = _verdict(certainty, bool(hit.warnings), bool(hit.holders), hit.is_doubtful)
        warnings, holders = tuple(hit.warnings.values()), tuple(sorted(hit.holders))
        answers.append(EntryAnswer(entry.reference, verdict, warnings, holders, faults.get(place, ())))
    return answers


@cache
def _verdict(certainty: Certainty, warned: bool, hinted: bool, doubtful: bool) -> Verdict:
    tiers = [Tier.PRECAUTION] * warned + [Tier.EXISTS] * hinted
    return outcome_of(certainty, tiers, [Tier.EXISTS] * doubtful)
