"""A person at one glance, through the same use case, visibility and trail as everything else."""

import json
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from api.graphql.extensions import Question, execute
from api.graphql.schema import schema_for
from domain.errors import DomainError
from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service

QUERY = """
query Summary($id: UUID!) {
  personSummary(id: $id) {
    id version flagCount names { kind family given }
    flags(first: 10) { id version ownerAgency state badges reviewOn
      category { code } controls { code } sentence { en cy } }
    contacts(first: 10) { agency phone }
    incidents(first: 10) { agency total lastOn byGrade { grade count } }
    agencies(first: 10) { code type dutyPhone name { en cy } }
  }
}
"""
PRECAUTION = (
    '"flagId":"{id}","version":1,"ownerAgency":"{owner}","category":{{"code":"threat-violence","en":"a","cy":"b"}},'
    '"controls":[{{"code":"joint","en":"Joint visit","cy":"Ymweliad ar y cyd"}}],'
    '"sentence":{{"en":"Two people.","cy":null}},"handling":[],'
    '"reviewOn":"2027-01-01","state":"active"'
)


async def registered(service: Service, agency: str, family: str | None = None, **content: object) -> str:
    body = {"names": [{"family": family or f"Crynodeb{uuid.uuid4().hex[:8]}", "given": ["Nia"]}], **content}
    body = {"birthDate": "1949-05-06"} | body
    made = await service.http.post("/v1/persons", json=body, headers=service.creating(agency, "practitioner"))
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def as_admin(service: Service, statement: str, *values: object) -> None:
    admin = await service.database.as_admin()
    try:
        await admin.execute(statement, *values)
    finally:
        await admin.close()


async def flagged(
    service: Service, owner: str, record: str, recipients: list[str], *, days: int = 90, restricted: bool = False
) -> str:
    flag = str(uuid.uuid4())
    await as_admin(
        service,
        "INSERT INTO rhannu.flags (id, owner_agency, version, state, category, record_id, person_id, recipients, "
        "is_alerting, review_on, restricted, precaution, content, recorded_at, recorded_by) "
        "SELECT $1, $2, 1, 'active', "
        "'threat-violence', $3, (SELECT person_id FROM rhannu.person_records WHERE id = $3), "
        "$4, true, $5, $6, $7, '{}', now(), $1",
        flag, owner, record, recipients, date.today() + timedelta(days=days), restricted,
        PRECAUTION.format(id=flag, owner=owner),
    )  # fmt: skip
    return flag


async def with_incident(service: Service, owner: str, record: str, grade: str | None, at: datetime) -> None:
    await as_admin(
        service,
        "INSERT INTO rhannu.incidents (id, owner_agency, about_record, version, grade, occurred_at, content, "
        "recorded_at, recorded_by, reason) VALUES ($1, $2, $3, 1, $4, $5, '{}', now(), $1, 'recorded')",
        uuid.uuid4(), owner, record, grade, at,
    )  # fmt: skip


async def ask(
    service: Service,
    agency: str,
    query: object,
    role: str = "practitioner",
    purpose: str = "staff-safety-visit",
    **more: str,
) -> httpx.Response:
    return await service.http.post("/graphql", json=query, headers=service.headers(agency, role, purpose, **more))


def about(record: str) -> dict[str, object]:
    return {"query": QUERY, "variables": {"id": record}, "operationName": "Summary"}


async def summary(service: Service, agency: str, record: str, purpose: str = "staff-safety-visit") -> dict[str, Any]:
    answer = await ask(service, agency, about(record), purpose=purpose)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert "errors" not in body, body
    return dict(body["data"]["personSummary"])


async def test_an_owner_sees_its_record_its_flags_and_its_incidents_by_number(service: Service) -> None:
    record = await registered(service, "gwent-police", "Crynhoi")
    flag = await flagged(service, "gwent-police", record, ["gwent-police"], days=-3)
    for grade, day in (("violence", 3), ("violence", 5), (None, 4)):
        await with_incident(service, "gwent-police", record, grade, datetime(2026, 5, day, 12, tzinfo=UTC))
    found = await summary(service, "gwent-police", record)
    assert found["names"] == [{"kind": "usual", "family": "Crynhoi", "given": ["Nia"]}]
    assert [(each["id"], each["version"], each["badges"]) for each in found["flags"]] == [(flag, 1, ["review-overdue"])]
    assert found["flags"][0]["sentence"] == {"en": "Two people.", "cy": None}
    assert found["flagCount"] == 1
    assert found["contacts"] == []
    assert found["incidents"] == [
        {
            "agency": "gwent-police",
            "total": 3,
            "lastOn": "2026-05-05",
            "byGrade": [{"grade": None, "count": 1}, {"grade": "violence", "count": 2}],
        }
    ]
    assert [(each["code"], each["type"]) for each in found["agencies"]] == [("gwent-police", "police")]


async def test_a_partner_sees_the_precaution_through_its_own_linked_record_and_the_event_names_all(
    service: Service,
) -> None:
    number = nhs_number()
    canary = f"Caneri{uuid.uuid4().hex}"
    theirs = await registered(service, "gwent-police", canary, nhsNumber=number)
    ours = await registered(service, "abuhb", nhsNumber=number)
    shared = await flagged(service, "gwent-police", theirs, ["*"])
    await with_incident(service, "gwent-police", theirs, "violence", datetime(2026, 5, 1, tzinfo=UTC))
    answer = await ask(service, "abuhb", about(ours), x_request_id=f"r-{ours}")
    found = answer.json()["data"]["personSummary"]
    assert [(each["id"], each["ownerAgency"]) for each in found["flags"]] == [(shared, "gwent-police")]
    assert found["incidents"] == []
    assert [each["code"] for each in found["agencies"]] == ["abuhb", "gwent-police"]
    assert canary.encode() not in answer.content
    (event,) = await service.events(action="summary.read", request=f"r-{ours}")
    assert set(event["subjects"]) == {ours, theirs}  # type: ignore[call-overload]
    assert set(event["records"]) == {f"person:{ours}:1", f"flag:{shared}:1"}  # type: ignore[call-overload]
    assert set(event["owners"]) == {"abuhb", "gwent-police"}  # type: ignore[call-overload]
    assert set(event["fields"]) == {"person.names", "flag.precaution"}  # type: ignore[call-overload]
    assert (event["agency"], event["outcome"], event["hinted"]) == ("abuhb", "ok", [])


@pytest.mark.parametrize(
    ("recipients", "days", "restricted", "alerted", "otherwise"),
    [
        (["wast"], 90, False, "contact", "nothing"),
        (["abuhb"], 90, False, "flag", "flag"),
        (["abuhb"], -20, False, "flag", "flag"),
        (["abuhb"], -40, False, "contact", "contact"),
        (["*"], 90, True, "contact", "contact"),
    ],
)
async def test_what_a_partner_may_not_read_is_a_number_at_most(
    service: Service, recipients: list[str], days: int, restricted: bool, alerted: str, otherwise: str
) -> None:
    number = nhs_number()
    theirs = await registered(service, "gwent-police", nhsNumber=number)
    ours = await registered(service, "abuhb", nhsNumber=number)
    flag = await flagged(service, "gwent-police", theirs, recipients, days=days, restricted=restricted)
    for purpose, expected in (("staff-safety-visit", alerted), ("direct-care", otherwise)):
        found = await summary(service, "abuhb", ours, purpose)
        assert [each["id"] for each in found["flags"]] == [flag] * (expected == "flag")
        assert [each["agency"] for each in found["contacts"]] == ["gwent-police"] * (expected == "contact")
        event = (await service.events(action="summary.read", purpose=purpose))[-1]
        assert event["hinted"] == [f"flag:{flag}:1"] * (expected == "contact")
        assert ("flag.exists" in event["fields"]) == (expected == "contact")  # type: ignore[operator]


async def test_hidden_and_absent_are_the_same_bytes_and_on_the_trail(service: Service) -> None:
    canary = f"Caneri{uuid.uuid4().hex}"
    record = await registered(service, "gwent-police", canary)
    hidden = await ask(service, "abuhb", about(record), x_request_id="same")
    absent = await ask(service, "abuhb", about(str(uuid.uuid4())), x_request_id="same")
    assert hidden.status_code == absent.status_code == 200
    assert hidden.content == absent.content
    assert hidden.json()["data"] == {"personSummary": None}
    assert hidden.json()["errors"][0]["extensions"]["code"] == "not-found"
    event = next(
        e
        for e in await service.events(action="summary.read", outcome="not-found")
        if f"person_id:{record}" in e["records"]  # type: ignore[operator]
    )
    assert (event["agency"], event["subjects"]) == ("abuhb", [])


async def test_with_one_refusal_nothing_else_leaves(service: Service) -> None:
    record = await registered(service, "abuhb", "Cyfrinach")
    query = "query($a: UUID!, $b: UUID!){a:personSummary(id:$a){names{family}} b:personSummary(id:$b){id}}"
    answer = await ask(service, "abuhb", {"query": query, "variables": {"a": record, "b": str(uuid.uuid4())}})
    assert answer.status_code == 200
    assert answer.json()["data"] is None
    assert b"Cyfrinach" not in answer.content


@pytest.mark.parametrize(
    ("role", "purpose", "code"),
    [
        ("dpo-ig", "subject-rights", "access-denied"),
        ("agency-administrator", "staff-safety-visit", "access-denied"),
        ("auditor", "audit-quality", "access-denied"),
        ("practitioner", "audit-quality", "purpose-not-permitted"),
    ],
)
async def test_who_may_not_is_refused_on_the_trail(service: Service, role: str, purpose: str, code: str) -> None:
    record = await registered(service, "abuhb")
    answer = await ask(service, "abuhb", about(record), role, purpose, accept_language="cy")
    assert answer.json()["data"] == {"personSummary": None}
    assert answer.json()["errors"][0]["extensions"]["code"] == code
    assert answer.headers["content-language"] == "cy"
    events = await service.events(action="summary.read", outcome="denied", reason=code)
    assert f"person_id:{record}" in events[-1]["records"]  # type: ignore[operator]


async def test_only_post_is_served(service: Service) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = await service.http.request(method, "/graphql?query={__typename}")
        assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ([{"query": "{__typename}"}], 422, "content-invalid"),
        ({"query": "{__typename}", "extensions": {}}, 422, "content-invalid"),
        ({"query": ""}, 422, "content-invalid"),
        ({"query": 5}, 422, "content-invalid"),
        ({"query": "{"}, 400, "body-malformed"),
        ({"query": "subscription{a}"}, 422, "query-invalid"),
        ({"query": "{__typename}", "operationName": "Other"}, 422, "content-invalid"),
        ({"query": '{personSummary(id:"x"){flags{id}}}'}, 422, "query-too-costly"),
    ],
)
async def test_what_is_refused_before_anything_runs_is_a_problem(
    service: Service, body: object, status: int, code: str
) -> None:
    answer = await ask(service, "abuhb", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_tokens_purposes_media_types_and_sizes_are_as_over_rest(service: Service) -> None:
    headers = service.headers("abuhb", "practitioner")
    query = json.dumps({"query": "{__typename}"})
    plain = await service.http.post(
        "/graphql", content=query, headers={**headers, "Content-Type": "application/graphql"}
    )
    assert plain.status_code == 415
    assert (await service.http.post("/graphql", json={"query": "{__typename}"})).status_code == 401
    without = {name: value for name, value in headers.items() if name != "Purpose-Of-Use"}
    assert (await service.http.post("/graphql", json={"query": "{__typename}"}, headers=without)).status_code == 400
    assert (await ask(service, "abuhb", {"query": "{" + " " * 20_000 + "}"})).status_code == 413


async def test_what_does_not_fit_the_schema_is_explained_and_never_quoted(service: Service) -> None:
    answer = await ask(service, "abuhb", {"query": '{personSummary(id:"9434765919"){secret}}'})
    assert answer.status_code == 422
    assert "data" not in answer.json()
    assert answer.json()["errors"][0]["extensions"]["code"] == "query-invalid"
    assert b"9434765919" not in answer.content
    wrong = await ask(service, "abuhb", {"query": QUERY, "variables": {"id": "9434765919"}})
    assert wrong.json()["errors"][0]["extensions"]["errors"][0]["pointer"] == "/variables/id"
    assert b"9434765919" not in wrong.content


async def test_the_schema_may_be_asked_outside_production_only(service: Service) -> None:
    answer = await ask(service, "abuhb", {"query": get_introspection_query(descriptions=False)})
    assert answer.status_code == 200, answer.text
    assert {"PersonSummary", "Flag"} <= {each["name"] for each in answer.json()["data"]["__schema"]["types"]}
    with pytest.raises(DomainError) as refused:
        await execute(schema_for(production=True), Question("{__schema{types{name}}}", {}, None), context=None)
    assert refused.value.issues[0].code == "query-introspection"


async def test_chained_fragments_are_refused_at_once(service: Service) -> None:
    links = " ".join(f"fragment F{i} on PersonSummary{{...F{i + 1} ...F{i + 1}}}" for i in range(40))
    query = f'{{personSummary(id:"x"){{...F0}}}} {links} fragment F40 on PersonSummary{{id}}'
    started = time.perf_counter()
    answer = await ask(service, "abuhb", {"query": query})
    assert time.perf_counter() - started < 0.5
    assert (answer.status_code, answer.json()["code"]) == (422, "query-too-costly")
