"""The printed access matrix is the table of the rules."""

from pathlib import Path

from api.matrix import render
from domain.access import GRANTS, PURPOSES, Permission, Role

PAGE = Path(__file__).parents[2] / "docs" / "access-matrix.md"


def test_the_page_is_printed_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m api.matrix"


def test_the_table_is_whole() -> None:
    assert set(GRANTS) == set(Role)
    assert set(PURPOSES) == set(Permission)
    assert all(PURPOSES.values())
    carried = frozenset().union(*GRANTS.values())
    assert carried == set(Permission), "a permission that no role carries is a door without a key"


def test_no_role_both_proposes_and_decides() -> None:
    deciding = {Permission.FLAG_DECIDE, Permission.FLAG_REVIEW, Permission.FLAG_REMOVE}
    raising = {Permission.FLAG_PROPOSE, Permission.FLAG_MARK}
    assert [role for role, may in GRANTS.items() if raising & may and may & deciding] == []


def test_no_role_both_brings_a_register_in_and_approves_it() -> None:
    both = {Permission.IMPORT_PREPARE, Permission.IMPORT_APPROVE}
    assert [role for role, may in GRANTS.items() if may >= both] == []


def test_operators_read_no_records() -> None:
    about_nobody = {"register", "issuer", "login", "sharing-protocol"}
    register = {permission for permission in Permission if permission.value.split(":")[0] in about_nobody}
    for role in (Role.AGENCY_ADMINISTRATOR, Role.BOARD_ADMINISTRATOR):
        assert GRANTS[role] <= register
