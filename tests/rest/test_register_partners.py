"""Agencies, their systems and keys, who acts for whom, and who decides for whom."""

import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from jose import jwt

from services.core.keys import SigningKeys, generate_signing_key
from tests.factories.flags import decision, incident
from tests.factories.register import BOARD, WHY, Partner, Person, founded, key_set, seeded
from tests.fixtures.service import Service
from tests.rest.test_token_endpoint import ISSUER, form

SCOPES = ["check:run", "person:read"]


@pytest.fixture
async def partner(service: Service) -> Partner:
    return await founded(service)


@pytest.fixture
def board(service: Service) -> Person:
    return seeded(service, BOARD, "board-administrator")


def fault(answer: httpx.Response) -> tuple[int, list[tuple[str, str]]]:
    return answer.status_code, [(each["pointer"], each["code"]) for each in answer.json().get("errors", [])]


async def token(service: Service, client: str, agency: str, user: str, keys: SigningKeys) -> httpx.Response:
    """Ask for a token as the system itself does, signing with one of its keys."""
    now, key = int(time.time()), keys.keys[0]
    claims = {
        "iss": client, "sub": client, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": str(uuid.uuid4()),
        "rhannu_agency": agency, "rhannu_user": user,
    }  # fmt: skip
    signed = jwt.encode(claims, key.private_jwk(), algorithm="ES256", headers={"kid": key.kid})
    return await service.http.post("/oauth2/token", data=form(signed))


async def registered(partner: Partner, keys: SigningKeys) -> str:
    client = f"{partner.code}-{uuid.uuid4().hex[:6]}"
    body = {"id": client, "name": "Case system", "keySet": keys.jwks(), "scopes": SCOPES}
    made = await partner.first.does("/v1/clients", body)
    assert (made["keyIds"], made["scopes"], made["actingFor"]) == ([keys.keys[0].kid], SCOPES, [])
    return client


async def test_keys_are_rotated_without_an_outage(partner: Partner) -> None:
    service, officer = partner.service, await partner.joined("practitioner")
    old, new = SigningKeys((generate_signing_key(),)), SigningKeys((generate_signing_key(),))
    client = await registered(partner, old)

    async def ask(keys: SigningKeys) -> int:
        return (await token(service, client, partner.code, officer.user, keys)).status_code

    assert (await ask(old), await ask(new)) == (200, 401)
    until = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    rotated = await partner.first.does(
        f"/v1/clients/{client}/keys", {"keySet": new.jwks(), "formerUntil": until, **WHY}, version=1
    )
    assert (rotated["keyIds"], rotated["formerKeyIds"]) == ([new.keys[0].kid], [old.keys[0].kid])
    assert (await ask(old), await ask(new)) == (200, 200), "both sides change in their own time"
    admin = await service.database.as_admin()
    try:
        await admin.execute("UPDATE rhannu.clients SET former_until = now() WHERE id = $1", client)
    finally:
        await admin.close()
    assert (await ask(old), await ask(new)) == (401, 200)


async def test_a_leaked_key_ends_at_once(partner: Partner) -> None:
    service, officer = partner.service, await partner.joined("practitioner")
    leaked, new = SigningKeys((generate_signing_key(),)), SigningKeys((generate_signing_key(),))
    client = await registered(partner, leaked)
    await partner.first.does(f"/v1/clients/{client}/keys", {"keySet": new.jwks(), **WHY}, version=1)
    assert (await token(service, client, partner.code, officer.user, leaked)).status_code == 401
    assert (await token(service, client, partner.code, officer.user, new)).status_code == 200


def bad_keys() -> Iterator[tuple[dict[str, Any], str, str]]:
    key = generate_signing_key()
    public = key.public().jwk()
    yield {}, "/keySet", "required"
    yield {"keySet": {"keys": []}}, "/keySet/keys", "too-few"
    yield {"keySet": {"keys": [key.private_jwk()]}}, "/keySet", "private-key"
    yield {"keySet": {"keys": [{**public, "x": "A" * 43}]}}, "/keySet", "key-invalid"
    yield {"keySet": {"keys": [{**public, "kty": "RSA"}]}}, "/keySet", "key-invalid"
    yield {"keySet": {"keys": [public, public]}}, "/keySet", "key-invalid"
    yield {"keySet": {"keys": [public]}, "keySetUrl": "https://keys.example/jwks"}, "/keySetUrl", "inconsistent"
    yield {"keySetUrl": "https://keys.example/jwks"}, "/keySetUrl", "address-not-allowed"
    yield {"keySetUrl": "http://keys.example/jwks"}, "/keySetUrl", "address-not-allowed"
    yield {"keySetUrl": "not an address"}, "/keySetUrl", "address-not-allowed"


@pytest.mark.parametrize(("keys", "pointer", "code"), list(bad_keys()))
async def test_keys_that_cannot_work_are_refused_at_registration(
    partner: Partner, keys: dict[str, Any], pointer: str, code: str
) -> None:
    body = {"id": f"{partner.code}-bad", "name": "Case system", "scopes": SCOPES}
    answer = await partner.first.post("/v1/clients", {**body, **keys})
    assert fault(answer) == (422, [(pointer, code)]), answer.text
    rotated = await partner.first.post(f"/v1/clients/{partner.code}-system/keys", {**keys, **WHY}, version=1)
    assert fault(rotated) == (422, [(pointer, code)]), rotated.text
    for secret in (each.get("d") for each in keys.get("keySet", {}).get("keys", [])):
        assert secret is None or secret not in answer.text + rotated.text
    assert (await partner.first.get(f"/v1/clients/{partner.code}-bad")).status_code == 404
    assert (await partner.first.get(f"/v1/clients/{partner.code}-system")).json()["version"] == 1


async def test_a_system_may_publish_its_keys_at_an_address(partner: Partner) -> None:
    body = {"id": f"{partner.code}-url", "name": "Case system", "scopes": SCOPES}
    made = await partner.first.does("/v1/clients", {**body, "keySetUrl": "http://127.0.0.1:9/jwks"})
    assert (made["keySetUrl"], made["keyIds"]) == ("http://127.0.0.1:9/jwks", [])


async def test_a_rotation_may_overlap_ninety_days_at_most_and_not_end_before_it_begins(partner: Partner) -> None:
    for days, code in ((91, "out-of-range"), (-1, "in-past")):
        until = (datetime.now(UTC) + timedelta(days=days)).isoformat()
        body = {"keySet": key_set(), "formerUntil": until, **WHY}
        answer = await partner.first.post(f"/v1/clients/{partner.code}-system/keys", body, version=1)
        assert fault(answer) == (422, [("/formerUntil", code)])


async def test_what_a_system_is_registered_for_holds_on_the_next_request(partner: Partner) -> None:
    officer = await partner.joined("practitioner")
    client = await registered(partner, SigningKeys((generate_signing_key(),)))
    through = Person(partner.service, partner.code, officer.user, client)
    path = f"/v1/persons/{uuid.uuid4()}"
    assert (await through.get(path, "direct-care")).status_code == 404
    change = {"name": "Case system", "scopes": ["check:run"], **WHY}
    assert (await partner.first.patch(f"/v1/clients/{client}", change, version=1)).status_code == 200
    assert (await through.get(path, "direct-care")).status_code == 403
    unknown = await partner.first.patch(
        f"/v1/clients/{client}", {**change, "scopes": ["all", "check:run", "check:run"]}, version=2
    )
    assert fault(unknown) == (422, [("/scopes/0", "code-unknown"), ("/scopes/2", "duplicate")])


async def test_a_client_id_is_taken_once_in_the_region(service: Service, partner: Partner) -> None:
    other = await founded(service)
    client = await registered(partner, SigningKeys((generate_signing_key(),)))
    body = {"id": client, "name": "Another", "keySet": key_set(), "scopes": SCOPES}
    answer = await other.first.post("/v1/clients", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "code-taken")
    for wrong in ("Big", "ab", "has space", "-begins"):
        assert fault(await other.first.post("/v1/clients", {**body, "id": wrong})) == (422, [("/id", "pattern")])


async def test_another_agency_is_asked_before_a_system_acts_for_it(service: Service, partner: Partner) -> None:
    other = await founded(service)
    path = f"/v1/clients/{partner.code}-system/acting-for"
    asked = await partner.first.does(path, {"agency": other.code, **WHY})
    assert (asked["kind"], asked["confirmingAgency"], asked["state"]) == ("acting-for", other.code, "pending")
    own_side = await partner.second.post(
        f"/v1/register-requests/{asked['id']}/decision", {"outcome": "confirm", **WHY}, version=1
    )
    assert (own_side.status_code, own_side.json()["code"]) == (403, "needs-another-person")
    board = seeded(service, BOARD, "board-administrator")
    stood_in = await board.post(
        f"/v1/register-requests/{asked['id']}/decision", {"outcome": "confirm", **WHY}, version=1
    )
    assert stood_in.status_code == 404, "nobody consents in another agency's place"
    assert (await partner.first.get(f"/v1/clients/{partner.code}-system")).json()["actingFor"] == []
    again = await partner.first.post(path, {"agency": other.code, **WHY})
    assert (again.status_code, again.json()["code"]) == (409, "register-state-conflict")
    for code, issue in ((partner.code, "inconsistent"), ("no-such-agency", "code-unknown")):
        assert fault(await partner.first.post(path, {"agency": code, **WHY})) == (422, [("/agency", issue)])
    declined = await other.second.confirms(asked, "decline")
    assert declined["state"] == "declined"
    assert (await partner.first.get("/v1/agreements")).json()["agreements"] == []


async def test_the_board_registers_agencies_and_nobody_else_does(service: Service, board: Person) -> None:
    code = f"melin-{uuid.uuid4().hex[:8]}"
    body = {"code": code, "name": {"en": "Melin", "cy": "Melin"}, "type": "housing", "dutyPhone": "01632 960144"}
    made = await board.post("/v1/agencies", body)
    assert (made.status_code, made.headers["location"]) == (201, f"/v1/agencies/{code}")
    event = (await service.events(request=made.headers["x-request-id"]))[-1]
    assert (event["action"], event["records"]) == ("agency.registered", [f"agency:{code}:1"])
    again = await board.post("/v1/agencies", body)
    assert (again.status_code, again.json()["code"]) == (409, "code-taken")
    # A role of that name in an agency that is not the Board gives no right over others.
    pretender = seeded(service, "gwent-police", "board-administrator")
    for who in (pretender, seeded(service, BOARD, "agency-administrator")):
        for path, sent in (
            ("/v1/agencies", {**body, "code": f"{code}-2"}),
            (f"/v1/agencies/{code}/administrator", {"displayName": "X", **WHY}),
            (f"/v1/users/{pretender.user}/human-standing", {"standing": "suspended", **WHY}),
        ):
            answer = await who.post(path, sent)
            assert (answer.status_code, answer.json()["code"]) == (403, "access-denied"), path
    assert (await board.get(f"/v1/agencies/{code}-2")).status_code == 404


async def test_what_is_said_of_an_agency_is_checked_and_nothing_becomes_the_board(board: Person) -> None:
    code = f"melin-{uuid.uuid4().hex[:8]}"
    body = {"code": code, "name": {"en": "Melin", "cy": "Melin"}, "type": "housing", "dutyPhone": "01632 960177"}
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"code": "Melin Homes"}, "/code", "pattern"),
        ({"type": "board"}, "/type", "inconsistent"),
        ({"type": "bank"}, "/type", "code-unknown"),
        ({"dutyPhone": "ring us"}, "/dutyPhone", "pattern"),
        ({"name": {"en": " ", "cy": "Melin"}}, "/name/en", "too-short"),
    ]
    for change, pointer, issue in wrong:
        assert fault(await board.post("/v1/agencies", {**body, **change})) == (422, [(pointer, issue)])
    await board.does("/v1/agencies", body)
    path = f"/v1/agencies/{code}"
    content = {key: value for key, value in body.items() if key != "code"}
    promoted = await board.patch(path, {**content, "type": "board", **WHY}, version=1)
    assert fault(promoted) == (422, [("/type", "inconsistent")])
    changed = await board.patch(path, {**content, "dutyPhone": "01632 960178", **WHY}, version=1)
    assert (changed.status_code, changed.json()["dutyPhone"], changed.headers["etag"]) == (200, "01632 960178", '"v2"')
    board.service.reread_directory()
    public = (await board.service.http.get("/v1/duty-contacts")).text
    assert "01632 960178" in public
    assert "01632 960177" not in public
    own = await board.post(f"/v1/agencies/{BOARD}/standing", {"standing": "suspended", **WHY}, version=1)
    assert (own.status_code, own.json()["code"]) == (409, "register-state-conflict")


async def test_lists_are_read_page_by_page_to_the_end(partner: Partner, board: Person) -> None:
    people = [await partner.joined("practitioner") for _ in range(5)]
    for path, name in (("/v1/users", "users"), ("/v1/role-assignments", "roles"), ("/v1/register-changes", "changes")):
        whole = (await partner.first.get(path, limit=200)).json()[name]
        seen: list[Any] = []
        address, pages = f"{path}?limit=2", 0
        while address:
            answer = await partner.service.http.get(address, headers=partner.first.headers())
            seen += answer.json()[name]
            pages += 1
            link = answer.headers.get("link", "")
            assert bool(link) == (answer.json()["next"] is not None)
            address = link.partition(">")[0].removeprefix("<")
        assert seen == whole
        assert pages == (len(whole) + 1) // 2
    assert {person.user for person in people} <= {
        user["id"] for user in (await partner.first.get("/v1/users")).json()["users"]
    }
    codes: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await board.get("/v1/agencies", limit=3, **after)).json()
        codes += [each["code"] for each in page["agencies"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert codes == sorted(codes)
    assert {partner.code, BOARD} <= set(codes)
    wrong = await partner.first.get("/v1/users", after="Somebody")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "parameter-invalid")


async def deciding(service: Service) -> tuple[Partner, Partner, Person, dict[str, Any]]:
    """A partner that named another to decide on its flags; the other's decision-maker, acting for the first."""
    small, large = await founded(service), await founded(service)
    decider = await large.joined("flag-decision-maker", "practitioner")
    abroad = Person(service, large.code, decider.user, f"{large.code}-system", acting_for=small.code)
    asked = await small.first.does("/v1/deciders", {"agency": large.code, **WHY})
    assert (await abroad.get(f"/v1/flags/{uuid.uuid4()}", "flag-governance")).status_code == 403
    agreed = await large.first.confirms(asked)
    return small, large, abroad, agreed


async def flag_proposed_by(officer: Person) -> dict[str, Any]:
    body = {"names": [{"family": f"Bach{uuid.uuid4().hex[:8]}", "given": ["Ifor"]}], "birthDate": "1971-03-04"}

    async def made(path: str, sent: dict[str, Any]) -> dict[str, Any]:
        answer = await officer.post(path, sent, "adult-safeguarding")
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    person = (await made("/v1/persons", body))["id"]
    cited = (await made("/v1/incidents", incident(person, towardsAgency=officer.agency)))["id"]
    proposal = {
        "subject": {"personId": person}, "category": "threat-violence", "incidents": [cited], "reason": "A visit is due.",
    }  # fmt: skip
    return await made("/v1/flags", proposal)


async def test_who_was_named_decides_and_does_nothing_else(service: Service) -> None:
    small, _, abroad, _ = await deciding(service)
    officer = await small.joined("practitioner")
    flag = await flag_proposed_by(officer)
    read = await abroad.get(f"/v1/flags/{flag['id']}", "flag-governance")
    assert (read.status_code, read.json()["state"]) == (200, "proposed")
    for path, body in (
        ("/v1/persons", {"names": [{"family": "Dim", "given": ["Un"]}]}),
        ("/v1/flag-checks", {"entries": [{"uprn": "100100000001"}]}),
    ):
        answer = await abroad.post(path, body, "adult-safeguarding")
        assert answer.status_code == 403, f"{path}: the right to decide is no other right"
    decided = await abroad.post(f"/v1/flags/{flag['id']}/decision", decision(), "flag-governance", version=1)
    assert (decided.status_code, decided.json()["state"]) == (200, "active"), decided.text
    event = (await service.events(request=decided.headers["x-request-id"]))[-1]
    assert (event["agency"], event["user"], event["roles"]) == (small.code, abroad.user, "flag-decision-maker")


async def test_a_proposer_does_not_decide_from_an_account_of_the_agency_that_was_named(service: Service) -> None:
    small, large, abroad, _ = await deciding(service)
    officer = await small.joined("practitioner")
    early = await flag_proposed_by(officer)
    asked = await large.first.does(f"/v1/users/{abroad.user}/links", {"otherUserId": officer.user, **WHY})
    await small.first.confirms({"id": asked["requestId"], "version": 1})
    late = await flag_proposed_by(officer)
    for flag in (early, late):
        refused = await abroad.post(f"/v1/flags/{flag['id']}/decision", decision(), "flag-governance", version=1)
        assert (refused.status_code, refused.json()["code"]) == (403, "proposer-cannot-decide")
        still = await officer.get(f"/v1/flags/{flag['id']}", "direct-care")
        assert (still.json()["state"], still.json()["version"]) == ("proposed", 1)


async def test_the_right_to_decide_for_another_ends_with_the_agreement_and_with_the_role(service: Service) -> None:
    small, large, abroad, agreed = await deciding(service)
    path, probe = f"/v1/agreements/{agreed['id']}/standing", f"/v1/flags/{uuid.uuid4()}"

    async def serves() -> bool:
        answer = await abroad.get(probe, "flag-governance")
        assert answer.status_code in {403, 404}
        return answer.status_code == 404

    assert await serves()
    await small.first.does(path, {"standing": "suspended", **WHY}, version=1)
    assert not await serves()
    await small.first.does(path, {"standing": "active", **WHY}, version=2)
    assert await serves()
    roles = (await large.first.get("/v1/role-assignments", user=abroad.user)).json()["roles"]
    (role,) = [each for each in roles if each["role"] == "flag-decision-maker"]
    await large.first.does(f"/v1/role-assignments/{role['id']}/end", WHY, version=1)
    assert not await serves(), "no longer a decision-maker at home"
    listed = [(await side.first.get("/v1/agreements")).json()["agreements"] for side in (small, large)]
    assert listed[0] == listed[1]
    assert (listed[0][0]["kind"], listed[0][0]["ownerAgency"]) == ("decides-for", small.code)
    await large.first.does(path, {"standing": "ended", **WHY}, version=3)
    stranger = (await founded(service)).first
    assert (await stranger.get(f"/v1/agreements/{agreed['id']}")).status_code == 404


async def test_the_board_may_be_named_and_oneself_may_not(service: Service, partner: Partner) -> None:
    asked = await partner.first.does("/v1/deciders", {"agency": BOARD, **WHY})
    assert asked["confirmingAgency"] == BOARD
    await seeded(service, BOARD, "agency-administrator").confirms(asked)
    decider = seeded(service, BOARD, "flag-decision-maker")
    abroad = Person(service, BOARD, decider.user, decider.client, acting_for=partner.code)
    assert (await abroad.get(f"/v1/flags/{uuid.uuid4()}", "flag-governance")).status_code == 404
    own = await partner.first.post("/v1/deciders", {"agency": partner.code, **WHY})
    assert fault(own) == (422, [("/agency", "inconsistent")])


async def test_staff_read_no_register(partner: Partner) -> None:
    officer = await partner.joined("practitioner", "flag-decision-maker", "dpo-ig")
    for path in ("/v1/users", "/v1/clients", "/v1/role-assignments", "/v1/agreements", "/v1/register-changes"):
        answer = await officer.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "access-denied"), path
    assert "Aled" not in json.dumps((await officer.get("/v1/users")).json())
