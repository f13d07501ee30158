"""Letters: an agency's own words around facts that must be in them (F-06, F-09, G-7.2).

A template is plain text in both languages with named places. What the law asks a notice to say stands in places
that no template may leave out; the words around them, and any wording on sanctions, are the agency's. A letter
about behaviour that arises from a care need has a template of its own, in which nobody is blamed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.blame import is_blaming
from domain.dates_in_words import day_in_words
from domain.ids import AgencyCode, UserId
from domain.problems import Bilingual, Language
from domain.validation import NARRATIVE, Faults

LANGUAGES: tuple[Language, ...] = ("en", "cy")
MOST_SECTIONS = 12
PRODUCT_VERSION = 1
"""The version of the words that come with the service; an agency's own begin after it."""

INLINE = frozenset({"name", "agency", "category", "review", "contact", "reference"})
"""Places within a sentence."""
BLOCKS = frozenset({"incidents", "recipients", "challenge"})
"""Places that fill a paragraph of their own."""
REQUIRED = BLOCKS | {"category", "review"}
"""What a notice must say: the incident, the marker, who may be given it, until when, and how to challenge (F-06)."""

_REFERENCE = Bilingual("Our reference", "Ein cyfeirnod")
_PLACE = re.compile(r"\{([^{}]*)\}")


class LetterKind(StrEnum):
    """Which template a letter follows."""

    NOTICE = "notice"
    CARE_NEED_NOTICE = "care-need-notice"


@dataclass(frozen=True, slots=True)
class TemplateSection:
    """A heading and paragraphs, which blank lines divide."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class TemplateText:
    """A template in one language."""

    title: str
    sections: tuple[TemplateSection, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A template in both languages, which are equal (law 12)."""

    en: TemplateText
    cy: TemplateText

    def text(self, language: Language) -> TemplateText:
        """Give one of them."""
        return self.cy if language == "cy" else self.en


@dataclass(frozen=True, slots=True)
class Templates:
    """All an agency writes letters with; `contact` is how the public reaches it, in a few words."""

    notice: Template
    care_need_notice: Template
    contact: Bilingual | None = None

    def of(self, kind: LetterKind) -> Template:
        """Give the template of a kind of letter."""
        return self.care_need_notice if kind is LetterKind.CARE_NEED_NOTICE else self.notice


@dataclass(frozen=True, slots=True)
class AgencyTemplates:
    """One version of an agency's templates; those of the service where it has written none."""

    owner_agency: AgencyCode
    version: int
    templates: Templates
    recorded_at: datetime | None = None
    recorded_by: UserId | None = None


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What stands in the places of a letter in one language."""

    name: str
    agency: str
    category: str
    review: str
    contact: str
    reference: str
    incidents: tuple[str, ...]
    recipients: tuple[str, ...]
    challenge: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph, or a list where it has items."""

    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterSection:
    """A heading and what stands under it."""

    heading: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter whole, word for word: it is kept as it was made (law 6)."""

    language: Language
    title: str
    sender: str
    to: str
    dated: str
    reference: str
    sections: tuple[LetterSection, ...]


def check_templates(templates: Templates) -> None:
    """Refuse templates that leave out what must be said, or that cannot be filled in.

    Raises:
        DomainError: `content-invalid`, naming each text by its place.
    """
    faults = Faults()
    for language in LANGUAGES:
        _check_text(faults, f"/notice/{language}", templates.notice.text(language))
        care = templates.care_need_notice.text(language)
        _check_text(faults, f"/careNeedNotice/{language}", care)
        _check_tone(faults, f"/careNeedNotice/{language}", care, language)
        if templates.contact is not None:
            faults.line(f"/contact/{language}", templates.contact.said(language))
    faults.refuse()


def _check_text(faults: Faults, pointer: str, text: TemplateText) -> None:
    faults.line(f"{pointer}/title", text.title)
    faults.unless(bool(text.sections), f"{pointer}/sections", "required")
    faults.unless(len(text.sections) <= MOST_SECTIONS, f"{pointer}/sections", "too-many")
    found: set[str] = set()
    for place, section in enumerate(text.sections[:MOST_SECTIONS]):
        here = f"{pointer}/sections/{place}"
        faults.line(f"{here}/heading", section.heading)
        faults.text(f"{here}/text", section.text, NARRATIVE)
        found |= _places(faults, f"{here}/text", section.text)
        faults.unless(
            not _odd(section.heading) and not _PLACE.search(section.heading), f"{here}/heading", "place-unknown"
        )
    faults.unless(found >= REQUIRED, f"{pointer}/sections", "place-missing")


def _places(faults: Faults, pointer: str, text: str) -> set[str]:
    """Collect the places of a text; note those that nothing fills, and lists that do not stand alone."""
    found: set[str] = set()
    for paragraph in paragraphs(text):
        names = _PLACE.findall(paragraph)
        known = all(name in INLINE | BLOCKS for name in names) and not _odd(paragraph)
        faults.unless(known, pointer, "place-unknown")
        alone = len(names) == 1 and paragraph == f"{{{names[0]}}}"
        faults.unless(alone or not BLOCKS.intersection(names), pointer, "place-not-alone")
        found |= set(names)
    return found


def _odd(text: str) -> bool:
    """Say whether a brace is left over."""
    return bool(set("{}").intersection(_PLACE.sub("", text)))


def _check_tone(faults: Faults, pointer: str, text: TemplateText, language: Language) -> None:
    for place, section in enumerate(text.sections[:MOST_SECTIONS]):
        blames = is_blaming(f"{section.heading} {section.text}", language)
        faults.unless(not blames, f"{pointer}/sections/{place}/text", "blaming-word")
    faults.unless(not is_blaming(text.title, language), f"{pointer}/title", "blaming-word")


def paragraphs(text: str) -> list[str]:
    """Divide a text at its blank lines; a line that merely ends goes on."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]


def write_letter(template: TemplateText, facts: LetterFacts, language: Language, day: date) -> Letter:
    """Put facts into the places of a template."""
    inline: Mapping[str, str] = {name: getattr(facts, name) for name in INLINE}
    sections = tuple(
        LetterSection(section.heading, tuple(_passages(paragraphs(section.text), facts, inline)))
        for section in template.sections
    )
    dated = day_in_words(day).said(language)
    reference = f"{_REFERENCE.said(language)}: {facts.reference}"
    return Letter(language, template.title, facts.agency, facts.name, dated, reference, sections)


def _passages(texts: Iterable[str], facts: LetterFacts, inline: Mapping[str, str]) -> Iterable[Passage]:
    for text in texts:
        name = text[1:-1]
        if text == f"{{{name}}}" and name == "challenge":
            yield from map(Passage, facts.challenge)
        elif text == f"{{{name}}}" and name in BLOCKS:
            yield Passage("", facts.incidents if name == "incidents" else facts.recipients)
        else:
            yield Passage(_PLACE.sub(lambda found: inline.get(found.group(1), ""), text))


def spoken(letter: Letter) -> str:
    """Write a letter as text to be read aloud: short lines, no layout, lists counted out."""
    lines = [letter.sender, letter.dated, letter.to, "", letter.title]
    for section in letter.sections:
        lines += ["", section.heading]
        for passage in section.passages:
            lines += [passage.text] if passage.text else []
            lines += [f"{number}. {item}" for number, item in enumerate(passage.items, 1)]
    return "\n".join([*lines, "", letter.reference, ""])
