"""The people of the test environment: few, fixed, written out; what is asked of them stands in `expected`.

Integrators program against them, so names, numbers, places and answers change only with a new line in the
changelog. Everything is entered through the use cases, as the region is; days count back from the load.
"""

from dataclasses import dataclass
from datetime import date

from domain.flag_decisions import Recipients
from domain.ids import AgencyCode
from domain.persons import Address, NameKind, PersonContent, PersonName
from services.demo.flags import Fate, FlagStory
from services.demo.incidents import PlannedIncident
from services.demo.names import nhs_number, uprn
from services.demo.people import Household, Person, Tie
from services.demo.warnings import CARE_NEED, DOGS, THREAT, Warned

_HEALTH = AgencyCode("abuhb")
_POLICE = AgencyCode("gwent-police")
_PROBATION = AgencyCode("probation-wales")
_NEWPORT = AgencyCode("newport-cc")
_POBL = AgencyCode("pobl")
_FIRST_HOUSEHOLD, _FIRST_SERIAL, _FIRST_PLACE = 9_000, 60_000, 40_000
REFUGE = uprn(50_900)
_SINCE = date(2025, 1, 6)
_EVERYONE = Recipients(all_partners=True)


@dataclass(frozen=True, slots=True)
class _Who:
    given: str
    family: str
    born: date
    known_to: tuple[AgencyCode, ...] = (_POLICE, _HEALTH)


def _home(number: int) -> Address:
    line1 = f"{number} Rhes yr Arbrawf"
    return Address(
        line1, town="Newport", postcode=postcode_of(number), uprn=place_of(number), valid_from=date(2001, 4, 2)
    )


def postcode_of(number: int) -> str:
    """Give the postcode of a test household's home."""
    return f"NP90 9{'ABDEFGHJLNPQRSTUWXYZ'[number]}Z"


def place_of(number: int) -> str:
    """Give the property number of a test household's home."""
    return uprn(_FIRST_PLACE + number)


def number_of(household: int, member: int = 0) -> str:
    """Give the NHS number of somebody of a test household."""
    return nhs_number(_FIRST_SERIAL + household * 10 + member)


def _person(household: int, member: int, who: _Who, *homes: Address) -> Person:
    content = PersonContent(
        names=(PersonName(NameKind.USUAL, who.family, (who.given,)),),
        birth_date=who.born,
        nhs_number=number_of(household, member),
        addresses=homes or (_home(household),),
    )
    return Person(f"{_FIRST_HOUSEHOLD + household}-{member}", content, who.known_to)


def _household(number: int, *people: Person, ties: tuple[Tie, ...] = ()) -> Household:
    lead = people[0].known_to[0]
    return Household(_FIRST_HOUSEHOLD + number, lead, place_of(number), people, ties)


def _living_with(number: int) -> tuple[Tie, ...]:
    key = f"{_FIRST_HOUSEHOLD + number}"
    return (Tie(f"{key}-1", "lives-with", related=f"{key}-0", since=_SINCE),)


def _pair(number: int, adult: _Who, relative: _Who) -> Household:
    people = (_person(number, 0, adult), _person(number, 1, relative))
    return _household(number, *people, ties=_living_with(number))


def _alone(number: int, who: _Who) -> Household:
    return _household(number, _person(number, 0, who))


def _visited(number: int) -> Household:
    host, guest = (
        _Who("Lowri", "Lletygar", date(1947, 2, 23), (_NEWPORT,)),
        _Who("Jac", "Ymwelwr", date(1984, 12, 21), (_NEWPORT,)),
    )
    elsewhere = Address("1 Tŷ'r Cyfrif", town="Newport", postcode="NP90 8ZZ", uprn=uprn(_FIRST_PLACE + 90))
    people = (_person(number, 0, host), _person(number, 1, guest, elsewhere))
    tie = Tie(people[1].key, "visits-regularly", uprn=place_of(number), since=_SINCE)
    return _household(number, *people, ties=(tie,))


def _moved(number: int) -> Household:
    who = _Who("Rhian", "Noddfaog", date(1988, 12, 2), (_POLICE,))
    refuge = Address("Refuge", uprn=REFUGE, sealed=True, valid_from=date(2026, 3, 1))
    return _household(number, _person(number, 0, who, refuge))


def _twins(number: int) -> Household:
    born = date(1966, 4, 17)
    return _household(
        number,
        _person(number, 0, _Who("Gari", "Efeilliwr", born, (_HEALTH,))),
        _person(number, 1, _Who("Huw", "Efeilliwr", born, (_HEALTH,))),
    )


TEST_HOUSEHOLDS = (
    _alone(1, _Who("Alun", "Testunwr", date(1951, 2, 3))),
    _pair(2, _Who("Beti", "Gofalus", date(1940, 5, 6)), _Who("Carwyn", "Gofalus", date(1972, 7, 8), (_POLICE,))),
    _pair(
        3, _Who("Dilwyn", "Cuddiedig", date(1949, 9, 10)), _Who("Eifion", "Cuddiedig", date(1979, 11, 12), (_POLICE,))
    ),
    _alone(4, _Who("Ffion", "Tawelwraig", date(1958, 1, 14), (_HEALTH, _NEWPORT))),
    _twins(5),
    _visited(6),
    _alone(7, _Who("Menna", "Heriwr", date(1953, 4, 25))),
    _alone(8, _Who("Nia", "Hwyrfrydig", date(1944, 6, 27))),
    _alone(9, _Who("Owain", "Gyntwr", date(1962, 8, 29))),
    _alone(10, _Who("Petra", "Cynigydd", date(1969, 10, 31))),
    _moved(11),
    _alone(12, _Who("Sulwen", "Addfwyn-Prawf", date(1937, 1, 5), (_NEWPORT, _HEALTH))),
    _alone(13, _Who("Ieuan", "Cŵnwr", date(1955, 10, 19), (_POBL, _HEALTH))),
)  # fmt: skip


def _story(number: int, kind: Warned, fate: Fate, days_ago: int, recipients: Recipients = _EVERYONE) -> FlagStory:
    household = TEST_HOUSEHOLDS[number - 1]
    return FlagStory(
        household, kind, fate, days_ago, recipients, (PlannedIncident(household, kind.scene, days_ago + 6),)
    )


STORIES = (
    _story(1, THREAT, Fate.ACTIVE, 5),
    _story(2, THREAT, Fate.ACTIVE, 5),
    _story(3, THREAT, Fate.ACTIVE, 5, Recipients(agencies=frozenset({_PROBATION}))),
    _story(6, THREAT, Fate.ACTIVE, 5),
    _story(7, THREAT, Fate.CONTESTED, 12),
    _story(8, THREAT, Fate.OVERDUE, 260),
    _story(9, THREAT, Fate.REMOVED, 150),
    _story(10, THREAT, Fate.PROPOSED, 3),
    _story(12, CARE_NEED, Fate.ACTIVE, 5),
    _story(13, DOGS, Fate.ACTIVE, 5),
)
LAST_PLACE = place_of(13)
"""The place whose flag is entered last: where it stands, the whole environment does."""
