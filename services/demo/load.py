"""Load the demonstration region: about 300 people in 120 households, and a year of their history.

Deterministic: names, numbers, places and what happened are the same everywhere; only ids are random, as
ids of this service are, and days count back from the day of the load.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from typing_extensions import override

from services.core.caller import ContextSigner
from services.core.doors import Doors, doors_of
from services.core.settings import Settings
from services.db.engine import make_engine
from services.demo.actors import Stage
from services.demo.fixture import LAST_PLACE, STORIES, TEST_HOUSEHOLDS
from services.demo.flags import FlagStory, acts_of_flag, plan_flags
from services.demo.incidents import PlannedIncident, acts_of_incidents, enter_incident, quiet_incidents
from services.demo.month import ACTS as MONTH_ACTS
from services.demo.month import tell_month
from services.demo.month_cast import HOUSEHOLD as MONTH_HOUSEHOLD
from services.demo.month_cast import STORIES as MONTH_STORIES
from services.demo.month_cast import Month
from services.demo.people import Household, Records, acts_of_household, plan_household, register_people
from services.demo.protocols import ACTS, sign_up
from services.demo.register import AGENCIES, BOARD, demo_users, is_loaded, is_warned_of, mark_fed, seed_register
from services.demo.telling import Telling
from services.demo.tour import TOUR

HOUSEHOLDS = 120
FEWEST = 20
"""Households enough to show a flag in every state."""
_STATEMENT_MS = 20_000

Progress = Callable[[int, int], None]
"""Told after each act how many are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a region holds, and whether this load put it there."""

    is_new: bool
    agencies: int
    users: int
    households: int
    people: int
    records: int
    incidents: int
    flags: int

    @override
    def __str__(self) -> str:
        known = (
            f"{self.people} people in {self.households} households, {self.records} records of {self.agencies} agencies"
        )
        return f"{known}, {self.incidents} incidents, {self.flags} flags, {self.users} users"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a region is to hold; `has_month` says whether the scripted month is told in it."""

    households: tuple[Household, ...]
    flags: tuple[FlagStory, ...]
    quiet: tuple[PlannedIncident, ...]
    has_month: bool = False

    def acts(self) -> int:
        """Count every act, so that whoever waits sees how long it will be."""
        entered = sum(map(acts_of_household, self.households))
        month = MONTH_ACTS if self.has_month else 0
        return ACTS + entered + acts_of_incidents(self.quiet) + sum(map(acts_of_flag, self.flags)) + month

    def told(self) -> tuple[tuple[Household, ...], tuple[FlagStory, ...]]:
        """List every household and flag, those of the month too."""
        if not self.has_month:
            return self.households, self.flags
        return (*self.households, MONTH_HOUSEHOLD), (*self.flags, *MONTH_STORIES)


def plan_region(households: int) -> Plan:
    """Make up a region: the households of the tour first, then as many as asked for."""
    homes = (*TOUR, *map(plan_household, range(len(TOUR), households)))
    stories = plan_flags(homes)
    warned = {story.household.number for story in stories}
    quiet = tuple(each for home in homes if home.number not in warned for each in quiet_incidents(home))
    return Plan(homes, stories, quiet, has_month=True)


async def load(settings: Settings, *, progress: Progress | None = None, households: int = HOUSEHOLDS) -> Summary:
    """Load the region once; a load that was cut off goes on where it stopped.

    Raises:
        ValueError: these are production settings, or there are too few households to show anything.
    """
    if settings.is_production:
        raise ValueError("invented people do not belong into production")
    if households < FEWEST:
        raise ValueError(f"at least {FEWEST} households")
    plan = plan_region(households)
    doors = doors_of(settings)
    loaded = await is_loaded(doors.migrator)
    await seed_register(doors.migrator, settings.home)
    if not loaded:
        await _enter(plan, doors, settings, progress)
        await mark_fed(doors.migrator)
    return _summary(plan, is_new=not loaded)


async def load_fixture(settings: Settings, *, progress: Progress | None = None) -> Summary:
    """Load the test environment's people once, in a database of their own or beside the region.

    Raises:
        ValueError: these are production settings.
    """
    if settings.is_production:
        raise ValueError("invented people do not belong into production")
    plan = Plan(TEST_HOUSEHOLDS, STORIES, ())
    doors = doors_of(settings)
    loaded = await is_warned_of(doors.migrator, LAST_PLACE)
    await seed_register(doors.migrator, settings.home)
    if not loaded:
        await _enter(plan, doors, settings, progress)
        await mark_fed(doors.migrator, besides=BOARD)  # by the Board's day the region is known to be loaded
    return _summary(plan, is_new=not loaded)


async def _enter(plan: Plan, doors: Doors, settings: Settings, progress: Progress | None) -> None:
    app, worker = (
        make_engine(door, pool_size=2, statement_timeout_ms=_STATEMENT_MS) for door in (doors.app, doors.worker)
    )
    total, done = plan.acts(), 0

    def count() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    stage = Stage(app, ContextSigner(settings.context_key), settings.match_key, count)
    try:
        await _act_out(plan, Month(stage, Records(datetime.now(UTC)), worker))
    finally:
        await app.dispose()
        await worker.dispose()


async def _act_out(plan: Plan, month: Month) -> None:
    stage, records = month.stage, month.records
    await sign_up(stage, records.now)
    for household in plan.households:
        await register_people(stage, records, household)
    for planned in plan.quiet:
        await enter_incident(stage, records, planned)
    for story in plan.flags:
        await Telling(stage, records, story).tell()
    if plan.has_month:
        await tell_month(month)


def _summary(plan: Plan, *, is_new: bool) -> Summary:
    households, flags = plan.told()
    persons = [person for household in households for person in household.people]
    return Summary(
        is_new=is_new,
        agencies=len(AGENCIES),
        users=sum(1 for _ in demo_users()),
        households=len(households),
        people=len(persons),
        records=sum(len(person.known_to) for person in persons),
        incidents=len(plan.quiet) + sum(len(story.incidents) for story in flags),
        flags=len(flags),
    )
