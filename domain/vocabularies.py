"""The coded lists: what may stand in a coded field, in English and Welsh (law 8, law 12).

`coded_lists.json` beside this file is the one place where a code is written. It is read here, once,
when the module is imported: the only reading of a file that this floor allows itself, through
`importlib.resources`, so that it works from a source tree and from a wheel alike.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Literal, NotRequired, TypedDict, cast

from domain.errors import invalid
from domain.problems import Bilingual


class _Texts(TypedDict):
    en: str
    cy: str


class _Item(TypedDict):
    code: str
    label: _Texts
    parent: NotRequired[str]
    group: NotRequired[str]
    sensitive: NotRequired[bool]
    hate_element: NotRequired[bool]
    apd: NotRequired[bool]


class _List(TypedDict):
    id: str
    source: Literal["guidance", "domain"]
    title: _Texts
    open_list: bool
    multi_select: bool
    note: NotRequired[_Texts]
    items: list[_Item]


class _File(TypedDict):
    about: _Texts
    lists: list[_List]


@dataclass(frozen=True, slots=True)
class CodedItem:
    """One code with its label, and what rules need to know about it.

    `sensitive` codes say something about health, so that their readers are fewer; a `hate_element`
    makes an incident a possible hate crime; `apd` says whether a condition of processing needs an
    appropriate policy document (None where the question does not arise).
    """

    code: str
    label: Bilingual
    parent: str | None = None
    group: str | None = None
    sensitive: bool = False
    hate_element: bool = False
    apd: bool | None = None


@dataclass(frozen=True, slots=True)
class CodedList:
    """One list: `multi_select` lists take several codes at once, `open_list` ones are expected to grow."""

    id: str
    source: Literal["guidance", "domain"]
    title: Bilingual
    open_list: bool
    multi_select: bool
    note: Bilingual | None
    items: tuple[CodedItem, ...]

    @property
    def codes(self) -> frozenset[str]:
        """Say which codes the list holds."""
        return frozenset(item.code for item in self.items)


def _texts(raw: _Texts) -> Bilingual:
    return Bilingual(en=raw["en"], cy=raw["cy"])


def _item(raw: _Item) -> CodedItem:
    return CodedItem(
        code=raw["code"],
        label=_texts(raw["label"]),
        parent=raw.get("parent"),
        group=raw.get("group"),
        sensitive=raw.get("sensitive", False),
        hate_element=raw.get("hate_element", False),
        apd=raw.get("apd"),
    )


def _coded_list(raw: _List) -> CodedList:
    return CodedList(
        id=raw["id"],
        source=raw["source"],
        title=_texts(raw["title"]),
        open_list=raw["open_list"],
        multi_select=raw["multi_select"],
        note=_texts(raw["note"]) if "note" in raw else None,
        items=tuple(_item(item) for item in raw["items"]),
    )


def _load() -> dict[str, CodedList]:
    text = resources.files("domain").joinpath("coded_lists.json").read_text(encoding="utf-8")
    return {raw["id"]: _coded_list(raw) for raw in cast("_File", json.loads(text))["lists"]}


VOCABULARIES: Mapping[str, CodedList] = MappingProxyType(_load())
"""Every list by its id, in the order of the guidance; read only."""

_ITEMS: dict[str, dict[str, CodedItem]] = {
    coded.id: {item.code: item for item in coded.items} for coded in VOCABULARIES.values()
}


def is_code(list_id: str, code: str) -> bool:
    """Say whether a list holds a code.

    A list that does not exist is our own slip, never a caller's, and raises `KeyError`.
    """
    return code in _ITEMS[list_id]


def item(list_id: str, code: str) -> CodedItem:
    """Find the item of a code that is known to be valid."""
    return _ITEMS[list_id][code]


def code_issues(list_id: str, codes: Sequence[str], pointer: str) -> list[tuple[str, str]]:
    """List what is wrong with some codes: each unknown one, and each one said before.

    For rules that gather every fault of a document before they refuse it.
    """
    issues: list[tuple[str, str]] = []
    seen: set[str] = set()
    for index, code in enumerate(codes):
        if code not in _ITEMS[list_id]:
            issues.append((f"{pointer}/{index}", "code-unknown"))
        elif code in seen:
            issues.append((f"{pointer}/{index}", "duplicate"))
        seen.add(code)
    return issues


def require_codes(list_id: str, codes: Sequence[str], pointer: str) -> None:
    """Refuse codes that are not in their list, or that stand twice.

    Raises:
        DomainError: `content-invalid`, naming each code by its place and never by its value (law 9).
    """
    issues = code_issues(list_id, codes, pointer)
    if issues:
        raise invalid(*issues)


def require_code(list_id: str, code: str, pointer: str) -> None:
    """Refuse one code that is not in its list.

    Raises:
        DomainError: `content-invalid`.
    """
    if not is_code(list_id, code):
        raise invalid((pointer, "code-unknown"))
