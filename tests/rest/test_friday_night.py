"""A Friday night and what follows, as it is told in docs/friday-night.md: every step by the person whose step it is."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.core.settings import Settings
from services.db.engine import make_engine
from services.flags.clocks import chase_duties
from services.worker import Worker
from tests.factories.flags import adult_seen, assessment, decision, incident, terms
from tests.factories.numbers import nhs_number
from tests.fixtures.fault_proxy import Fault
from tests.fixtures.line import BadLine, behind_a_line
from tests.fixtures.service import Service, user_id
from tests.rest.test_flag_notices import notice

COUNCIL, NEIGHBOUR, AMBULANCE = "newport-cc", "caerphilly-cbc", "wast"
GOVERNANCE = "flag-governance"


class Week:
    """The story's clock: hours of a Friday and a Monday that lie ahead, in winter, when local time is UTC."""

    def __init__(self, service: Service) -> None:
        self._service = service
        today = date.today()
        ahead = (4 - today.weekday()) % 7 or 7
        friday = today + timedelta(days=ahead)
        while friday.month not in {1, 2, 11, 12}:
            friday += timedelta(days=7)
        self.friday = friday

    def at(self, days: int, hour: int, minute: int) -> datetime:
        moment = datetime.combine(self.friday + timedelta(days=days), time(hour, minute), UTC)
        self._service.clock.offset = moment - datetime.now(UTC)
        return moment


@pytest.fixture
async def engine(service: Service) -> AsyncIterator[AsyncEngine]:
    made = make_engine(service.database.doors.worker, pool_size=1, statement_timeout_ms=20_000)
    yield made
    await made.dispose()


@pytest.fixture
async def line(service: Service, settings: Settings) -> AsyncIterator[BadLine]:
    async with behind_a_line(service, settings, connect_timeout_seconds=0.3, check_seconds=1.0) as bad:
        yield bad


@pytest.fixture
async def duty_team(service: Service) -> AsyncIterator[uuid.UUID]:
    """One desk at night for several councils: somebody of one of them, in a role for another too."""
    user = user_id(COUNCIL, "duty-desk", 2)
    admin = await service.database.as_admin()
    await admin.execute("UPDATE rhannu.clients SET acting_for = $2 WHERE id = $1", f"{COUNCIL}-system", [NEIGHBOUR])
    await admin.execute(
        "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) VALUES ($1, $2, 'duty-desk', '2020-01-01')",
        user, NEIGHBOUR,
    )  # fmt: skip
    yield user
    await admin.execute("DELETE FROM rhannu.user_roles WHERE user_id = $1 AND owner_agency = $2", user, NEIGHBOUR)
    await admin.execute("UPDATE rhannu.clients SET acting_for = '{}' WHERE id = $1", f"{COUNCIL}-system")
    await admin.close()


async def post(
    service: Service, path: str, body: object, agency: str, role: str, purpose: str, **more: Any
) -> httpx.Response:
    number, version = more.pop("number", 1), more.pop("version", None)
    headers = service.creating(agency, role, purpose, number=number)
    if version is not None:
        headers["If-Match"] = f'"v{version}"'
    return await service.http.post(path, json=body, headers=headers | more)


async def made(*asked: Any, **more: Any) -> dict[str, Any]:
    answer = await post(*asked, **more)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def first(service: Service, entry: dict[str, object], agency: str, role: str, purpose: str, **more: Any) -> Any:
    answer = await made(service, "/v1/flag-checks", {"entries": [entry]}, agency, role, purpose, **more)
    return answer["entries"][0], answer["checkId"]


@pytest.mark.requirement("G-1.3-5")
async def test_a_friday_night(service: Service, engine: AsyncEngine, line: BadLine, duty_team: uuid.UUID) -> None:
    week = Week(service)
    number, uprn = nhs_number(), str(100_000_000_000 + uuid.uuid4().int % 899_999_999_999)
    home = {"line1": "4 Heol y Bont", "uprn": uprn}
    week.at(0, 9, 0)
    mother = await made(
        service, "/v1/persons", _person("Mair", addresses=[home]), COUNCIL, "practitioner", "direct-care"
    )
    son = await made(
        service,
        "/v1/persons",
        _person("Rhodri", nhsNumber=number, addresses=[home], language="en"),
        COUNCIL,
        "practitioner",
        "direct-care",
    )

    # 19:10 a worker is assaulted; 19:11 the duty manager's marker warns.
    assaulted_at = week.at(0, 19, 10)
    week.at(0, 19, 11)
    body = {
        "subject": {"personId": son["id"]}, "category": "threat-violence", "controls": ["police-present"],
        "sentence": {"en": "Do not go in without police; ring the duty manager."},
    }  # fmt: skip
    marker = await made(service, "/v1/flags/markers", body, COUNCIL, "duty-manager", "emergency-response")
    own, _ = await first(service, {"personId": mother["id"]}, COUNCIL, "practitioner", "staff-safety-visit")
    assert (own["outcome"], own["warnings"][0]["about"]) == ("warnings", "may-be-present")

    # 19:30 the out-of-hours team acts for the neighbouring council.
    week.at(0, 19, 30)
    identity = {"identity": {"nhsNumber": number, "birthDate": "1971-03-04"}}
    told, _ = await first(
        service, identity, COUNCIL, "duty-desk", "staff-safety-visit", number=2, **{"Acting-For-Agency": NEIGHBOUR}
    )
    assert (told["outcome"], told["warnings"]) == ("contact-before-visit", [])
    assert told["contacts"][0]["agency"] == COUNCIL

    # 21:00 an ambulance is sent to the address.
    week.at(0, 21, 0)
    told, _ = await first(service, {"uprn": uprn}, AMBULANCE, "practitioner", "emergency-response")
    assert (told["outcome"], told["contacts"][0]["agency"]) == ("contact-before-visit", COUNCIL)

    # 22:00 the database is gone: everybody still knows what to do.
    week.at(0, 22, 0)
    headers = service.headers(AMBULANCE, "practitioner", "emergency-response")
    known = await line.service.http.post("/v1/flag-checks", json={"entries": [{"uprn": uprn}]}, headers=headers)
    assert known.status_code == 200, known.text
    line.proxy.arm(Fault("refuse"))
    lost = await line.service.http.post("/v1/flag-checks", json={"entries": [{"uprn": uprn}]}, headers=headers)
    assert (lost.status_code, lost.json()["outcome"]) == (503, "unavailable")
    assert lost.json()["dutyContact"]["agency"] == AMBULANCE
    assert lost.json()["dutyContact"]["phone"]
    numbers = await line.service.http.get("/v1/duty-contacts")
    assert numbers.status_code == 200
    line.proxy.arm()

    # Monday: the evidence is recorded, and somebody else decides.
    week.at(3, 9, 0)
    account = incident(
        son["id"], adultAtRisk=mother["id"], behaviourOf="family-member", occurredAt=assaulted_at.isoformat(),
        towardsAgency=COUNCIL, grade="actual-violence", behaviourTypes=["violence"],
    )  # fmt: skip
    cited = await made(service, "/v1/incidents", account, COUNCIL, "practitioner", "direct-care")
    flag = f"/v1/flags/{marker['id']}"
    evidence = {"incidents": [cited["id"]], "reason": "He hit a colleague on Friday."}
    await made(service, f"{flag}/evidence", evidence, COUNCIL, "practitioner", "direct-care", version=1)
    by_maker = await post(service, f"{flag}/decision", decision(), COUNCIL, "duty-manager", GOVERNANCE, version=2)
    assert by_maker.status_code == 403
    telling = {"kind": "to-be-told", "on": (week.friday + timedelta(days=10)).isoformat(), "routeChecked": True}
    seen = adult_seen(by=(week.friday + timedelta(days=5)).isoformat())
    decided = await made(
        service, f"{flag}/decision",
        decision(reason="A colleague was hit.", notification=telling, adultSeen=seen, terms=terms(controls=["police-present"])),
        COUNCIL, "flag-decision-maker", GOVERNANCE, version=2,
    )  # fmt: skip
    assert (decided["state"], decided["lapsesAt"]) == ("active", None)
    told, check = await first(service, {"uprn": uprn}, AMBULANCE, "practitioner", "emergency-response")
    assert told["warnings"][0]["controls"][0]["code"] == "police-present"

    # The letter; the challenge; the reduction; the holder learns of it.
    letter = await made(
        service, f"{flag}/notices", notice(decided, delivery={"adultThere": "yes", "route": "meeting"}),
        COUNCIL, "flag-decision-maker", GOVERNANCE,
    )  # fmt: skip
    assert letter["id"]
    week.at(7, 10, 0)
    contest = {"challenger": "subject", "channel": "telephone", "grounds": "I pushed past; I hit nobody."}
    contested = await made(service, f"{flag}/challenges", contest, COUNCIL, "dpo-ig", "subject-rights", version=3)
    assert "contested" in contested["badges"]
    told, _ = await first(service, {"uprn": uprn}, AMBULANCE, "practitioner", "emergency-response")
    assert "contested" in told["warnings"][0]["badges"]
    answer = {
        "outcome": "upheld-in-part", "reason": "One witness saw a push.", "assessment": assessment(),
        "terms": terms(controls=["joint"]),
        "adultSeen": adult_seen(by=(week.friday + timedelta(days=20)).isoformat()),
    }  # fmt: skip
    reduced = await made(
        service, f"{flag}/challenges/answer", answer, COUNCIL, "flag-decision-maker", GOVERNANCE, number=2, version=4
    )
    assert reduced["badges"] == []
    headers = service.headers(AMBULANCE, "practitioner", "emergency-response")
    changes = (await service.http.get(f"/v1/flag-checks/{check}/changes", headers=headers)).json()
    (changed,) = changes["warnings"]
    assert changed["standing"] == "changed"
    assert "joint" in str(changed)

    # One that nobody decided ends by itself, after it was put before more and more people.
    other = await made(
        service, "/v1/flags/markers", body | {"subject": {"personId": mother["id"]}}, COUNCIL, "duty-manager",
        "emergency-response",
    )  # fmt: skip
    worker = Worker(engine, clock=service.clock)
    for hours in (0, 50, 70):
        service.clock.offset = datetime.combine(week.friday + timedelta(days=7), time(10, 0), UTC) - datetime.now(UTC)
        service.clock.offset += timedelta(hours=hours)
        while await chase_duties(engine, service.clock()):
            pass  # a round takes a hundred flags, and other stories' are due as well
    headers = service.headers(COUNCIL, "safeguarding-lead", GOVERNANCE)
    owed = (await service.http.get("/v1/flag-duties?limit=200", headers=headers)).json()["flags"]
    (mine,) = [each for each in owed if each["id"] == other["id"]]
    assert len(mine["duties"][0]["chased"]) == 3
    service.clock.offset += timedelta(hours=2, minutes=1)
    await worker.round()
    headers = service.headers(COUNCIL, "duty-manager", "emergency-response")
    ended = (await service.http.get(f"/v1/flags/{other['id']}", headers=headers)).json()
    assert (ended["state"], ended["ending"]["kind"]) == ("removed", "lapsed")
    still = (await service.http.get(flag, headers=headers)).json()
    assert still["state"] == "active"


def _person(given: str, **content: object) -> dict[str, object]:
    return {
        "names": [{"family": f"Penri{uuid.uuid4().hex[:6]}", "given": [given]}],
        "birthDate": "1971-03-04",
        **content,
    }
