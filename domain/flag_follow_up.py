"""What is done about a flag after its decisions that changes nothing its holders hold: the adult is seen.

Each step gives the next version, signed; holders are not told of it (`change` is None), because what the flag
says to them stays word for word. Neither decides anything, so the proposer may take it too.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.access import Principal
from domain.adult_view import AdultView, check_adult_view
from domain.dates import add_months, local_date
from domain.flag_adults import AdultContact, AdultPlan, check_plan, check_seen_on
from domain.flag_codes import LIVE
from domain.flag_decisions import REVIEW_DEFAULT_MONTHS, sign
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


def _whom(faults: Faults, flag: Flag, named: RecordId | None) -> RecordId | None:
    if named is None:
        faults.unless(len(flag.adults.concerned) <= 1, "/adult", "required")
        return flag.adults.sole()
    faults.unless(named in flag.adults.concerned, "/adult", "not-found")
    return named
