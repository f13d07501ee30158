"""What is done about a flag after its decisions that changes nothing its holders hold.

Adults are seen, carers are offered support, challengers are told.

Each step gives the next version, signed; holders are not told of it (`change` is None), because what the flag
says to them stays word for word. None of them decides anything, so the proposer may take it too.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.access import Principal
from domain.adult_view import AdultView, check_adult_view
from domain.dates import add_months, local_date
from domain.errors import DomainError
from domain.flag_adults import AdultContact, AdultPlan, check_plan, check_seen_on
from domain.flag_care import CarerAsked, CarerSupport, check_offer
from domain.flag_challenges import Message, Told
from domain.flag_codes import LIVE, Category
from domain.flag_decisions import REVIEW_DEFAULT_MONTHS, sign
from domain.flag_reviews import Challenge
from domain.flags import Flag, check_owner, check_state
from domain.ids import RecordId
from domain.validation import REASON, Faults


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAdultContact:
    """Record that the adult was seen: who saw the adult, when, how the adult was, and what the adult says.

    The adult is named where the flag concerns several; `following` says who will see the adult next.
    """

    seen_by: str
    seen_on: date
    how_found: str
    view: AdultView
    adult: RecordId | None = None
    following: AdultPlan | None = None


@dataclass(frozen=True, slots=True)
class OfferCarerSupport:
    """Record what came of speaking with the carer about support, and on what day."""

    support: CarerSupport
    on: date


def offer_carer_support(flag: Flag, command: OfferCarerSupport, by: Principal, at: datetime) -> Flag:
    """Record what the carer was offered, where the behaviour arises from a care need (F-05).

    Raises:
        DomainError: `access-denied`; `flag-state-conflict` for a flag that warns nobody, or of another category;
            `content-invalid`.
    """
    check_owner(flag, by)
    check_state(flag, LIVE)
    if flag.category is not Category.CARE_NEED_BEHAVIOUR:
        raise DomainError("flag-state-conflict")
    faults = Faults()
    check_offer(faults, "", command.support)
    faults.unless(command.on <= local_date(at), "/on", "in-future")
    earliest = max([flag.obtained_on, *(each.on for each in flag.carer_asked)])
    faults.unless(command.on >= earliest, "/on", "out-of-range")
    faults.refuse()
    asked = CarerAsked(command.support, command.on, at, by.user)
    return replace(
        flag, version=flag.version + 1, changed=sign(by, at), change=None, carer_asked=(*flag.carer_asked, asked)
    )


def record_adult_contact(flag: Flag, command: RecordAdultContact, by: Principal, at: datetime) -> Flag:
    """Record that an adult concerned was seen, which fulfils what was planned for the adult.

    Raises:
        DomainError: `access-denied`, `flag-state-conflict`, `content-invalid`.
    """
    check_owner(flag, by)
    check_state(flag, LIVE)
    today = local_date(at)
    faults = Faults()
    adult = _whom(faults, flag, command.adult)
    check_seen_on(faults, command.seen_on, flag.adults.latest(adult), today)
    faults.line("/seenBy", command.seen_by)
    faults.text("/howFound", command.how_found, REASON)
    check_adult_view(faults, "/adultView", command.view)
    if command.following is not None:
        check_plan(faults, "/following", command.following, (today, add_months(today, REVIEW_DEFAULT_MONTHS)))
    faults.refuse()
    version = flag.version + 1
    contact = AdultContact(
        adult=adult,
        seen_by=command.seen_by,
        seen_on=command.seen_on,
        how_found=command.how_found,
        view=command.view,
        version=version,
        recorded_at=at,
        recorded_by=by.user,
    )
    adults = replace(flag.adults, contacts=(*flag.adults.contacts, contact))
    if command.following is not None:
        adults = adults.planned([replace(command.following, adult=adult)], version, at, by.user)
    return replace(flag, version=version, changed=sign(by, at), change=None, adults=adults)


@dataclass(frozen=True, slots=True)
class TellChallenger:
    """Record that whoever contested the flag was told that it is being looked into, or what came of it.

    Before the outcome goes out somebody confirms the route, as with any letter about the flag (F-09).
    """

    message: Message
    on: date
    how: str
    route_checked: bool = False


def tell_challenger(flag: Flag, command: TellChallenger, by: Principal, at: datetime) -> Flag:
    """Record what whoever raised the last challenge was told; of the outcome also when the flag has ended (F-16).

    Raises:
        DomainError: `access-denied`, `flag-state-conflict`, `content-invalid`.
    """
    check_owner(flag, by)
    challenge = flag.challenges[-1] if flag.challenges else None
    if challenge is None or not _can_be_told(flag, challenge, command.message):
        raise DomainError("flag-state-conflict")
    today = local_date(at)
    faults = Faults()
    faults.line("/how", command.how)
    faults.unless(command.on <= today, "/on", "in-future")
    answered = challenge.answer
    earliest = challenge.received.received_on if answered is None else local_date(answered.signed.at)
    is_outcome = command.message is Message.OUTCOME
    faults.unless(command.on >= (earliest if is_outcome else challenge.received.received_on), "/on", "out-of-range")
    faults.unless(command.route_checked or not is_outcome, "/routeChecked", "required")
    faults.refuse()
    told = Told(command.on, command.how, at, by.user)
    after = replace(challenge, outcome_told=told) if is_outcome else replace(challenge, acknowledged=told)
    return replace(
        flag,
        version=flag.version + 1,
        changed=sign(by, at),
        change=None,
        challenges=(*flag.challenges[:-1], after),
    )


def _can_be_told(flag: Flag, challenge: Challenge, message: Message) -> bool:
    """Say whether something is there to tell and untold: an acknowledgement before the answer, the outcome after."""
    if message is Message.ACKNOWLEDGEMENT:
        return flag.open_challenge is not None and challenge.acknowledged is None
    return flag.open_challenge is None and challenge.outcome_told is None


def _whom(faults: Faults, flag: Flag, named: RecordId | None) -> RecordId | None:
    if named is None:
        faults.unless(len(flag.adults.concerned) <= 1, "/adult", "required")
        return flag.adults.sole()
    faults.unless(named in flag.adults.concerned, "/adult", "not-found")
    return named
