"""The four households that the README's tour visits: written out, so that its calls work to the letter."""

from datetime import date

from domain.ids import AgencyCode
from domain.persons import Address, NameKind, PersonContent, PersonName
from services.demo.names import nhs_number, uprn
from services.demo.people import Household, Person, Tie

_HEALTH = AgencyCode("abuhb")
_POLICE = AgencyCode("gwent-police")
_PROBATION = AgencyCode("probation-wales")
_NEWPORT = AgencyCode("newport-cc")
_CAERPHILLY = AgencyCode("caerphilly-cbc")
_TORFAEN = AgencyCode("torfaen-cbc")
_POBL = AgencyCode("pobl")


def _person(key: str, named: str, born: date, home: Address, known_to: tuple[AgencyCode, ...]) -> Person:
    given, family = named.split(" ")
    number, member = key.split("-")
    content = PersonContent(
        names=(PersonName(NameKind.USUAL, family, (given,)),),
        birth_date=born,
        nhs_number=nhs_number(1_000 + int(number) * 4 + int(member)),
        addresses=(home,),
        language="cy" if given in {"Mair", "Nesta"} else "en",
        communication_needs=("welsh",) if given in {"Mair", "Nesta"} else (),
    )
    return Person(key, content, known_to)


def _home(place: int, line1: str, town: str, code: str) -> Address:
    return Address(line1=line1, town=town, postcode=code, uprn=uprn(place), valid_from=date(1998, 4, 1))


def _tour() -> tuple[Household, ...]:
    """Write out the households: a warning seen by all, one held by others, none at all, and a place."""
    since = date(2025, 1, 6)
    first = _home(0, "14 Heol y Gigfran", "Newport", "NP90 1AB")
    second = _home(1, "3 Tinplate Row", "Blackwood", "NP91 2AB")
    third = _home(2, "27 Lôn y Wennol Ddu", "Pontypool", "NP92 3AB")
    fourth = _home(3, "8 Otterholt Close", "Cwmbran", "NP92 4AB")
    return (
        Household(
            0, _POLICE, uprn(0),
            (
                _person("0-0", "Mair Prytherch", date(1944, 3, 17), first, (_POLICE, _HEALTH, _NEWPORT)),
                _person("0-1", "Gethin Prytherch", date(1975, 11, 2), first, (_POLICE,)),
            ),
            (Tie("0-1", "lives-with", related="0-0", since=since),),
        ),
        Household(
            1, _POLICE, uprn(1),
            (
                _person("1-0", "Emrys Beynon", date(1949, 6, 30), second, (_POLICE, _HEALTH, _CAERPHILLY)),
                _person("1-1", "Craig Beynon", date(1988, 1, 25), second, (_POLICE, _PROBATION)),
            ),
            (Tie("1-1", "lives-with", related="1-0", since=since),),
        ),
        Household(
            2, _TORFAEN, uprn(2),
            (_person("2-0", "Nesta Llywarchen", date(1951, 9, 8), third, (_TORFAEN, _HEALTH)),),
        ),
        Household(
            3, _POBL, uprn(3),
            (_person("3-0", "Trevor Sayceworth", date(1956, 12, 19), fourth, (_POBL, _HEALTH, _TORFAEN)),),
        ),
    )  # fmt: skip


TOUR = _tour()
