"""What happens to a flag after it was decided: review, removal, challenge, correction.

Each function gives the next version, signed, with the one code that tells every holder what
changed (F-15). The human who proposed a flag takes none of these decisions (law 5); an appeal
is heard by someone who had no part in any of them (F-16).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.access import Principal
from domain.dates import add_months, local_date
from domain.errors import DomainError
from domain.flag_adults import AdultPlan, check_adult_seen
from domain.flag_challenges import Intake, Representation, check_intake
from domain.flag_codes import LIVE, FlagState, NotifyKind, RecipientChange
from domain.flag_corroboration import Corroborated, check_counted
from domain.flag_decisions import (
    TELL_WITHIN_MONTHS,
    Assessment,
    Notification,
    Signature,
    Terms,
    check_assessment,
    check_notification,
    check_review_on,
    check_terms,
    default_review_on,
    sign,
)
from domain.flag_reviews import (
    RESTATING,
    Answer,
    AnswerChallenge,
    AnswerOutcome,
    Challenge,
    Challenger,
    ContestFlag,
    CorrectFlag,
    CorrectionKind,
    Ending,
    EndingKind,
    RemoveFlag,
    Review,
    ReviewFlag,
    ReviewOutcome,
    check_weighing,
)
from domain.flag_terms import carried, check_kind, check_told
from domain.flags import Flag, check_owner, check_state, check_turn
from domain.validation import REASON, Faults

_ACTIVE = frozenset({FlagState.ACTIVE})

_CHANGE_OF = {
    ReviewOutcome.KEEP: RecipientChange.REVIEWED_KEPT,
    ReviewOutcome.REDUCE: RecipientChange.REDUCED,
    ReviewOutcome.REMOVE: RecipientChange.REMOVED,
    ReviewOutcome.CORRECT: RecipientChange.RECTIFIED,
}


@dataclass(frozen=True, slots=True)
class _Stand:
    """What a flag says once a step is taken."""

    assessment: Assessment
    terms: Terms


def review(
    flag: Flag, command: ReviewFlag, by: Principal, at: datetime, corroborated: Sequence[Corroborated] = ()
) -> Flag:
    """Review an active flag: keep it to a new date, reduce, correct or remove it (F-10, F-11).

    Any human of the owner but the proposer may; the decider may, for a review is not an appeal. `corroborated` is
    what other agencies bear out as the flag is reviewed. What came from an older register has nothing to keep until
    it is decided: its first review decides it (`domain.flags.decide`) or removes it.

    Raises:
        DomainError: `access-denied`, `proposer-cannot-decide`, `flag-state-conflict`, `legacy-needs-decision`,
            `content-invalid`.
    """
    check_turn(flag, by, _ACTIVE)
    if flag.is_legacy and command.outcome is not ReviewOutcome.REMOVE:
        raise DomainError("legacy-needs-decision")
    today = local_date(at)
    removing = command.outcome is ReviewOutcome.REMOVE
    review_on = None if removing else command.review_on or default_review_on(today)
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    check_weighing(faults, command.weighing)
    check_counted(faults, corroborated, command.weighing.corroboration)
    if review_on is not None:
        check_review_on(faults, review_on, today)
        _check_telling(faults, flag, command.notification, today, review_on)
    stand = _check_stand(faults, command.assessment, command.terms, needed=command.outcome in RESTATING)
    if command.outcome is ReviewOutcome.REDUCE and stand is not None:
        _check_reduced(faults, flag, stand)
    if review_on is None:
        faults.unless(not command.adult_seen, "/adultSeen", "inconsistent")
    else:
        _check_seen(faults, flag, command.adult_seen, stand, (today, review_on))
    _check_kind(faults, flag, stand, today)
    faults.refuse()
    signed = sign(by, at)
    held = Review(command.outcome, command.weighing, command.reason, signed, review_on, tuple(corroborated))
    reviewed = replace(
        _next(flag, by, at, _CHANGE_OF[command.outcome]),
        reviews=(*flag.reviews, held),
        review_on=review_on or flag.review_on,
        notification=command.notification or flag.notification,
    )
    if removing:
        return _end(reviewed, EndingKind.REMOVED, command.reason)
    return _plan(_restate(reviewed, stand), command.adult_seen)


def remove(flag: Flag, command: RemoveFlag, by: Principal, at: datetime) -> Flag:
    """Remove a flag whose risk is no longer genuine; the trail of decisions stays (F-13).

    Raises:
        DomainError: `access-denied`, `proposer-cannot-decide`, `flag-state-conflict`, `content-invalid`.
    """
    check_turn(flag, by, LIVE)
    _check_reason(command.reason)
    return _end(_next(flag, by, at, RecipientChange.REMOVED), EndingKind.REMOVED, command.reason)


def contest(flag: Flag, command: ContestFlag, by: Principal, at: datetime) -> Flag:
    """Mark a live flag as contested, for every viewer, until it is answered (F-16).

    Whoever hears the challenge records it, the proposer too: that decides nothing. One challenge stands at a time.

    Raises:
        DomainError: `access-denied`, `flag-state-conflict`, `content-invalid`.
    """
    check_owner(flag, by)
    check_state(flag, LIVE)
    if flag.contested:
        raise DomainError("flag-state-conflict")
    faults = Faults()
    faults.text("/grounds", command.grounds, REASON)
    faults.text("/restrictionReason", command.restriction_reason, REASON, required=False)
    today = local_date(at)
    received_on = command.received_on or today
    speaks_for = command.challenger is Challenger.REPRESENTATIVE
    check_intake(faults, (received_on, command.channel), command.authority, today, speaks_for=speaks_for)
    faults.refuse()
    representation = None if command.authority is None else Representation(command.authority, by.user)
    intake = Intake(received_on, command.channel, representation)
    change = RecipientChange.CONTESTED if command.restriction_reason is None else RecipientChange.RESTRICTED
    raised = Challenge(command.challenger, command.grounds, sign(by, at), command.restriction_reason, intake=intake)
    return replace(_next(flag, by, at, change), challenges=(*flag.challenges, raised))


def answer_challenge(flag: Flag, command: AnswerChallenge, by: Principal, at: datetime) -> Flag:
    """Answer a challenge: let the flag stand, correct it, or remove it (F-16, F-20).

    Upheld, it is removed: the appeal says that it should not warn, which is not that it never should have been.

    Raises:
        DomainError: `access-denied`, `proposer-cannot-decide`, `appeal-needs-another`, `flag-state-conflict`,
            `legacy-needs-decision` for what nobody has decided here and could be upheld in part, `content-invalid`.
    """
    check_turn(flag, by, LIVE)
    if flag.is_raised_by(by) or any(by.is_one_with(signed.user, signed.human) for signed in involved(flag)):
        raise DomainError("appeal-needs-another")
    challenge = flag.open_challenge
    if challenge is None:
        raise DomainError("flag-state-conflict")
    in_part = command.outcome is AnswerOutcome.UPHELD_IN_PART
    if in_part and flag.is_legacy:
        raise DomainError("legacy-needs-decision")
    stand = _check_answer(flag, command, local_date(at))
    answered = replace(challenge, answer=Answer(command.outcome, command.reason, sign(by, at)))
    change = RecipientChange.RECTIFIED if in_part else RecipientChange.AMENDED
    result = replace(_next(flag, by, at, change), challenges=(*flag.challenges[:-1], answered))
    if command.outcome is AnswerOutcome.UPHELD:
        ended = replace(result, change=RecipientChange.REMOVED)
        return _end(ended, EndingKind.CHALLENGE_UPHELD, command.reason)
    return _plan(_restate(result, stand), command.adult_seen)


def _check_answer(flag: Flag, command: AnswerChallenge, today: date) -> _Stand | None:
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    in_part = command.outcome is AnswerOutcome.UPHELD_IN_PART
    stand = _check_stand(faults, command.assessment, command.terms, needed=in_part)
    if command.outcome is AnswerOutcome.UPHELD:
        faults.unless(not command.adult_seen, "/adultSeen", "inconsistent")
    elif stand is not None or command.adult_seen:
        _check_seen(faults, flag, command.adult_seen, stand, (today, flag.review_on or today))
    _check_kind(faults, flag, stand, today)
    faults.refuse()
    return stand


def correct(flag: Flag, command: CorrectFlag, by: Principal, at: datetime) -> Flag:
    """Withdraw a flag entered in error or on the wrong person, from all its holders at once (F-15).

    A proposer may withdraw their own proposal, which warns nobody yet; a live warning is withdrawn by someone
    else, so that nobody can be made to take back the warning that they raised. Holders of a flag entered in
    error are told to erase it: a copy of what was never true has to go, not to be amended.

    Raises:
        DomainError: `access-denied`, `proposer-cannot-decide`, `flag-state-conflict`, `content-invalid`.
    """
    if flag.state is FlagState.PROPOSED:
        check_owner(flag, by)
    else:
        check_turn(flag, by, LIVE)
    _check_reason(command.reason)
    wrong_person = command.kind is CorrectionKind.WRONG_PERSON
    change = RecipientChange.WRONG_PERSON if wrong_person else RecipientChange.ERASED
    withdrawn = _next(flag, by, at, change if flag.is_live else None)
    return _end(withdrawn, EndingKind(command.kind), command.reason)


def involved(flag: Flag) -> tuple[Signature, ...]:
    """Name those who raised, approved, decided, reviewed or heard a flag, none of whom hears the next appeal."""
    approved = () if flag.legacy is None else (flag.legacy.approved,)
    decided = () if flag.decision is None else (flag.decision.signed,)
    reviewed = (review_held.signed for review_held in flag.reviews)
    heard = (challenge.answer.signed for challenge in flag.challenges if challenge.answer is not None)
    return (*flag.proposers, *approved, *decided, *reviewed, *heard)


def _next(flag: Flag, by: Principal, at: datetime, change: RecipientChange | None) -> Flag:
    """Begin the next version."""
    return replace(flag, version=flag.version + 1, changed=sign(by, at), change=change)


def _end(flag: Flag, kind: EndingKind, reason: str) -> Flag:
    in_error = kind in {EndingKind.ENTERED_IN_ERROR, EndingKind.WRONG_PERSON}
    state = FlagState.ENTERED_IN_ERROR if in_error else FlagState.REMOVED
    return replace(flag, state=state, ending=Ending(kind, reason, flag.changed))


def _restate(flag: Flag, stand: _Stand | None) -> Flag:
    if stand is None:
        return flag
    return replace(flag, assessment=stand.assessment, terms=carried(stand.terms, flag.conditions))


def _plan(flag: Flag, plans: Sequence[AdultPlan]) -> Flag:
    """Set who will see the adult from now on; plans already made stand where none is given."""
    return replace(flag, adults=flag.adults.planned(plans, flag.version, flag.changed.at, flag.changed.user))


def _check_reason(reason: str) -> None:
    faults = Faults()
    faults.text("/reason", reason, REASON)
    faults.refuse()


def _check_stand(faults: Faults, assessment: Assessment | None, terms: Terms | None, *, needed: bool) -> _Stand | None:
    """Check what a flag is to say from now on: all of it where the step restates it, none of it elsewhere."""
    for pointer, part in (("/assessment", assessment), ("/terms", terms)):
        faults.unless((part is not None) or not needed, pointer, "required")
        faults.unless((part is None) or needed, pointer, "inconsistent")
    if assessment is None or terms is None or not needed:
        return None
    check_assessment(faults, assessment)
    check_terms(faults, terms)
    return _Stand(assessment, terms)


def _check_kind(faults: Faults, flag: Flag, stand: _Stand | None, today: date) -> None:
    """Check what a flag is to say from now on against its kind and the conditions on its evidence."""
    if stand is not None:
        said = (flag.category, stand.assessment, stand.terms)
        check_kind(faults, said, (flag.owner_agency, flag.conditions), today, was_violent=flag.was_violent)


def _check_reduced(faults: Faults, flag: Flag, stand: _Stand) -> None:
    """Check that a reduction reduces: no level raised, nobody added who was not told before (F-14)."""
    if flag.assessment is None or flag.terms is None:
        return
    for pointer, before, after in (
        ("/assessment/toPractitioner/level", flag.assessment.to_practitioner, stand.assessment.to_practitioner),
        ("/assessment/toAdult/level", flag.assessment.to_adult, stand.assessment.to_adult),
    ):
        faults.unless(after.level.rank <= before.level.rank, pointer, "inconsistent")
    faults.unless(stand.terms.recipients.within(flag.terms.recipients), "/terms/recipients", "inconsistent")


def _check_seen(
    faults: Faults, flag: Flag, plans: Sequence[AdultPlan], stand: _Stand | None, days: tuple[date, date]
) -> None:
    """Ask again who will see the adult, as long as what the flag shall say limits contact."""
    terms = flag.terms if stand is None else stand.terms
    check_adult_seen(faults, plans, flag.adults, () if terms is None else terms.controls, days)


def _check_telling(faults: Faults, flag: Flag, again: Notification | None, today: date, review_on: date) -> None:
    """Ask again whether the person is told, at every review until they have been (F-07)."""
    before = flag.notification
    if again is not None:
        check_notification(faults, again, today, add_months(today, TELL_WITHIN_MONTHS), review_on)
        check_told(faults, again, flag.conditions, today)
    elif before is None or before.kind is not NotifyKind.TOLD:
        faults.add("/notification", "required")
