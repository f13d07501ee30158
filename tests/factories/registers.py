"""A messy older register: rows as agencies keep them for years, each with what is rightly to become of it.

What becomes of a row is said here by how the row was made up, not worked out by the rules under test.
"""

import csv
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.factories.numbers import nhs_number

HEADING = (
    "Ref", "Type", "Surname", "Forenames", "DOB", "NHS No", "Client ID", "Address 1", "Town", "Postcode", "UPRN",
    "Marker", "Precautions", "Comments", "Raised by", "Raised", "First held", "Eye colour",
)  # fmt: skip
SYSTEM = "housing-clients"
CANARY = "Ysgyfarnog"
"""Stands in every note, and must leave the service in no answer but the owner's reading of a flag."""
SENTENCES = {
    "VIO": {"en": "Visit in pairs.", "cy": "Ymwelwch mewn parau."},
    "VIO2": {"en": "Visit in pairs and tell the police beforehand."},
    "DOG": {"en": "Ask for the dog to be shut away."},
    "ABUSE": {"en": "End the visit if abuse begins."},
}
CATEGORIES = {"VIO": "threat-violence", "VIO2": "threat-violence", "DOG": "animal-hazard", "ABUSE": "hate-abuse"}
MAPPING: dict[str, Any] = {
    "about": {"column": "Type", "values": [{"value": "P", "about": "person"}, {"value": "A", "about": "place"}]},
    "category": {
        "column": "Marker",
        "values": [{"value": value, "category": category} for value, category in CATEGORIES.items()],
    },
    "controls": {
        "column": "Precautions",
        "values": [
            {"value": "2 staff", "controls": ["joint"]},
            {"value": "police", "controls": ["police-present", "check-in"]},
            {"value": "dog in", "controls": ["animals-secured"]},
        ],
        "separator": "/",
    },
    "sentence": {"column": "Marker", "values": [{"value": value, **said} for value, said in SENTENCES.items()]},
    "localIdentifier": {"column": "Client ID", "system": SYSTEM},
    "nhsNumber": "NHS No",
    "birthDate": {"column": "DOB", "format": "DD/MM/YYYY"},
    "family": "Surname",
    "given": "Forenames",
    "line1": "Address 1",
    "town": "Town",
    "postcode": "Postcode",
    "uprn": "UPRN",
    "reference": "Ref",
    "raisedBy": "Raised by",
    "raisedOn": "Raised",
    "recordedOn": {"column": "First held", "format": "DD/MM/YYYY"},
    "note": "Comments",
}
_FAMILIES = ("Pritchard", "Ŵynne", "O'Shea", "Llwyd-Jones", "Begum", "ap Rhys", "Nowak", "Tŷ-Gwyn", "Hughes", "Môn")
_GIVEN = ("Siân", "Dafydd", "Ann Mary", "Tomos", "Fatima", "Gwenllïan", "John", "Zofia")
_STORIES = (
    "Shouted at the rent officer, \"you'll see\"; door slammed.",
    "Threw a plate.\nNext visit: calm.\n\nNeighbour says dog loose; see letter, 3 May",
    "=HYPERLINK(\"http://example.invalid\",\"click\")",
    "Gwaeddodd ar y gweithiwr; aeth â'r ci allan.",
    "@SUM(1+1) recorded by temp, no dates kept",
)  # fmt: skip


def begin_body(**changes: Any) -> dict[str, Any]:
    """What an import begins with."""
    return {
        "registerName": "Cautionary contacts of the housing office",
        "reason": "The old list is closed; staff must be warned from here.",
        "layout": {"encoding": "utf-8", "delimiter": "comma"},
        "mapping": MAPPING,
        **changes,
    }


@dataclass
class Row:
    """One line of the file, and what is to become of it: outcome, issues as (field, code), the row it repeats."""

    cells: dict[str, str]
    outcome: str
    issues: list[tuple[str, str]] = field(default_factory=list)
    same_as: int | None = None
    registers: bool = False
    number: int = 0
    raw: bytes | None = None


@dataclass
class Known:
    """Somebody or some place of an earlier row that is made."""

    cells: dict[str, str]
    number: int
    markers: dict[str, int] = field(default_factory=dict)
    """The row that makes the warning, by category."""


class Register:
    """Makes up a register of some length."""

    def __init__(self, rng: random.Random, tag: str) -> None:
        self.rng = rng
        self.tag = tag
        self.rows: list[Row] = []
        self.people: list[Known] = []
        self.places: list[Known] = []
        self._known: dict[str, Known] = {}
        self._made = 0
        self._numbers: set[str] = set()

    def fill(self, count: int) -> "Register":
        """Add rows until there are so many; the first are people, so that there is something to repeat."""
        kinds: list[tuple[Callable[[], Row], int]] = [
            (self.newcomer, 50), (self.place, 6), (self.again, 8), (self.again_in_other_words, 2), (self.another_marker, 5),
            (self.impossible_day, 3), (self.other_format, 3), (self.future_day, 1), (self.unknown_marker, 3),
            (self.no_surname, 2), (self.no_birth_date, 3), (self.wrong_digit, 3), (self.number_of_another, 2),
            (self.namesake, 2), (self.other_surname, 2), (self.violent_place, 1), (self.nowhere, 1), (self.ragged, 1),
            (self.spoilt, 1), (self.endless, 1), (self.bad_postcode, 1), (self.no_precaution, 1),
        ]  # fmt: skip
        makers, weights = zip(*kinds, strict=True)
        while len(self.rows) < count:
            maker = self.newcomer if len(self.rows) < 5 else self.rng.choices(makers, weights)[0]
            self.add(maker())
        return self

    def add(self, row: Row) -> Row:
        """Put a row at the end; the heading is row 1."""
        row.number = len(self.rows) + 2
        row.cells["Ref"] = f"{self.tag}-{row.number}"
        self.rows.append(row)
        if row.outcome == "made":
            self._note(row)
        return row

    def _note(self, row: Row) -> None:
        place = row.cells["Type"] == "A"
        same = row.cells["UPRN"] if place else row.cells["Client ID"]
        known = self._known.get(same)
        if known is None:
            known = self._known[same] = Known(row.cells, row.number)
            (self.places if place else self.people).append(known)
        known.markers[CATEGORIES[row.cells["Marker"].strip().upper()]] = row.number

    def content(self, encoding: str = "utf-8") -> bytes:
        """Write the file; spoilt rows hold a byte that is no character."""
        written = io.StringIO()
        writer = csv.writer(written)
        writer.writerow(HEADING)
        for row in self.rows:
            cells = [row.cells.get(name, "") for name in HEADING]
            writer.writerow(cells[:-3] if row.issues == [("", "row-shape")] else cells)
        raw = written.getvalue().encode(encoding)
        return raw.replace(b"[spoilt]", b"\x81") if encoding != "utf-8" else raw.replace(b"[spoilt]", b"\xe9!")

    def expected(self) -> Iterator[dict[str, Any]]:
        """Say what is to be told of every row."""
        for row in self.rows:
            yield {
                "row": row.number,
                "outcome": row.outcome,
                "issues": sorted(row.issues),
                "sameAs": row.same_as,
                "registers": row.registers,
            }

    def nhs_number(self) -> str:
        """A number never issued, once."""
        while (number := nhs_number(self.rng)) in self._numbers:
            pass
        self._numbers.add(number)
        return number

    def _cells(self, **changes: str) -> dict[str, str]:
        rng = self.rng
        self._made += 1
        number = self.nhs_number() if rng.random() < 0.6 else ""
        cells = {
            "Type": rng.choice(("P", "p ")),
            "Surname": f"{rng.choice(_FAMILIES)}{self.tag}{self._made}",
            "Forenames": rng.choice(_GIVEN),
            "DOB": f"{rng.randrange(1, 29):02d}/{rng.randrange(1, 13):02d}/{rng.randrange(1921, 2004)}",
            "NHS No": f"{number[:3]} {number[3:6]} {number[6:]}" if number and rng.random() < 0.5 else number,
            "Client ID": f"{self.tag}{self._made:06d}",
            "Address 1": f"{rng.randrange(1, 200)} Heol y Bont" if rng.random() < 0.7 else "",
            "Marker": rng.choice(("VIO", "vio", "ABUSE")),
            "Precautions": rng.choice(("2 staff", "2 STAFF / police")),
            "Comments": f"{CANARY} {rng.choice(_STORIES)}",
            "Raised by": rng.choice(("J. Temp", "", "Rent team, Casnewydd")),
            "Raised": rng.choice(("spring 2016?", "12/3/14", "")),
            "First held": f"{rng.randrange(1, 29):02d}/{rng.randrange(1, 13):02d}/{rng.randrange(2009, 2024)}",
            "Eye colour": "brown",
        }
        if cells["Address 1"]:
            cells |= {"Town": "Casnewydd", "Postcode": "NP44 9ZZ"}
        return cells | changes

    def newcomer(self) -> Row:
        return Row(self._cells(), "made", registers=True)

    def place(self) -> Row:
        uprn = str(self.rng.randrange(10**11, 10**12))
        return Row(self._at(uprn), "made")

    def _at(self, uprn: str, **changes: str) -> dict[str, str]:
        nobody = {"Type": "A", "Surname": "", "Forenames": "", "DOB": "", "NHS No": "", "Client ID": ""}
        return self._cells(**nobody, UPRN=uprn, Marker="DOG", Precautions="dog in", **changes)

    def again(self) -> Row:
        """An earlier line once more, told a little differently, by somebody else."""
        held = self.rng.choice([*self.people, *self.places])
        cells = held.cells | {"Comments": f"{CANARY} again", "Raised by": "Night shift"}
        if held.cells["Type"] != "A" and held.cells["NHS No"] and self.rng.random() < 0.4:
            cells |= {"Client ID": "", "Forenames": held.cells["Forenames"].split()[0]}
        first = held.markers[CATEGORIES[held.cells["Marker"].strip().upper()]]
        return Row(cells, "already-there", [("", "duplicate")], same_as=first)

    def again_in_other_words(self) -> Row:
        held = self.rng.choice(self.people)
        marker = held.cells["Marker"].strip().upper()
        if marker != "VIO":
            return self.newcomer()
        return Row(held.cells | {"Marker": "VIO2"}, "unsure", [("", "row-differs")], same_as=held.number)

    def another_marker(self) -> Row:
        held = self.rng.choice(self.people)
        if "animal-hazard" in held.markers:
            return self.newcomer()
        return Row(held.cells | {"Marker": "DOG", "Precautions": "dog in"}, "made")

    def impossible_day(self) -> Row:
        return Row(self._cells(DOB="31/02/1961"), "refused", [("birthDate", "date-impossible")])

    def other_format(self) -> Row:
        day = self.rng.choice(("1961-02-28", "28.02.61", "circa 1950", "2/1961"))
        return Row(self._cells(DOB=day), "refused", [("birthDate", "date-format")])

    def future_day(self) -> Row:
        return Row(self._cells(**{"First held": "01/01/2190"}), "refused", [("recordedOn", "in-future")])

    def unknown_marker(self) -> Row:
        issues = [("category", "value-unmapped"), ("sentence", "value-unmapped")]
        return Row(self._cells(Marker=self.rng.choice(("VIOL?", "see file", "X"))), "refused", issues)

    def no_surname(self) -> Row:
        return Row(self._cells(Surname=""), "unsure", [("family", "required")])

    def no_birth_date(self) -> Row:
        return Row(self._cells(DOB=""), "unsure", [("birthDate", "required")])

    def wrong_digit(self) -> Row:
        number = self.nhs_number()
        wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
        return Row(self._cells(**{"NHS No": wrong}), "refused", [("nhsNumber", "check-digit")])

    def number_of_another(self) -> Row:
        """The NHS number of somebody whose birth date is another."""
        held = self.rng.choice(self.people)
        if not held.cells["NHS No"]:
            return self.newcomer()
        cells = self._cells(**{"NHS No": held.cells["NHS No"], "DOB": "01/01/1920"})
        return Row(cells, "unsure", [("birthDate", "match-contradicted")])

    def namesake(self) -> Row:
        """The name and birth date of an earlier row, and no number to tell them by."""
        held = self.rng.choice(self.people)
        cells = held.cells | {"Client ID": "", "NHS No": "", "Comments": f"{CANARY} perhaps the same"}
        return Row(cells, "unsure", [("", "possible-match")])

    def other_surname(self) -> Row:
        """The agency's own number of somebody who is called otherwise."""
        held = self.rng.choice(self.people)
        cells = held.cells | {"Surname": f"Arall{self.tag}{self._made}"}
        return Row(cells, "unsure", [("family", "match-contradicted")])

    def violent_place(self) -> Row:
        uprn = str(self.rng.randrange(10**11, 10**12))
        cells = self._at(uprn) | {"Marker": "VIO", "Precautions": "police"}
        return Row(cells, "refused", [("category", "inconsistent")])

    def nowhere(self) -> Row:
        return Row(self._at(""), "refused", [("uprn", "required")])

    def ragged(self) -> Row:
        return Row(self._cells(), "refused", [("", "row-shape")])

    def spoilt(self) -> Row:
        """Typed on another machine: a byte that is no character here."""
        return Row(self._cells(Surname=f"Rh[spoilt]{self.tag}"), "refused", [("family", "not-text")])

    def endless(self) -> Row:
        return Row(self._cells(Comments=f"{CANARY} and then " * 400), "refused", [("note", "too-long")])

    def bad_postcode(self) -> Row:
        cells = self._cells(**{"Address 1": "1 Heol y Bont", "Postcode": "NP4 4ZZZ"})
        return Row(cells, "refused", [("postcode", "pattern")])

    def no_precaution(self) -> Row:
        return Row(self._cells(Precautions=""), "refused", [("controls", "required")])
