"""What is asked of the test environment and what it answers: the one table that page and test are made from.

Integrators program against it, so a line changes only together with a line in the changelog.
"""

from dataclasses import dataclass

from domain.access import Purpose, Role
from services.demo.fixture import REFUGE, number_of, place_of, postcode_of

Entry = dict[str, object]


@dataclass(frozen=True, slots=True)
class Expected:
    """One question an integrator may ask, and the answer."""

    code: str
    says: str
    """Who or what this is, and why the answer is so."""
    entry: Entry
    outcome: str
    warnings: tuple[str, ...] = ()
    """Each as `category (about)`."""
    badges: tuple[str, ...] = ()
    agency: str = "abuhb"
    purpose: Purpose = Purpose.STAFF_SAFETY_VISIT
    contacts: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()

    @property
    def role(self) -> Role:
        """Say in which role it is asked."""
        return Role.PRACTITIONER


def _by_number(household: int, born: str, member: int = 0) -> Entry:
    return {"identity": {"nhsNumber": number_of(household, member), "birthDate": born}}


def _by_name(**details: str) -> Entry:
    return {"identity": {**details}}


def _swapped(number: str) -> str:
    """Swap two digits, as fingers do."""
    return number[:3] + number[4] + number[3] + number[5:]


_SAID = "threat-violence (person)"

EXPECTED = (
    Expected(
        "T01", "Alun Testunwr: Gwent Police warn all partners.", _by_number(1, "1951-02-03"), "warnings", (_SAID,)
    ),
    Expected(
        "T02", "Alun again, by name and postcode, written without capitals.",
        _by_name(family="testunwr", birthDate="1951-02-03", postcode=postcode_of(1).lower()), "warnings", (_SAID,),
    ),
    Expected(
        "T03", "Alun with a slip in the birth date: a typing error is never an all-clear.",
        _by_number(1, "1951-02-13"), "refine",
    ),
    Expected(
        "T04", "Alun with two digits of the NHS number swapped: its check digit fails.",
        {"identity": {"nhsNumber": _swapped(number_of(1)), "birthDate": "1951-02-03"}}, "refine",
        issues=("/nhsNumber check-digit",),
    ),
    Expected(
        "T05", "Alun by name alone: too little to say who is meant.", _by_name(family="Testunwr", given="Alun"),
        "refine",
    ),
    Expected(
        "T06", "Beti Gofalus: nothing is known of her, but her son lives with her and is warned of.",
        _by_number(2, "1940-05-06"), "warnings", ("threat-violence (may-be-present)",),
    ),
    Expected(
        "T07", "Dilwyn Cuddiedig: his son's warning is for Probation only, so you are told to ring and nothing else.",
        _by_number(3, "1949-09-10"), "contact-before-visit", contacts=("gwent-police",),
    ),
    Expected(
        "T08", "Dilwyn, asked for direct care: that purpose does not disclose that something is hidden.",
        _by_number(3, "1949-09-10"), "no-warning-known", purpose=Purpose.DIRECT_CARE,
    ),
    Expected(
        "T09", "Dilwyn, asked by Probation, whom the warning names.",
        _by_number(3, "1949-09-10"), "warnings", ("threat-violence (may-be-present)",), agency="probation-wales",
    ),
    Expected(
        "T10", "Ffion Tawelwraig: records are held, nothing is warned of. That is not safety: assess as ever.",
        _by_number(4, "1958-01-14"), "no-warning-known",
    ),
    Expected(
        "T11", "Nobody: this number and date are in no register. Asking does not register them.",
        _by_number(90, "1961-03-15"), "no-warning-known",
    ),
    Expected(
        "T12", "One of the Efeilliwr twins, without the given name: both fit.",
        _by_name(family="Efeilliwr", birthDate="1966-04-17", postcode=postcode_of(5)), "refine",
    ),
    Expected(
        "T13", "Huw Efeilliwr, with the given name.",
        _by_name(family="Efeilliwr", given="Huw", birthDate="1966-04-17", postcode=postcode_of(5)), "no-warning-known",
    ),
    Expected(
        "T14", "A place: somebody warned of visits there regularly.", {"uprn": place_of(6)}, "warnings",
        ("threat-violence (may-be-present)",),
    ),
    Expected(
        "T15", "Lowri Lletygar, who lives at that place.", _by_number(6, "1947-02-23"), "warnings",
        ("threat-violence (may-be-present)",),
    ),
    Expected(
        "T16", "Menna Heriwr has challenged her warning; it stands until that is answered, and says so.",
        _by_number(7, "1953-04-25"), "warnings", (_SAID,), badges=("contested",),
    ),
    Expected(
        "T17", "Nia Hwyrfrydig: the review is over 28 days late, so whoever never held the warning is told to ring.",
        _by_number(8, "1944-06-27"), "contact-before-visit", contacts=("gwent-police",),
    ),
    Expected(
        "T18", "Nia, asked by the police, who own the warning.", _by_number(8, "1944-06-27"), "warnings", (_SAID,),
        badges=("review-overdue",), agency="gwent-police",
    ),
    Expected(
        "T19", "Owain Gyntwr: his warning was removed.", _by_number(9, "1962-08-29"), "no-warning-known"
    ),
    Expected(
        "T20", "Petra Cynigydd: a warning is proposed and not decided, so it warns nobody yet.",
        _by_number(10, "1969-10-31"), "no-warning-known",
    ),
    Expected(
        "T21", "A sealed address: nothing tells you that anybody lives there.", {"uprn": REFUGE}, "no-warning-known"
    ),
    Expected(
        "T22", "Sulwen Addfwyn-Prawf: behaviour that arises from illness, in words that blame nobody.",
        _by_number(12, "1937-01-05"), "warnings", ("care-need-behaviour (person)",),
    ),
    Expected(
        "T23", "A place with dogs.", {"uprn": place_of(13)}, "warnings", ("animal-hazard (place)",)
    ),
    Expected(
        "T24", "Ieuan Cŵnwr, who lives at that place.", _by_number(13, "1955-10-19"), "warnings",
        ("animal-hazard (place)",),
    ),
    Expected(
        "T25", "Alun at the place with dogs: both are checked in one line.",
        {**_by_number(1, "1951-02-03"), "uprn": place_of(13)}, "warnings", ("animal-hazard (place)", _SAID),
    ),
    Expected(
        "T26", "Ffion, with a birth date that lies in the future.", _by_number(4, "2058-01-14"), "refine",
        issues=("/birthDate in-future",),
    ),
)  # fmt: skip
"""What is asked of the test environment, and what it answers, for five months after it was loaded."""
