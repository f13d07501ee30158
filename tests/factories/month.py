"""Agencies of one story's own, its clock in the past month, and an ear on everything that each of them is answered."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
from jose import jwt

from domain.dates import local_date, start_of_day
from tests.factories.flags import assessment, terms
from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service, seed_agency
from tests.rest.rows import rows

BEGAN_DAYS_AGO = 26
"""So that what an officer has explained is past, as the trail's time is, and a sealed door is opened in a night ahead."""
BORN = "1971-03-04"
GOVERNANCE, SAFEGUARDING, QUALITY = "flag-governance", "adult-safeguarding", "audit-quality"
SUMMARY = """
query Summary($id: UUID!) { personSummary(id: $id) {
  id version flagCount names { kind family given }
  flags(first: 10) { id ownerAgency state sentence { en cy } }
  contacts(first: 10) { agency phone } incidents(first: 10) { agency total }
  agencies(first: 10) { code name { en cy } } } }
"""


@dataclass(frozen=True)
class Cast:
    """The agencies of the story, by what they are; nobody else's records are near theirs."""

    housing: str
    council: str
    police: str
    ambulance: str
    charity: str

    @property
    def all(self) -> tuple[str, ...]:
        return (self.housing, self.council, self.police, self.ambulance, self.charity)


@dataclass(frozen=True)
class Heard:
    """One answer, to whom it went and what it was to."""

    agency: str
    call: str
    status: int
    said: str


@dataclass
class Month:
    """The story under way: `service` speaks through the ear; `clock` is moved by days from the first."""

    service: Service
    cast: Cast
    began: date
    heard: list[Heard] = field(default_factory=list)

    def at(self, day: int, hour: int = 9, minute: int = 0) -> datetime:
        """Move the clock to an hour, in local time, of a day of the story."""
        moment = start_of_day(self.day(day)) + timedelta(hours=hour, minutes=minute)
        self.service.clock.offset = moment - datetime.now(UTC)
        return moment

    def now(self) -> None:
        """Let the story have come to the present."""
        self.service.clock.offset = timedelta(0)

    def day(self, number: int) -> date:
        return self.began + timedelta(days=number)

    async def call(
        self, agency: str, role: str, method: str, path: str, body: Any = None, *, purpose: str = SAFEGUARDING,
        number: int = 1, version: int | None = None, **params: Any,
    ) -> httpx.Response:  # fmt: skip
        headers = self.service.creating(agency, role, purpose, number=number)
        if version is not None:
            headers["If-Match"] = f'"v{version}"'
        return await self.service.http.request(method, path, json=body, headers=headers, params=params)

    async def does(self, *asked: Any, **more: Any) -> dict[str, Any]:
        """Call what must succeed."""
        answer = await self.call(*asked, **more)
        assert answer.is_success, answer.text
        return dict(answer.json())

    @asynccontextmanager
    async def nothing_changes(self) -> AsyncGenerator[None]:
        before = await rows(self.service)
        yield
        assert await rows(self.service) == before

    async def refused(self, status: int, code: str, *asked: Any, **more: Any) -> httpx.Response:
        """Call what must be refused, with this code, and must change nothing."""
        async with self.nothing_changes():
            answer = await self.call(*asked, **more)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        return answer

    async def check(
        self, agency: str, entry: dict[str, Any], *, role: str = "practitioner", purpose: str = "staff-safety-visit"
    ) -> dict[str, Any]:
        """Ask before contact: the line's answer, and the check's number."""
        answer = await self.does(agency, role, "POST", "/v1/flag-checks", {"entries": [entry]}, purpose=purpose)
        return {**answer["entries"][0], "checkId": answer["checkId"]}

    async def trail(self, agency: str, naming: str | None = None, **query: Any) -> list[dict[str, Any]]:
        """What an agency's data protection officer finds, newest first; only events that name a reference."""
        page = await self.does(
            agency, "dpo-ig", "GET", "/v1/audit/events", purpose=QUALITY, limit=200, **query,
        )  # fmt: skip
        return [each for each in page["events"] if naming is None or naming in str((each["records"], each["hinted"]))]

    async def actions(self, agency: str, naming: str, **query: Any) -> set[tuple[str, str]]:
        """By whom what was done, as far as an officer may know it."""
        found = await self.trail(agency, naming, **query)
        return {(each["agency"], each["action"]) for each in found}

    def heard_by_others(self, owner: str) -> list[Heard]:
        return [each for each in self.heard if each.agency != owner]


async def listened(service: Service) -> Month:
    """Enter the agencies and listen to everything that is answered from here on."""
    suffix = uuid.uuid4().hex[:6]
    kinds = {
        "housing": "housing", "council": "local-authority", "police": "police", "ambulance": "ambulance",
        "charity": "third-sector",
    }  # fmt: skip
    codes = {name: f"{name}-{suffix}" for name in kinds}
    admin = await service.database.as_admin()
    async with admin.transaction():
        for name, kind in kinds.items():
            await seed_agency(admin, codes[name], kind)
    await admin.close()
    service.reread_directory()
    heard: list[Heard] = []

    async def hear(response: httpx.Response) -> None:
        await response.aread()
        claims = jwt.get_unverified_claims(response.request.headers["authorization"].removeprefix("Bearer "))
        call = f"{response.request.method} {response.request.url.path}"
        told = "\n".join((response.text, *(f"{name}: {value}" for name, value in response.headers.items())))
        heard.append(Heard(str(claims["agency"]), call, response.status_code, told))

    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=service.app, raise_app_exceptions=False),  # type: ignore[arg-type]  # an application is callable
        base_url="http://rhannu.test",
        event_hooks={"response": [hear]},
    )
    began = local_date(datetime.now(UTC)) - timedelta(days=BEGAN_DAYS_AGO)
    return Month(replace(service, http=client), Cast(**codes), began, heard)


@dataclass(frozen=True)
class Somebody:
    """A person of the story: how they are identified, and each agency's record of them."""

    identity: dict[str, str]
    names: list[dict[str, Any]]
    records: dict[str, str] = field(default_factory=dict)

    @property
    def family(self) -> str:
        return str(self.names[0]["family"])

    def entry(self) -> dict[str, Any]:
        return {"identity": self.identity}


def somebody(given: str) -> Somebody:
    names = [{"family": f"Gwrach{uuid.uuid4().hex[:8]}", "given": [given]}]
    return Somebody({"nhsNumber": nhs_number(), "birthDate": BORN}, names)


async def known_to(month: Month, person: Somebody, agency: str, **content: Any) -> str:
    """Let an agency register somebody, and keep which record it is."""
    body = {"names": person.names, **person.identity, **content}
    made = await month.does(agency, "practitioner", "POST", "/v1/persons", body)
    person.records[agency] = str(made["id"])
    return person.records[agency]


async def warned_of(
    month: Month, agency: str, about: Somebody, adult: Somebody, account: dict[str, Any], **chosen: Any
) -> dict[str, Any]:
    """An active flag, whose incident was met yesterday and which two people of an agency proposed and decided."""
    today = local_date(month.service.clock())
    cited = await month.does(agency, "practitioner", "POST", "/v1/incidents", account)
    proposal = {
        "subject": {"personId": about.records[agency]}, "category": "threat-violence", "incidents": [cited["id"]],
        "reason": "Colleagues will call there next week.",
    }  # fmt: skip
    flag = await month.does(agency, "practitioner", "POST", "/v1/flags", proposal)
    seen = {"who": "Her own nurse", "how": "At the surgery, alone with her", "by": str(today + timedelta(days=10))}
    decision = {
        "outcome": "activate", "reason": "A credible threat with a weapon.", "category": "threat-violence",
        "assessment": assessment(), "terms": terms(**chosen), "adultSeen": [seen],
        "notification": {"kind": "withheld-risk", "reason": "Telling him now would put his aunt at risk."},
    }  # fmt: skip
    return await month.does(
        agency, "flag-decision-maker", "POST", f"/v1/flags/{flag['id']}/decision", decision, purpose=GOVERNANCE,
        version=flag["version"],
    )  # fmt: skip
