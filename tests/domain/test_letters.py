"""Letters: what must be said has its place, nobody is blamed for being ill, and the words are plain."""

import re
from dataclasses import replace
from datetime import date

import pytest

from domain.errors import DomainError
from domain.letter_defaults import CARE_NEED_NOTICE, CHALLENGE, NOTICE, PRODUCT_TEMPLATES
from domain.letters import (
    LANGUAGES,
    REQUIRED,
    LetterFacts,
    LetterKind,
    Template,
    Templates,
    TemplateSection,
    TemplateText,
    check_templates,
    is_blaming,
    spoken,
    write_letter,
)
from domain.problems import Bilingual, Language

FACTS = LetterFacts(
    name="Siân Ŵyn",
    agency="Gwent Police",
    category="Threat of, or actual, violence",
    review="9 March 2027",
    contact="ring 01632 960199",
    reference="b7d3",
    incidents=("3 September 2026: You raised a stick.",),
    recipients=("Newport City Council", "WAST"),
    challenge=("You can say that it is wrong.", "Somebody else will look at it."),
)


def faults(templates: Templates) -> list[tuple[str, str]]:
    with pytest.raises(DomainError) as refusal:
        check_templates(templates)
    return [(issue.pointer, issue.code) for issue in refusal.value.issues]


def with_text(text: str, heading: str = "Heading", template: str = "notice", language: str = "en") -> Templates:
    """The service's templates, with one section more in one language."""
    before: Template = getattr(PRODUCT_TEMPLATES, template)
    words: TemplateText = getattr(before, language)
    longer = replace(words, sections=(*words.sections, TemplateSection(heading, text)))
    return replace(PRODUCT_TEMPLATES, **{template: replace(before, **{language: longer})})


def test_the_words_of_the_service_are_themselves_valid() -> None:
    check_templates(PRODUCT_TEMPLATES)
    check_templates(replace(PRODUCT_TEMPLATES, contact=Bilingual("ring us", "ffoniwch ni")))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", sorted(REQUIRED))
def test_a_notice_leaves_out_nothing_it_must_say(language: Language, place: str) -> None:
    words = NOTICE.text(language)
    kept = tuple(replace(each, text=each.text.replace(f"{{{place}}}", "something")) for each in words.sections)
    shorter = replace(NOTICE, **{language: replace(words, sections=kept)})
    assert faults(replace(PRODUCT_TEMPLATES, notice=shorter)) == [(f"/notice/{language}/sections", "place-missing")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Dear {surname}", "place-unknown"),
        ("Dear {name", "place-unknown"),
        ("Dear name}", "place-unknown"),
        ("Dear {na{me}}", "place-unknown"),
        ("Because of {incidents}", "place-not-alone"),
        ("{recipients} {recipients}", "place-not-alone"),
        ("", "too-short"),
        ("x" * 4001, "too-long"),
        ("bell \a", "not-text"),
    ],
)
def test_a_text_that_cannot_be_filled_in_is_refused(text: str, code: str) -> None:
    assert ("/notice/en/sections/7/text", code) in faults(with_text(text))


def test_headings_hold_no_places() -> None:
    assert faults(with_text("Text", heading="About {name}")) == [("/notice/en/sections/7/heading", "place-unknown")]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Your violent behaviour"), ("en", "We may PROSECUTE you"), ("en", "an aggressive act"),
        ("cy", "eich ymddygiad treisgar"), ("cy", "oherwydd drais"), ("cy", "cawsoch eich cosbi"),
    ],
)  # fmt: skip
def test_a_care_need_letter_has_no_word_of_blame(language: Language, words: str) -> None:
    templates = with_text(words, template="care_need_notice", language=language)
    assert faults(templates) == [(f"/careNeedNotice/{language}/sections/8/text", "blaming-word")]
    check_templates(with_text(words, language=language))


def test_the_words_of_the_service_blame_nobody_for_a_care_need() -> None:
    for language in LANGUAGES:
        words = CARE_NEED_NOTICE.text(language)
        assert not is_blaming(" ".join([words.title, *(f"{s.heading} {s.text}" for s in words.sections)]), language)
    assert "carer" in str(CARE_NEED_NOTICE.en)
    assert "ofalwr" in str(CARE_NEED_NOTICE.cy)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", [NOTICE, CARE_NEED_NOTICE], ids=["notice", "care need"])
def test_the_words_of_the_service_are_plain(template: Template, language: Language) -> None:
    texts = [section.text for section in template.text(language).sections] + [each.said(language) for each in CHALLENGE]
    sentences = [each for text in texts for each in re.split(r"(?<=[.:?])\s+", text.replace("\n", " ")) if each.strip()]
    long = [each for each in sentences if len(each.split()) > 25]
    assert long == []
    assert sum(len(each.split()) for each in sentences) / len(sentences) < 14


def test_facts_stand_in_their_places_and_nothing_is_left_open() -> None:
    letter = write_letter(NOTICE.en, FACTS, "en", date(2026, 9, 9))
    text = spoken(letter)
    assert "{" not in text
    for fact in ("Siân Ŵyn", "Gwent Police", "9 September 2026", "9 March 2027", "You raised a stick.", "WAST", "b7d3"):
        assert fact in text
    assert "1. Newport City Council\n2. WAST" in text
    assert "You can say that it is wrong.\nSomebody else will look at it." in text


def test_what_a_fact_says_is_never_read_as_a_place() -> None:
    odd = replace(FACTS, name="{incidents}", incidents=("{contact}",))
    text = TemplateText("T", (TemplateSection("H", "Dear {name}\n\n{incidents}"),))
    letter = write_letter(text, odd, "en", date(2026, 9, 9))
    first, second = letter.sections[0].passages
    assert (first.text, second.items) == ("Dear {incidents}", ("{contact}",))


def test_a_care_need_has_its_own_template() -> None:
    assert PRODUCT_TEMPLATES.of(LetterKind.CARE_NEED_NOTICE) is CARE_NEED_NOTICE
    assert PRODUCT_TEMPLATES.of(LetterKind.NOTICE) is NOTICE
