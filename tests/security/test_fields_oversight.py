"""Of what agencies agree and of how access is watched, each reader is given what people would say, and no more."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain import fields
from domain.access import GRANTS, PURPOSES, Permission, Role, roles_with
from domain.field_parts import Relation, Shown
from domain.ids import AgencyCode
from tests.domain.field_oracle import ORACLE
from tests.factories.break_glass import HOLDER, OPENER, SEALED, behind, opened, reviewed, same_person, sealed, who
from tests.factories.flags import registered
from tests.factories.protocols import BOARD, in_force, signed, step
from tests.fixtures.service import Service, user_id
from tests.security.test_fields import leaves, users

A, B, C = "tai-calon", "linc", "llamau"
LEAD = Role.SAFEGUARDING_LEAD


@pytest.fixture
async def nothing_flows_afterwards(service: Service) -> AsyncIterator[None]:
    yield
    admin = await service.database.as_admin()
    await admin.execute(
        "UPDATE rhannu.sharing_protocols SET state = 'ended', recorded_at = now() WHERE partners && $1", [A, B]
    )
    await admin.close()


async def whole(service: Service) -> dict[str, Any]:
    """A protocol of which everything has happened: one partner left and signed anew, two reviews, the second its end."""
    made = await in_force(service, (A, B))
    steps: list[tuple[str, Any, str, Role, int]] = [
        ("departure", {"reason": "We merge."}, B, LEAD, 1),
        ("reviews", {"reason": "Two years."}, BOARD, Role.BOARD_ADMINISTRATOR, 1),
        ("renewal", {"reason": "It works.", "reviewDue": "2028-01-01"}, BOARD, Role.BOARD_ADMINISTRATOR, 2),
        ("reviews", {"reason": "Too wide."}, BOARD, Role.BOARD_ADMINISTRATOR, 1),
    ]
    for name, body, agency, role, number in steps:
        done = await step(service, made, name, body, agency=agency, role=role, number=number)
        assert done.status_code == 200, done.text
        made = done.json()
        if name == "departure":
            made = await signed(service, made, B)
    done = await step(service, made, "ending", {"reason": "Nobody keeps to it."}, number=2)
    assert done.status_code == 200, done.text
    return dict(done.json())


@pytest.mark.usefixtures("nothing_flows_afterwards")
@pytest.mark.parametrize("own", [BOARD, A, B])
async def test_of_a_protocol_each_agency_learns_the_posts_and_only_its_own_accounts(service: Service, own: str) -> None:
    made = await whole(service)
    acted = {
        BOARD: {str(user_id(BOARD, "board-administrator", number)) for number in (1, 2)},
        A: {str(user_id(A, LEAD.value))},
        B: {str(user_id(B, LEAD.value))},
    }
    tried = 0
    for role in roles_with(Permission.PROTOCOL_READ):
        for purpose in PURPOSES[Permission.PROTOCOL_READ]:
            answers = [
                await service.http.get(path, headers=service.headers(own, role.value, purpose.value))
                for path in (f"/v1/sharing-protocols/{made['id']}", "/v1/sharing-protocols?limit=200")
            ]
            assert [each.status_code for each in answers] == [200, 200], (role, purpose)
            (listed,) = [each for each in answers[1].json()["items"] if each["id"] == made["id"]]
            read = answers[0].json()
            assert users(listed) == users(read) == acted[own], (role, purpose)
            assert read["state"] == "ended"
            assert [(each["agency"], each["post"]) for each in read["signatures"]] == [
                (each, "Head of safeguarding") for each in (A, B, B)
            ]
            assert {name for _, name in leaves(fields.REGISTRY.members("sharing-protocol"), read)} <= {
                "sharing-protocol.content", "sharing-protocol.staff", "sharing-protocol.chased"
            }  # fmt: skip
            whens = [read[name]["at"] for name in ("drafted", "changed", "assured", "inForce")]
            assert all([*whens, *(each["signed"]["at"] for each in read["signatures"]), read["ended"]["signed"]["at"]])
            tried += 1
    assert tried > 50


@pytest.mark.usefixtures("nothing_flows_afterwards")
async def test_of_a_protocol_strangers_and_readers_of_nothing_are_given_nothing(service: Service) -> None:
    made = await in_force(service, (A, B))
    path = f"/v1/sharing-protocols/{made['id']}"
    stranger = await service.http.get(path, headers=service.headers(C, LEAD.value, "audit-quality"))
    assert stranger.status_code == 404
    listed = await service.http.get("/v1/sharing-protocols?limit=200", headers=service.headers(C, LEAD.value))
    assert made["id"] not in listed.text
    for role in set(Role) - roles_with(Permission.PROTOCOL_READ):
        assert ORACLE["sharing-protocol.content"].shown(Relation.OWNER, role.value, "audit-quality") is Shown.ABSENT
        assert Permission.PROTOCOL_SIGN not in GRANTS[role]
        answer = await service.http.get(path, headers=service.headers(A, role.value, "audit-quality"))
        assert answer.status_code == 403, role


async def test_who_opened_a_door_on_whom_and_why_is_the_own_agency_s_alone(service: Service) -> None:
    same = same_person()
    flag = await sealed(service, content=same)
    person = await registered(service, OPENER, **same)
    manager = who(service, "duty-manager", OPENER)
    grant = await opened(manager, person)
    warnings = await behind(manager, grant)
    assert {name for _, name in leaves(fields.REGISTRY.members("opened-warnings"), warnings.json())} == {
        "break-glass.door", "break-glass.warning"
    }  # fmt: skip
    hidden = (manager.user, person, flag["id"], flag["subject"]["personId"], grant["justification"])
    for agency, opener in ((OPENER, manager.user), (HOLDER, None)):
        officer = who(service, "dpo-ig", agency)
        page = await officer.get("/v1/break-glass-notices", limit=200)
        (notice,) = [each for each in page.json()["notices"] if each["grantId"] == grant["id"]]
        assert (notice["openingAgency"], notice["openedBy"]) == (OPENER, opener)
        assert [each for each in hidden if each in str(notice)] == [each for each in hidden if each == opener]
        read = await officer.get(f"/v1/break-glass-grants/{grant['id']}")
        assert read.status_code == (200 if agency == OPENER else 404)
        if agency == OPENER:
            assert (read.json()["justification"], read.json()["opened"]["user"]) == (
                grant["justification"], manager.user,
            )  # fmt: skip
    # The store keeps the account from others as well; what it were to tell, the registry hides.
    told = {"id": "n", "grantId": "g", "openingAgency": OPENER, "openedBy": manager.user}
    reader = fields.Viewer(AgencyCode(HOLDER), frozenset({Role.DPO_IG}), min(PURPOSES[Permission.AUDIT_READ]))
    assert fields.REGISTRY.show("break-glass-notice", told, reader).document == told | {"openedBy": None}
    manager_again = await manager.get(f"/v1/break-glass-grants/{grant['id']}", SEALED)
    assert manager_again.json()["justification"] == grant["justification"]
    assert (await reviewed(who(service, "dpo-ig", OPENER), grant)).status_code == 200


async def test_the_event_of_budgets_says_what_was_given(service: Service) -> None:
    headers = service.headers(OPENER, "dpo-ig", "audit-quality")
    (await service.http.get("/v1/access-budgets", headers=headers)).raise_for_status()
    event = (await service.events(action="access-budgets.read", agency=OPENER))[-1]
    assert event["fields"] == ["access-budgets.content"]
