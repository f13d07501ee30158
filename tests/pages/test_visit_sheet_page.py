"""The visit sheet as a page: readable by eye, by ear and without a network (WCAG 2.2 AA, as far as a test can say)."""

import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from typing_extensions import override

from api.pages.visit_sheets import POLICY, STYLE, visit_sheet_page
from domain.flag_checks import Outcome
from domain.visits import SheetLanguage
from services.visits import parts_of
from tests.factories.documents import sheet

LANGUAGES = pytest.mark.parametrize("language", list(SheetLanguage))
VOID = {"meta", "link", "br", "img", "input"}


class Page(HTMLParser):
    """Elements in order, each with the language it is in, and their text."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], str]] = []
        self.text: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []
        self.feed(content)
        assert self._open == [], "an element was left open"

    @property
    def language(self) -> str:
        return self._open[-1][1] if self._open else ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        language = attributes.get("lang") or self.language
        self.elements.append((tag, attributes, language))
        if tag not in VOID:
            self._open.append((tag, language))

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    @override
    def handle_data(self, data: str) -> None:
        if data.strip() and (not self._open or self._open[-1][0] not in {"style", "title"}):
            self.text.append((data.strip(), self.language))

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes, _ in self.elements if tag in tags]


def content(language: SheetLanguage) -> str:
    return visit_sheet_page(parts_of(sheet(language), "cy"))


def page(language: SheetLanguage) -> Page:
    return Page(content(language))


@LANGUAGES
def test_it_fetches_nothing_and_runs_nothing(language: SheetLanguage) -> None:
    found = page(language)
    assert not found.all("script", "link", "img", "iframe", "object", "embed", "form", "input", "base", "svg")
    addresses = [each.get("href") or "" for each in found.all("a")]
    assert all(address.startswith(("#", "tel:")) for address in addresses)
    assert not re.search(r"url\(|@import|https?:|//", STYLE)
    assert not [
        name for _, attributes, _ in found.elements for name in attributes if name.startswith("on") or name == "style"
    ]
    (policy,) = [each["content"] for each in found.all("meta") if each.get("http-equiv")]
    assert policy is not None
    assert POLICY.startswith(policy)
    assert "frame-ancestors 'none'" in POLICY


@LANGUAGES
def test_headings_go_down_one_level_at_a_time_and_begin_each_part(language: SheetLanguage) -> None:
    levels = [int(tag[1]) for tag, _, _ in page(language).elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == (2 if language is SheetLanguage.BOTH else 1)
    assert all(after <= before + 1 for before, after in pairwise(levels))


@LANGUAGES
def test_every_text_is_marked_with_its_language(language: SheetLanguage) -> None:
    texts = page(language).text
    spoken = Counter(each for _, each in texts)
    assert set(spoken) <= {"en", "cy"}
    welsh = [each for text, each in texts if "Gofynnwch i'r ci" in text]
    assert set(welsh) == {"cy"}
    if language is SheetLanguage.BOTH:
        assert abs(spoken["en"] - spoken["cy"]) <= 4
    labels = {text: each for text, each in texts if text in {"Holds until", "Yn ddilys tan"}}
    assert (
        labels
        == {
            SheetLanguage.EN: {"Holds until": "en"},
            SheetLanguage.CY: {"Yn ddilys tan": "cy"},
            SheetLanguage.BOTH: {"Holds until": "en", "Yn ddilys tan": "cy"},
        }[language]
    )


@LANGUAGES
def test_links_lead_somewhere_and_names_are_there_once(language: SheetLanguage) -> None:
    found = page(language)
    names = [str(attributes["id"]) for _, attributes, _ in found.elements if attributes.get("id")]
    assert len(names) == len(set(names))
    targets = [str(each["href"])[1:] for each in found.all("a") if str(each["href"]).startswith("#")]
    assert set(targets) <= set(names)
    assert len(targets) >= 4
    assert all(
        re.fullmatch(r"tel:[+0-9]+", str(each["href"])) for each in found.all("a") if "tel:" in str(each["href"])
    )


@LANGUAGES
def test_landmarks_title_and_table_headers(language: SheetLanguage) -> None:
    found = page(language)
    assert len(found.all("main")) == 1
    assert len(found.all("article")) == (2 if language is SheetLanguage.BOTH else 1)
    assert found.all("html")[0]["lang"] in {"en", "cy"}
    title = re.search(r"<title>(.+)</title>", content(language))
    assert title is not None
    assert re.search(r"Holds until|Yn ddilys tan", title.group(1))
    assert [each["scope"] for each in found.all("th")] == ["col", "col"] * len(found.all("table"))
    viewport = next(str(each["content"]) for each in found.all("meta") if each.get("name") == "viewport")
    assert viewport == "width=device-width, initial-scale=1", "nobody is kept from zooming"


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    whole = "".join(2 * each for each in digits) if len(digits) == 3 else digits
    parts = [int(whole[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_every_colour_of_text_can_be_read_on_its_ground() -> None:
    pairs: list[tuple[str, str]] = []
    for rule in re.findall(r"\{([^{}]*)\}", STYLE):
        said: dict[str, Any] = dict(re.findall(r"(?:^|;)(color|background):(#[0-9a-f]+|none)", rule))
        if said:
            ground = said.get("background", "#fff")
            pairs.append((said.get("color", "#000"), "#fff" if ground == "none" else ground))
    assert len(pairs) >= 4
    assert [pair for pair in pairs if contrast(*pair) < 7] == [], "7 to 1, since it is read at dusk"


def test_no_meaning_hangs_on_colour_and_none_is_given_to_safety() -> None:
    assert not re.search(r"green|#0[0-9a-f]?[8-f]", STYLE)
    text = " ".join(each for each, _ in page(SheetLanguage.EN).text)
    for said in (
        "Warnings you may see",
        "Ring the number given before contact",
        "not proof of safety",
        "Not certain who",
    ):
        assert said in text


def test_a_line_with_a_warning_is_named_before_the_visits() -> None:
    written = content(SheetLanguage.EN)
    assert written.index('href="#en-2"') < written.index('id="en-1"')
    assert 'href="#en-1"' not in written
    assert f'class="outcome {Outcome.WARNINGS.value}"' in written
