"""What a visit sheet says, word for word, in one language: the page and the printed document only lay it out.

A sheet is read in a car, at dusk, by somebody with little time: one language at a time, the visits that need
something first, whom to ring beside each, and nothing about the person that the reader did not bring.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.dates_in_words import day_in_words, moment_in_words
from domain.flag_checks import Outcome
from domain.flag_codes import Badge, FlagState
from domain.flag_imports import OlderRegister
from domain.issues import ISSUES
from domain.problems import Bilingual, Language
from domain.visits import (
    NOT_SAFETY,
    WHEN_EXPIRED,
    About,
    Contact,
    Register,
    Sheet,
    SheetLanguage,
    SheetLine,
    SheetWarning,
)
from domain.vocabularies import item

TITLE = Bilingual("Visit sheet", "Taflen ymweliadau")
_ISSUED = Bilingual("Issued", "Cyhoeddwyd")
_HOLDS = Bilingual("Holds until", "Yn ddilys tan")
_SHIFT = Bilingual("Shift", "Shifft")
_TO = Bilingual("to", "hyd")
_RING = Bilingual("Ring, day or night", "Ffoniwch, ddydd neu nos")
_NUMBER = Bilingual("Check number", "Rhif y gwiriad")
_EXPIRED = Bilingual("When this sheet has run out", "Pan fydd y daflen hon wedi dod i ben")
_EARLY = Bilingual(
    "Your shift ends after this sheet does. Get a new one before it runs out.",
    "Mae eich shifft yn gorffen ar ôl i'r daflen hon ddod i ben. Mynnwch un newydd cyn iddi ddod i ben.",
)
_FIRST = Bilingual("Before you set out", "Cyn i chi gychwyn")
_NEEDING = Bilingual(
    "Visits on this sheet that need something from you before contact:",
    "Ymweliadau ar y daflen hon sydd angen rhywbeth gennych cyn cysylltu:",
)
_NEEDING_NONE = Bilingual(
    "No visit on this sheet has a known warning.", "Nid oes rhybudd hysbys ar gyfer unrhyw ymweliad ar y daflen hon."
)
_VISITS = Bilingual("Visits, in your order", "Ymweliadau, yn eich trefn chi")
_LINE = Bilingual("Visit", "Ymweliad")
_CONTROLS = Bilingual("Precautions", "Rhagofalon")
_SAYS = Bilingual("What to do", "Beth i'w wneud")
_HOLDER = Bilingual("Ring about this", "Ffoniwch ynghylch hyn")
_HANDLING = Bilingual("Handling", "Trin")
_BEFORE = Bilingual("Ring before contact", "Ffoniwch cyn cysylltu")
_REVIEW = Bilingual("To be reviewed by", "I'w adolygu erbyn")
_SLIP = Bilingual("Something in the details sent is wrong:", "Mae rhywbeth yn y manylion a anfonwyd yn anghywir:")
_REGISTERS = Bilingual("Registers covered", "Cofrestrau dan sylw")
_REGISTER = Bilingual("Agency", "Asiantaeth")
_FED = Bilingual("Last updated", "Diweddarwyd ddiwethaf")
_NEVER = Bilingual("never", "erioed")
_OLDER: dict[OlderRegister, Bilingual] = {
    OlderRegister.NOT_IMPORTED: Bilingual(
        "what the agency held before is not in", "nid yw'r hyn a oedd gan yr asiantaeth gynt i mewn"
    ),
    OlderRegister.UNREVIEWED: Bilingual(
        "what the agency held before is in, not all reviewed",
        "mae'r hyn a oedd gan yr asiantaeth gynt i mewn, heb ei adolygu i gyd",
    ),
    OlderRegister.REVIEWED: Bilingual(
        "what the agency held before is in and reviewed",
        "mae'r hyn a oedd gan yr asiantaeth gynt i mewn ac wedi'i adolygu",
    ),
}
_READ_OTHER = Bilingual("Read this sheet in English", "Darllenwch y daflen hon yn Gymraeg")
_ABOUT: dict[About, Bilingual] = {
    "person": Bilingual("about the person visited", "am y person yr ymwelir ag ef neu hi"),
    "place": Bilingual("about the place", "am y lle"),
    "may-be-present": Bilingual("about somebody who may be there", "am rywun a all fod yno"),
}
_NOTES = {
    Badge.CONTESTED: Bilingual(
        "Contested: whether this is right is being looked into. Keep to it until that is settled.",
        "Dan her: ymchwilir i weld a yw hyn yn gywir. Cadwch ato nes bod hynny wedi'i setlo.",
    ),
    Badge.REVIEW_OVERDUE: Bilingual(
        "Review overdue: keep to it, and ring the agency if you are in doubt.",
        "Adolygiad yn hwyr: cadwch ato, a ffoniwch yr asiantaeth os ydych yn ansicr.",
    ),
}
"""What a badge asks of the reader; a badge that asks nothing is shown by its label."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what stands beside it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Ring:
    """A number and whose it is."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class WarningText:
    """One warning; `sentence` is the owner's, in the language it was written in."""

    title: str
    about: str
    controls_label: str
    controls: tuple[str, ...]
    sentence_label: str
    sentence: str
    sentence_language: Language
    notes: tuple[str, ...]
    ring_label: str
    ring: Ring
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class LineText:
    """One visit; `kind` is the code of its outcome, for its looks."""

    anchor: str
    title: str
    kind: str
    outcome: str
    what_to_do: tuple[str, ...]
    warnings: tuple[WarningText, ...]
    ring_label: str
    ring: tuple[Ring, ...]
    slip_label: str
    slips: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """The place of a line on the sheet."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartText:
    """The whole sheet in one language, in the order it is read."""

    language: Language
    title: str
    facts: tuple[Fact, ...]
    holds: Fact
    ring_label: str
    ring: Ring
    expired_title: str
    expired: tuple[str, ...]
    first_title: str
    first: str
    first_lines: tuple[Link, ...]
    not_safety: str
    visits_title: str
    lines: tuple[LineText, ...]
    registers_title: str
    registers_head: tuple[str, str]
    registers: tuple[tuple[str, str], ...]
    read_other: str


def parts_of(sheet: Sheet, reader: Language) -> tuple[PartText, ...]:
    """Word the sheet: in its one language, or in both with the reader's first."""
    if sheet.language is SheetLanguage.BOTH:
        other: Language = "en" if reader == "cy" else "cy"
        return _part(sheet, reader), _part(sheet, other)
    return (_part(sheet, "cy" if sheet.language is SheetLanguage.CY else "en"),)


def _part(sheet: Sheet, language: Language) -> PartText:
    def said(text: Bilingual) -> str:
        return text.said(language)

    lines = tuple(_line(line, place, sheet.duty, language) for place, line in enumerate(sheet.lines, 1))
    needing = tuple(Link(line.anchor, line.title) for line in lines if line.kind != Outcome.NO_WARNING_KNOWN)
    shift = f"{said(moment_in_words(sheet.shift.start))} {said(_TO)} {said(moment_in_words(sheet.shift.end))}"
    return PartText(
        language=language,
        title=said(TITLE),
        facts=(
            Fact(said(_ISSUED), said(moment_in_words(sheet.issued_at))),
            Fact(said(_SHIFT), shift),
            Fact(said(_NUMBER), str(sheet.check_id)),
        ),
        holds=Fact(said(_HOLDS), said(moment_in_words(sheet.holds_until))),
        ring_label=said(_RING),
        ring=_ring(sheet.duty, language),
        expired_title=said(_EXPIRED),
        expired=(said(WHEN_EXPIRED), *([said(_EARLY)] if sheet.ends_before_shift else [])),
        first_title=said(_FIRST),
        first=said(_NEEDING if needing else _NEEDING_NONE),
        first_lines=needing,
        not_safety=said(NOT_SAFETY),
        visits_title=said(_VISITS),
        lines=lines,
        registers_title=said(_REGISTERS),
        registers_head=(said(_REGISTER), said(_FED)),
        registers=tuple((said(each.name), _fed(each, language)) for each in sheet.registers),
        read_other=_READ_OTHER.en if language == "cy" else _READ_OTHER.cy,
    )


def _fed(register: Register, language: Language) -> str:
    """Say when a register was last fed, and whether what its agency held before is in it."""
    fed = _NEVER if register.last_fed_at is None else moment_in_words(register.last_fed_at)
    return f"{fed.said(language)}; {_OLDER[register.older].said(language)}"


def _line(line: SheetLine, place: int, duty: Contact, language: Language) -> LineText:
    def said(text: Bilingual) -> str:
        return text.said(language)

    number = f"{said(_LINE)} {place}"
    outcome = line.verdict.outcome
    unknown = outcome in {Outcome.REFINE, Outcome.UNAVAILABLE}
    return LineText(
        anchor=f"{language}-{place}",
        title=f"{number}: {line.reference}" if line.reference.strip() else number,
        kind=outcome.value,
        outcome=said(item("check-outcome", outcome).label),
        what_to_do=tuple(map(said, line.verdict.sentences)),
        warnings=tuple(_warning(warning, language) for warning in line.warnings),
        ring_label=said(_BEFORE),
        ring=tuple(_ring(contact, language) for contact in (*line.contacts, *([duty] if unknown else []))),
        slip_label=said(_SLIP) if line.issues else "",
        slips=tuple(dict.fromkeys(said(ISSUES[issue.code]) for issue in line.issues)),
    )


def _ring(contact: Contact, language: Language) -> Ring:
    return Ring(contact.phone, contact.name.said(language))


def _warning(warning: SheetWarning, language: Language) -> WarningText:
    def said(text: Bilingual) -> str:
        return text.said(language)

    review = [] if warning.review_on is None else [Fact(said(_REVIEW), said(day_in_words(warning.review_on)))]
    sentence, written_in = _in_readers_language(warning.sentence.en, warning.sentence.cy, language)
    return WarningText(
        title=said(item("flag-category", warning.category).label),
        about=said(_ABOUT[warning.about]),
        controls_label=said(_CONTROLS),
        controls=tuple(said(item("visit-control", code).label) for code in warning.controls),
        sentence_label=said(_SAYS),
        sentence=sentence,
        sentence_language=written_in,
        notes=tuple(_notes(warning, language)),
        ring_label=said(_HOLDER),
        ring=_ring(warning.contact, language),
        facts=tuple(review),
    )


def _in_readers_language(en: str | None, cy: str | None, language: Language) -> tuple[str, Language]:
    """Choose the owner's sentence: never translated, so in the other language where there is no choice (W-05)."""
    mine, other = (cy, en) if language == "cy" else (en, cy)
    if mine is not None:
        return mine, language
    return other or "", "en" if language == "cy" else "cy"


def _notes(warning: SheetWarning, language: Language) -> Iterable[str]:
    if warning.state is not FlagState.ACTIVE:
        yield item("flag-status", warning.state).label.said(language)
    for badge in warning.badges:
        yield (_NOTES.get(badge) or item("flag-badge", badge).label).said(language)
    for condition in warning.handling:
        yield f"{_HANDLING.said(language)}: {item('handling-condition', condition).label.said(language)}"
