"""Which roles a kind of warning can be kept to, and who may say so."""

from dataclasses import replace

import pytest

from domain.access import Role
from domain.errors import DomainError
from domain.flag_codes import Category
from domain.flag_reservations import RESERVABLE, UNRESERVED, Reservation, ReserveCategory, is_open_to, reserve
from tests.domain.flag_samples import HEALTH, NOW, POLICE, SUPERINTENDENT

OPEN = Reservation(agency=POLICE, category=Category.HATE_ABUSE)
KEPT = ReserveCategory(
    Category.HATE_ABUSE, frozenset({Role.SAFEGUARDING_LEAD, Role.FLAG_DECISION_MAKER}), "It concerns a colleague."
)


def test_a_setting_is_the_next_version_signed_and_can_be_opened_again() -> None:
    kept = reserve(OPEN, KEPT, SUPERINTENDENT, NOW)
    assert (kept.version, kept.roles, kept.set_by) == (UNRESERVED + 1, KEPT.roles, SUPERINTENDENT.user)
    opened = reserve(kept, replace(KEPT, roles=frozenset()), SUPERINTENDENT, NOW)
    assert (opened.version, opened.roles) == (UNRESERVED + 2, frozenset())


def test_an_agency_sets_its_own_and_says_why() -> None:
    with pytest.raises(DomainError, match="access-denied"):
        reserve(replace(OPEN, agency=HEALTH), KEPT, SUPERINTENDENT, NOW)
    with pytest.raises(DomainError) as refusal:
        reserve(OPEN, replace(KEPT, reason=" "), SUPERINTENDENT, NOW)
    assert [(issue.pointer, issue.code) for issue in refusal.value.issues] == [("/reason", "too-short")]


def test_operators_and_auditors_are_no_readers_of_flags() -> None:
    strangers = {Role.AGENCY_ADMINISTRATOR, Role.BOARD_ADMINISTRATOR, Role.AUDITOR, Role.BOARD_ANALYST}
    assert not strangers & RESERVABLE
    assert Role.DPO_IG in RESERVABLE


@pytest.mark.parametrize(
    ("kept_to", "roles", "is_open"),
    [
        (None, set(), True),
        ({Role.LINE_MANAGER}, {Role.LINE_MANAGER, Role.PRACTITIONER}, True),
        ({Role.LINE_MANAGER}, {Role.PRACTITIONER}, False),
        (set(), {Role.LINE_MANAGER}, False),
    ],
)
def test_one_of_the_roles_is_enough_and_none_is_none(
    kept_to: set[Role] | None, roles: set[Role], is_open: bool
) -> None:
    assert is_open_to(kept_to, roles) is is_open
