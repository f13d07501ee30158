"""To whom a record can be restricted, and that it is opened again with a reason."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.access import Principal, Purpose, Role
from domain.errors import DomainError
from domain.ids import AgencyCode, ClientId, HumanId, RecordId, UserId
from domain.restrictions import MOST_USERS, Restriction, RestrictPerson, lift, restrict
from domain.vocabularies import VOCABULARIES

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
US = AgencyCode("gwent-police")
BY = Principal(
    client=ClientId("police"),
    agency=US,
    user=UserId(UUID(int=1)),
    human=HumanId(UUID(int=1)),
    roles=frozenset({Role.DPO_IG}),
    scopes=frozenset(),
    purpose=Purpose.AUDIT_QUALITY,
)
STANDING = Restriction(id=RecordId(UUID(int=7)), agency=US)
BOTH = frozenset({Role.SAFEGUARDING_LEAD, Role.FLAG_DECISION_MAKER})
COLLEAGUE = UserId(UUID(int=2))


def command(
    roles: frozenset[Role] = BOTH, users: tuple[UserId, ...] = (), code: str = "court-order", reason: str = "By order."
) -> RestrictPerson:
    return RestrictPerson(roles, users, code, reason)


def refused(given: RestrictPerson) -> list[tuple[str, str]]:
    with pytest.raises(DomainError) as refusal:
        restrict(STANDING, given, {COLLEAGUE}, BY, NOW)
    return [(each.pointer, each.code) for each in refusal.value.issues]


@pytest.mark.parametrize("code", sorted(VOCABULARIES["restriction-reason"].codes))
def test_a_record_is_restricted_for_each_reason_and_opened_again(code: str) -> None:
    done = restrict(STANDING, command(users=(COLLEAGUE,), code=code), {COLLEAGUE}, BY, NOW)
    assert (done.version, done.is_in_force, done.roles, done.users) == (2, True, BOTH, {COLLEAGUE})
    opened = lift(done, "She has left.", BY, NOW)
    assert (opened.version, opened.is_in_force, opened.users) == (3, False, frozenset())


def test_somebody_named_can_raise_and_somebody_can_end_a_warning() -> None:
    assert refused(command(frozenset())) == [("/roles", "too-few")]
    assert refused(command(frozenset({Role.PRACTITIONER}))) == [("/roles", "too-few")]
    assert refused(command(frozenset({Role.FLAG_DECISION_MAKER}))) == [("/roles", "too-few")]
    assert ("/roles", "inconsistent") in refused(command(BOTH | {Role.AUDITOR}))


def test_accounts_named_are_the_agency_s_own_and_each_once() -> None:
    assert refused(command(users=(UserId(UUID(int=3)),))) == [("/users/0", "not-found")]
    assert refused(command(users=(COLLEAGUE, COLLEAGUE))) == [("/users/1", "duplicate")]
    assert ("/users", "too-many") in refused(command(users=(COLLEAGUE,) * (MOST_USERS + 1)))


def test_a_reason_is_given_in_code_and_words() -> None:
    assert refused(command(code="gossip", reason=" ")) == [("/reasonCode", "code-unknown"), ("/reason", "too-short")]
    done = restrict(STANDING, command(), (), BY, NOW)
    for standing, reason, code in ((done, " ", "content-invalid"), (STANDING, "Open.", "sharing-state-conflict")):
        with pytest.raises(DomainError) as refusal:
            lift(standing, reason, BY, NOW)
        assert refusal.value.code == code
