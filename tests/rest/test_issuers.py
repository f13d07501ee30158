"""The Board registers agencies' directories, each agency says who its own users are, and nobody more."""

import json
import uuid
from typing import Any

import httpx
import pytest

from api.examples import EXAMPLES
from api.schemas.issuers import IssuersView, IssuerView, LoginsView, LoginView
from tests.factories.directories import Directory, ec_jwk, ec_key, rsa_jwk, rsa_key
from tests.fixtures.exchange import AGENCY, Portal
from tests.fixtures.service import Service, user_id
from tests.rest.rows import rows

BOARD = "gwent-safeguarding"
PURPOSE = "audit-quality"


def board(service: Service, **more: str) -> dict[str, str]:
    return service.headers(BOARD, "board-administrator", PURPOSE, idempotency_key=str(uuid.uuid4()), **more)


def administrator(service: Service, agency: str = AGENCY, **more: str) -> dict[str, str]:
    return service.headers(agency, "agency-administrator", PURPOSE, idempotency_key=str(uuid.uuid4()), **more)


def body(**changes: object) -> dict[str, Any]:
    directory = Directory(f"https://login.abuhb.example/{uuid.uuid4()}")
    good: dict[str, Any] = {
        "agency": AGENCY, "issuer": directory.issuer, "audience": directory.audience, "algorithms": ["RS256", "ES256"],
        "keySet": directory.jwks(), "subjectClaim": "oid",
        "requiredClaims": [{"claim": "tid", "values": ["tenant"]}, {"claim": "azp", "values": ["portal", "app"]}],
    } | changes  # fmt: skip
    return {name: value for name, value in good.items() if value is not None}


async def refused(answer: httpx.Response, pointer: str, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (422, "content-invalid"), answer.text
    assert (pointer, code) in [(each["pointer"], each["code"]) for each in answer.json()["errors"]], answer.text


class TestIssuers:
    async def test_registered_read_and_on_the_trail(self, service: Service) -> None:
        asked = board(service)
        made = await service.http.post("/v1/issuers", json=body(), headers=asked)
        assert made.status_code == 201, made.text
        issuer = made.json()
        assert (issuer["ownerAgency"], issuer["version"], made.headers["etag"]) == (AGENCY, 1, '"v1"')
        assert issuer["createdBy"] == str(user_id(BOARD, "board-administrator"))
        again = await service.http.post("/v1/issuers", json=json.loads(made.request.content), headers=asked)
        assert again.json()["id"] == issuer["id"], "the same key, the same directory"
        path = made.headers["location"]
        for headers in (board(service), administrator(service)):
            found = await service.http.get(path, headers=headers)
            assert found.json() == issuer
            listed = (await service.http.get("/v1/issuers", headers=headers)).json()["issuers"]
            assert issuer in listed
        event = next(
            e for e in await service.events(action="register.changed") if f"issuer:{issuer['id']}:1" in e["records"]
        )
        assert (event["agency"], event["owners"], event["subjects"]) == (BOARD, [AGENCY], [])

    async def test_another_agency_neither_sees_nor_finds_it(self, service: Service) -> None:
        path = (await service.http.post("/v1/issuers", json=body(), headers=board(service))).headers["location"]
        other = administrator(service, "wast") | {"X-Request-ID": "same"}
        hidden = await service.http.get(path, headers=other)
        absent = await service.http.get(f"/v1/issuers/{uuid.uuid4()}", headers=other)
        assert (hidden.status_code, hidden.content) == (404, absent.content)
        listed = (await service.http.get("/v1/issuers", headers=other)).json()["issuers"]
        assert path.rpartition("/")[2] not in [each["id"] for each in listed]
        login = await service.http.post(
            f"{path}/logins", json={"userId": str(user_id("wast", "practitioner")), "subject": "x"}, headers=other
        )
        assert login.status_code == 404

    async def test_the_role_alone_does_not_make_the_board(self, service: Service) -> None:
        """Whoever gave somebody the Board's role in another agency gave nothing."""
        before = await rows(service)
        asked = service.headers("wast", "board-administrator", PURPOSE, idempotency_key=str(uuid.uuid4()))
        await refused(await service.http.post("/v1/issuers", json=body(), headers=asked), "/agency", "not-found")
        await refused(
            await service.http.post("/v1/issuers", json=body(agency="wast"), headers=asked), "/agency", "not-found"
        )
        assert await rows(service) == before

    async def test_amended_with_a_reason_and_earlier_versions_kept(self, service: Service) -> None:
        made = await service.http.post("/v1/issuers", json=body(), headers=board(service))
        path, terms = made.headers["location"], made.json()["terms"]
        new = {"audience": "api://next", "algorithms": ["ES256"], "keySet": {"keys": [ec_jwk(ec_key(), "e1")]}}
        changed = await service.http.patch(
            path, json={**new, "suspended": True, "reason": "Moved to the new tenant."},
            headers=board(service, if_match='"v1"'),
        )  # fmt: skip
        assert changed.status_code == 200, changed.text
        found = changed.json()
        assert (found["version"], found["terms"]["audience"], found["terms"]["requiredClaims"]) == (2, "api://next", [])
        assert found["suspendedAt"] is not None
        stale = await service.http.patch(path, json={**new, "reason": "x"}, headers=board(service, if_match='"v1"'))
        assert stale.status_code == 412
        other = await service.http.patch(
            path, json={**new, "reason": "x"}, headers=administrator(service, if_match='"v2"')
        )
        assert (other.status_code, other.json()["code"]) == (403, "access-denied")
        admin = await service.database.as_admin()
        kept = await admin.fetch(
            "SELECT version, reason, content FROM rhannu.issuer_versions WHERE issuer_id = $1 ORDER BY version",
            uuid.UUID(found["id"]),
        )
        await admin.close()
        assert [(row["version"], row["reason"]) for row in kept] == [(1, "registered"), (2, "Moved to the new tenant.")]
        assert json.loads(kept[0]["content"])["audience"] == terms["audience"]

    async def test_once_per_agency_until_suspended(self, service: Service) -> None:
        first = body()
        made = await service.http.post("/v1/issuers", json=first, headers=board(service))
        again = await service.http.post("/v1/issuers", json=first, headers=board(service))
        assert (again.status_code, again.json()["code"]) == (409, "already-registered")
        shared = await service.http.post("/v1/issuers", json=first | {"agency": "wast"}, headers=board(service))
        assert shared.status_code == 201, "one directory may serve two agencies"
        terms = {key: first[key] for key in ("audience", "algorithms", "keySet")}
        await service.http.patch(
            made.headers["location"], json={**terms, "suspended": True, "reason": "Another claim."},
            headers=board(service, if_match='"v1"'),
        )  # fmt: skip
        other_claim = await service.http.post(
            "/v1/issuers", json=first | {"subjectClaim": "sub"}, headers=board(service)
        )
        assert other_claim.status_code == 201
        back = await service.http.patch(
            made.headers["location"], json={**terms, "reason": "Back."}, headers=board(service, if_match='"v2"')
        )
        assert (back.status_code, back.json()["code"]) == (409, "already-registered")

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"agency": "nowhere-cc"}, "/agency", "not-found"),
            ({"issuer": "http://login.example"}, "/issuer", "pattern"),
            ({"issuer": "https://login.example?x=1"}, "/issuer", "pattern"),
            ({"issuer": "https://login.example#x"}, "/issuer", "pattern"),
            ({"issuer": "https://user@login.example"}, "/issuer", "pattern"),
            ({"issuer": "login.example"}, "/issuer", "pattern"),
            ({"issuer": ""}, "/issuer", "pattern"),
            ({"issuer": "https://login.example/" + "x" * 480}, "/issuer", "too-long"),
            ({"subjectClaim": "iss"}, "/subjectClaim", "pattern"),
            ({"subjectClaim": "a b"}, "/subjectClaim", "pattern"),
            ({"audience": ""}, "/audience", "pattern"),
            ({"audience": "two words"}, "/audience", "pattern"),
            ({"algorithms": []}, "/algorithms", "required"),
            ({"algorithms": ["HS256"]}, "/algorithms/0", "pattern"),
            ({"algorithms": ["none", "RS256"]}, "/algorithms/0", "pattern"),
            ({"algorithms": ["RS256", "RS256"]}, "/algorithms", "duplicate"),
            ({"keySet": None}, "/keySetUrl", "required"),
            ({"keySetUrl": "https://login.example/jwks"}, "/keySetUrl", "inconsistent"),
            ({"keySet": {"keys": []}}, "/keySet", "too-few"),
            ({"keySet": {}}, "/keySet", "pattern"),
            ({"keySet": {"keys": [rsa_jwk(rsa_key(1024), "r1")]}}, "/keySet", "pattern"),
            ({"keySet": {"keys": [rsa_jwk(rsa_key(), "r1", use="enc")]}}, "/keySet", "pattern"),
            ({"keySet": {"keys": [{**ec_jwk(ec_key(), "e1"), "d": "AQAB"}]}}, "/keySet", "pattern"),
            ({"keySet": {"keys": [{"kty": "oct", "k": "AQAB", "kid": "o1"}]}}, "/keySet", "pattern"),
            ({"algorithms": ["ES256"]}, "/keySet", "pattern"),
            ({"requiredClaims": [{"claim": "aud", "values": ["x"]}]}, "/requiredClaims/0/claim", "pattern"),
            ({"requiredClaims": [{"claim": "tid", "values": []}]}, "/requiredClaims/0/values", "too-few"),
            ({"requiredClaims": [{"claim": "tid", "values": ["\u0000"]}]}, None, ""),
            ({"requiredClaims": [{"claim": "tid", "values": ["a"]}] * 2}, "/requiredClaims", "duplicate"),
            (
                {"requiredClaims": [{"claim": f"c{n}", "values": ["a"]} for n in range(11)]},
                "/requiredClaims",
                "too-many",
            ),
            (
                {"requiredClaims": [{"claim": "c", "values": [str(n) for n in range(21)]}]},
                "/requiredClaims/0/values",
                "too-many",
            ),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else str(value),  # keys differ in every run
    )
    async def test_what_could_not_be_trusted_is_refused_and_named(
        self, service: Service, changes: dict[str, object], pointer: str | None, code: str
    ) -> None:
        before = await rows(service)
        answer = await service.http.post("/v1/issuers", json=body(**changes), headers=board(service))
        if pointer is None:
            assert (answer.status_code, answer.json()["code"]) == (400, "body-malformed")
        else:
            await refused(answer, pointer, code)
        assert await rows(service) == before

    @pytest.mark.parametrize(
        ("address", "code"),
        [
            ("https://elsewhere.example/jwks", "out-of-range"), ("http://keys.example/jwks", "pattern"),
            ("https://169.254.169.254/latest", "out-of-range"), ("file:///etc/passwd", "pattern"),
            ("https://user@login.example/jwks", "pattern"), ("https://10.0.0.1/", "out-of-range"), ("", "pattern"),
        ],
    )  # fmt: skip
    async def test_keys_are_fetched_only_from_hosts_the_service_may_ask(
        self, service: Service, address: str, code: str
    ) -> None:
        asked = body(keySet=None, keySetUrl=address)
        await refused(
            await service.http.post("/v1/issuers", json=asked, headers=board(service)), "/keySetUrl", code
        )  # fmt: skip


class TestLogins:
    async def test_registered_listed_ended_and_on_the_trail(self, portal: Portal) -> None:
        service, path = portal.service, f"/v1/issuers/{portal.registered['id']}/logins"
        asked = administrator(service)
        name = f"oid-{uuid.uuid4()}"
        second = user_id(AGENCY, "practitioner", 2)
        made = await service.http.post(path, json={"userId": str(second), "subject": name}, headers=asked)
        assert made.status_code == 201, made.text
        login = made.json()
        assert (login["user"], login["subject"], login["validTo"]) == (str(second), name, None)
        listed = (await service.http.get(path, headers=administrator(service))).json()["logins"]
        assert {each["subject"] for each in listed} == {portal.directory.subject, name}
        page = await service.http.get(f"{path}?limit=1", headers=administrator(service))
        following = page.headers["link"].partition(">")[0].removeprefix("<")
        rest = (await service.http.get(following, headers=administrator(service))).json()["logins"]
        assert [*page.json()["logins"], *rest] == listed
        ended = await service.http.patch(
            f"{path}/{login['id']}", json={"reason": "Left the team."}, headers=administrator(service, if_match='"v1"')
        )
        assert ended.status_code == 200, ended.text
        assert (ended.json()["version"], ended.json()["endReason"]) == (2, "Left the team.")
        assert ended.json()["endedBy"] == str(user_id(AGENCY, "agency-administrator"))
        twice = await service.http.patch(
            f"{path}/{login['id']}", json={"reason": "Again."}, headers=administrator(service, if_match='"v2"')
        )
        assert twice.status_code == 412
        anew = await service.http.post(
            path, json={"userId": str(second), "subject": name}, headers=administrator(service)
        )
        assert anew.status_code == 201
        events = await service.events(action="register.changed", agency=AGENCY)
        named = [record for event in events for record in event["records"]]
        assert {f"login:{login['id']}:1", f"login:{login['id']}:2", f"user:{second}"} <= set(named)
        assert not any(name in json.dumps(event) for event in events), "no name of a directory stands on the trail"

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"subject": ""}, "/subject", "pattern"), ({"subject": "a b"}, "/subject", "pattern"),
            ({"subject": "nia@abuhb.example"}, "/subject", "pattern"), ({"subject": "ŵ"}, "/subject", "pattern"),
            ({"subject": "s" * 256}, "/subject", "pattern"),
            ({"userId": "5f0c6a2e-3a1b-4f0e-9c55-6d1f0f6d2b11"}, "/userId", "not-found"),
            ({"userId": str(user_id("wast", "practitioner"))}, "/userId", "not-found"),
        ],
    )  # fmt: skip
    async def test_only_own_users_by_lasting_names(
        self, portal: Portal, changes: dict[str, str], pointer: str, code: str
    ) -> None:
        before = await rows(portal.service)
        asked = {"userId": str(user_id(AGENCY, "practitioner", 2)), "subject": "x"} | changes
        answer = await portal.service.http.post(
            f"/v1/issuers/{portal.registered['id']}/logins", json=asked, headers=administrator(portal.service)
        )
        await refused(answer, pointer, code)
        assert await rows(portal.service) == before

    async def test_the_board_does_not_say_who_an_agency_s_users_are(self, portal: Portal) -> None:
        path = f"/v1/issuers/{portal.registered['id']}/logins"
        for method, content in (("POST", {"userId": str(portal.nurse), "subject": "x"}), ("GET", None)):
            answer = await portal.service.http.request(method, path, json=content, headers=board(portal.service))
            assert (answer.status_code, answer.json()["code"]) == (403, "access-denied")


class TestGuardedRoles:
    """One administrator alone lets nobody into a role that decides, oversees or administers."""

    async def confirm(self, portal: Portal, login: str, version: int = 1, number: int = 2) -> httpx.Response:
        asked = portal.service.headers(
            AGENCY, "agency-administrator", PURPOSE, number=number, if_match=f'"v{version}"',
            idempotency_key=str(uuid.uuid4()),
        )  # fmt: skip
        return await portal.service.http.post(
            f"/v1/issuers/{portal.registered['id']}/logins/{login}/confirmation", headers=asked
        )

    @pytest.mark.parametrize("role", ["flag-decision-maker", "dpo-ig", "agency-administrator"])
    async def test_a_login_that_leads_there_serves_once_a_second_one_confirmed_it(
        self, portal: Portal, role: str
    ) -> None:
        name = f"oid-{uuid.uuid4()}"
        made = await portal.log_in_as(portal.registered["id"], user_id(AGENCY, role), name)
        login = made.json()["id"]
        unconfirmed = await portal.exchange(portal.token(oid=name))
        assert (unconfirmed.status_code, unconfirmed.json()["code"]) == (400, "subject-token-invalid")
        alone = await self.confirm(portal, login, number=1)
        assert (alone.status_code, alone.json()["code"]) == (403, "second-person-needed")
        event = (await portal.service.events(action="register.changed", outcome="denied"))[-1]
        assert f"login_id:{login}" in event["records"]
        assert (await portal.exchange(portal.token(oid=name))).status_code == 400
        confirmed = await self.confirm(portal, login)
        assert confirmed.status_code == 200, confirmed.text
        assert confirmed.json()["confirmedBy"] == str(user_id(AGENCY, "agency-administrator", 2))
        assert (await portal.exchange(portal.token(oid=name))).status_code == 200
        assert (await self.confirm(portal, login, 2)).status_code == 412

    async def test_two_accounts_of_one_human_are_one_person(self, portal: Portal) -> None:
        made = await portal.log_in_as(portal.registered["id"], user_id(AGENCY, "dpo-ig"), f"oid-{uuid.uuid4()}")
        admin = await portal.service.database.as_admin()
        first, second = (user_id(AGENCY, "agency-administrator", number) for number in (1, 2))
        try:
            await admin.execute("UPDATE rhannu.users SET human_id = $1 WHERE id = $2", first, second)
            refusal = await self.confirm(portal, made.json()["id"])
            assert (refusal.status_code, refusal.json()["code"]) == (403, "second-person-needed")
        finally:
            await admin.execute("UPDATE rhannu.users SET human_id = $1 WHERE id = $1", second)
            await admin.close()

    async def test_a_role_given_later_asks_for_it_then(self, portal: Portal) -> None:
        assert (await portal.exchange(portal.token())).status_code == 200
        admin = await portal.service.database.as_admin()
        try:
            await admin.execute(
                "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) "
                "VALUES ($1, $2, 'flag-decision-maker', now() - interval '1 minute')",
                portal.nurse, AGENCY,
            )  # fmt: skip
            assert (await portal.exchange(portal.token())).status_code == 400
        finally:
            await admin.execute(
                "DELETE FROM rhannu.user_roles WHERE user_id = $1 AND role = 'flag-decision-maker'", portal.nurse
            )
            await admin.close()
        assert (await portal.exchange(portal.token())).status_code == 200


EXAMPLE_VIEWS = {
    "registerIssuer": IssuerView, "readIssuers": IssuersView, "readIssuer": IssuerView, "amendIssuer": IssuerView,
    "registerLogin": LoginView, "readLogins": LoginsView, "endLogin": LoginView, "confirmLogin": LoginView,
}  # fmt: skip


async def test_the_documents_examples_can_be_sent_as_they_are(service: Service) -> None:
    """In order: register, amend, register a login of a user of ours, end it; answers look as shown."""
    from_document = EXAMPLES["registerIssuer"].request
    assert isinstance(from_document, dict)
    sent = {**from_document, "issuer": f"{from_document['issuer']}/{uuid.uuid4()}", "keySetUrl": "http://127.0.0.1:9/k"}
    made = await service.http.post("/v1/issuers", json=sent, headers=board(service))
    assert made.status_code == 201, made.text
    path, amendment = made.headers["location"], EXAMPLES["amendIssuer"].request
    assert isinstance(amendment, dict)
    changed = await service.http.patch(
        path, json={**amendment, "keySetUrl": "http://127.0.0.1:9/k"}, headers=board(service, if_match='"v1"')
    )
    assert changed.status_code == 200, changed.text
    login = EXAMPLES["registerLogin"].request
    assert isinstance(login, dict)
    agency = from_document["agency"]
    named = await service.http.post(
        f"{path}/logins", json=login | {"userId": str(user_id(agency, "practitioner"))},
        headers=administrator(service, agency),
    )  # fmt: skip
    assert named.status_code == 201, named.text
    second = service.headers(
        agency, "agency-administrator", PURPOSE, number=2, if_match='"v1"', idempotency_key=str(uuid.uuid4())
    )
    confirmed = await service.http.post(f"{path}/logins/{named.json()['id']}/confirmation", headers=second)
    assert confirmed.status_code == 200, confirmed.text
    ended = await service.http.patch(
        f"{path}/logins/{named.json()['id']}", json=EXAMPLES["endLogin"].request,
        headers=administrator(service, agency, if_match='"v2"'),
    )  # fmt: skip
    assert ended.status_code == 200, ended.text
    real = {
        "registerIssuer": made, "readIssuers": await service.http.get("/v1/issuers", headers=board(service)),
        "readIssuer": await service.http.get(path, headers=board(service)), "amendIssuer": changed,
        "registerLogin": named, "confirmLogin": confirmed, "endLogin": ended,
        "readLogins": await service.http.get(f"{path}/logins", headers=administrator(service, agency)),
    }  # fmt: skip
    for name, answer in real.items():
        assert answer.json().keys() == EXAMPLES[name].response.keys(), name  # type: ignore[union-attr]  # an object
        EXAMPLE_VIEWS[name].model_validate_json(answer.content)
