"""Every wrong way to exchange a token is refused with an OAuth error, issues nothing and stores nothing."""

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from prometheus_client import REGISTRY
from structlog.testing import CapturingLogger

from services.core.directory_claims import TokenKind
from tests.factories.directories import ec_jwk, ec_key, rs256, rsa_jwk, rsa_key
from tests.fixtures.exchange import AGENCY, Portal
from tests.fixtures.service import user_id
from tests.rest.rows import rows
from tests.security.directory_corpus import directory_tokens


def expect(answer: httpx.Response, error: str = "invalid_request", status: int = 400) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["error"] == error, problem
    assert answer.headers["cache-control"] == "no-store"
    assert "access_token" not in problem
    assert ("www-authenticate" in answer.headers) == (status == 401)
    return problem


async def refused(portal: Portal, token: str, kind: TokenKind | str = TokenKind.ACCESS, **form: str) -> dict[str, Any]:
    """See that a directory's token gets nothing, leaves nothing behind, and is not repeated."""
    before = await rows(portal.service)
    events = len(await portal.service.events())
    answer = await portal.exchange(token, kind, **form)
    problem = expect(answer)
    assert problem["code"] == "subject-token-invalid"
    assert await rows(portal.service) == before
    assert len(await portal.service.events()) == events
    assert not token or token not in answer.text
    return problem


async def test_none_of_the_bad_tokens_gets_anything(portal: Portal) -> None:
    before, events = await rows(portal.service), len(await portal.service.events())
    corpus = directory_tokens(portal.directory, portal.now())
    assert len(corpus) >= 130
    for name, bad in corpus.items():
        answer = await portal.exchange(bad.token, bad.kind)
        if bad.token:
            assert expect(answer)["code"] == "subject-token-invalid", name
            assert len(bad.token) < 20 or bad.token not in answer.text
        else:
            assert expect(answer)["code"] == "parameter-invalid", name
    assert await rows(portal.service) == before
    assert len(await portal.service.events()) == events


@pytest.mark.parametrize("name", ["exp past", "aud of two", "tenant of another", "typ logout+jwt"])
async def test_a_refusal_names_the_claim_at_fault(portal: Portal, name: str) -> None:
    """Whoever connects a directory must be able to mend it."""
    bad = directory_tokens(portal.directory, portal.now())[name]
    (error,) = (await refused(portal, bad.token))["errors"]
    assert error["pointer"] == f"/subject_token/{bad.fault}"


class TestOurOwnTokens:
    async def test_ours_is_not_exchanged_again(self, portal: Portal) -> None:
        ours = (await portal.exchange(portal.token())).json()["access_token"]
        for kind in TokenKind:
            await refused(portal, ours, kind)

    async def test_a_client_s_assertion_is_no_directory_s_token(self, portal: Portal) -> None:
        await refused(portal, portal.assertion(), TokenKind.JWT)

    async def test_a_directory_s_token_is_no_access_token_here(self, portal: Portal) -> None:
        answer = await portal.check(portal.token())
        assert (answer.status_code, answer.json()["code"]) == (401, "token-invalid")


class TestForms:
    @pytest.mark.parametrize(
        ("form", "error", "pointer"),
        [
            ({"scope": "person:read flag:decide"}, "invalid_scope", None),
            ({"scope": " "}, "invalid_scope", None),
            (
                {"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"},
                "invalid_request",
                "/subject_token_type",
            ),
            (
                {"subject_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
                "invalid_request",
                "/subject_token_type",
            ),
            ({"subject_token_type": "access_token"}, "invalid_request", "/subject_token_type"),
            (
                {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
                "invalid_request",
                "/requested_token_type",
            ),
            (
                {"requested_token_type": "urn:ietf:params:oauth:token-type:id_token"},
                "invalid_request",
                "/requested_token_type",
            ),
            ({"audience": "rhannu"}, "invalid_target", None),
            ({"audience": "another"}, "invalid_target", None),
            ({"resource": "https://elsewhere.example"}, "invalid_target", None),
            ({"actor_token": "eyJ"}, "invalid_request", "/actor_token"),
            (
                {"actor_token_type": "urn:ietf:params:oauth:token-type:jwt"},
                "invalid_request",
                "/actor_token_type",
            ),
            ({"colour": "blue"}, "invalid_request", None),
            ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}, "invalid_request", None),
        ],
        ids=str,
    )
    async def test_what_is_not_served_is_refused(
        self, portal: Portal, form: dict[str, str], error: str, pointer: str | None
    ) -> None:
        before = await rows(portal.service)
        problem = expect(await portal.exchange(portal.token(), **form), error)
        if pointer is not None:
            assert [each["pointer"] for each in problem["errors"]] == [pointer]
        assert await rows(portal.service) == before

    @pytest.mark.parametrize("missing", ["subject_token", "subject_token_type", "client_assertion", "grant_type"])
    async def test_what_is_missing_is_named(self, portal: Portal, missing: str) -> None:
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": portal.assertion(),
            "subject_token": portal.token(),
            "subject_token_type": TokenKind.ACCESS.value,
        }
        del form[missing]
        expect(await portal.service.http.post("/oauth2/token", data=form))

    async def test_two_subject_tokens_are_refused(self, portal: Portal) -> None:
        pairs = f"subject_token={portal.token()}&subject_token={portal.token(jti='x')}&grant_type=x"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        expect(await portal.service.http.post("/oauth2/token", content=pairs, headers=headers))

    async def test_the_other_grant_takes_no_subject_token(self, portal: Portal) -> None:
        """Or a client could believe that the token was looked at."""
        expect(await portal.exchange(portal.token(), grant_type="client_credentials"))


class TestClients:
    @pytest.mark.parametrize(
        "claims",
        [
            {"rhannu_user": "60258017-af47-4a94-a714-e98691965e00"}, {"rhannu_team": "t"}, {"rhannu_agency": "gwent-police"},
            {"aud": "https://elsewhere.example"}, {"exp": 1}, {"iss": "abuhb-system"}, {"sub": "abuhb-system"}, {"more": 1},
        ],
        ids=str,
    )  # fmt: skip
    async def test_the_client_proves_itself_and_names_nobody(self, portal: Portal, claims: dict[str, object]) -> None:
        answer = await portal.exchange(portal.token(), client_assertion=portal.assertion(**claims))
        assert expect(answer, "invalid_client", 401)["code"] == "client-assertion-invalid"

    async def test_a_stolen_token_is_worth_nothing_without_a_client_s_key(self, portal: Portal) -> None:
        thief = Portal(portal.service, client=portal.client, directory=portal.directory)
        expect(await thief.exchange(portal.token()), "invalid_client", 401)
        nobody = Portal(portal.service, directory=portal.directory)
        expect(await nobody.exchange(portal.token()), "invalid_client", 401)
        bare = await portal.exchange(portal.token(), client_assertion=portal.token())
        expect(bare, "invalid_client", 401)

    async def test_an_assertion_that_came_with_a_bad_token_is_used_up(self, portal: Portal) -> None:
        assertion = portal.assertion()
        expect(await portal.exchange(portal.token(aud="other"), client_assertion=assertion))
        expect(await portal.exchange(portal.token(), client_assertion=assertion), "invalid_client", 401)

    async def test_an_assertion_with_its_own_agency_may_say_so(self, portal: Portal) -> None:
        answer = await portal.exchange(portal.token(), client_assertion=portal.assertion(rhannu_agency=AGENCY))
        assert answer.status_code == 200

    async def test_another_agency_s_client_gets_nothing_for_this_directory(self, portal: Portal) -> None:
        other = Portal(portal.service, agency="wast", directory=portal.directory)
        await other.register_client()
        await refused(other, portal.token())


class TestRegister:
    async def change(self, portal: Portal, statement: str, *values: object) -> None:
        admin = await portal.service.database.as_admin()
        await admin.execute(statement, *values)
        await admin.close()

    @pytest.mark.parametrize(
        ("table", "column", "key"),
        [
            ("users", "suspended_at", "id"), ("users", "left_at", "id"), ("humans", "suspended_at", "id"),
            ("agencies", "suspended_at", "code"), ("clients", "suspended_at", "id"),
        ],
    )  # fmt: skip
    async def test_who_is_suspended_or_gone_gets_nothing(
        self, portal: Portal, table: str, column: str, key: str
    ) -> None:
        of = {"agencies": AGENCY, "clients": portal.client}.get(table, portal.nurse)
        try:
            await self.change(portal, f"UPDATE rhannu.{table} SET {column} = now() WHERE {key} = $1", of)
            answer = await portal.exchange(portal.token())
            if table in {"agencies", "clients"}:
                expect(answer, "invalid_client", 401)
            else:
                assert expect(answer)["code"] == "subject-token-invalid"
        finally:
            await self.change(portal, f"UPDATE rhannu.{table} SET {column} = NULL WHERE {key} = $1", of)
        assert (await portal.exchange(portal.token())).status_code == 200

    async def test_a_suspended_directory_s_tokens_are_refused_until_that_ends(self, portal: Portal) -> None:
        await portal.amend(suspended=True)
        await refused(portal, portal.token())
        await portal.amend(suspended=False)
        assert (await portal.exchange(portal.token())).status_code == 200

    async def test_whoever_holds_no_role_today_gets_nothing(self, portal: Portal) -> None:
        await self.change(
            portal, "UPDATE rhannu.user_roles SET valid_to = now() - interval '1 day' WHERE user_id = $1", portal.nurse
        )
        try:
            await refused(portal, portal.token())
        finally:
            await self.change(portal, "UPDATE rhannu.user_roles SET valid_to = NULL WHERE user_id = $1", portal.nurse)

    async def test_a_name_that_is_not_registered_gets_the_refusal_of_any_bad_token(self, portal: Portal) -> None:
        same = {"X-Request-ID": "same"}
        answers = [
            await portal.exchange(portal.token(oid=str(uuid.uuid4())), headers=same),
            await portal.exchange(portal.token(oid=portal.directory.subject.upper()), headers=same),
            await portal.exchange(portal.token(iss="https://login.nowhere.example"), headers=same),
        ]
        await portal.amend(suspended=True)
        answers.append(await portal.exchange(portal.token(), headers=same))
        assert {answer.status_code for answer in answers} == {400}
        assert len({answer.content for answer in answers}) == 1

    async def test_a_login_that_is_over_or_to_come_gives_nothing(self, portal: Portal) -> None:
        headers = portal.service.headers(AGENCY, "agency-administrator", "audit-quality")
        path = f"/v1/issuers/{portal.registered['id']}/logins"
        (login,) = (await portal.service.http.get(path, headers=headers)).json()["logins"]
        ended = await portal.service.http.patch(
            f"{path}/{login['id']}", json={"reason": "Moved to another team."}, headers=headers | {"If-Match": '"v1"'}
        )
        assert ended.status_code == 200, ended.text
        await refused(portal, portal.token())
        later = await portal.log_in_as(
            portal.registered["id"], portal.nurse, portal.directory.subject, validFrom="2999-01-01T00:00:00Z"
        )
        assert later.status_code == 201
        await refused(portal, portal.token())

    async def test_a_team_does_not_log_in_and_an_application_is_no_human(self, portal: Portal) -> None:
        await refused(portal, portal.token(idtyp="app"))
        await refused(portal, portal.token(azp="robot", sub="robot"))
        login = portal.token(azp=portal.directory.audience, nonce="n")
        assert (await portal.exchange(login, TokenKind.LOGIN)).status_code == 200
        await self.change(portal, "UPDATE rhannu.users SET is_team = true WHERE id = $1", portal.nurse)
        try:
            await refused(portal, login, TokenKind.LOGIN)
            await refused(portal, login, TokenKind.JWT)
            assert (await portal.exchange(portal.token(idtyp="app"))).status_code == 200
        finally:
            await self.change(portal, "UPDATE rhannu.users SET is_team = false WHERE id = $1", portal.nurse)

    async def test_a_user_who_is_another_agency_s_now_gets_nothing_by_the_old_login(self, portal: Portal) -> None:
        await self.change(portal, "UPDATE rhannu.users SET owner_agency = 'wast' WHERE id = $1", portal.nurse)
        try:
            await refused(portal, portal.token())
        finally:
            await self.change(portal, "UPDATE rhannu.users SET owner_agency = $2 WHERE id = $1", portal.nurse, AGENCY)


class _Published:
    """A key set at an address of loopback."""

    def __init__(self) -> None:
        published = self
        self.document: dict[str, Any] = {"keys": []}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = json.dumps(published.document).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/jwks.json"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def published() -> Iterator[_Published]:
    made = _Published()
    yield made
    made.server.shutdown()
    made.server.server_close()


SECP384 = ec.generate_private_key(ec.SECP384R1())


@pytest.mark.parametrize(
    "jwk",
    [
        rsa_jwk(rsa_key(), "r1", use="enc"), rsa_jwk(rsa_key(), "r1", alg="RS512"), rsa_jwk(rsa_key(1024), "r1"),
        rsa_jwk(rsa_key(), "r1", alg="RSA-OAEP"), rsa_jwk(rsa_key(), "r1", key_ops=["encrypt"]),
        rsa_jwk(rsa_key(), "r1", e="Aw"), {"kty": "oct", "kid": "r1", "alg": "RS256"},
        ec_jwk(ec_key(), "r1"), rsa_jwk(rsa_key(), "another"),
    ],
    ids=["use enc", "alg RS512", "1024 bits", "alg RSA-OAEP", "ops encrypt", "exponent 3", "oct", "an EC key", "no kid of it"],
)  # fmt: skip
async def test_a_published_key_that_is_not_for_this_verifies_nothing(
    portal: Portal, published: _Published, jwk: dict[str, Any]
) -> None:
    signed_by = rsa_key(1024) if len(jwk.get("n", "")) < 200 and "n" in jwk else rsa_key()
    token = rs256(signed_by, portal.directory.header(), portal.directory.claims(portal.now()))
    published.document = {"keys": [jwk]}
    await portal.amend(keySet=None, keySetUrl=published.address)
    await refused(portal, token)
    published.document = portal.directory.jwks()


async def test_beside_keys_for_other_uses_the_right_one_serves(portal: Portal, published: _Published) -> None:
    published.document = {"keys": [rsa_jwk(rsa_key(1024), "weak"), *portal.directory.jwks()["keys"]]}
    await portal.amend(keySet=None, keySetUrl=published.address)
    assert (await portal.exchange(portal.token())).status_code == 200


@pytest.mark.parametrize(
    "document",
    [{}, {"keys": {}}, {"keys": [1]}, {"keys": [{**rsa_jwk(rsa_key(), "r1"), "d": "AQAB"}]}, {"keys": [{**rsa_jwk(rsa_key(), "r1"), "n": "="}]}],
    ids=["no keys", "no list", "a number", "a private key", "a false modulus"],
)  # fmt: skip
async def test_a_published_set_that_cannot_be_trusted_is_an_outage_and_no_key(
    portal: Portal, published: _Published, document: dict[str, Any]
) -> None:
    published.document = document
    await portal.amend(keySet=None, keySetUrl=published.address)
    expect(await portal.exchange(portal.token()), "temporarily_unavailable", 503)


async def test_refusals_are_counted_by_code(portal: Portal) -> None:
    def count() -> float:
        return REGISTRY.get_sample_value("rhannu_token_requests_total", {"outcome": "subject-token-invalid"}) or 0.0

    before = count()
    await portal.exchange(portal.token(aud="other"))
    assert count() == before + 1


async def test_nobody_s_name_is_told_to_a_log(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    told = CapturingLogger()
    for module in ("services.agencies.exchange", "api.rest.tokens"):
        monkeypatch.setattr(f"{module}._log", told)
    await portal.exchange(portal.token())
    await portal.exchange(portal.token(oid="somebody-else"))
    assert [call.args for call in told.calls] == [("token.exchanged",), ("token.refused",)]
    said = repr(told.calls)
    assert "subject-token-invalid" in said
    for secret in (portal.directory.subject, "somebody-else", str(portal.nurse), "eyJ"):
        assert secret not in said


async def test_two_at_the_same_moment_register_one_login(portal: Portal) -> None:
    name = f"name-{uuid.uuid4()}"
    second = user_id(AGENCY, "practitioner", 2)
    first = await portal.log_in_as(portal.registered["id"], portal.nurse, name)
    again = await portal.log_in_as(portal.registered["id"], second, name)
    assert (first.status_code, again.status_code, again.json()["code"]) == (201, 409, "already-registered")
