"""Who is in the scripted month: an adult, her nephew who calls on her, and how each step of it is entered.

She has gone to a refuge. Its address stands in the council's record alone and is sealed there, so nothing that happens
in the month tells it to anybody else.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.access import Purpose, Role
from domain.dates import local_date, start_of_day
from domain.flag_decisions import Recipients
from domain.ids import AgencyCode, RecordId
from domain.persons import Address, NameKind, PersonContent, PersonName
from services.core.idempotency import Made, Once
from services.core.unit_of_work import UnitOfWork
from services.demo.actors import Actor, Stage, once
from services.demo.flags import Fate, FlagStory
from services.demo.incidents import PlannedIncident
from services.demo.names import nhs_number, uprn
from services.demo.people import Household, Person, Records, Tie
from services.demo.warnings import ASSAULT, THREAT, Warned

T = TypeVar("T")

COUNCIL = AgencyCode("caerphilly-cbc")
LANDLORD = AgencyCode("pobl")
CHARITY = AgencyCode("age-cymru-gwent")
POLICE = AgencyCode("gwent-police")
HEALTH = AgencyCode("abuhb")
FIRE = AgencyCode("swfrs")

_NUMBER, _SERIAL, _PLACE = 7_000, 50_000, 45_000
REFUGE = uprn(50_950)
"""A place that no record but the council's names."""


def _person(member: int, named: tuple[str, str], born: date, homes: tuple[Address, ...], known: str) -> Person:
    given, family = named
    content = PersonContent(
        names=(PersonName(NameKind.USUAL, family, (given,)),),
        birth_date=born,
        nhs_number=nhs_number(_SERIAL + member),
        addresses=homes,
    )
    return Person(f"{_NUMBER}-{member}", content, tuple(map(AgencyCode, known.split())))


def _household() -> Household:
    lived = date(2026, 2, 28)
    home = Address("11 Rhes y Gof Arian", town="Blackwood", postcode="NP91 7AB", uprn=uprn(_PLACE))
    refuge = Address("Tŷ Diogel y Gylfinir", town="Elsewhere", uprn=REFUGE, sealed=True, valid_from=date(2026, 3, 1))
    lodgings = Address("2 Puddlers Court", town="Blackwood", postcode="NP91 7BB", uprn=uprn(_PLACE + 1))
    left = replace(home, valid_from=date(1994, 5, 1), valid_to=lived)
    adult = _person(
        0, ("Heledd", "Onllwyn"), date(1946, 10, 2), (left, refuge), f"{COUNCIL} {LANDLORD} {POLICE} {CHARITY} {FIRE}"
    )
    nephew = _person(
        1, ("Macsen", "Onllwyn"), date(1979, 4, 21), (lodgings,), f"{COUNCIL} {LANDLORD} {POLICE} {HEALTH}"
    )
    ties = (Tie(nephew.key, "visits-regularly", uprn=uprn(_PLACE), since=date(2024, 6, 1)),)
    return Household(_NUMBER, COUNCIL, uprn(_PLACE), (adult, nephew), ties)


HOUSEHOLD = _household()
ADULT, NEPHEW = HOUSEHOLD.adult, HOUSEHOLD.relative


def _story(number: int, owner: AgencyCode, kind: Warned, days_ago: int, recipients: Recipients) -> FlagStory:
    told_by = replace(HOUSEHOLD, number=_NUMBER + number, lead=owner)
    return FlagStory(
        told_by, kind, Fate.ACTIVE, days_ago, recipients, (PlannedIncident(told_by, kind.scene, days_ago + 6),)
    )


LANDLORDS_FLAG = _story(1, LANDLORD, THREAT, 26, Recipients(all_partners=True))
POLICE_FLAG = _story(2, POLICE, ASSAULT, 12, Recipients(all_partners=True))
COUNCILS_FLAG = _story(3, COUNCIL, THREAT, 20, Recipients(agencies=frozenset({HEALTH})))
STORIES = (LANDLORDS_FLAG, POLICE_FLAG, COUNCILS_FLAG)
"""Warnings about the nephew: one for all, one that proves to be of somebody else, one that the police are not told."""


def lead(agency: AgencyCode) -> Actor:
    """Give who decides on what leaves an agency."""
    return Actor(agency, Role.SAFEGUARDING_LEAD, Purpose.ADULT_SAFEGUARDING)


def desk(agency: AgencyCode) -> Actor:
    """Give who takes what comes in at an agency."""
    return Actor(agency, Role.DUTY_DESK, Purpose.ADULT_SAFEGUARDING)


def officer(agency: AgencyCode) -> Actor:
    """Give an agency's data protection officer."""
    return Actor(agency, Role.DPO_IG, Purpose.AUDIT_QUALITY)


@dataclass(frozen=True, slots=True)
class Month:
    """The month as it is entered; `worker` is the background process's own way to the database."""

    stage: Stage
    records: Records
    worker: AsyncEngine

    def at(self, days_ago: int, hour: int = 10, minute: int = 0) -> datetime:
        """Give an hour, in local time, of a day before the load."""
        morning = start_of_day(local_date(self.records.now) - timedelta(days=days_ago))
        return morning + timedelta(hours=hour, minutes=minute)

    def record(self, agency: AgencyCode, person: Person) -> RecordId:
        """Find an agency's record of somebody."""
        return self.records.of(agency, person)

    async def do(
        self, actor: Actor, at: datetime, name: str, run: Callable[[UnitOfWork, Once], Awaitable[Made[T]]]
    ) -> T:
        """Take a step once, however often the load begins anew."""
        name = f"month-{name}"
        return (await self.stage.act(actor, at, name, lambda unit: run(unit, once(name)))).value

    async def look(self, actor: Actor, at: datetime, name: str, run: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Read something."""
        return await self.stage.act(actor, at, f"month-{name}", run)

    async def refused(
        self, actor: Actor, at: datetime, name: str, run: Callable[[UnitOfWork], Awaitable[object]], code: str
    ) -> None:
        """Try what must be refused."""
        await self.stage.refused(actor, at, f"month-{name}", run, code)
