"""A data protection officer asks who has seen a person, when, for whom and why."""

import asyncio
import csv
import io
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.audit import repository
from services.audit.filing import file_events
from services.db.engine import make_engine
from tests.fixtures.service import Service, user_id
from tests.fixtures.trail import Trail

PURPOSE = "audit-quality"


@pytest.fixture
async def trail(service: Service) -> AsyncIterator[Trail]:
    connection = await service.database.as_admin()
    yield Trail(connection)
    await connection.close()


@pytest.fixture
async def engine(service: Service) -> AsyncIterator[AsyncEngine]:
    made = make_engine(service.database.doors.worker, pool_size=2, statement_timeout_ms=20_000)
    yield made
    await made.dispose()


async def drained(engine: AsyncEngine) -> None:
    while await file_events(engine):
        pass


async def ask(service: Service, agency: str, role: str = "dpo-ig", /, **filters: object) -> httpx.Response:
    params = {name.rstrip("_"): str(value) for name, value in filters.items()}
    return await service.http.get("/v1/audit/events", params=params, headers=service.headers(agency, role, PURPOSE))


async def found(service: Service, agency: str, role: str = "dpo-ig", /, **filters: object) -> list[dict[str, Any]]:
    answer = await ask(service, agency, role, **filters)
    assert answer.status_code == 200, answer.text
    return answer.json()["events"]


def ids(events: list[dict[str, Any]]) -> list[str]:
    return [event["id"] for event in events]


@pytest.mark.requirement("G-3.2-2")
async def test_who_saw_this_person_is_answered_alike_before_and_after_filing(
    service: Service, trail: Trail, engine: AsyncEngine
) -> None:
    person = await trail.person("gwent-police")
    flag = f"flag:{await trail.flag('gwent-police')}:3"
    about: dict[str, Any] = {"subjects": [person], "owners": ["gwent-police"]}
    read = await trail.write("gwent-police", "person.read", **about)
    matched = await trail.write("abuhb", "flag.checked", records=[flag], purpose="scheduled-check", **about)
    shown = await trail.write("abuhb", "check.displayed", records=[flag], **about)
    taken = await trail.write("abuhb", "check.acknowledged", records=[flag], **about)
    asked = {"subject": person, "to": "2999-12-31"}
    before = (await found(service, "gwent-police", **asked))[-4:]
    await drained(engine)
    after = (await found(service, "gwent-police", **asked))[-4:]
    assert before == after
    assert ids(after) == [str(event) for event in (taken, shown, matched, read)]
    assert [event["kind"] for event in after] == ["acknowledged", "displayed", "matched", "read"]
    match = after[2]
    assert (match["agency"], match["purpose"], match["roles"]) == ("abuhb", "scheduled-check", ["practitioner"])
    assert match["user"] == str(user_id("abuhb", "practitioner"))
    assert match["subjects"] == [str(person)]
    assert match["records"] == [flag]


async def test_every_filter_narrows_before_and_after_filing(
    service: Service, trail: Trail, engine: AsyncEngine
) -> None:
    person = await trail.person("swfrs")
    about: dict[str, Any] = {"subjects": [person], "owners": ["swfrs"]}
    one = await trail.write("wast", "person.amended", role="line-manager", purpose="direct-care", **about)
    two = await trail.write("pobl", "flag.read", outcome="not-found", **about)
    today = (await trail.connection.fetchval("SELECT (now() AT TIME ZONE 'Europe/London')::date")).isoformat()
    only_one: list[dict[str, object]] = [
        {"agency": "wast"}, {"user": user_id("wast", "line-manager")}, {"action": "person.amended"},
        {"outcome": "ok", "operation": "alteration"}, {"purpose": "direct-care"}, {"operation": "alteration"},
    ]  # fmt: skip
    for _ in range(2):
        for narrow in only_one:
            assert ids(await found(service, "swfrs", subject=person, **narrow)) == [str(one)], narrow
        both = {str(one), str(two)}
        assert both <= set(ids(await found(service, "swfrs", subject=person, from_=today, to=today)))
        assert not both & set(ids(await found(service, "swfrs", subject=person, to="2020-01-01")))
        assert not both & set(ids(await found(service, "swfrs", subject=person, from_="2999-01-01")))
        refused = await found(service, "swfrs", subject=person, outcome="not-found")
        assert [event["kind"] for event in refused] == ["nothing-found"]
        await drained(engine)


@pytest.mark.parametrize("is_filed", [False, True])
async def test_others_access_shows_only_what_concerns_ones_own_records(
    service: Service, trail: Trail, engine: AsyncEngine, is_filed: bool
) -> None:
    mine, theirs = await trail.person("gwent-police"), await trail.person("newport-cc")
    my_flag, their_flag = f"flag:{await trail.flag('gwent-police')}:3", f"flag:{await trail.flag('newport-cc')}:3"
    hint = f"flag:{await trail.flag('caerphilly-cbc')}:3"
    event = str(await trail.write(
        "abuhb", "flag.checked", subjects=[mine, theirs], records=[my_flag, their_flag], hinted=[hint],
        owners=["gwent-police", "newport-cc", "caerphilly-cbc"], request="their-own-reference",
    ))  # fmt: skip
    if is_filed:
        await drained(engine)
    seen = next(each for each in await found(service, "gwent-police", subject=mine) if each["id"] == event)
    assert (seen["subjects"], seen["records"], seen["owners"]) == ([str(mine)], [my_flag], ["gwent-police"])
    assert (seen["hinted"], seen["request"], seen["agency"]) == ([], "", "abuhb")
    # Asking for somebody else's person does not tell that they stood on one list with one's own.
    assert await found(service, "gwent-police", subject=theirs, agency="abuhb") == []
    own = next(each for each in await found(service, "abuhb", action="flag.checked") if each["id"] == event)
    assert set(own["subjects"]) == {str(mine), str(theirs)}
    assert set(own["records"]) == {my_flag, their_flag}
    assert own["hinted"] == [], "what was hidden from the asker stays unnamed"
    holder = next(each for each in await found(service, "caerphilly-cbc", agency="abuhb") if each["id"] == event)
    assert (holder["hinted"], holder["records"], holder["subjects"]) == ([hint], [], [])


async def test_an_unrelated_agency_sees_nothing_and_the_boards_auditor_everything(
    service: Service, trail: Trail, engine: AsyncEngine
) -> None:
    person = await trail.person("gwent-police")
    event = await trail.write("abuhb", "person.read", subjects=[person], owners=["gwent-police"])
    for _ in range(2):
        assert await found(service, "pobl", subject=person, action="person.read") == []
        assert str(event) not in ids(await found(service, "pobl", limit=200))
        assert str(event) not in ids(await found(service, "gwent-safeguarding", limit=200)), "its DPO is no auditor"
        assert await found(service, "pobl", "auditor", subject=person, action="person.read") == []
        board = await found(service, "gwent-safeguarding", "auditor", subject=person, action="person.read")
        assert [(each["id"], each["subjects"]) for each in board] == [(str(event), [str(person)])]
        await drained(engine)


async def test_denied_empty_and_not_found_are_there(service: Service) -> None:
    await service.http.get(f"/v1/persons/{uuid.uuid4()}", headers=service.headers("wast", "practitioner"))
    await service.http.post(
        "/v1/persons/search",
        json={"family": f"Nemo{uuid.uuid4().hex[:8]}", "birthDate": "1950-01-01"},
        headers=service.headers("wast", "practitioner"),
    )
    await service.http.get(f"/v1/persons/{uuid.uuid4()}", headers=service.headers("wast", "auditor"))
    events = await found(service, "wast", agency="wast", limit=200)
    kinds = {(event["action"], event["outcome"], event["kind"]) for event in events}
    assert ("person.read", "not-found", "nothing-found") in kinds
    assert ("person.searched", "empty", "nothing-found") in kinds
    assert ("person.read", "denied", "refused") in kinds


async def test_the_question_itself_is_on_the_trail(service: Service, trail: Trail) -> None:
    person = await trail.person("swfrs")
    await trail.write("abuhb", "person.read", subjects=[person], owners=["swfrs"])
    assert len(await found(service, "swfrs", subject=person)) == 1
    events = await found(service, "swfrs", subject=person)
    assert [event["kind"] for event in events] == ["trail-read", "read"]
    assert (events[0]["action"], events[0]["subjects"]) == ("audit.read", [str(person)])
    detail = await trail.connection.fetchval(
        "SELECT detail FROM audit.detail WHERE event_id = $1", uuid.UUID(events[0]["id"])
    )
    assert json.loads(detail) == {"subject": str(person)}
    nobody = await ask(service, "swfrs", from_="2999-01-01")
    assert nobody.json()["events"] == []
    assert (await service.events(action="audit.read", outcome="empty"))[-1]["agency"] == "swfrs"


async def test_reading_the_trail_names_the_people_read_about(service: Service, trail: Trail) -> None:
    person = await trail.person("swfrs")
    event = await trail.write("abuhb", "person.read", subjects=[person], owners=["swfrs"])
    assert str(event) in ids(await found(service, "swfrs", agency="abuhb", action="person.read", limit=200))
    assert str(person) in (await service.events(action="audit.read"))[-1]["subjects"]
    # ... but a reading of that reading does not give them again, unless asked for by name.
    readings = await found(service, "swfrs", action="audit.read", agency="swfrs", limit=1)
    assert readings[0]["subjects"] == []
    assert (await found(service, "swfrs", subject=person, action="audit.read"))[-1]["subjects"] == [str(person)]


@pytest.mark.parametrize("role", ["practitioner", "safeguarding-lead", "flag-decision-maker", "board-administrator"])
async def test_other_roles_are_refused_and_the_attempt_is_on_the_trail(service: Service, role: str) -> None:
    before = len(await service.events(action="audit.read", outcome="denied"))
    person = uuid.uuid4()
    answer = await ask(service, "pobl", role, subject=person)
    assert (answer.status_code, answer.json()["code"]) == (403, "access-denied")
    denied = await service.events(action="audit.read", outcome="denied")
    assert len(denied) == before + 1
    assert (denied[-1]["agency"], denied[-1]["user"]) == ("pobl", str(user_id("pobl", role)))
    assert denied[-1]["records"] == [f"person:{person}"]
    export = await service.http.post(
        "/v1/audit/exports", json={"format": "csv"}, headers=service.headers("pobl", role, PURPOSE)
    )
    assert export.status_code == 403


async def test_a_purpose_that_does_not_fit_is_refused(service: Service) -> None:
    headers = service.headers("pobl", "dpo-ig", "staff-safety-visit")
    answer = await service.http.get("/v1/audit/events", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "purpose-not-permitted")


async def test_pages_have_no_gap_and_no_double_while_events_arrive_and_are_filed(
    service: Service, trail: Trail, engine: AsyncEngine
) -> None:
    person = await trail.person("caerphilly-cbc")
    about: dict[str, Any] = {"subjects": [person], "owners": ["caerphilly-cbc"]}
    written = [str(await trail.write("abuhb", "person.read", **about)) for _ in range(23)]
    await asyncio.gather(file_events(engine, limit=11))
    collected: list[str] = []
    headers = service.headers("caerphilly-cbc", "dpo-ig", PURPOSE)
    url: str | None = f"/v1/audit/events?subject={person}&action=person.read&limit=4"
    while url is not None:
        answer = await service.http.get(url, headers=headers)
        collected += ids(answer.json()["events"])
        link = answer.headers.get("link")
        assert (link is None) == (answer.json()["next"] is None)
        url = None if link is None else link.split(">")[0].removeprefix("<")
        await trail.write("abuhb", "person.read", **about)
        await file_events(engine, limit=7)
    assert collected == written[::-1]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "subject=x", "action=person.eaten", "after=1", "after=0.0", "from=yesterday",
     "purpose=curiosity", "nonsense=1", "to=9999-12-31", "agency=%00", "offset=3"],
)  # fmt: skip
async def test_bad_parameters_are_named_and_nothing_is_answered(service: Service, query: str) -> None:
    headers = service.headers("pobl", "dpo-ig", PURPOSE)
    answer = await service.http.get(f"/v1/audit/events?{query}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "parameter-invalid")
    assert answer.json()["errors"][0]["pointer"] == "/" + query.split("=", maxsplit=1)[0]


async def test_days_in_the_wrong_order_are_refused(service: Service) -> None:
    answer = await ask(service, "pobl", from_="2026-02-01", to="2026-01-01")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/to"


async def test_exports_say_what_the_pages_say_and_no_cell_is_a_formula(service: Service, trail: Trail) -> None:
    person = await trail.person("newport-cc")
    for request in ("=HYPERLINK(1)", "plain"):
        await trail.write("newport-cc", "person.read", subjects=[person], owners=["newport-cc"], request=request)
    pages = await found(service, "newport-cc", subject=person, action="person.read")
    headers = service.headers("newport-cc", "dpo-ig", "subject-rights")
    wanted = {"subject": str(person), "action": "person.read"}
    lines = await service.http.post("/v1/audit/exports", json={**wanted, "format": "ndjson"}, headers=headers)
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in lines.text.splitlines()] == pages
    table = await service.http.post("/v1/audit/exports", json={**wanted, "format": "csv"}, headers=headers)
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["id"] for row in rows] == ids(pages)
    assert [row["request"] for row in rows] == ["plain", "'=HYPERLINK(1)"]
    assert [row["subjects"] for row in rows] == [str(person)] * 2
    exported = (await service.events(action="audit.exported"))[-1]
    assert (exported["operation"], exported["subjects"]) == ("disclosure", [str(person)])


async def test_a_heavy_export_ends_its_part_early_and_goes_on(
    service: Service, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "HEAVIEST", 1500)
    person = await trail.person("newport-cc")
    written = [str(await trail.write("abuhb", "flag.read", subjects=[person], owners=["newport-cc"])) for _ in range(7)]
    body: dict[str, Any] = {"subject": str(person), "action": "flag.read", "format": "ndjson"}
    parts: list[list[str]] = []
    while not parts or "after" in body:
        headers = service.headers("newport-cc", "dpo-ig", PURPOSE)
        answer = await service.http.post("/v1/audit/exports", json=body, headers=headers)
        parts.append([json.loads(line)["id"] for line in answer.text.splitlines()])
        body.pop("after", None)
        if "next-cursor" in answer.headers:
            body["after"] = answer.headers["next-cursor"]
    assert [each for part in parts for each in part] == written[::-1]
    assert max(map(len, parts)) < 7


async def test_a_long_export_comes_in_parts(service: Service, trail: Trail) -> None:
    person = await trail.person("newport-cc")
    written = [str(await trail.write("abuhb", "flag.read", subjects=[person], owners=["newport-cc"])) for _ in range(5)]
    headers = service.headers("newport-cc", "dpo-ig", PURPOSE)
    body: dict[str, Any] = {"subject": str(person), "action": "flag.read", "format": "ndjson", "limit": 3}
    first = await service.http.post("/v1/audit/exports", json=body, headers=headers)
    body["after"] = first.headers["next-cursor"]
    second = await service.http.post("/v1/audit/exports", json=body, headers=headers)
    assert "next-cursor" not in second.headers
    lines = first.text.splitlines() + second.text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == written[::-1]


async def test_the_auditors_role_reads_no_content_and_nothing_without_a_context(service: Service, trail: Trail) -> None:
    await trail.write("abuhb", "person.read", subjects=[await trail.person("abuhb")], detail="asked")
    connection = await service.database.as_role("rhannu_auditor")
    try:
        for table in ("audit.pending", "audit.event", "audit.subject"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
        for table in ("person_records", "flags", "incidents"):
            assert await connection.fetchval(f"SELECT count(id) FROM rhannu.{table}") == 0
        for refused in ("SELECT content FROM rhannu.person_records", "SELECT content FROM rhannu.flags",
                        "SELECT detail FROM audit.detail", "DELETE FROM audit.pending"):  # fmt: skip
            with pytest.raises(Exception, match="permission denied"):
                await connection.execute(refused)
    finally:
        await connection.close()


async def test_an_export_of_nothing_is_a_file_of_nothing(service: Service) -> None:
    """The last day of a year long gone: no event, and still a whole file that a spreadsheet opens."""
    asked = {"from": "2001-12-31", "to": "2001-12-31"}
    for form, lines in (("csv", 1), ("ndjson", 0)):
        answer = await service.http.post(
            "/v1/audit/exports",
            json=asked | {"format": form},
            headers=service.headers("swfrs", "dpo-ig", "audit-quality"),
        )
        assert answer.status_code == 200, answer.text
        assert len(answer.text.splitlines()) == lines
        assert (await service.events(action="audit.exported", agency="swfrs"))[-1]["outcome"] == "empty"
