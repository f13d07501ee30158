"""Printed documents: accessible by the rules of PDF/UA-1 that a machine can check, and printed apart from the service."""

import asyncio
import hashlib
import re
import sys
import unicodedata
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from domain.errors import DomainError
from domain.text import is_text
from domain.visits import SheetLanguage
from services.core.printing import Press, is_printable, printable
from services.core.printing.words import FONTS, characters
from services.visits import print_sheet
from tests.factories.documents import LETTERS, NOW, sheet
from tests.factories.pdf import Document

SHEETS = {f"sheet in {language.value}": language for language in SheetLanguage}
VENDORED = re.compile(r"^Noto Sans +\S+ +\S+ +([0-9a-f]{64})  (\S+)$", re.MULTILINE)


@cache
def printed(name: str) -> Document:
    async def go() -> bytes:
        if name in SHEETS:
            return await print_sheet(Press(), sheet(SHEETS[name]), "cy")
        return await Press().print("flags/notice.typ", LETTERS[name], NOW)

    return Document(asyncio.run(go()))


EVERY = pytest.mark.parametrize("name", [*SHEETS, *LETTERS])


@EVERY
def test_it_says_that_it_is_accessible_and_in_which_language(name: str) -> None:
    document = printed(name)
    assert document.root["/MarkInfo"]["/Marked"] is True or document.root["/MarkInfo"]["/Marked"].value is True
    assert document.root["/Lang"] in {"en", "cy"}
    assert document.root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    metadata = document.root["/Metadata"].get_data().decode()
    assert "pdfuaid" in metadata
    assert re.search(r"pdfuaid:part(>|=\")1", metadata)
    title = document.reader.metadata.title
    assert title
    assert title in metadata


@EVERY
def test_everything_on_the_page_is_in_the_structure_or_is_decoration(name: str) -> None:
    document = printed(name)
    assert document.unmarked() == []
    in_tree = {mark for element in document.structure().walk() for mark in element.marks}
    assert document.marked() == in_tree
    assert len(in_tree) > 10


@EVERY
def test_headings_go_down_one_level_at_a_time(name: str) -> None:
    levels = [int(e.kind[1]) for e in printed(name).structure().walk() if re.fullmatch(r"H[1-6]", e.kind)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(levels) > 5


@EVERY
def test_every_text_has_the_language_it_is_written_in(name: str) -> None:
    # On the sheet in English one sentence of its owner's exists in Welsh only.
    both = name.endswith("both") or name == "sheet in en"
    one = "cy" if name in {"sheet in cy", "notice in Welsh"} else "en"
    assert printed(name).languages() == ({"en", "cy"} if both else {one})


@EVERY
def test_paragraphs_stand_apart(name: str) -> None:
    (document,) = printed(name).structure().named("Document")
    kinds = {child.kind for child in document.children}
    assert kinds <= {"H1", "H2", "H3", "H4", "P", "L", "Table", "Sect", "Div"}, kinds


@EVERY
def test_fonts_are_in_the_file_and_every_character_can_be_read_back(name: str) -> None:
    document = printed(name)
    fonts = document.fonts()
    assert fonts
    for font in fonts.values():
        assert "/ToUnicode" in font
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
        assert "NotoSans" in descriptor["/FontName"]
    text = "\n".join(page.extract_text() for page in document.reader.pages)
    assert "\ufffd" not in text
    wanted = {"sheet in cy": "gofynnwch", "sheet in en": "Treat the risk"}.get(name)
    assert wanted is None or wanted.lower() in text.lower()


@pytest.mark.parametrize("name", list(SHEETS))
def test_tables_have_headers_that_say_what_they_head(name: str) -> None:
    tables = printed(name).structure().named("Table")
    assert len(tables) == (2 if name.endswith("both") else 1)
    for table in tables:
        heads = table.named("TH")
        assert [head.scope for head in heads] == ["/Column", "/Column"]
        assert all(len(row.named("TH", "TD")) == 2 for row in table.named("TR"))


@EVERY
def test_lists_are_lists_and_links_are_links(name: str) -> None:
    structure = printed(name).structure()
    assert structure.named("L")
    assert all(each.named("LBody") for each in structure.named("LI"))
    if name in SHEETS:
        assert structure.named("Link")


def test_a_printed_document_is_the_same_for_the_same_content() -> None:
    async def twice() -> list[bytes]:
        return [await print_sheet(Press(), sheet(SheetLanguage.EN), "en") for _ in range(2)]

    first, second = asyncio.run(twice())
    assert first == second


def test_vendored_fonts_are_the_ones_that_were_fetched_and_hold_welsh() -> None:
    listed = {name: digest for digest, name in VENDORED.findall((FONTS / "VERSIONS.txt").read_text("utf-8"))}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FONTS.glob("*.ttf")}
    assert listed == found
    assert "SIL OPEN FONT LICENSE" in (FONTS / "LICENSE").read_text("utf-8")
    assert set(map(ord, "âêîôûŵŷÂÊÎÔÛŴŶàèìòùẁỳáéíóúẃýäëïöüẅÿ“”")) <= characters()


async def test_every_text_that_can_be_stored_can_be_printed() -> None:
    every = [char for char in map(chr, range(0x20, sys.maxunicode + 1, 7)) if is_text(char)]
    every += [char for char in map(chr, range(0x20, 0x3000)) if is_text(char)]
    lines = ["".join(every[n : n + 60]) for n in range(0, len(every), 60)]
    content: dict[str, Any] = {
        "title": "Every character", "language": "en",
        "letters": [{
            "language": "en", "title": "T", "sender": "S", "to": "X", "dated": "D", "reference": "R",
            "sections": [{"heading": "H", "passages": [{"text": line, "items": []} for line in lines]}],
        }],
    }  # fmt: skip
    assert (await Press().print("flags/notice.typ", content, NOW)).startswith(b"%PDF-")


def test_what_the_font_lacks_is_marked_and_can_be_noticed() -> None:
    assert printable("w\u0302 → 😀") == "ŵ \ufffd \ufffd"
    assert is_printable({"name": "Siân Ŵyn", "more": ["Żółć", "Ω", "Ж"]})
    assert not is_printable({"more": ["محمد"]})
    assert unicodedata.is_normalized("NFC", printable("e\u0301"))


async def test_a_document_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def watched(*arguments: Any, **named: Any) -> asyncio.subprocess.Process:
        made.append(await start(*arguments, **named))
        return made[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    with pytest.raises(DomainError, match="service-unavailable"):
        await Press(seconds=0.001).print("flags/notice.typ", LETTERS["notice in both"], NOW)
    (program,) = made
    assert program.returncode is not None


async def test_who_finds_no_place_to_wait_is_told_at_once() -> None:
    press = Press(presses=1, waiting=1)
    waiting = [press.print("flags/notice.typ", LETTERS["notice in English"], NOW) for _ in range(4)]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert sum(isinstance(each, bytes) for each in outcomes) == 2
    assert [each.code for each in outcomes if isinstance(each, DomainError)] == ["service-unavailable"] * 2
    assert isinstance(await press.print("flags/notice.typ", LETTERS["notice in English"], NOW), bytes)


async def test_long_documents_are_printed_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.core.printing.press._HEAVY", 100)
    running, most = 0, 0
    start = Press._run

    async def counted(self: Press, job: bytes) -> bytes:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await start(self, job)
        finally:
            running -= 1

    monkeypatch.setattr(Press, "_run", counted)
    press = Press(presses=2)
    await asyncio.gather(*(press.print("flags/notice.typ", LETTERS["notice in English"], NOW) for _ in range(3)))
    assert most == 1


async def test_a_template_that_fails_says_nothing_of_its_content() -> None:
    with pytest.raises(DomainError, match="service-unavailable") as refusal:
        await Press().print("flags/notice.typ", {"title": "Kanari", "language": "en"}, datetime.now(UTC))
    assert "Kanari" not in str(refusal.value)


async def test_the_print_program_gets_no_keys_by_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []
    start = asyncio.create_subprocess_exec

    async def watched(*arguments: Any, **named: Any) -> asyncio.subprocess.Process:
        seen.append(named["env"])
        assert "Prytherch" not in " ".join(map(str, arguments))
        return await start(*arguments, **named)

    monkeypatch.setenv("RHANNU_DATABASE_URL", "postgresql://somebody:secret@nowhere/")
    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    await Press().print("flags/notice.typ", LETTERS["notice in English"], NOW)
    assert set(seen[0]) <= {"PATH", "LD_LIBRARY_PATH"}
