"""Invented names, numbers and addresses, all out of ranges that belong to nobody.

NHS numbers begin with 999, which is kept for tests; telephone numbers are of Ofcom's fictitious range;
postcode districts NP90 to NP94 do not exist; property numbers begin with 9990. A name may meet a real
person's by chance, as every name does; nothing else about its bearer here can.
"""

from dataclasses import dataclass
from random import Random

from domain.identifiers import canonical_nhs_number

GIVEN_WOMEN = (
    "Mair", "Nesta", "Eluned", "Gwenllian", "Rhiannon", "Bronwen", "Ceridwen", "Siân", "Angharad", "Menna", "Delyth",
    "Eirlys", "Non", "Heledd", "Lowri", "Carys", "Ffion", "Margaret", "Doreen", "Sheila", "Patricia", "Janet",
    "Christine", "Deborah", "Tracey", "Kelly", "Stacey", "Amina", "Shabnam", "Zofia",
)  # fmt: skip
GIVEN_MEN = (
    "Emrys", "Gethin", "Idris", "Glyndŵr", "Hywel", "Iestyn", "Llew", "Meirion", "Osian", "Rhodri", "Tudur", "Wyn",
    "Aneurin", "Berwyn", "Dafydd", "Eirian", "Gareth", "Ronald", "Kenneth", "Clive", "Trevor", "Nigel", "Craig",
    "Darren", "Lee", "Jason", "Kyle", "Tariq", "Yusuf", "Marek",
)  # fmt: skip
FAMILIES = (
    "Beynon", "Bevan-Rees", "Cadwgan", "Cydwel", "Dyfnallt", "Eynon", "Gittinsworth", "Gwilymson", "Hanbury-Lloyd",
    "Havardson", "Ithelwyn", "Jarmanby", "Kedwarth", "Llywarchen", "Madogwyn", "Maddoxby", "Meyrickson", "Mostynby",
    "Nannerth", "Onllwyn", "Prytherch", "Pugh-Tanner", "Rhydderchby", "Rosserly", "Sayceworth", "Tewdwrley",
    "Trahaern", "Vaughan-Pell", "Watkinby", "Wogansworth", "Yorath-Dean", "Bhattirai", "Kowalewicz", "Oyelarinde",
    "Farooqui-Mian", "Ashgrovely", "Birchamley", "Crowhurstley", "Dunsmorely", "Ellerbyson", "Fenwickley", "Garstonby",
    "Hathersedge", "Inglebyson", "Jesmondby", "Kirkhamley", "Longstaffe-Pugh", "Mosswright",
)  # fmt: skip
STREETS = (
    "Heol y Gigfran", "Clos y Gylfinir", "Ffordd y Dyfrgi", "Rhes y Gof Arian", "Lôn y Wennol Ddu", "Maes y Carw Coch",
    "Stryd y Faril", "Tyle'r Barcud", "Curlewbeck Road", "Tinplate Row", "Otterholt Close", "Bellfounder Street",
    "Larchpit Avenue", "Quarrymans Rise", "Old Drift Lane", "Puddlers Court",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Council:
    """A council's corner of the region: towns, and the postcode district invented for it."""

    code: str
    district: str
    towns: tuple[str, ...]


COUNCILS = (
    Council("newport-cc", "NP90", ("Newport", "Caerleon", "Rogerstone")),
    Council("caerphilly-cbc", "NP91", ("Caerphilly", "Blackwood", "Ystrad Mynach")),
    Council("torfaen-cbc", "NP92", ("Cwmbran", "Pontypool", "Blaenavon")),
    Council("monmouthshire-cc", "NP93", ("Abergavenny", "Monmouth", "Chepstow")),
    Council("blaenau-gwent-cbc", "NP94", ("Ebbw Vale", "Tredegar", "Abertillery")),
)


def nhs_number(number: int) -> str:
    """Give the next valid NHS number of the test range at or after the one with this serial."""
    for serial in range(number * 7, number * 7 + 7):
        digits = f"999{serial:06d}"
        total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=True))
        check = (11 - total % 11) % 11
        if check < 10 and canonical_nhs_number(f"{digits}{check}"):
            return f"{digits}{check}"
    raise ValueError("seven serials in a row have no check digit")


def uprn(place: int) -> str:
    """Give the property number of a place."""
    return f"9990{place:08d}"


def postcode(council: Council, place: int) -> str:
    """Give a postcode in a district that does not exist."""
    letters = "ABDEFGHJLN"
    return f"{council.district} {place % 9 + 1}{letters[place // 9 % 10]}{letters[place // 90 % 10]}"


def telephone(serial: int) -> str:
    """Give a telephone number of the range set aside for fiction."""
    return f"01632 960{serial:03d}"


def full_name(chance: Random) -> str:
    """Make up the name of somebody who works somewhere."""
    return f"{chance.choice(GIVEN_WOMEN + GIVEN_MEN)} {chance.choice(FAMILIES)}"
