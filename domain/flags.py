"""Flags: a dated, decided, reviewable warning about a risk to those who make contact (F-01 to F-22).

A flag is proposed on evidence, decided by someone else, and lives by review. This module
holds the aggregate, its proposal and its decision; `domain.flag_changes` holds what happens
to a flag afterwards. Every change is a pure function that gives the next version; the caller
supplies ids, times and the incidents as they stand.

Uniqueness (nobody proposes where the owner has an open flag of the category on the subject) is a
constraint of the database, the only place that sees two proposals at once; `OPEN` and `Flag.subject`
say what it means. Two records that turn out to be one person may leave two: twins, which both warn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from domain.access import Principal
from domain.dates import local_date
from domain.errors import DomainError
from domain.flag_adults import AdultsSeen, check_adult_seen
from domain.flag_care import CarerAsked
from domain.flag_codes import LIVE, TERMINAL, Badge, Category, FlagState, NotifyKind, RecipientChange
from domain.flag_decisions import (
    Assessment,
    ControlSentence,
    DecideFlag,
    Decision,
    DecisionOutcome,
    Marker,
    Notification,
    Signature,
    Terms,
    check_assessment,
    check_notification,
    check_review_on,
    check_terms,
    default_review_on,
    notify_due_by,
    sign,
)
from domain.flag_evidence import (
    IncidentRef,
    ProposeFlag,
    Subject,
    check_cited,
    check_subject,
    concerned,
    conditions,
    founds,
    is_about,
)
from domain.flag_handling import Condition
from domain.flag_legacy import LegacySource
from domain.flag_retention import Ended, Kept, kept_until
from domain.flag_reviews import Challenge, Ending, EndingKind, Review
from domain.flag_terms import carried, check_kind, check_told
from domain.ids import AgencyCode, FlagId, HumanId
from domain.incidents import Incident, shows_violence
from domain.validation import REASON, Faults

REVIEW_GRACE = timedelta(days=28)
"""How long after its review date a flag may still be shared with agencies that do not hold it yet (F-12)."""

LAPSING_WITHIN = timedelta(hours=24)
"""How long before its end a provisional marker is badged `lapsing`."""

_UNDECIDED = frozenset({FlagState.PROPOSED, FlagState.PROVISIONAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One version of a flag.

    `changed` signs this version and `change` is what its holders are told of it (None where nobody but the
    owner has held it). `obtained_on` is when its evidence was first recorded, from which the time for telling
    the person runs (F-08).
    """

    id: FlagId
    owner_agency: AgencyCode
    subject: Subject
    category: Category
    state: FlagState
    version: int
    incidents: tuple[IncidentRef, ...]
    proposed: Signature
    proposal_reason: str
    obtained_on: date
    changed: Signature
    change: RecipientChange | None = None
    decision: Decision | None = None
    assessment: Assessment | None = None
    terms: Terms | None = None
    notification: Notification | None = None
    review_on: date | None = None
    reviews: tuple[Review, ...] = ()
    challenges: tuple[Challenge, ...] = ()
    ending: Ending | None = None
    marker: Marker | None = None
    adults: AdultsSeen = field(default_factory=AdultsSeen)
    legacy: LegacySource | None = None
    conditions: tuple[Condition, ...] = ()
    carer_asked: tuple[CarerAsked, ...] = ()
    was_violent: bool | None = None
    """Whether the incidents decided on show violence; None where nobody looked."""

    @property
    def is_legacy(self) -> bool:
        """Say whether the flag was taken over from an older register and nobody has decided it here."""
        return self.legacy is not None and self.decision is None

    @property
    def lapses_at(self) -> datetime | None:
        """Say when the flag ends by itself: a provisional marker alone does."""
        return self.marker.lapses_at if self.marker is not None and self.state is FlagState.PROVISIONAL else None

    @property
    def what_to_do(self) -> tuple[tuple[str, ...], ControlSentence] | None:
        """Give the controls and the line that a live flag shows; None while it says nothing to anyone."""
        said = self.terms or self.marker or self.legacy
        return (said.controls, said.sentence) if said is not None and self.is_live else None

    @property
    def proposers(self) -> tuple[Signature, ...]:
        """Name those who raised the flag or gave its evidence, none of whom decides on it (law 5)."""
        grounded = None if self.marker is None else self.marker.grounded
        return tuple(signed for signed in (self.proposed, grounded) if signed is not None)

    @property
    def importers(self) -> frozenset[HumanId]:
        """Name the humans who brought it in from an older register, who do not decide on it either."""
        return frozenset() if self.legacy is None else frozenset(self.legacy.importers)

    def is_raised_by(self, by: Principal) -> bool:
        """Say whether somebody raised the flag, gave its evidence or brought it in, from whatever account."""
        return not by.humans.isdisjoint(self.importers) or any(
            by.is_one_with(signed.user, signed.human) for signed in self.proposers
        )

    @property
    def is_live(self) -> bool:
        """Say whether the flag warns anybody."""
        return self.state in LIVE

    @property
    def kept(self) -> Kept | None:
        """Say until when what remains of the flag is kept; None while it has not ended (F-13)."""
        if self.state is FlagState.DECLINED and self.decision is not None:
            return kept_until(Ended.DECLINED, local_date(self.decision.signed.at), None)
        if self.ending is None:
            return None
        was_false = self.ending.kind in {EndingKind.ENTERED_IN_ERROR, EndingKind.WRONG_PERSON}
        retention_class = None if self.terms is None else self.terms.retention_class
        how = Ended.NEVER_TRUE if was_false else Ended.REMOVED
        return kept_until(how, local_date(self.ending.signed.at), retention_class)

    @property
    def open_challenge(self) -> Challenge | None:
        """Find the challenge not answered yet; there is at most one, and none on a flag that has ended."""
        last = self.challenges[-1] if self.challenges else None
        return None if last is None or last.answer is not None or self.state in TERMINAL else last

    @property
    def contested(self) -> bool:
        """Say whether its accuracy is contested, which every viewer is shown (F-16)."""
        return self.open_challenge is not None

    @property
    def restricted(self) -> bool:
        """Say whether its use is restricted while it is contested (UK GDPR Art 18)."""
        challenge = self.open_challenge
        return challenge is not None and challenge.restriction_reason is not None


def check_turn(flag: Flag, by: Principal, states: frozenset[FlagState]) -> None:
    """Refuse a step by another agency, by a human who brought the flag up, or out of its turn.

    Every step that decides on a flag comes through here, reviews and removals too: a review keeps a warning
    alive and a removal ends one, so both are decisions, and the proposer makes none (law 5).

    Raises:
        DomainError: `access-denied`, `proposer-cannot-decide`, `flag-state-conflict`.
    """
    check_owner(flag, by)
    if flag.is_raised_by(by):
        raise DomainError("proposer-cannot-decide")
    check_state(flag, states)


def check_owner(flag: Flag, by: Principal) -> None:
    """Refuse a change by an agency that does not own the flag (law 3).

    Raises:
        DomainError: `access-denied`; whoever may not know of the flag never gets this far (law 4).
    """
    if by.agency != flag.owner_agency:
        raise DomainError("access-denied")


def check_state(flag: Flag, states: frozenset[FlagState]) -> None:
    """Refuse a step that the flag's state does not allow.

    Raises:
        DomainError: `flag-state-conflict`.
    """
    if flag.state not in states:
        raise DomainError("flag-state-conflict")


def propose(flag_id: FlagId, command: ProposeFlag, incidents: Sequence[Incident], by: Principal, at: datetime) -> Flag:
    """Propose a flag, for someone else to decide (F-01, F-02).

    `incidents` are those of the cited that the caller's agency owns, in any order; one that is missing is
    refused as not found, whether it exists or not.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    check_subject(faults, command.subject, command.category)
    cited = check_cited(faults, command, incidents, by.agency)
    faults.refuse()
    return Flag(
        id=flag_id,
        owner_agency=by.agency,
        subject=command.subject,
        category=command.category,
        state=FlagState.PROPOSED,
        version=1,
        incidents=tuple(IncidentRef(incident.id, incident.version) for incident in cited),
        proposed=sign(by, at),
        proposal_reason=command.reason,
        obtained_on=min(local_date(incident.recorded_at) for incident in cited),
        changed=sign(by, at),
        adults=AdultsSeen(concerned(cited)),
    )


def has_lapsed(flag: Flag, at: datetime) -> bool:
    """Say whether a provisional marker has had its time; it warns nobody from then on, whoever has yet to end it."""
    return flag.lapses_at is not None and flag.lapses_at <= at


def decide(flag: Flag, command: DecideFlag, incidents: Sequence[Incident], by: Principal, at: datetime) -> Flag:
    """Decide a proposal: make the flag active, or decline it, with reasons either way (F-01).

    `incidents` are all those cited, as they stand now: the decision rests on what the decider could read, so
    an amendment since the proposal that takes its ground away stops it (F-22). A flag that came without any, from
    an older register, is decided on those that the decision cites; it is live already, so it is removed, not declined.

    Raises:
        DomainError: `access-denied`, `proposer-cannot-decide`, `flag-state-conflict`, `content-invalid`.
    """
    check_turn(flag, by, _UNDECIDED | {FlagState.ACTIVE} if flag.is_legacy else _UNDECIDED)
    if has_lapsed(flag, at) or (flag.is_legacy and command.outcome is DecisionOutcome.DECLINE):
        raise DomainError("flag-state-conflict")
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    check_assessment(faults, command.assessment)
    decided = replace(
        flag,
        version=flag.version + 1,
        changed=sign(by, at),
        change=None,
        decision=Decision(command.outcome, command.reason, sign(by, at)),
        assessment=command.assessment,
    )
    if command.outcome is DecisionOutcome.DECLINE:
        for pointer, is_given in (
            ("/terms", command.terms), ("/notification", command.notification), ("/adultSeen", command.adult_seen),
            ("/incidents", command.incidents),
        ):  # fmt: skip
            faults.unless(not is_given, pointer, "inconsistent")
        faults.refuse()
        return replace(decided, state=FlagState.DECLINED)
    return _activate(faults, decided, command, incidents)


def _activate(faults: Faults, decided: Flag, command: DecideFlag, incidents: Sequence[Incident]) -> Flag:
    """Put a decided flag into force once all its parts are there."""
    today = local_date(decided.changed.at)
    review_on = command.review_on or default_review_on(today)
    check_review_on(faults, review_on, today)
    cited = _evidence(faults, decided, command, incidents)
    if cited or command.category is None:
        _check_category(faults, decided.subject, command.category, cited)
    adults = replace(decided.adults, concerned=concerned(cited))
    bound = conditions(cited)
    violent = any(shows_violence(incident.content) for incident in cited) if cited else None
    if command.terms is None:
        faults.add("/terms", "required")
    else:
        check_terms(faults, command.terms)
        check_adult_seen(faults, command.adult_seen, adults, command.terms.controls, (today, review_on))
        stand = (command.category or decided.category, command.assessment, command.terms)
        check_kind(faults, stand, (decided.owner_agency, bound), today, was_violent=violent)
    if command.notification is None:
        faults.add("/notification", "required")
    else:
        tell_by = max(today, notify_due_by(decided.obtained_on))
        check_notification(faults, command.notification, today, tell_by, review_on)
        check_told(faults, command.notification, bound, today)
    faults.refuse()
    return replace(
        decided,
        state=FlagState.ACTIVE,
        category=command.category or decided.category,
        incidents=tuple(IncidentRef(incident.id, incident.version) for incident in cited),
        terms=None if command.terms is None else carried(command.terms, bound),
        notification=command.notification,
        review_on=review_on,
        change=RecipientChange.CREATED,
        adults=adults.planned(command.adult_seen, decided.version, decided.changed.at, decided.changed.user),
        conditions=bound,
        was_violent=violent,
    )


def _evidence(faults: Faults, decided: Flag, command: DecideFlag, incidents: Sequence[Incident]) -> list[Incident]:
    """Give what a decision rests on: the incidents the flag cites or, from an older register, those it cites itself."""
    if decided.legacy is not None and not decided.incidents:
        cites = ProposeFlag(decided.subject, command.category or decided.category, command.incidents, command.reason)
        return check_cited(faults, cites, incidents, decided.owner_agency)
    faults.unless(bool(decided.incidents), "/incidents", "required")
    faults.unless(not command.incidents, "/incidents", "inconsistent")
    current = {incident.id: incident for incident in incidents}
    return [current[reference.id] for reference in decided.incidents]


def _check_category(faults: Faults, subject: Subject, category: Category | None, cited: Sequence[Incident]) -> None:
    """Check the category confirmed against the subject and the incidents as they now read."""
    if category is None:
        faults.add("/category", "required")
        return
    check_subject(faults, subject, category)
    still = [incident for incident in cited if is_about(incident, subject)]
    faults.unless(founds(category, still), "/category", "cannot-found-flag")


def badges(flag: Flag, at: datetime) -> frozenset[Badge]:
    """Say which badges a flag carries at a moment, to be shown wherever it is (F-12, F-16)."""
    today = local_date(at)
    overdue = flag.state is FlagState.ACTIVE and flag.review_on is not None and flag.review_on < today
    carried = {
        Badge.REVIEW_OVERDUE: overdue,
        Badge.LEGACY_UNREVIEWED: flag.is_legacy and flag.is_live,
        Badge.CONTESTED: flag.contested,
        Badge.RESTRICTED: flag.restricted,
        Badge.LAPSING: flag.lapses_at is not None and flag.lapses_at <= at + LAPSING_WITHIN,
    }
    return frozenset(badge for badge, holds in carried.items() if holds)


def may_be_newly_shared(flag: Flag, today: date) -> bool:
    """Say whether agencies that do not hold a flag yet may still receive it (F-12).

    Not when its review is overdue beyond the grace, while its use is restricted, nor before anybody here has decided
    it: they get `contact-before-visit` instead, so that nobody goes unwarned and nothing stale is passed on.
    """
    if flag.state is not FlagState.ACTIVE or flag.review_on is None or flag.restricted or flag.is_legacy:
        return False
    return today <= flag.review_on + REVIEW_GRACE


def telling_due_on(flag: Flag, first_shared_on: date | None = None) -> date | None:
    """Give the day by which the person is to be told, or None where that is not what was decided (F-08).

    The first onward share brings the day forward; the recipient ledger knows when that was.
    """
    told = flag.notification
    if not flag.is_live or told is None or told.kind is not NotifyKind.TO_BE_TOLD or told.on is None:
        return None
    return min(told.on, notify_due_by(flag.obtained_on, first_shared_on))
