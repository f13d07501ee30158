"""What a screen reader would make of a PDF, read with a library that is not the one that wrote it."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject, IndirectObject, NameObject


@dataclass
class Element:
    """One element of the structure tree."""

    kind: str
    language: str | None
    scope: str | None
    children: list["Element"] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        yield self
        for child in self.children:
            yield from child.walk()

    def named(self, *kinds: str) -> list["Element"]:
        return [each for each in self.walk() if each.kind in kinds]


class Document:
    """A PDF as assistive technology meets it."""

    def __init__(self, content: bytes) -> None:
        self.reader = PdfReader(io.BytesIO(content))
        self.root: Any = self.reader.trailer["/Root"]
        self.pages = {page.indirect_reference.idnum: number for number, page in enumerate(self.reader.pages)}  # type: ignore[union-attr]

    def structure(self) -> Element:
        """Read the structure tree, each kind mapped to a standard one."""
        tree = self.root["/StructTreeRoot"]
        roles = {str(key): str(value) for key, value in tree.get("/RoleMap", {}).items()}
        top = Element("Root", None, None)
        self._read(tree["/K"], None, roles, top)
        return top

    def _read(self, node: Any, page: int | None, roles: dict[str, str], into: Element) -> None:
        node = node.get_object() if isinstance(node, IndirectObject) else node
        if isinstance(node, ArrayObject):
            for each in node:
                self._read(each, page, roles, into)
        elif isinstance(node, int):
            into.marks.append((page if page is not None else -1, int(node)))
        elif isinstance(node, DictionaryObject):
            here = self.pages[node.raw_get("/Pg").idnum] if "/Pg" in node else page
            if node.get("/Type") == "/MCR" or "/MCID" in node:
                into.marks.append((here if here is not None else -1, int(node["/MCID"])))
            elif "/S" in node:
                kind = str(node["/S"])
                language = str(node["/Lang"]) if "/Lang" in node else None
                element = Element(roles.get(kind, kind).lstrip("/"), language, _scope(node))
                into.children.append(element)
                self._read(node.get("/K", ArrayObject()), here, roles, element)

    def unmarked(self) -> list[str]:
        """Name the drawing operations that are neither in the structure nor marked as decoration."""
        found: list[str] = []
        for number, page in enumerate(self.reader.pages):
            depth = 0
            for operands, operator in ContentStream(page.get_contents(), self.reader).operations:
                if operator in {b"BDC", b"BMC"}:
                    depth += 1
                elif operator == b"EMC":
                    depth -= 1
                elif depth == 0 and operator in {b"Tj", b"TJ", b"'", b'"', b"f", b"f*", b"S", b"s", b"B", b"Do", b"sh"}:
                    found.append(f"page {number + 1}: {operator!r} {operands}")
        return found

    def marked(self) -> set[tuple[int, int]]:
        """Collect the marked pieces of content, by page, that are not decoration."""
        found: set[tuple[int, int]] = set()
        for number, page in enumerate(self.reader.pages):
            for operands, operator in ContentStream(page.get_contents(), self.reader).operations:
                if operator == b"BDC" and operands[0] != NameObject("/Artifact") and "/MCID" in operands[1]:
                    found.add((number, int(operands[1]["/MCID"])))
        return found

    def languages(self) -> set[str]:
        """Collect the languages that the document, its elements and pieces of its content are said to be in."""
        found = {str(self.root["/Lang"])} | {
            element.language for element in self.structure().walk() if element.language
        }
        for page in self.reader.pages:
            for operands, operator in ContentStream(page.get_contents(), self.reader).operations:
                if operator == b"BDC" and "/Lang" in operands[1]:
                    found.add(str(operands[1]["/Lang"]))
        return found

    def fonts(self) -> dict[str, Any]:
        """Collect the fonts, by name."""
        found: dict[str, Any] = {}
        for page in self.reader.pages:
            for font in page["/Resources"].get("/Font", {}).values():  # type: ignore[union-attr]
                found[str(font.get_object()["/BaseFont"])] = font.get_object()
        return found


def _scope(node: DictionaryObject) -> str | None:
    attributes = node.get("/A", ArrayObject())
    listed = attributes if isinstance(attributes, ArrayObject) else ArrayObject([attributes])
    scopes = [str(each.get_object()["/Scope"]) for each in listed if "/Scope" in each.get_object()]
    return scopes[0] if scopes else None
