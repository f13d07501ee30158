"""Bad input meets one clear problem that names the field, never repeats the value, and stores nothing.

Each case also asks the database: no row, no idempotency key and no copy of what was sent is left behind.
"""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from domain.issues import ISSUES
from domain.problems import PROBLEMS
from tests.fixtures.service import Service
from tests.rest.rows import rows

CANARY = "Ysguthan"
"""Stands in every bad value that is text; it must stand in no answer, no event and no table."""


def person(**more: object) -> dict[str, Any]:
    return {"names": [{"family": "Gwynfor-Pugh", "given": ["Morfydd"]}], "birthDate": "1948-11-02", **more}


def address(**more: object) -> dict[str, Any]:
    return person(addresses=[{"line1": "14 Rhodfa'r Onnen", **more}])


INVALID = [
    ("no language tag", person(language=f"{CANARY}-xx"), "/language", "pattern"),
    ("unknown code in a list", person(communicationNeeds=[CANARY]), "/communicationNeeds/0", "code-unknown"),
    ("unknown kind of name", person(names=[{"kind": CANARY, "family": "P"}]), "/names/0/kind", "code-unknown"),
    ("check digit", person(nhsNumber="9991234560"), "/nhsNumber", "check-digit"),
    ("ten equal digits", person(nhsNumber="9999999999"), "/nhsNumber", "check-digit"),
    ("born tomorrow", person(birthDate="2999-01-01"), "/birthDate", "in-future"),
    ("died tomorrow", person(diedOn="2999-01-01"), "/diedOn", "in-future"),
    ("no date", person(birthDate=CANARY), "/birthDate", "date-invalid"),
    ("the 31st of February", person(birthDate="1950-02-31"), "/birthDate", "date-invalid"),
    ("a date as a number", person(birthDate=True), "/birthDate", "date-invalid"),
    ("postcode", address(postcode=CANARY), "/addresses/0/postcode", "pattern"),
    ("UPRN", address(uprn=CANARY), "/addresses/0/uprn", "pattern"),
    (
        "ends before it starts",
        address(validFrom="2020-01-02", validTo="2020-01-01"),
        "/addresses/0/validTo",
        "ends-before-start",
    ),
    ("unknown field", person(planet=CANARY), "/planet", "unknown-field"),
    ("a name for a field", person(**{f"Mrs {CANARY}": CANARY}), "", "unknown-field"),
    ("a long name for a field", address(**{CANARY * 9: CANARY}), "/addresses/0", "unknown-field"),
    ("unknown field within", address(planet=CANARY), "/addresses/0/planet", "unknown-field"),
    ("nobody's name", {"names": []}, "/names", "required"),
    ("no names", {"birthDate": "1948-11-02"}, "/names", "required"),
    ("a name too long", person(names=[{"family": CANARY * 200}]), "/names/0/family", "too-long"),
    ("too many names", person(names=[{"family": CANARY}] * 21), "/names", "too-many"),
    ("an object for a text", person(names=[{"family": {CANARY: 1}}]), "/names/0/family", "wrong-type"),
    ("a list for an object", person(names=[[CANARY]]), "/names/0", "wrong-type"),
    ("a text for a truth value", address(sealed=CANARY), "/addresses/0/sealed", "wrong-type"),
    ("control characters", person(names=[{"family": f"{CANARY}\u0007"}]), "/names/0/family", "not-text"),
    ("the body is a list", [CANARY], "", "wrong-type"),
    ("the body is a text", CANARY, "", "wrong-type"),
]

DEEP = 100_000
MALFORMED = [
    ("no JSON", b'{"names": Ysguthan'),
    ("half a document", b'{"names": ['),
    ("two documents", b"{} {}"),
    ("not UTF-8", b'{"names": [{"family": "\xff\xfe"}]}'),
    ("UTF-16", json.dumps(person()).encode("utf-16")),
    ("a lone surrogate", b'{"names": [{"family": "\\ud800"}]}'),
    ("a reversed pair", b'{"names": [{"family": "\\udc00\\ud800"}]}'),
    ("an escaped NUL", b'{"names": [{"family": "Ysguthan\\u0000"}]}'),
    ("a NUL in a name of a field", b'{"names\\u0000": 1}'),
    ("a raw NUL", b'{"names": "\x00"}'),
    ("NaN", b'{"names": NaN}'),
    ("a number without end", b'{"names": 1e999999}'),
    ("deep lists", b"[" * 20_000 + b"]" * 20_000),
    ("deep objects", b'{"a":' * 5_000 + b"1" + b"}" * 5_000),
    ("33 levels", b"[" * 33 + b"]" * 33),
]


@pytest.fixture
async def nothing_stored(service: Service) -> AsyncIterator[None]:
    before = await rows(service)
    yield
    assert await rows(service) == before
    connection = await service.database.as_admin()
    try:
        bodies = await connection.fetchval("SELECT count(*) FROM audit.pending WHERE body LIKE $1", f"%{CANARY}%")
    finally:
        await connection.close()
    assert bodies == 0, "the trail repeats what was sent"


def expect(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    assert code in PROBLEMS
    assert problem["type"].endswith(code)
    assert problem["requestId"] == answer.headers["x-request-id"]
    assert all(issue["code"] in ISSUES for issue in problem.get("errors", []))
    assert CANARY not in answer.text
    assert not any(CANARY in value for value in answer.headers.values())
    return problem


def creating(service: Service, **more: str) -> dict[str, str]:
    return {**service.creating("gwent-police", "practitioner"), "Content-Type": "application/json", **more}


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(("body", "pointer", "issue"), [c[1:] for c in INVALID], ids=[c[0] for c in INVALID])
async def test_a_wrong_field_is_named(service: Service, body: object, pointer: str, issue: str) -> None:
    answer = await service.http.post("/v1/persons", json=body, headers=service.creating("gwent-police", "practitioner"))
    problem = expect(answer, 422, "content-invalid")
    assert (pointer, issue) in {(error["pointer"], error["code"]) for error in problem["errors"]}


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("raw", [case[1] for case in MALFORMED], ids=[case[0] for case in MALFORMED])
async def test_what_is_no_json_is_refused_before_anybody_reads_it(service: Service, raw: bytes) -> None:
    expect(await service.http.post("/v1/persons", content=raw, headers=creating(service)), 400, "body-malformed")


@pytest.mark.usefixtures("nothing_stored")
async def test_ten_megabytes_are_not_read(service: Service) -> None:
    pieces: list[int] = []

    async def stream() -> AsyncIterator[bytes]:
        for number in range(160):
            pieces.append(number)
            yield b" " * 65536

    declared = await service.http.post("/v1/persons", content=b" " * 10_485_760, headers=creating(service))
    expect(declared, 413, "body-too-large")
    expect(await service.http.post("/v1/persons", content=stream(), headers=creating(service)), 413, "body-too-large")
    assert len(pieces) <= 3, "reading went on past the limit"


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/form-data; boundary=x",
        "json",
        "",
    ],
)
async def test_other_media_types_are_refused(service: Service, media_type: str) -> None:
    headers = creating(service) | {"Content-Type": media_type}
    answer = await service.http.post("/v1/persons", content=json.dumps(person()).encode(), headers=headers)
    expect(answer, 415, "media-type-unsupported")


@pytest.mark.usefixtures("nothing_stored")
async def test_an_empty_body_is_a_missing_one(service: Service) -> None:
    answer = await service.http.post("/v1/persons", headers=creating(service))
    assert expect(answer, 422, "content-invalid")["errors"][0]["code"] == "required"


def without() -> Iterator[tuple[str, dict[str, str | None], int, str]]:
    yield "no token", {"Authorization": None}, 401, "token-invalid"
    yield "no bearer", {"Authorization": f"Basic {CANARY}"}, 401, "token-invalid"
    yield "no token we gave", {"Authorization": f"Bearer {CANARY}"}, 401, "token-invalid"
    yield "no purpose", {"Purpose-Of-Use": None}, 400, "purpose-missing"
    yield "unknown purpose", {"Purpose-Of-Use": CANARY}, 400, "purpose-unknown"
    yield "a purpose that does not fit", {"Purpose-Of-Use": "audit-quality"}, 403, "purpose-not-permitted"
    yield "another's agency", {"Acting-For-Agency": "abuhb"}, 403, "access-denied"
    yield "no agency at all", {"Acting-For-Agency": "absent-agency"}, 403, "access-denied"
    yield "no key", {"Idempotency-Key": None}, 400, "idempotency-key-missing"
    yield "an empty key", {"Idempotency-Key": ""}, 400, "idempotency-key-missing"
    yield "a key too long", {"Idempotency-Key": CANARY * 100}, 400, "idempotency-key-missing"


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(("change", "status", "code"), [c[1:] for c in without()], ids=[c[0] for c in without()])
async def test_a_missing_or_wrong_header_is_named(
    service: Service, change: dict[str, str | None], status: int, code: str
) -> None:
    usual = {name.lower(): value for name, value in creating(service).items()}
    changed = {**usual, **{name.lower(): value for name, value in change.items()}}
    headers = {name: value for name, value in changed.items() if value is not None}
    expect(await service.http.post("/v1/persons", content=json.dumps(person()).encode(), headers=headers), status, code)


async def test_an_unknown_agency_looks_like_one_that_is_not_yours(service: Service) -> None:
    answers = []
    for agency in ("abuhb", "absent-agency"):
        headers = service.headers("gwent-police", "practitioner", acting_for_agency=agency, x_request_id="same")
        answers.append(
            await service.http.post("/v1/persons/search", json={"family": "P", "given": "M"}, headers=headers)
        )
    assert answers[0].status_code == answers[1].status_code == 403
    assert answers[0].content == answers[1].content


async def test_a_version_is_asked_for_and_a_stale_one_is_refused(service: Service) -> None:
    made = await service.http.post(
        "/v1/persons", json=person(), headers=service.creating("gwent-police", "practitioner")
    )
    place, change = made.headers["location"], person(reason="spelling")
    me = ("gwent-police", "practitioner")
    expect(await service.http.patch(place, json=change, headers=service.headers(*me)), 428, "if-match-missing")
    for tag in ('"v2"', "*", 'W/"v1"', "v1", '"v0"', f'"{CANARY}"', '"v1", "v2"', '"v99999999999999999999"'):
        expect(
            await service.http.patch(place, json=change, headers=service.headers(*me, if_match=tag)),
            412,
            "version-stale",
        )
    read = await service.http.get(place, headers=service.headers(*me))
    assert (read.headers["etag"], read.json()) == ('"v1"', made.json())
    first = await service.http.patch(place, json=change, headers=service.headers(*me, if_match='"v1"'))
    assert (first.status_code, first.headers["etag"]) == (200, '"v2"')
    expect(
        await service.http.patch(place, json=change, headers=service.headers(*me, if_match='"v1"')),
        412,
        "version-stale",
    )


async def test_an_amendment_needs_its_reason(service: Service) -> None:
    made = await service.http.post(
        "/v1/persons", json=person(), headers=service.creating("gwent-police", "practitioner")
    )
    headers = service.headers("gwent-police", "practitioner", if_match='"v1"')
    for body in (person(), person(reason=""), person(reason="   ")):
        problem = expect(
            await service.http.patch(made.headers["location"], json=body, headers=headers), 422, "content-invalid"
        )
        assert problem["errors"][0]["pointer"] == "/reason"
    read = await service.http.get(made.headers["location"], headers=service.headers("gwent-police", "practitioner"))
    assert read.headers["etag"] == '"v1"'


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(
    "reference", [CANARY, "1", "f8eb2ff0-1b6d-4864-bcaa-f83196cbc81dx", "00000000-0000-0000-0000-00000000000g"]
)
async def test_an_id_that_is_none_is_a_wrong_parameter(service: Service, reference: str) -> None:
    answer = await service.http.get(f"/v1/persons/{reference}", headers=service.headers("gwent-police", "practitioner"))
    assert expect(answer, 400, "parameter-invalid")["errors"] == [
        {"pointer": "/person_id", "code": "pattern", "detail": ISSUES["pattern"].en}
    ]


@pytest.mark.usefixtures("nothing_stored")
async def test_a_method_that_does_not_apply_says_which_do(service: Service) -> None:
    answer = await service.http.delete("/v1/persons", headers=service.headers("gwent-police", "practitioner"))
    expect(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("path", ["/v1/persons/", "/v1/flag-checks/", "/v1/flags/{id}/notices/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_address_with_a_slash_too_many_is_not_found(service: Service, method: str, path: str) -> None:
    headers = service.creating("gwent-police", "practitioner")
    address = path.format(id="0c75e7a8-60b1-4365-93b5-b6c35c268012")
    answer = await service.http.request(method, address, json={}, headers=headers)
    expect(answer, 404, "not-found")


@pytest.mark.usefixtures("nothing_stored")
async def test_a_problem_speaks_the_readers_language(service: Service) -> None:
    headers = service.creating("gwent-police", "practitioner") | {"Accept-Language": "cy, en;q=0.5"}
    answer = await service.http.post("/v1/persons", json=person(nhsNumber="9991234560"), headers=headers)
    problem = expect(answer, 422, "content-invalid")
    assert answer.headers["content-language"] == "cy"
    assert problem["title"] == PROBLEMS["content-invalid"].title.cy
    assert problem["errors"][0]["detail"] == ISSUES["check-digit"].cy


SEARCHES = [
    ({}, ""),
    ({"family": "P"}, ""),
    ({"nhsNumber": "9991234560"}, "/nhsNumber"),
    ({"family": "P", "birthDate": "2999-01-01"}, "/birthDate"),
    ({"family": "P", "postcode": CANARY}, "/postcode"),
    ({"uprn": CANARY}, "/uprn"),
]


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(("question", "pointer"), SEARCHES)
async def test_a_question_too_vague_or_wrong_is_refused(
    service: Service, question: dict[str, str], pointer: str
) -> None:
    headers = service.headers("gwent-police", "practitioner")
    answer = await service.http.post("/v1/persons/search", json=question, headers=headers)
    named = {error["pointer"] for error in expect(answer, 422, "content-invalid")["errors"]}
    assert any(each.startswith(pointer) for each in named), named
