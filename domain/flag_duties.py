"""What somebody owes a flag, by when, and who hears of it as the time comes: clocks, and never a decision (law 5).

A duty follows from the flag as it stands; nothing has to be entered for it. Each kind has a ladder: at some moment
before or after its due time it is put before some roles, and at the next rung before more of them (F-08, F-10, F-12).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.access import Role
from domain.dates import local_date, start_of_day
from domain.duties import Clock, Rung, next_moment
from domain.flag_adults import limits_contact
from domain.flag_care import carer_owed_on
from domain.flag_codes import Category, FlagState, NotifyKind
from domain.flag_reviews import RESTATING, AnswerOutcome
from domain.flags import REVIEW_GRACE, Flag, telling_due_on

PROPOSAL_WAITS = timedelta(days=5)
"""How long a proposal may wait for its decision."""


class DutyKind(StrEnum):
    """What is owed."""

    DECIDE_MARKER = "decide-marker"
    DECIDE_PROPOSAL = "decide-proposal"
    REVIEW = "review"
    REVIEW_LEGACY = "review-legacy"
    """What came from an older register has its first review: somebody decides it here, or removes it."""
    TELL_PERSON = "tell-person"
    ACKNOWLEDGE_CHALLENGE = "acknowledge-challenge"
    ANSWER_CHALLENGE = "answer-challenge"
    TELL_OUTCOME = "tell-outcome"
    SEE_ADULT = "see-adult"
    SUPPORT_CARER = "support-carer"
    """Behaviour arises from a care need, and nobody has offered its carer support since it was last decided on."""
    HOLDER_SILENT = "holder-silent"
    """An agency that holds the flag has not acknowledged what it was told, though it was chased: ring it (F-15)."""


_DECIDERS = (Role.FLAG_DECISION_MAKER,)
_LEADS = (*_DECIDERS, Role.SAFEGUARDING_LEAD)
_ALL = (*_LEADS, Role.DUTY_MANAGER)
_MANAGERS = (Role.LINE_MANAGER,)

LADDERS: dict[DutyKind, tuple[Rung, ...]] = {
    DutyKind.DECIDE_MARKER: (
        Rung(timedelta(hours=72), _DECIDERS),
        Rung(timedelta(hours=24), _LEADS),
        Rung(timedelta(hours=4), _ALL),
    ),
    DutyKind.DECIDE_PROPOSAL: (Rung(timedelta(days=5), _DECIDERS), Rung(timedelta(0), _LEADS)),
    DutyKind.REVIEW: (
        Rung(timedelta(days=28), _DECIDERS),
        Rung(timedelta(days=14), _DECIDERS),
        Rung(timedelta(0), _LEADS),
        Rung(-REVIEW_GRACE, (*_LEADS, Role.DPO_IG)),
    ),
    DutyKind.REVIEW_LEGACY: (
        Rung(timedelta(days=28), _DECIDERS),
        Rung(timedelta(days=7), _LEADS),
        Rung(timedelta(0), (*_LEADS, Role.DPO_IG)),
    ),
    DutyKind.TELL_PERSON: (
        Rung(timedelta(days=7), _DECIDERS),
        Rung(timedelta(0), _LEADS),
        Rung(timedelta(days=-7), (*_LEADS, Role.DPO_IG)),
    ),
    DutyKind.ACKNOWLEDGE_CHALLENGE: (
        Rung(timedelta(days=30), _DECIDERS),
        Rung(timedelta(days=7), _LEADS),
        Rung(timedelta(0), (*_LEADS, Role.DPO_IG)),
    ),
    DutyKind.TELL_OUTCOME: (
        Rung(timedelta(days=14), _DECIDERS),
        Rung(timedelta(0), (*_LEADS, Role.DPO_IG)),
    ),
    DutyKind.ANSWER_CHALLENGE: (
        Rung(timedelta(days=30), _DECIDERS),
        Rung(timedelta(days=7), _LEADS),
        Rung(timedelta(0), (*_LEADS, Role.DPO_IG)),
    ),
    DutyKind.SEE_ADULT: (
        Rung(timedelta(days=3), _MANAGERS),
        Rung(timedelta(0), (*_MANAGERS, Role.SAFEGUARDING_LEAD)),
        Rung(timedelta(days=-7), (*_MANAGERS, *_LEADS)),
    ),
    DutyKind.SUPPORT_CARER: (
        Rung(timedelta(days=14), _MANAGERS),
        Rung(timedelta(0), (*_MANAGERS, Role.SAFEGUARDING_LEAD)),
        Rung(timedelta(days=-14), (*_MANAGERS, *_LEADS)),
    ),
    DutyKind.HOLDER_SILENT: (Rung(timedelta(0), _LEADS),),
}
"""For each kind, its rungs in the order in which they are reached."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing owed to one flag."""

    kind: DutyKind
    due_at: datetime

    @property
    def clock(self) -> Clock:
        """Give its due time with the ladder of its kind."""
        return Clock(self.due_at, LADDERS[self.kind])


def duties_of(flag: Flag) -> tuple[Duty, ...]:
    """List what is owed to a flag as it stands, the most urgent first."""
    found: list[Duty] = []
    if flag.lapses_at is not None:
        found.append(Duty(DutyKind.DECIDE_MARKER, flag.lapses_at))
    if flag.state is FlagState.PROPOSED:
        found.append(Duty(DutyKind.DECIDE_PROPOSAL, flag.proposed.at + PROPOSAL_WAITS))
    if flag.state is FlagState.ACTIVE and flag.review_on is not None:
        kind = DutyKind.REVIEW_LEGACY if flag.is_legacy else DutyKind.REVIEW
        found.append(Duty(kind, start_of_day(flag.review_on)))
    tell_on = telling_due_on(flag)
    if tell_on is not None:
        found.append(Duty(DutyKind.TELL_PERSON, start_of_day(tell_on)))
    put_off = flag.notification
    if flag.is_live and put_off is not None and put_off.kind is NotifyKind.DEFERRED and put_off.on is not None:
        found.append(Duty(DutyKind.TELL_PERSON, start_of_day(put_off.on)))
    found.extend(_to_answer(flag))
    found.extend(_to_see(flag))
    found.extend(_to_support(flag))
    return tuple(sorted(found, key=lambda duty: duty.due_at))


def with_silence(flag: Flag, silent_at: datetime | None) -> tuple[Duty, ...]:
    """List what is owed to a flag, with the holder that has been silent longest since its answer was due."""
    if silent_at is None:
        return duties_of(flag)
    return tuple(sorted((*duties_of(flag), Duty(DutyKind.HOLDER_SILENT, silent_at)), key=lambda duty: duty.due_at))


def _to_answer(flag: Flag) -> Iterator[Duty]:
    """List what is owed to whoever contested the flag last; each is late when its last day is over (F-16, A-18)."""
    challenge = flag.challenges[-1] if flag.challenges else None
    if challenge is None:
        return
    received = challenge.received
    if flag.open_challenge is None:
        if challenge.outcome_told is None:
            ended = flag.changed.at if challenge.answer is None else challenge.answer.signed.at
            yield Duty(DutyKind.TELL_OUTCOME, _over(max(received.answer_by, local_date(ended))))
        return
    if challenge.acknowledged is None:
        yield Duty(DutyKind.ACKNOWLEDGE_CHALLENGE, _over(received.acknowledge_by))
    yield Duty(DutyKind.ANSWER_CHALLENGE, _over(received.answer_by))


def _over(day: date) -> datetime:
    """Give the moment at which a last day is over."""
    return start_of_day(day + timedelta(days=1))


def _to_see(flag: Flag) -> Iterator[Duty]:
    """List by when adults are to be seen, once for each day; late is when the day planned is over (G-4.1-8)."""
    if flag.is_live and flag.terms is not None and limits_contact(flag.terms.controls):
        for day in sorted({duty.plan.by for duty in flag.adults.owed()}):
            yield Duty(DutyKind.SEE_ADULT, _over(day))


def _to_support(flag: Flag) -> Iterator[Duty]:
    """List by when the carer is to be offered support, again after each review that did not ask (F-05)."""
    if not flag.is_live or flag.category is not Category.CARE_NEED_BEHAVIOUR or flag.decision is None:
        return
    decided = flag.decision.signed.at
    answers = [each.answer for each in flag.challenges if each.answer is not None]
    restated = [each.signed.at for each in flag.reviews if each.outcome in RESTATING]
    restated += [each.signed.at for each in answers if each.outcome is AnswerOutcome.UPHELD_IN_PART]
    since = max([decided, *(each.signed.at for each in flag.reviews)])
    support = None if flag.assessment is None else flag.assessment.carer_support
    owed_on = carer_owed_on((support, max([decided, *restated])), flag.carer_asked, since)
    if owed_on is not None:
        yield Duty(DutyKind.SUPPORT_CARER, _over(owed_on))


def next_rung(flag: Flag, after: datetime | None) -> datetime | None:
    """Find when a duty next reaches a rung; the first of all rungs where `after` is None."""
    return next_moment((duty.clock for duty in duties_of(flag)), after)
