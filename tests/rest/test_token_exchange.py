"""Officers and systems come in through their own agency's directory: a real provider, and a hand-made one."""

import uuid
from datetime import timedelta

import pytest
from jose import jwt

from api.lifespan import State
from services.core.directory_claims import TokenKind
from services.core.token_claims import AccessClaims
from tests.factories.directories import ec_jwk, ec_key, rs256, rsa_jwk, rsa_key
from tests.fixtures.exchange import AGENCY, Bridge, Portal
from tests.fixtures.openid_provider import APP, JOB, OpenIdProvider
from tests.fixtures.service import Service, user_id


def read(service: Service, token: str) -> AccessClaims:
    state: State = service.app.state.rhannu
    return state.verifier.verify(token)


async def team_of(service: Service) -> uuid.UUID:
    """An accountable team of the health board, in the role of a practitioner."""
    team = uuid.uuid4()
    admin = await service.database.as_admin()
    await admin.execute("INSERT INTO rhannu.humans (id) VALUES ($1)", team)
    await admin.execute(
        "INSERT INTO rhannu.users (id, owner_agency, human_id, display_name, is_team) VALUES ($1, $2, $1, 'Team', true)",
        team, AGENCY,
    )  # fmt: skip
    await admin.execute(
        "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) "
        "VALUES ($1, $2, 'practitioner', '2020-01-01')",
        team, AGENCY,
    )  # fmt: skip
    await admin.close()
    return team


class TestRealProvider:
    """Discovery, keys, login, exchange, and a flag check with our token."""

    async def register(self, bridge: Bridge, provider: OpenIdProvider) -> str:
        found = provider.discover()
        made = await bridge.register({
            "agency": AGENCY, "issuer": found["issuer"], "audience": APP, "algorithms": ["RS256", "ES256"],
            "keySetUrl": found["jwks_uri"],
        })  # fmt: skip
        return str(made["id"])

    async def test_a_nurse_logs_in_at_home_and_checks_here(
        self, bridge: Bridge, openid_provider: OpenIdProvider
    ) -> None:
        directory = await self.register(bridge, openid_provider)
        nurse = user_id(AGENCY, "practitioner")
        tokens = openid_provider.log_in("nia.jones")
        subject = jwt.get_unverified_claims(tokens["id_token"])["sub"]
        assert (await bridge.log_in_as(directory, nurse, subject)).status_code == 201
        for kind, name, algorithm in (
            (TokenKind.ACCESS, "access_token", "RS256"),
            (TokenKind.LOGIN, "id_token", "ES256"),
            (TokenKind.JWT, "id_token", "ES256"),
        ):
            assert jwt.get_unverified_header(tokens[name])["alg"] == algorithm
            answer = await bridge.exchange(tokens[name], kind)
            assert answer.status_code == 200, answer.text
            given = answer.json()
            assert given["issued_token_type"] == TokenKind.ACCESS
            assert (given["token_type"], answer.headers["cache-control"]) == ("Bearer", "no-store")
            assert given["expires_in"] == 600
            assert jwt.get_unverified_header(given["access_token"])["typ"] == "at+jwt"
            assert (await bridge.check(given["access_token"])).status_code == 200
        event = (await bridge.service.events(client=bridge.client))[-1]
        assert (event["user"], event["action"]) == (str(nurse), "flag.checked")

    async def test_a_colleague_who_is_not_registered_gets_the_refusal_of_any_bad_token(
        self, bridge: Bridge, openid_provider: OpenIdProvider
    ) -> None:
        directory = await self.register(bridge, openid_provider)
        nia, tom = (openid_provider.log_in(name)["access_token"] for name in ("nia.jones", "tom.rees"))
        subject = jwt.get_unverified_claims(nia)["sub"]
        await bridge.log_in_as(directory, user_id(AGENCY, "practitioner"), subject)
        same = {"X-Request-ID": "same"}
        refused = await bridge.exchange(tom, headers=same)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
        stranger = Portal(bridge.service, client=bridge.client, keys=bridge.keys)
        assert (await stranger.exchange(stranger.token(), headers=same)).content == refused.content
        assert (await bridge.exchange(nia)).status_code == 200

    async def test_a_nightly_job_gets_a_token_for_its_team(
        self, bridge: Bridge, openid_provider: OpenIdProvider
    ) -> None:
        directory = await self.register(bridge, openid_provider)
        team = await team_of(bridge.service)
        assert (await bridge.log_in_as(directory, team, JOB)).status_code == 201
        answer = await bridge.exchange(openid_provider.application_token())
        assert answer.status_code == 200, answer.text
        said = read(bridge.service, answer.json()["access_token"])
        assert (said.subject, said.is_team, said.client_id) == (str(team), True, bridge.client)
        assert (await bridge.check(answer.json()["access_token"])).status_code == 200

    async def test_keys_change_without_an_outage(self, bridge: Bridge, openid_provider: OpenIdProvider) -> None:
        directory = await self.register(bridge, openid_provider)
        before = openid_provider.log_in("nia.jones")
        subject = jwt.get_unverified_claims(before["id_token"])["sub"]
        await bridge.log_in_as(directory, user_id(AGENCY, "practitioner"), subject)
        assert (await bridge.exchange(before["access_token"])).status_code == 200
        openid_provider.rotate()
        after = openid_provider.log_in("nia.jones")
        kids = [jwt.get_unverified_header(tokens["access_token"])["kid"] for tokens in (before, after)]
        assert kids[0] != kids[1]
        bridge.service.clock.offset += timedelta(seconds=31)
        assert (await bridge.exchange(after["access_token"])).status_code == 200, "a new key is taken at once"
        assert (await bridge.exchange(after["id_token"], TokenKind.LOGIN)).status_code == 200
        assert (await bridge.exchange(before["access_token"])).status_code == 200, "the old one is still published"
        openid_provider.retire()
        assert (await bridge.exchange(before["access_token"])).status_code == 200, "until the set is read again"
        bridge.service.clock.offset += timedelta(seconds=60)
        gone = await bridge.exchange(before["access_token"])
        assert (gone.status_code, gone.json()["code"]) == (400, "subject-token-invalid")
        assert (await bridge.exchange(after["access_token"])).status_code == 200

    async def test_a_directory_that_cannot_be_reached_is_no_bad_token(
        self, bridge: Bridge, openid_provider: OpenIdProvider
    ) -> None:
        token = openid_provider.log_in("nia.jones")["access_token"]
        await bridge.register({
            "agency": AGENCY, "issuer": openid_provider.issuer, "audience": APP, "algorithms": ["RS256"],
            "keySetUrl": "http://127.0.0.1:9/jwks.json",
        })  # fmt: skip
        answer = await bridge.exchange(token)
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"header": {"alg": "ES256", "kid": "e1"}}, {"header": {"typ": "at+jwt"}}, {"header": {"typ": None}},
        {"header": {"typ": "application/at+jwt"}}, {"header": {"x5t": "abc"}}, {"aud": ["api://rhannu"]},
        {"roles": ["a", "b"], "realm_access": {"roles": ["x"]}}, {"nbf": None}, {"typ": "Bearer"},
        {"exp": 1_000_000_000_000_000}, {"azp": None},
    ],
    ids=str,
)  # fmt: skip
async def test_what_directories_really_write_is_taken(portal: Portal, changes: dict[str, object]) -> None:
    if "exp" in changes:
        changes = {"exp": int(portal.now()) + 23 * 3_600}
    answer = await portal.exchange(portal.token(**changes))
    assert answer.status_code == 200, answer.text
    said = read(portal.service, answer.json()["access_token"])
    assert (said.subject, said.is_team, said.agency) == (str(portal.nurse), False, AGENCY)


async def test_one_login_serves_an_hour_of_tokens_but_no_request_serves_twice(portal: Portal) -> None:
    token = portal.token()
    first, second = await portal.exchange(token), await portal.exchange(token)
    assert first.json()["access_token"] != second.json()["access_token"]
    assertion = portal.assertion()
    assert (await portal.exchange(token, client_assertion=assertion)).status_code == 200
    replayed = await portal.exchange(token, client_assertion=assertion)
    assert (replayed.status_code, replayed.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("left", [599, 90, 2])
async def test_our_token_never_outlives_the_one_it_was_given_for(portal: Portal, left: int) -> None:
    ends = int(portal.now()) + left
    answer = await portal.exchange(portal.token(exp=ends))
    assert answer.json()["expires_in"] <= left
    assert read(portal.service, answer.json()["access_token"]).expires_at <= ends


async def test_a_token_asked_for_less_does_less(portal: Portal) -> None:
    answer = await portal.exchange(portal.token(), scope="person:read")
    assert answer.json()["scope"] == "person:read"
    assert (await portal.check(answer.json()["access_token"])).status_code == 403


async def test_roles_and_agencies_acted_for_are_the_register_s(portal: Portal) -> None:
    """Whatever the directory says of roles counts for nothing."""
    claims = {"roles": ["flag-decision-maker"], "groups": ["board-administrator"], "agency": "gwent-police"}
    token = (await portal.exchange(portal.token(**claims))).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Purpose-Of-Use": "staff-safety-visit"}
    elsewhere = await portal.service.http.get(
        f"/v1/persons/{uuid.uuid4()}", headers=headers | {"Acting-For-Agency": "gwent-police"}
    )
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "access-denied")
    assert (await portal.service.http.get(f"/v1/persons/{uuid.uuid4()}", headers=headers)).status_code == 404


async def test_keys_given_inline_are_replaced_by_amending(portal: Portal) -> None:
    fresh = rs256(rsa_key(2048, 7), portal.directory.header(kid="r7"), portal.directory.claims(portal.now()))
    assert (await portal.exchange(fresh)).status_code == 400
    await portal.amend(keySet={"keys": [rsa_jwk(rsa_key(2048, 7), "r7"), ec_jwk(ec_key(), "e1")]})
    assert (await portal.exchange(fresh)).status_code == 200
    assert (await portal.exchange(portal.token())).status_code == 400


async def test_the_metadata_names_the_grant(service: Service) -> None:
    told = (await service.http.get("/.well-known/oauth-authorization-server")).json()
    assert told["grant_types_supported"] == ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"]
