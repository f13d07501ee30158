"""Suspension, leaving, ending and restoring act on the next request, whatever it is that was suspended."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories.register import BOARD, WHY, Partner, Person, founded, key_set, seeded
from tests.fixtures.service import Service

SUSPEND, RESTORE = {"standing": "suspended", **WHY}, {"standing": "active", **WHY}


@pytest.fixture
async def partner(service: Service) -> Partner:
    return await founded(service)


@pytest.fixture
def board(service: Service) -> Person:
    return seeded(service, BOARD, "board-administrator")


async def may_act(person: Person) -> bool:
    """Ask for a record that does not exist: not found for whoever may look, refused to everybody else.

    The flag check looks at standing by itself, many callers at once, and must come to the same.
    """
    answer = await person.get(f"/v1/persons/{uuid.uuid4()}", "direct-care")
    assert answer.status_code in {403, 404}, answer.text
    checked = await person.post("/v1/flag-checks", {"entries": [{"uprn": "100100200300"}]}, "direct-care")
    assert checked.status_code == (200 if answer.status_code == 404 else 403), checked.text
    return answer.status_code == 404


async def version_of(person: Person, path: str) -> int:
    answer = await person.get(path)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["version"])


async def test_a_suspended_user(partner: Partner) -> None:
    officer = await partner.joined("practitioner")
    assert await may_act(officer)
    path = f"/v1/users/{officer.user}/standing"
    suspended = await partner.first.does(path, SUSPEND, version=1)
    assert (suspended["standing"], suspended["version"]) == ("suspended", 2)
    assert not await may_act(officer)
    restored = await partner.second.does(path, RESTORE, version=2)
    assert restored["standing"] == "active"
    assert await may_act(officer)


async def test_a_suspended_system(partner: Partner) -> None:
    officer = await partner.joined("practitioner")
    other = f"{partner.code}-cases"
    body = {"id": other, "name": "Cases", "keySet": key_set(), "scopes": ["person:read", "check:run"]}
    await partner.first.does("/v1/clients", body)
    through = Person(partner.service, partner.code, officer.user, other)
    assert await may_act(through)
    await partner.first.does(f"/v1/clients/{other}/standing", SUSPEND, version=1)
    assert not await may_act(through)
    assert await may_act(officer), "through another system of the agency"
    await partner.first.does(f"/v1/clients/{other}/standing", RESTORE, version=2)
    assert await may_act(through)


async def test_a_suspended_agency(partner: Partner, board: Person) -> None:
    officer = await partner.joined("practitioner")
    path = f"/v1/agencies/{partner.code}"
    await board.does(f"{path}/standing", SUSPEND, version=1)
    assert not await may_act(officer)
    assert (await partner.first.get("/v1/users")).status_code == 403
    await board.does(f"{path}/standing", RESTORE, version=2)
    assert await may_act(officer)


async def test_a_human_suspended_by_the_board_is_out_everywhere(service: Service, board: Person) -> None:
    here, there = await founded(service), await founded(service)
    officer, other = await here.joined("practitioner"), await there.joined("practitioner")
    asked = await here.first.does(f"/v1/users/{officer.user}/links", {"otherUserId": other.user, **WHY})
    assert await may_act(other)
    await there.first.confirms({"id": asked["requestId"], "version": 1})
    path = f"/v1/users/{officer.user}/human-standing"
    await board.does(path, SUSPEND)
    assert not await may_act(officer)
    assert not await may_act(other), "one human is one identity"
    await board.does(path, RESTORE)
    assert await may_act(officer)
    assert await may_act(other)


async def test_a_role_that_was_ended(partner: Partner) -> None:
    officer = await partner.joined("practitioner", "duty-desk")
    roles = (await partner.first.get("/v1/role-assignments", user=officer.user)).json()["roles"]
    assert {role["role"] for role in roles} == {"practitioner", "duty-desk"}
    for role in roles:
        assert await may_act(officer)
        ended = await partner.first.does(f"/v1/role-assignments/{role['id']}/end", WHY, version=1)
        assert ended["state"] == "ended"
    assert not await may_act(officer)
    again = {"userId": officer.user, "role": "practitioner", **WHY}
    await partner.first.does("/v1/role-assignments", again)
    assert await may_act(officer)


async def test_a_role_that_begins_later_and_one_that_ends_by_itself(partner: Partner) -> None:
    officer = await partner.joined()
    now = datetime.now(UTC)
    body: dict[str, Any] = {"userId": officer.user, "role": "practitioner", **WHY}
    later = await partner.first.does(
        "/v1/role-assignments", {**body, "validFrom": (now + timedelta(hours=1)).isoformat()}
    )
    assert later["state"] == "not-yet"
    assert not await may_act(officer)
    await partner.first.does(f"/v1/role-assignments/{later['id']}/end", WHY, version=1)
    soon = await partner.first.does("/v1/role-assignments", {**body, "validTo": (now + timedelta(hours=1)).isoformat()})
    assert soon["state"] == "held"
    assert await may_act(officer)
    admin = await partner.service.database.as_admin()
    try:  # the database has the clock that rights go by
        await admin.execute("UPDATE rhannu.user_roles SET valid_to = now() WHERE id = $1", uuid.UUID(soon["id"]))
    finally:
        await admin.close()
    assert not await may_act(officer)


async def test_somebody_who_left_is_out_for_good(partner: Partner) -> None:
    officer = await partner.joined("practitioner")
    path = f"/v1/users/{officer.user}"
    planned = datetime.now(UTC) + timedelta(days=14)
    leaving = await partner.first.does(f"{path}/departure", {"leftAt": planned.isoformat(), **WHY}, version=1)
    assert leaving["standing"] == "active"
    assert await may_act(officer), "until the day"
    left = await partner.first.does(f"{path}/departure", WHY, version=2)
    assert left["standing"] == "left"
    assert not await may_act(officer)
    for step in (RESTORE, SUSPEND):
        refused = await partner.second.post(f"{path}/standing", step, version=3)
        assert (refused.status_code, refused.json()["code"]) == (409, "register-state-conflict")
    assert not await may_act(officer)


async def acting_for(service: Service) -> tuple[Partner, Partner, Person, dict[str, Any]]:
    """An emergency duty team: a worker and a system of one agency that another lets act for it."""
    home, council = await founded(service), await founded(service)
    worker = await home.joined("practitioner")
    asked = await home.first.does(f"/v1/clients/{home.code}-system/acting-for", {"agency": council.code, **WHY})
    abroad = Person(service, home.code, worker.user, f"{home.code}-system", acting_for=council.code)
    role = {"userId": worker.user, "role": "practitioner", "agency": council.code, **WHY}
    given = await home.first.does("/v1/role-assignments", role)
    assert given["state"] == "pending"
    assert not await may_act(abroad), "neither is agreed"
    await council.first.confirms(given)
    assert not await may_act(abroad), "the system is not agreed"
    agreed = await council.first.confirms(asked)
    return home, council, abroad, agreed


async def test_acting_for_another_agency_needs_its_consent_and_ends_with_it(service: Service) -> None:
    home, council, abroad, agreed = await acting_for(service)
    assert await may_act(abroad)
    path = f"/v1/agreements/{agreed['id']}"
    assert (await home.first.get(f"/v1/clients/{home.code}-system")).json()["actingFor"] == [council.code]
    await council.first.does(f"{path}/standing", SUSPEND, version=1)
    assert not await may_act(abroad)
    refused = await home.first.post(f"{path}/standing", RESTORE, version=2)
    assert (refused.status_code, refused.json()["code"]) == (409, "register-state-conflict"), "who suspended restores"
    assert not await may_act(abroad)
    await council.second.does(f"{path}/standing", RESTORE, version=2)
    assert await may_act(abroad)
    ended = await home.first.does(f"{path}/standing", {"standing": "ended", **WHY}, version=3)
    assert ended["standing"] == "ended"
    assert not await may_act(abroad)
    assert (await council.first.post(f"{path}/standing", RESTORE, version=4)).status_code == 409


@pytest.mark.parametrize("side", ["home", "council"])
async def test_either_side_ends_a_role_for_another_agency(service: Service, side: str) -> None:
    home, council, abroad, _ = await acting_for(service)
    by = {"home": home, "council": council}[side].first
    roles = (await by.get("/v1/role-assignments", user=abroad.user)).json()["roles"]
    (role,) = [each for each in roles if each["agency"] == council.code]
    assert (role["homeAgency"], role["displayName"]) == (home.code, "Aled Test")
    await by.does(f"/v1/role-assignments/{role['id']}/end", WHY, version=1)
    assert not await may_act(abroad)
    assert await may_act(Person(service, home.code, abroad.user, f"{home.code}-system")), "for its own agency"


async def test_a_user_suspended_at_home_is_out_for_the_other_agency_too(service: Service) -> None:
    home, _, abroad, _ = await acting_for(service)
    await home.first.does(f"/v1/users/{abroad.user}/standing", SUSPEND, version=1)
    assert not await may_act(abroad)


async def test_every_change_needs_a_reason_and_the_version_it_was_read_in(partner: Partner, board: Person) -> None:
    officer = await partner.joined("practitioner")
    role = (await partner.first.get("/v1/role-assignments", user=officer.user)).json()["roles"][0]
    paths: list[tuple[Person, str, dict[str, Any]]] = [
        (partner.first, f"/v1/users/{officer.user}/standing", {"standing": "suspended"}),
        (partner.first, f"/v1/users/{officer.user}/departure", {}),
        (partner.first, f"/v1/role-assignments/{role['id']}/end", {}),
        (partner.first, f"/v1/clients/{partner.code}-system/standing", {"standing": "suspended"}),
        (board, f"/v1/agencies/{partner.code}/standing", {"standing": "suspended"}),
    ]
    for who, path, body in paths:
        bare = await who.post(path, {**body, "reason": " "}, version=1)
        assert (bare.status_code, bare.json()["errors"][0]["pointer"]) == (422, "/reason"), path
        assert (await who.post(path, {**body, **WHY}, version=9)).status_code == 412, path
        assert (await who.post(path, {**body, **WHY})).status_code == 428, path
    assert await may_act(officer)
    assert await version_of(partner.first, f"/v1/users/{officer.user}") == 1


async def test_a_suspension_sent_twice_acts_once(partner: Partner) -> None:
    officer = await partner.joined("practitioner")
    path, key = f"/v1/users/{officer.user}/standing", str(uuid.uuid4())
    answers = [await partner.first.post(path, SUSPEND, version=1, key=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    changes = (await partner.first.get("/v1/register-changes", reference=officer.user)).json()["changes"]
    assert [change["change"] for change in changes] == ["suspended", "registered"]
    assert changes[0]["reason"] == WHY["reason"]
    assert changes[0]["by"] == partner.first.user


async def test_a_suspension_is_on_the_trail_by_name(partner: Partner) -> None:
    officer = await partner.joined("practitioner")
    answer = await partner.first.post(f"/v1/users/{officer.user}/standing", SUSPEND, version=1)
    event = (await partner.service.events(request=answer.headers["x-request-id"]))[-1]
    assert (event["action"], event["outcome"]) == ("user-standing.changed", "ok")
    assert f"user:{officer.user}:2" in event["records"]
    assert (event["agency"], event["user"], event["subjects"]) == (partner.code, partner.first.user, [])
    refused = await partner.first.post(f"/v1/users/{officer.user}/standing", SUSPEND, version=2)
    event = (await partner.service.events(request=refused.headers["x-request-id"]))[-1]
    assert (event["outcome"], event["reason"]) == ("refused", "register-state-conflict")
    assert f"user_id:{officer.user}" in event["records"]
