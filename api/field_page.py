"""The field registry as a page: printed from the one table of the rules, so it cannot say anything else (law 8)."""

from collections.abc import Iterable
from pathlib import Path

from domain.access import GRANTS, Permission, Purpose, Role
from domain.field_lists import PAGING
from domain.field_parts import Kind, Relation, Row
from domain.fields import CLASSES, REGISTRY

_HEAD = """# Which field leaves, to whom and why

Printed from `domain/fields.py` and the tables beside it; a test compares the two. Change them, then:
`python -m api.field_page`.

Every answer goes through this registry before its event is written: REST answers as the bytes that would go out,
GraphQL, exports and printed forms as their data. A field that stands in no row, or is not known here, does not leave.
The audit event names the classes that an answer shows, or the answer is withheld. A list is neither narrowed nor
ordered by a field that the caller would not see in full: `filter-not-permitted`, whatever is in it.

How the reader's agency stands to what is read:

| relation | meaning |
|---|---|
| `owner` | it entered the record, or the act is its own |
| `other-side` | it is the other of two named agencies, or its records were touched by another's act |
| `recipient` | the record was shared with it, or addressed to it |
| `overseer` | it is the Board, in a role that oversees all agencies |
| `stranger` | none of these |

`full` is the field as it is, `masked` the same value for everybody (null, or nothing), and otherwise it is absent. The
three tiers of a flag are the classes `flag.exists`, `flag.precaution` and `flag.content`.
"""


def render() -> str:
    """Write the page."""
    return "\n".join([
        _HEAD,
        "## Classes of field",
        "",
        "An event that names a class of the last column tells of this one too.",
        "",
        *_table(("class", "what it is", "told by"), (_class(name) for name in CLASSES)),
        "",
        "## Who is shown what",
        "",
        "Of several rows that fit a reader, the one that shows most counts. What is in no row is absent.",
        "",
        *_table(("class", "relation", "roles", "purposes", "shown"), map(_row, REGISTRY.rows)),
        "",
        "## Lists",
        "",
        *_table(("operation", "entries", "in the order of", "narrowed by"), _lists()),
        "",
        "## Fields",
        "",
        "A dot leads into a member, a star takes whatever lies below; lists are passed through.",
        "",
        *(line for kind in REGISTRY.kinds.values() for line in _kind(kind)),
    ])  # fmt: skip


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return lines + ["| " + " | ".join(cells) + " |" for cells in rows]


def _class(name: str) -> tuple[str, ...]:
    found = CLASSES[name]
    return f"`{name}`", found.meaning, _codes(found.within) if found.is_evidence else "needs no evidence"


def _row(row: Row) -> tuple[str, ...]:
    roles = "any" if row.needs is None else _codes(_with(row.needs))
    purposes = "any" if row.purposes is None else f"any but {_codes(set(Purpose) - row.purposes)}"
    relations = "any" if row.relations == frozenset(Relation) else _codes(row.relations)
    return f"`{row.field}`", relations, roles, purposes, row.shown.name.lower()


def _with(needs: frozenset[Permission]) -> list[str]:
    return [role.value for role in Role if not needs.isdisjoint(GRANTS[role])]


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(f"`{code}`" for code in sorted(codes))


def _lists() -> list[tuple[str, ...]]:
    return [
        (
            f"`{name}`",
            listed.kind,
            f"`{listed.order}`",
            ", ".join(f"`{each}`: `{path}`" for each, path in listed.by.items()) or f"nothing but {_codes(PAGING)}",
        )
        for name, listed in REGISTRY.lists.items()
    ]


def _kind(kind: Kind) -> list[str]:
    fields = [(f"`{path}`", f"`{name}`") for path, name in kind.paths()]
    parts = [(f"`{path}`", f"see {part}") for path, part in kind.parts.items()]
    return [f"### {kind.name}", "", *_table(("field", "class"), fields + parts), ""]


if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "field-registry.md").write_text(render(), encoding="utf-8")
