"""A system proves itself with a signed assertion and gets a token for the human it names, and nobody else."""

import dataclasses
import json
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from jose import jwt
from prometheus_client import REGISTRY

from api.limiter import Limiter
from services.core.keys import SigningKeys, generate_signing_key
from tests.fixtures.service import Service, user_id

ISSUER = "http://127.0.0.1:8000"


def form(assertion: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }


@dataclass
class Partner:
    """A partner's system: its client id, key and user."""

    service: Service
    client: str
    keys: SigningKeys
    user: str

    def assertion(self, **changes: object) -> str:
        now = int(time.time())
        claims = {
            "iss": self.client, "sub": self.client, "aud": ISSUER, "iat": now, "exp": now + 60,
            "jti": str(uuid.uuid4()), "rhannu_agency": "gwent-police", "rhannu_user": self.user,
        } | changes  # fmt: skip
        key = self.keys.keys[0]
        return jwt.encode(
            {name: value for name, value in claims.items() if value is not None},
            key.private_jwk(), algorithm="ES256", headers={"kid": key.kid},
        )  # fmt: skip

    async def ask(self, assertion: str, **more: str):
        return await self.service.http.post("/oauth2/token", data=form(assertion) | more)


@pytest.fixture
async def partner(service: Service) -> AsyncIterator[Partner]:
    keys = SigningKeys((generate_signing_key(),))
    client = f"niche-{uuid.uuid4().hex[:8]}"
    admin = await service.database.as_admin()
    await admin.execute(
        "INSERT INTO rhannu.clients (id, owner_agency, name, key_set, scopes) VALUES ($1, 'gwent-police', $1, $2, $3)",
        client, json.dumps(keys.jwks()), ["person:read", "person:register", "check:run"],
    )  # fmt: skip
    yield Partner(service, client, keys, str(user_id("gwent-police", "practitioner")))
    await admin.close()


async def test_a_system_gets_a_token_for_its_officer_and_uses_it(partner: Partner) -> None:
    answer = await partner.ask(partner.assertion())
    assert answer.status_code == 200, answer.text
    assert answer.json()["expires_in"] <= 600
    assert answer.headers["cache-control"] == "no-store"
    made = await partner.service.http.post(
        "/v1/persons",
        json={"names": [{"family": "Tocyn", "given": ["Ann"]}], "birthDate": "1960-01-01"},
        headers={
            "Authorization": f"Bearer {answer.json()['access_token']}",
            "Purpose-Of-Use": "crime-prevention",
            "Idempotency-Key": str(uuid.uuid4()),
        },
    )
    assert made.status_code == 201, made.text
    event = (await partner.service.events(client=partner.client))[-1]
    assert event["user"] == partner.user


async def test_an_assertion_is_used_once(partner: Partner) -> None:
    assertion = partner.assertion()
    assert (await partner.ask(assertion)).status_code == 200
    again = await partner.ask(assertion)
    assert again.status_code == 401
    assert again.json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "http://elsewhere.example"},
        {"exp": 1},
        {"iss": "abuhb-system"},
        {"jti": None},
        {"rhannu_agency": "abuhb"},
        {"rhannu_user": "60258017-af47-4a94-a714-e98691965e00"},
        {"rhannu_user": "not-a-uuid"},
    ],
    ids=str,
)
async def test_what_is_not_in_order_is_refused_alike(partner: Partner, changes: dict[str, object]) -> None:
    answer = await partner.ask(partner.assertion(**changes))
    assert answer.status_code == 401, answer.text
    assert answer.json()["code"] == "client-assertion-invalid"


async def test_an_unknown_client_and_a_foreign_key_look_the_same(partner: Partner) -> None:
    stranger = Partner(partner.service, "nobody-here", SigningKeys((generate_signing_key(),)), partner.user)
    forger = Partner(partner.service, partner.client, SigningKeys((generate_signing_key(),)), partner.user)
    answers = [await each.ask(each.assertion()) for each in (stranger, forger)]
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].json()["code"] == answers[1].json()["code"]


async def test_a_scope_beyond_the_registration_is_refused(partner: Partner) -> None:
    answer = await partner.ask(partner.assertion(), scope="person:read flag:decide")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize("table", ["clients", "users", "humans", "agencies"])
async def test_suspension_acts_on_the_next_request(partner: Partner, table: str) -> None:
    service = partner.service
    key = {"clients": partner.client, "users": uuid.UUID(partner.user), "humans": uuid.UUID(partner.user)}.get(
        table, "gwent-police"
    )
    column = "code" if table == "agencies" else "id"
    token = (await partner.ask(partner.assertion())).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Purpose-Of-Use": "staff-safety-visit"}
    body = {"entries": [{"uprn": "100100000001"}]}
    assert (await service.http.post("/v1/flag-checks", json=body, headers=headers)).status_code == 200
    admin = await service.database.as_admin()
    try:
        await admin.execute(f"UPDATE rhannu.{table} SET suspended_at = now() WHERE {column} = $1", key)
        assert (await service.http.post("/v1/flag-checks", json=body, headers=headers)).status_code == 403
        read = await service.http.get(f"/v1/persons/{uuid.uuid4()}", headers=headers)
        assert read.status_code == 403
        assert (await partner.ask(partner.assertion())).status_code == 401
    finally:
        await admin.execute(f"UPDATE rhannu.{table} SET suspended_at = NULL WHERE {column} = $1", key)
        await admin.close()


async def test_a_key_name_it_does_not_have_and_a_client_that_is_not_give_the_same_bytes(partner: Partner) -> None:
    stranger = Partner(partner.service, "nobody-here", SigningKeys((generate_signing_key(),)), partner.user)
    forger = Partner(partner.service, partner.client, SigningKeys((generate_signing_key(),)), partner.user)
    headers = {"X-Request-ID": "same"}
    bodies = set()
    for each in (stranger, forger):
        bodies.add(
            (await partner.service.http.post("/oauth2/token", data=form(each.assertion()), headers=headers)).content
        )
    assert len(bodies) == 1


async def test_a_person_is_not_a_team_nor_a_team_a_person(partner: Partner) -> None:
    as_team = partner.assertion(rhannu_user=None, rhannu_team=partner.user)
    assert (await partner.ask(as_team)).status_code == 401
    admin = await partner.service.database.as_admin()
    try:
        await admin.execute("UPDATE rhannu.users SET is_team = true WHERE id = $1", uuid.UUID(partner.user))
        assert (await partner.ask(partner.assertion())).status_code == 401
        assert (await partner.ask(partner.assertion(rhannu_user=None, rhannu_team=partner.user))).status_code == 200
    finally:
        await admin.execute("UPDATE rhannu.users SET is_team = false WHERE id = $1", uuid.UUID(partner.user))
        await admin.close()


async def test_a_client_id_beside_the_assertion_must_be_the_same(partner: Partner) -> None:
    assert (await partner.ask(partner.assertion(), client_id="abuhb-system")).status_code == 401
    assert (await partner.ask(partner.assertion(), client_id=partner.client)).status_code == 200


async def test_a_token_asked_for_less_does_less(partner: Partner) -> None:
    service = partner.service
    answer = await partner.ask(partner.assertion(), scope="person:read")
    assert answer.json()["scope"] == "person:read"
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}", "Purpose-Of-Use": "staff-safety-visit"}
    check = await service.http.post("/v1/flag-checks", json={"entries": [{"uprn": "100100000001"}]}, headers=headers)
    assert (check.status_code, check.json()["code"]) == (403, "access-denied")
    event = (await service.events(client=partner.client))[-1]
    assert (event["action"], event["outcome"]) == ("flag.checked", "denied")
    made = await service.http.post("/v1/persons", json={}, headers=headers | {"Idempotency-Key": "k"})
    assert made.status_code in {403, 422}
    assert (await service.http.get(f"/v1/persons/{uuid.uuid4()}", headers=headers)).status_code == 404


@pytest.mark.parametrize(
    ("raw", "media_type", "status", "error"),
    [
        (b"", "application/x-www-form-urlencoded", 400, "invalid_request"),
        (b"grant_type=client_credentials", "application/x-www-form-urlencoded", 400, "invalid_request"),
        (b"grant_type=a&grant_type=b", "application/x-www-form-urlencoded", 400, "invalid_request"),
        (b"grant_type=a&colour=blue", "application/x-www-form-urlencoded", 400, "invalid_request"),
        (b"grant_type=%ff&scope=a", "application/x-www-form-urlencoded", 400, "invalid_request"),
        ("grant_type=ŵ".encode(), "application/x-www-form-urlencoded", 400, "invalid_request"),
        (b"{}", "application/json", 415, "invalid_request"),
        (
            b"grant_type=password&client_assertion_type=x&client_assertion=y",
            "application/x-www-form-urlencoded", 400, "unsupported_grant_type",
        ),
        (
            b"grant_type=client_credentials&client_assertion_type=x&client_assertion=y",
            "application/x-www-form-urlencoded", 401, "invalid_client",
        ),
    ],
)  # fmt: skip
async def test_a_bad_form_is_a_problem_that_oauth_libraries_understand(
    service: Service, raw: bytes, media_type: str, status: int, error: str
) -> None:
    answer = await service.http.post("/oauth2/token", content=raw, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in answer.headers) == (status == 401)


async def test_attempts_are_counted_by_client_and_for_all(partner: Partner) -> None:
    app, now = partner.service.app, time.time
    known = app.state.rhannu
    try:
        app.state.rhannu = dataclasses.replace(known, token_limiter=Limiter(1, now))
        assert (await partner.ask(partner.assertion())).status_code == 200
        refused = await partner.ask(partner.assertion())
        assert (refused.status_code, refused.json()["error"]) == (429, "temporarily_unavailable")
        assert int(refused.headers["retry-after"]) > 0
        app.state.rhannu = dataclasses.replace(known, token_budget=Limiter(0, now))
        assert (await partner.ask("not even an assertion")).status_code == 429
    finally:
        app.state.rhannu = known


async def test_refusals_are_counted_by_code(partner: Partner) -> None:
    def count() -> float:
        return REGISTRY.get_sample_value("rhannu_token_requests_total", {"outcome": "client-assertion-invalid"}) or 0.0

    before = count()
    await partner.ask(partner.assertion(aud="http://elsewhere.example"))
    assert count() == before + 1


async def test_keys_and_metadata_are_public(service: Service) -> None:
    keys = await service.http.get("/.well-known/jwks.json")
    assert keys.headers["cache-control"] == "public, max-age=300"
    assert all("d" not in key for key in keys.json()["keys"])
    told = (await service.http.get("/.well-known/oauth-authorization-server")).json()
    assert told["issuer"] == ISSUER
    assert told["token_endpoint"] == f"{ISSUER}/oauth2/token"
