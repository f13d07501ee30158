"""Agencies of one's own for tests of the register: founded over the API, with administrators who were confirmed."""

import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from domain.ids import AgencyCode, ClientId
from services.core.keys import SigningKeys, generate_signing_key
from services.core.token_claims import SubjectType
from tests.fixtures.service import Service, user_id

BOARD = "gwent-safeguarding"
QUALITY = "audit-quality"
WHY = {"reason": "Agreed with the head of service."}


def key_set() -> dict[str, Any]:
    return dict(SigningKeys((generate_signing_key(),)).jwks())


@dataclass(frozen=True)
class Person:
    """Somebody who calls: for an agency, by a user of the register, through a system."""

    service: Service
    agency: str
    user: str
    client: str
    acting_for: str | None = None

    def headers(self, purpose: str = QUALITY, *, version: int | None = None, key: str | None = None) -> dict[str, str]:
        token, _ = self.service.issuer.issue(
            ClientId(self.client), AgencyCode(self.agency), self.user, SubjectType.HUMAN, self.service.scopes
        )
        headers = {
            "Authorization": f"Bearer {token}",
            "Purpose-Of-Use": purpose,
            "Idempotency-Key": key or str(uuid.uuid4()),
        }
        if version is not None:
            headers["If-Match"] = f'"v{version}"'
        if self.acting_for is not None:
            headers["Acting-For-Agency"] = self.acting_for
        return headers

    async def get(self, path: str, purpose: str = QUALITY, **params: Any) -> httpx.Response:
        return await self.service.http.get(path, params=params, headers=self.headers(purpose))

    async def post(
        self,
        path: str,
        body: dict[str, Any],
        purpose: str = QUALITY,
        *,
        version: int | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        headers = self.headers(purpose, version=version, key=key)
        return await self.service.http.post(path, json=body, headers=headers)

    async def patch(self, path: str, body: dict[str, Any], *, version: int | None = None) -> httpx.Response:
        return await self.service.http.patch(path, json=body, headers=self.headers(version=version))

    async def does(self, path: str, body: dict[str, Any], *, version: int | None = None) -> dict[str, Any]:
        """Post what must succeed."""
        answer = await self.post(path, body, version=version)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def confirms(self, request: dict[str, Any], outcome: str = "confirm") -> dict[str, Any]:
        path = f"/v1/register-requests/{request['id']}/decision"
        return await self.does(path, {"outcome": outcome, **WHY}, version=request["version"])


def seeded(service: Service, agency: str, role: str, number: int = 1) -> Person:
    """Somebody of the region that the tests share; do not change their standing."""
    return Person(service, agency, str(user_id(agency, role, number)), f"{agency}-system")


@dataclass(frozen=True)
class Partner:
    """An agency of one test's own, and its two administrators."""

    service: Service
    code: str
    first: Person
    second: Person

    def person(self, user: str) -> Person:
        return Person(self.service, self.code, user, f"{self.code}-system")

    async def joined(self, *roles: str, is_team: bool = False) -> Person:
        """Register somebody and give them roles, confirmed where that is needed."""
        made = await self.first.does("/v1/users", {"displayName": "Aled Test", "isTeam": is_team})
        for role in roles:
            given = await self.first.does("/v1/role-assignments", {"userId": made["id"], "role": role, **WHY})
            if given["state"] == "pending":
                await self.second.confirms(given)
        return self.person(made["id"])


async def alone(service: Service) -> tuple[str, Person]:
    """Found an agency that has one administrator."""
    board, other = (seeded(service, BOARD, "board-administrator", number) for number in (1, 2))
    code = f"partner-{uuid.uuid4().hex[:8]}"
    name = {"en": "Partner Homes", "cy": "Cartrefi Partner"}
    await board.does("/v1/agencies", {"code": code, "name": name, "type": "housing", "dutyPhone": "01632 960123"})
    system = {"id": f"{code}-system", "name": "Register desk", "keySet": key_set()}
    body = {"displayName": "Rhian Test", "system": system, **WHY}
    request = await board.does(f"/v1/agencies/{code}/administrator", body)
    await other.confirms(request)
    admin = await service.database.as_admin()
    try:  # a test's system may do everything; its people are what is tested
        await admin.execute("UPDATE rhannu.clients SET scopes = $2 WHERE id = $1", f"{code}-system", service.scopes)
    finally:
        await admin.close()
    return code, Person(service, code, request["userId"], f"{code}-system")


async def founded(service: Service) -> Partner:
    """Found an agency that has two administrators; the Board confirms the second, since the first is alone."""
    code, first = await alone(service)
    made = await first.does("/v1/users", {"displayName": "Gwyn Test"})
    asked = await first.does("/v1/role-assignments", {"userId": made["id"], "role": "agency-administrator", **WHY})
    assert asked["state"] == "pending"
    await seeded(service, BOARD, "board-administrator").confirms(asked)
    return Partner(service, code, first, Person(service, code, made["id"], f"{code}-system"))
