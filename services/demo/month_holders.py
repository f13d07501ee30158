"""A warning of the police proves to be of somebody else: whoever received it is called back, and one is silent.

What an agency holds is reckoned by the times of the trail, which are the database's. So the holders read on the day of
the load, the warning is withdrawn that day, and they answer after it; the background process's own filing and chasing
run in between, at these moments.
"""

from datetime import UTC, datetime, timedelta

from domain.access import Purpose, Role
from domain.flag_inbox import CopiesOutcome
from domain.flag_reviews import CorrectFlag, CorrectionKind
from domain.flags import Flag
from domain.ids import AgencyCode
from domain.paging import Wanted
from services.audit import ensure_months, file_events
from services.demo.actors import Actor, decider
from services.demo.month_cast import COUNCIL, HEALTH, LANDLORD, NEPHEW, POLICE, Month, desk
from services.flags import (
    AcknowledgeNotice,
    Step,
    acknowledge_notice,
    chase_notices,
    correct_flag,
    flags_of_person,
    list_notices,
)

_HOLDERS = (COUNCIL, LANDLORD, HEALTH)
_ANSWERING = (COUNCIL, LANDLORD)
"""Those who answer; the health board is chased, and then the police hear that it is silent."""
_WITHDRAWN_AGO = timedelta(hours=9)
_REASON = "The officers met his cousin of the same name; the custody record shows it."
_MOST = 200

ACTS = len(_HOLDERS) + 1 + 2 * len(_ANSWERING)


async def tell_correction(month: Month, flag: Flag) -> None:
    """Let holders read the warning, withdraw it, let all but one answer, and chase that one."""
    withdrawn = month.records.now - _WITHDRAWN_AGO
    for agency in _HOLDERS:
        await _read(month, agency, withdrawn - timedelta(hours=1))
    await _file(month)
    command = CorrectFlag(CorrectionKind.WRONG_PERSON, _REASON)
    await month.do(
        decider(POLICE), withdrawn, "withdrawn",
        lambda unit, key: correct_flag(unit, Step(flag.id, flag.version, command, key)),
    )  # fmt: skip
    for agency in _ANSWERING:
        await _answer(month, agency, flag)
    while await chase_notices(month.worker, datetime.now(UTC)):
        pass


async def _read(month: Month, agency: AgencyCode, at: datetime) -> None:
    """Let somebody read what to do before they call on him: from then on their agency holds the warning."""
    reader = Actor(agency, Role.PRACTITIONER, Purpose.STAFF_SAFETY_VISIT)
    record = month.record(agency, NEPHEW)
    await month.look(reader, at, f"holder-{agency}", lambda unit: flags_of_person(unit, record))


async def _file(month: Month) -> None:
    """Let the ledger know who received what so far, as the background process does all day."""
    await ensure_months(month.worker)
    while await file_events(month.worker):
        pass


async def _answer(month: Month, agency: AgencyCode, flag: Flag) -> None:
    """Say what was done with the copies."""
    now = datetime.now(UTC)
    notices = await month.look(
        desk(agency), now, f"inbox-{agency}",
        lambda unit: list_notices(unit, Wanted(None, _MOST), unacknowledged=False, kind=None),
    )  # fmt: skip
    notice = next(each.id for each in notices.items if each.flag_id == flag.id)
    command = AcknowledgeNotice(CopiesOutcome.DESTROYED)
    await month.do(
        desk(agency), now, f"inbox-answered-{agency}", lambda unit, key: acknowledge_notice(unit, notice, command, key)
    )
