"""Bringing in a register over HTTP, as one who prepares it and another who approves it."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.factories.registers import begin_body
from tests.fixtures.service import Service

AGENCY = "newport-cc"
LEAD, DECIDER = "safeguarding-lead", "flag-decision-maker"
GOVERNANCE = "flag-governance"
PATH = "/v1/flag-imports"


@dataclass
class Importing:
    """One import of one agency."""

    service: Service
    agency: str = AGENCY
    view: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"{PATH}/{self.view['id']}"

    async def begin(self, **changes: Any) -> "Importing":
        headers = self.service.creating(self.agency, LEAD, GOVERNANCE)
        self._keep(await self.service.http.post(PATH, json=begin_body(**changes), headers=headers), 201)
        return self

    async def send(self, raw: bytes, **more: Any) -> httpx.Response:
        headers = self.service.headers(self.agency, LEAD, GOVERNANCE, **more) | self.if_match()
        headers["Content-Type"] = "text/csv"
        return await self.service.http.put(f"{self.path}/file", content=raw, headers=headers)

    async def received(self, raw: bytes) -> "Importing":
        self._keep(await self.send(raw), 200)
        return self

    async def step(
        self, name: str, body: dict[str, Any] | None = None, role: str = LEAD, **more: Any
    ) -> httpx.Response:
        headers = self.service.creating(self.agency, role, GOVERNANCE, **more)
        headers |= {} if body is None else self.if_match()
        return await self.service.http.post(f"{self.path}/{name}", json=body, headers=headers)

    def if_match(self) -> dict[str, str]:
        return {"If-Match": f'"v{self.view["version"]}"'}

    async def checked(self) -> "Importing":
        while self.view["state"] == "received":
            self._keep(await self.step("dry-run"), 200)
        assert self.view["state"] == "checked"
        return self

    async def approved(self) -> "Importing":
        self._keep(await self.step("approval", {"reason": "I compared the dry run with our list."}, DECIDER), 200)
        return self

    async def run(self) -> "Importing":
        while self.view["state"] == "approved":
            self._keep(await self.step("run"), 200)
        assert self.view["state"] == "done"
        return self

    async def whole(self, raw: bytes) -> "Importing":
        """From the file to the warnings."""
        await self.received(raw)
        await self.checked()
        await self.approved()
        return await self.run()

    async def read(self) -> dict[str, Any]:
        headers = self.service.headers(self.agency, LEAD, GOVERNANCE)
        self._keep(await self.service.http.get(self.path, headers=headers), 200)
        return self.view

    async def rows(self, limit: int = 500, **query: Any) -> list[dict[str, Any]]:
        """Every row, page by page."""
        found: list[dict[str, Any]] = []
        headers = self.service.headers(self.agency, LEAD, GOVERNANCE)
        answer = await self.service.http.get(f"{self.path}/rows", params={"limit": limit, **query}, headers=headers)
        while True:
            assert answer.status_code == 200, answer.text
            found += answer.json()["rows"]
            if "next" not in answer.links:
                return found
            answer = await self.service.http.get(answer.links["next"]["url"], headers=headers)

    def _keep(self, answer: httpx.Response, status: int) -> None:
        assert answer.status_code == status, answer.text
        self.view = answer.json()
        assert answer.headers["etag"] == f'"v{self.view["version"]}"'


def told(rows: list[dict[str, Any]], key: str = "expected") -> list[dict[str, Any]]:
    """What rows come to, without ids."""
    return [
        {
            "row": row["row"],
            "outcome": row[key],
            "issues": sorted((issue["field"], issue["code"]) for issue in row["issues"]),
            "sameAs": row["sameAs"],
            "registers": row["registers"],
        }
        for row in rows
    ]
