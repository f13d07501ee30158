"""Roles that guard others are given by two humans; what waits gives no right; nobody serves themselves (law 5)."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from domain.access import GUARDED_ROLES
from tests.factories.register import BOARD, WHY, Partner, Person, alone, founded, seeded
from tests.fixtures.service import Service

GUARDED = sorted(role.value for role in GUARDED_ROLES if role.value != "board-administrator")


@pytest.fixture
async def partner(service: Service) -> Partner:
    return await founded(service)


def refused(answer: Any, code: str = "needs-another-person", status: int = 403) -> bool:
    return bool((answer.status_code, answer.json()["code"]) == (status, code))


async def ask(partner: Partner, role: str, user: str | None = None) -> dict[str, Any]:
    target = user or (await partner.joined()).user
    return await partner.first.does("/v1/role-assignments", {"userId": target, "role": role, **WHY})


async def decide(who: Person, request: dict[str, Any], outcome: str = "confirm", version: int = 1) -> Any:
    path = f"/v1/register-requests/{request['id']}/decision"
    return await who.post(path, {"outcome": outcome, **WHY}, version=version)


async def roles_of(partner: Partner, user: str) -> list[str]:
    found = (await partner.first.get("/v1/role-assignments", user=user)).json()["roles"]
    return sorted(role["role"] for role in found if role["state"] == "held")


@pytest.mark.parametrize("role", GUARDED)
async def test_a_guarding_role_takes_effect_when_a_second_administrator_confirms(partner: Partner, role: str) -> None:
    asked = await ask(partner, role)
    assert asked["state"] == "pending"
    assert await roles_of(partner, asked["userId"]) == []
    person = partner.person(asked["userId"])
    assert (await person.get("/v1/users")).json()["code"] == "access-denied"
    confirmed = await decide(partner.second, asked)
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "confirmed")
    assert await roles_of(partner, asked["userId"]) == [role]
    held = (await partner.first.get(f"/v1/role-assignments/{asked['id']}")).json()
    assert (held["state"], held["role"]) == ("held", role)


async def test_who_asked_does_not_confirm_from_another_account_either(partner: Partner) -> None:
    other = await partner.joined("agency-administrator")
    await partner.second.does(f"/v1/users/{partner.first.user}/links", {"otherUserId": other.user, **WHY})
    asked = await ask(partner, "flag-decision-maker")
    assert refused(await decide(partner.first, asked))
    assert refused(await decide(other, asked)), "one human, two accounts"
    assert await roles_of(partner, asked["userId"]) == []
    assert (await decide(partner.second, asked)).status_code == 200


async def test_accounts_linked_after_asking_are_one_human_all_the_same(partner: Partner) -> None:
    other = await partner.joined("agency-administrator")
    asked = await ask(partner, "flag-decision-maker")
    await partner.second.does(f"/v1/users/{other.user}/links", {"otherUserId": partner.second.user, **WHY})
    await partner.second.does(f"/v1/users/{partner.first.user}/links", {"otherUserId": other.user, **WHY})
    for who in (partner.first, other, partner.second):
        assert refused(await decide(who, asked)), "all three accounts are one human's by now"
    board = seeded(partner.service, BOARD, "board-administrator")
    assert (await decide(board, asked)).status_code == 200, "the agency has nobody else"


async def test_nobody_confirms_a_role_of_their_own(partner: Partner) -> None:
    third = await partner.joined("agency-administrator")
    asked = await ask(partner, "dpo-ig", third.user)
    assert refused(await decide(third, asked))
    assert (await decide(partner.second, asked)).status_code == 200


async def test_nobody_gives_themselves_a_role(partner: Partner) -> None:
    other = await partner.joined()
    await partner.second.does(f"/v1/users/{partner.first.user}/links", {"otherUserId": other.user, **WHY})
    for user in (partner.first.user, other.user):
        for role in ("practitioner", "flag-decision-maker"):
            body = {"userId": user, "role": role, **WHY}
            assert refused(await partner.first.post("/v1/role-assignments", body)), (user, role)
    assert await roles_of(partner, other.user) == []


async def test_the_board_confirms_only_where_the_agency_has_nobody_else(partner: Partner) -> None:
    board = seeded(partner.service, BOARD, "board-administrator")
    asked = await ask(partner, "dpo-ig")
    assert refused(await decide(board, asked)), "the agency has a second administrator"
    listed = await board.get("/v1/register-requests", state="pending", limit=200)
    assert asked["id"] in {each["id"] for each in listed.json()["requests"]}
    version = (await partner.first.get(f"/v1/users/{partner.second.user}")).json()["version"]
    await partner.first.does(f"/v1/users/{partner.second.user}/departure", WHY, version=version)
    assert refused(await decide(partner.first, asked))
    confirmed = await decide(board, asked)
    assert confirmed.status_code == 200, confirmed.text
    event = (await partner.service.events(request=confirmed.headers["x-request-id"]))[-1]
    assert set(event["owners"]) == {partner.code}
    assert f"request:{asked['id']}:2" in event["records"]


async def test_administrators_of_no_other_agency_see_or_confirm_it(service: Service, partner: Partner) -> None:
    stranger = (await founded(service)).first
    asked = await ask(partner, "dpo-ig")
    assert (await stranger.get(f"/v1/register-requests/{asked['id']}")).status_code == 404
    assert refused(await decide(stranger, asked), "not-found", 404)
    # The role alone does not make the Board: this agency is none.
    pretender = seeded(service, "gwent-police", "board-administrator")
    assert refused(await decide(pretender, asked), "not-found", 404)
    assert await roles_of(partner, asked["userId"]) == []


async def test_what_was_declined_withdrawn_or_waited_too_long_gives_no_right(partner: Partner) -> None:
    declined = await ask(partner, "dpo-ig")
    assert (await decide(partner.second, declined, "decline")).json()["state"] == "declined"
    withdrawn = await ask(partner, "dpo-ig")
    assert (await decide(partner.first, withdrawn, "withdraw")).json()["state"] == "withdrawn"
    for request in (declined, withdrawn):
        late = await decide(partner.second, request, version=2)
        assert refused(late, "register-state-conflict", 409)
    lapsed = await ask(partner, "dpo-ig")
    partner.service.clock.offset = timedelta(days=29)
    assert refused(await decide(partner.second, lapsed), "register-state-conflict", 409)
    partner.service.clock.offset = timedelta(0)
    for request in (declined, withdrawn, lapsed):
        assert await roles_of(partner, request["userId"]) == []


async def test_the_same_is_not_asked_for_twice_and_a_role_held_is_not_given_again(partner: Partner) -> None:
    asked = await ask(partner, "dpo-ig")
    body = {"userId": asked["userId"], "role": "dpo-ig", **WHY}
    again = await partner.first.post("/v1/role-assignments", body)
    assert refused(again, "register-state-conflict", 409)
    await decide(partner.second, asked)
    held = await partner.first.post("/v1/role-assignments", body)
    assert held.status_code == 422
    assert [(e["pointer"], e["code"]) for e in held.json()["errors"]] == [("/role", "duplicate")]


async def test_teams_hold_no_guarding_role_and_only_the_board_holds_the_boards(partner: Partner) -> None:
    team = await partner.joined("system-client", "duty-desk", is_team=True)
    assert await roles_of(partner, team.user) == ["duty-desk", "system-client"]
    officer = await partner.joined()
    wrong = [(team.user, role) for role in GUARDED]
    wrong += [(officer.user, role) for role in ("board-administrator", "auditor", "board-analyst", "king")]
    for user, role in wrong:
        answer = await partner.first.post("/v1/role-assignments", {"userId": user, "role": role, **WHY})
        assert answer.status_code == 422, (role, answer.text)
        assert {each["pointer"] for each in answer.json()["errors"]} == {"/role"}


async def test_an_agency_gives_roles_to_its_own_accounts_only(service: Service, partner: Partner) -> None:
    other = await founded(service)
    theirs = await other.joined()
    body = {"userId": theirs.user, "role": "practitioner", **WHY}
    hidden = await partner.first.post("/v1/role-assignments", body)
    absent = await partner.first.post("/v1/role-assignments", {**body, "userId": str(uuid.uuid4())})
    assert (hidden.status_code, absent.status_code) == (404, 404)
    drop = {"requestId"}
    assert {k: v for k, v in hidden.json().items() if k not in drop} == {
        k: v for k, v in absent.json().items() if k not in drop
    }
    nowhere = await partner.first.post(
        "/v1/role-assignments",
        {"userId": (await partner.joined()).user, "role": "practitioner", "agency": "no-such", **WHY},
    )
    assert nowhere.status_code == 422


async def test_everything_of_another_agency_is_not_found(service: Service, partner: Partner) -> None:
    other = await founded(service)
    theirs = await other.joined("practitioner")
    role = (await other.first.get("/v1/role-assignments", user=theirs.user)).json()["roles"][0]
    system = f"{other.code}-system"
    for path in (f"/v1/users/{theirs.user}", f"/v1/clients/{system}", f"/v1/role-assignments/{role['id']}"):
        assert (await partner.first.get(path)).status_code == 404, path
    steps: list[tuple[str, dict[str, Any]]] = [
        (f"/v1/users/{theirs.user}/standing", {"standing": "suspended"}),
        (f"/v1/users/{theirs.user}/departure", {}),
        (f"/v1/users/{theirs.user}/separation", {}),
        (f"/v1/role-assignments/{role['id']}/end", {}),
        (f"/v1/clients/{system}/standing", {"standing": "suspended"}),
        (f"/v1/clients/{system}/acting-for", {"agency": partner.code}),
    ]
    for path, body in steps:
        assert (await partner.first.post(path, {**body, **WHY}, version=1)).status_code == 404, path
    listed = (await partner.first.get("/v1/users", limit=200)).json()["users"]
    assert {user["ownerAgency"] for user in listed} == {partner.code}
    assert (await theirs.get(f"/v1/persons/{uuid.uuid4()}", "direct-care")).status_code == 404, (
        "nothing happened to them"
    )


async def test_separating_accounts_takes_two_people_and_gives_back_a_human_of_their_own(partner: Partner) -> None:
    worker, decider = await partner.joined(), await partner.joined()
    await partner.first.does(f"/v1/users/{worker.user}/links", {"otherUserId": decider.user, **WHY})
    seen = (await partner.first.get(f"/v1/users/{worker.user}")).json()
    assert seen["linkedTo"] == [decider.user]
    asked = await partner.first.does(f"/v1/users/{worker.user}/separation", WHY)
    assert refused(await decide(partner.first, asked))
    assert (await partner.first.get(f"/v1/users/{worker.user}")).json()["linkedTo"] == [decider.user]
    assert (await decide(partner.second, asked)).status_code == 200
    assert (await partner.first.get(f"/v1/users/{worker.user}")).json()["linkedTo"] == []


async def test_an_administrator_does_not_separate_an_account_of_their_own(partner: Partner) -> None:
    other = await partner.joined("agency-administrator")
    await partner.second.does(f"/v1/users/{partner.first.user}/links", {"otherUserId": other.user, **WHY})
    for user in (partner.first.user, other.user):
        assert refused(await partner.first.post(f"/v1/users/{user}/separation", WHY))
    asked = await partner.second.does(f"/v1/users/{other.user}/separation", WHY)
    assert refused(await decide(partner.first, asked)), "it is about them"
    assert refused(await decide(other, asked))


async def test_another_agencys_account_is_linked_only_when_that_agency_agrees(
    service: Service, partner: Partner
) -> None:
    other = await founded(service)
    ours, theirs = await partner.joined(), await other.joined()
    link = {"otherUserId": theirs.user, **WHY}
    asked = await partner.first.does(f"/v1/users/{ours.user}/links", link)
    request = {"id": asked["requestId"], "version": 1}
    assert refused(await decide(partner.second, request)), "it is not for the asking side to agree"
    shown = (await other.first.get(f"/v1/register-requests/{asked['requestId']}")).json()
    assert (shown["kind"], shown["otherUserId"], shown["displayName"]) == ("link", theirs.user, "Aled Test")
    await other.first.confirms(request)
    again = await partner.first.post(f"/v1/users/{ours.user}/links", link)
    assert again.status_code == 422
    assert again.json()["errors"][0]["code"] == "duplicate"
    team = await partner.joined(is_team=True)
    for wrong in (team.user, str(uuid.uuid4())):
        answer = await partner.first.post(f"/v1/users/{ours.user}/links", {"otherUserId": wrong, **WHY})
        assert answer.status_code == 422


async def test_nobody_lifts_a_suspension_of_their_own(partner: Partner) -> None:
    other = await partner.joined("practitioner")
    await partner.second.does(f"/v1/users/{partner.first.user}/links", {"otherUserId": other.user, **WHY})
    path = f"/v1/users/{other.user}/standing"
    await partner.second.does(path, {"standing": "suspended", **WHY}, version=1)
    assert refused(await partner.first.post(path, {"standing": "active", **WHY}, version=2))
    assert (await partner.second.post(path, {"standing": "active", **WHY}, version=2)).status_code == 200


async def test_the_first_administrator_is_appointed_by_two_of_the_board_and_only_where_there_is_none(
    service: Service,
) -> None:
    code, first = await alone(service)
    board, other = (seeded(service, BOARD, "board-administrator", n) for n in (1, 2))
    body = {"displayName": "Second", **WHY}
    again = await board.post(f"/v1/agencies/{code}/administrator", body)
    assert refused(again, "register-state-conflict", 409)
    role = (await first.get("/v1/role-assignments", user=first.user)).json()["roles"][0]
    await first.does(f"/v1/role-assignments/{role['id']}/end", WHY, version=1)
    asked = await board.does(f"/v1/agencies/{code}/administrator", body)
    assert refused(await decide(board, asked))
    clerk = seeded(service, BOARD, "agency-administrator")
    assert refused(await decide(clerk, asked)), "not an administrator of the Board"
    new = Person(service, code, asked["userId"], f"{code}-system")
    assert (await new.get("/v1/users")).status_code == 403
    assert (await decide(other, asked)).status_code == 200
    assert (await new.get("/v1/users")).status_code == 200


async def test_two_parallel_confirmations_give_one_role(partner: Partner) -> None:
    third = await partner.joined("agency-administrator")
    asked = await ask(partner, "dpo-ig")
    answers = [await decide(who, asked) for who in (partner.second, third)]
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert await roles_of(partner, asked["userId"]) == ["dpo-ig"]


async def test_nobody_both_administers_accounts_and_decides_on_flags(partner: Partner) -> None:
    third, fourth = await partner.joined("agency-administrator"), await partner.joined("flag-decision-maker")
    for who, role in ((third, "flag-decision-maker"), (fourth, "agency-administrator")):
        body = {"userId": who.user, "role": role, **WHY}
        assert refused(await partner.first.post("/v1/role-assignments", body), "duties-apart", 409)
    both = await partner.joined()
    asked = [await ask(partner, role, both.user) for role in ("agency-administrator", "flag-decision-maker")]
    assert (await decide(partner.second, asked[0])).status_code == 200
    assert refused(await decide(partner.second, asked[1]), "duties-apart", 409), "it was given meanwhile"
    assert await roles_of(partner, both.user) == ["agency-administrator"]


async def test_accounts_found_to_be_one_humans_do_not_keep_both_duties(service: Service, partner: Partner) -> None:
    other = await founded(service)
    decider = await other.joined("flag-decision-maker", "practitioner")
    third = await partner.joined("agency-administrator")
    asked = await partner.first.does(f"/v1/users/{third.user}/links", {"otherUserId": decider.user, **WHY})
    await other.first.confirms({"id": asked["requestId"], "version": 1})
    assert await roles_of(other, decider.user) == ["practitioner"]
    assert await roles_of(partner, third.user) == ["agency-administrator"]
    body = {"userId": decider.user, "role": "flag-decision-maker", **WHY}
    assert refused(await other.first.post("/v1/role-assignments", body), "duties-apart", 409)
