"""Doors of the month: opened at two in the morning and judged, opened without need, and shut to a neighbour.

What lay behind a door is not read here: an hour that is over opens nothing, whatever clock somebody brings along.
"""

from datetime import datetime

from domain.access import Purpose, Role
from domain.break_glass import OpenBreakGlass, ReviewBreakGlass, ReviewOutcome
from domain.conflicts import DeclareConflict
from domain.ids import AgencyCode
from domain.paging import Wanted
from services.break_glass import (
    NoticesWanted,
    SeenGrant,
    Step,
    acknowledge_break_glass_notice,
    list_break_glass_notices,
    open_break_glass,
    review_grant,
)
from services.conflicts import declare_conflict
from services.demo.actors import Actor, worker
from services.demo.month_cast import ADULT, COUNCIL, FIRE, NEPHEW, POLICE, Month, officer
from services.persons import read_person

_MOST = 200
_CLOSE = 2
"""Which social worker of the council lives on the nephew's landing."""

ACTS = 2 + 2 + 2 + 2
"""Opened and judged; seen by the other officer; opened without need and judged; declared and blocked."""


async def tell_doors(month: Month) -> None:
    """Tell them one after another."""
    night = OpenBreakGlass(
        month.record(POLICE, NEPHEW), "immediate-danger-to-worker",
        "A nurse is in the house with him, the line is dead and a neighbour hears shouting.",
    )  # fmt: skip
    grant = await _opened(month, POLICE, night, month.at(9, 2))
    await _told(month, grant)
    said = "The log and the call bear it out; he went in with what he read and nobody was hurt."
    await _judged(month, POLICE, grant, ReviewBreakGlass(ReviewOutcome.JUSTIFIED, said), month.at(7, 11))
    curious = OpenBreakGlass(
        month.record(FIRE, ADULT),
        "other-immediate-danger",
        "She used to live in my street and I wondered where she is.",
    )
    misuse = await _opened(month, FIRE, curious, month.at(8, 21, 40))
    said = "Nobody was in danger and nobody was on the way; it was curiosity."
    await _judged(month, FIRE, misuse, ReviewBreakGlass(ReviewOutcome.UNJUSTIFIED, said), month.at(6, 15))
    await _kept_out(month)


async def _opened(month: Month, agency: AgencyCode, command: OpenBreakGlass, at: datetime) -> SeenGrant:
    manager = Actor(agency, Role.DUTY_MANAGER, Purpose.BREAK_GLASS)
    return await month.do(manager, at, f"door-{agency}", lambda unit, key: open_break_glass(unit, command, key))


async def _judged(month: Month, agency: AgencyCode, seen: SeenGrant, given: ReviewBreakGlass, at: datetime) -> None:
    step = (seen.grant.id, 1, given)
    await month.do(officer(agency), at, f"door-judged-{agency}", lambda unit, key: review_grant(unit, Step(*step, key)))


async def _told(month: Month, seen: SeenGrant) -> None:
    """Let the officer of the council, which holds a warning about him, see that a door was opened, and not whose."""
    at = month.at(9, 9)
    wanted = NoticesWanted(Wanted(None, _MOST))
    notices = await month.look(
        officer(COUNCIL), at, "door-told", lambda unit: list_break_glass_notices(unit, wanted)
    )  # fmt: skip
    notice = next(each for each in notices.items if each.grant == seen.grant.id)
    await month.do(
        officer(COUNCIL), at, "door-seen",
        lambda unit, key: acknowledge_break_glass_notice(unit, Step(notice.id, notice.version, None, key)),
    )  # fmt: skip


async def _kept_out(month: Month) -> None:
    """Let somebody declare their neighbour, and be refused from then on."""
    neighbour, record = worker(COUNCIL, _CLOSE), month.record(COUNCIL, NEPHEW)
    command = DeclareConflict(user=None, about=record, kind="neighbour", until=None, reason="We share a landing.")
    await month.do(
        neighbour, month.at(13), "neighbour-declared", lambda unit, key: declare_conflict(unit, command, key)
    )  # fmt: skip
    await month.refused(
        neighbour, month.at(12), "neighbour-blocked", lambda unit: read_person(unit, record), "conflict-of-interest"
    )
