"""The access matrix as a page: printed from the one table of the rules, so it cannot say anything else (law 8)."""

from pathlib import Path

from domain.access import GRANTS, PURPOSES, Permission, Purpose, Role
from domain.vocabularies import item

_HEAD = """# Who may do what, and why

Printed from `domain/access.py`; a test compares the two. Change the table there, then: `python -m api.matrix`.

Three things must agree before anything happens: a role that Rhannu's register gives the caller in the agency acted
for, the scopes of the client's registration (the same words as the permissions), and a purpose that fits. Row
security and the rules of each use case narrow it further; for example, whoever proposed a flag never decides it.
"""


def render() -> str:
    """Write the page."""
    served = [role for role in Role if GRANTS[role]]
    idle = [role for role in Role if not GRANTS[role]]
    return "\n".join([
        _HEAD,
        "## Permission by role",
        "",
        *_table("permission", served, [(p.value, [p in GRANTS[role] for role in served]) for p in Permission]),
        "",
        f"Roles not served yet, which may do nothing: {', '.join(f'`{role.value}`' for role in idle)}.",
        "",
        "## Purposes for which each thing may be done",
        "",
        *_table("permission", list(Purpose), [(p.value, [x in PURPOSES[p] for x in Purpose]) for p in Permission]),
        "",
        "## Roles in both languages",
        "",
        *_labels("role", [role.value for role in Role]),
        "",
        "## Purposes in both languages",
        "",
        *_labels("purpose-of-use", [purpose.value for purpose in Purpose]),
        "",
    ])  # fmt: skip


def _table(corner: str, columns: list[Role] | list[Purpose], rows: list[tuple[str, list[bool]]]) -> list[str]:
    head = [f"| {corner} | " + " | ".join(column.value for column in columns) + " |"]
    rule = ["|" + "---|" + ":-:|" * len(columns)]
    return (
        head
        + rule
        + [f"| `{name}` | " + " | ".join("yes" if may else "" for may in marks) + " |" for name, marks in rows]
    )


def _labels(list_id: str, codes: list[str]) -> list[str]:
    rows = [(code, item(list_id, code).label) for code in codes]
    return [
        "| code | English | Cymraeg |",
        "|---|---|---|",
        *(f"| `{c}` | {label.en} | {label.cy} |" for c, label in rows),
    ]


if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "access-matrix.md").write_text(render(), encoding="utf-8")
