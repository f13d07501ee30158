"""The visit sheet: what to do, for one shift, in a form that can be taken along; and nothing about anybody."""

import io
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from api.pages.visit_sheets import POLICY
from services.audit.filing import file_events
from services.db.engine import make_engine
from tests.factories.flags import active, registered, terms
from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service, user_id
from tests.rest.rows import rows
from tests.rest.test_flag_sharing import STORY

HEALTH, POLICE = "abuhb", "gwent-police"
FORMS = ("application/json", "text/html", "application/pdf")


def shift(start: float = 1, hours: float = 8) -> dict[str, str]:
    begins = datetime.now(UTC) + timedelta(hours=start)
    return {"start": begins.isoformat(), "end": (begins + timedelta(hours=hours)).isoformat()}


async def issue(service: Service, body: dict[str, Any], accept: str = "application/json", **headers: str) -> Any:
    asked = service.headers(HEALTH, "practitioner", **headers) | {"Accept": accept}
    return await service.http.post("/v1/visit-sheets", json=body, headers=asked)


async def warned(service: Service, **changes: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A flag of the police, and how the health board identifies the same person."""
    number = nhs_number()
    flag = await active(service, POLICE, content={"nhsNumber": number, "birthDate": "1971-03-04"}, **changes)
    return flag, {"nhsNumber": number, "birthDate": "1971-03-04"}


def same_request(response: httpx.Response) -> dict[str, str]:
    return {"request": response.headers["x-request-id"]}


@pytest.mark.requirement("G-7.1-6")
async def test_a_sheet_says_what_to_do_and_until_when(service: Service) -> None:
    flag, identity = await warned(service)
    body = {"entries": [{"reference": "10:30", "identity": identity}, {"reference": "11:30", "uprn": "100000000000"}]}
    answer = await issue(service, body | {"shift": shift()})
    assert answer.status_code == 200, answer.text
    sheet = answer.json()
    warning = sheet["entries"][0]["warnings"][0]
    assert (warning["flagId"], warning["category"]["code"]) == (flag["id"], "threat-violence")
    assert warning["sentence"] == {"en": "Visit in pairs and ring before you set out.", "cy": None}
    assert warning["contact"]["agency"] == POLICE
    assert [each["reference"] for each in sheet["entries"]] == ["10:30", "11:30"]
    assert sheet["entries"][1]["outcome"] == "no-warning-known"
    assert "unknown" in sheet["whenExpired"]["en"]
    assert "anhysbys" in sheet["whenExpired"]["cy"]
    assert sheet["holdsUntil"] == sheet["shift"]["end"]
    assert {each["agency"] for each in sheet["registers"]} >= {HEALTH, POLICE}


@pytest.mark.requirement("G-7.1-6")
async def test_the_check_and_the_sheet_are_two_events_that_name_the_same_people(service: Service) -> None:
    flag, identity = await warned(service)
    answer = await issue(service, {"entries": [{"identity": identity}], "shift": shift()})
    check, sheet = await service.events(**same_request(answer))
    assert (check["action"], sheet["action"]) == ("flag.checked", "sheet.issued")
    assert check["event"] == answer.json()["checkId"]
    reference = f"flag:{flag['id']}:{flag['version']}"
    assert sheet["records"] == sorted([f"check:{check['event']}", reference])
    assert flag["subject"]["personId"] in check["subjects"]
    assert (sheet["subjects"], sheet["owners"]) == (sorted(check["subjects"]), sorted(check["owners"]))
    assert sheet["fields"] == ["flag.precaution"]
    assert sheet["user"] == str(user_id(HEALTH, "practitioner"))


async def test_the_agency_becomes_a_holder_to_whom_the_warning_was_shown(service: Service) -> None:
    flag, identity = await warned(service)
    await issue(service, {"entries": [{"identity": identity}], "shift": shift()}, "text/html")
    engine = make_engine(service.database.doors.worker, pool_size=1, statement_timeout_ms=30_000)
    while await file_events(engine):
        pass
    await engine.dispose()
    held = await service.http.get(
        f"/v1/flags/{flag['id']}/recipients", headers=service.headers(POLICE, "dpo-ig", "subject-rights")
    )
    (holder,) = held.json()["recipients"]
    assert (holder["agency"], holder["flagVersion"]) == (HEALTH, flag["version"])
    assert holder["matchedAt"] is not None
    assert holder["displayedAt"] is not None
    assert holder["acknowledgedAt"] is None


async def test_a_hidden_danger_is_hinted_at_and_named_to_nobody(service: Service) -> None:
    flag, identity = await warned(service, terms=terms(recipients={"agencies": ["swfrs"]}))
    answer = await issue(service, {"entries": [{"identity": identity}], "shift": shift()}, "text/html")
    assert "Ring the number given before contact" in answer.text
    assert flag["id"] not in answer.text
    _, sheet = await service.events(**same_request(answer))
    assert sheet["hinted"] == [f"flag:{flag['id']}:{flag['version']}"]
    assert sheet["fields"] == ["flag.exists"]


@pytest.mark.parametrize("form", FORMS)
async def test_no_form_tells_of_the_person_anything_the_caller_did_not_bring(service: Service, form: str) -> None:
    canary = f"Kanari{uuid.uuid4().hex[:12]}"
    number = nhs_number()
    content = {
        "nhsNumber": number, "birthDate": "1971-03-04", "names": [{"family": canary, "given": [canary]}],
        "addresses": [{"line1": f"{canary} House", "uprn": "100098765432", "postcode": "NP90 1AB"}],
    }  # fmt: skip
    await active(service, POLICE, content=content)
    ours = await registered(service, HEALTH, **content)
    body = {"entries": [{"reference": "10:30", "personId": ours}], "shift": shift()}
    answer = await issue(service, body, form)
    assert answer.status_code == 200
    said = shown(answer)
    assert "10:30" in said
    assert not [each for each in (canary, number, "NP90 1AB", "100098765432", "1971", ours, *STORY) if each in said]


def shown(answer: httpx.Response) -> str:
    """Everything that can be read in an answer, headers and the text of a PDF among it."""
    head = json.dumps(dict(answer.headers))
    if answer.headers["content-type"].startswith("application/pdf"):
        return head + text_of_pdf(answer.content)
    return head + answer.text


def text_of_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize("form", FORMS)
async def test_a_sheet_is_kept_by_nobody_on_the_way_and_its_name_says_nothing(service: Service, form: str) -> None:
    answer = await issue(service, {"entries": [{"reference": "Mair", "uprn": "100000000000"}], "shift": shift()}, form)
    assert answer.headers["content-type"].split(";")[0] == form
    assert answer.headers["cache-control"] == "no-store"
    if form != "application/json":
        name = answer.headers["content-disposition"]
        assert name.startswith('attachment; filename="visit-sheet-2')
        assert "Mair" not in name


async def test_a_form_that_is_not_offered_is_said_so_and_nothing_is_checked(service: Service) -> None:
    answer = await issue(service, {"entries": [{"uprn": "100000000000"}], "shift": shift()}, "image/png")
    assert (answer.status_code, answer.json()["code"]) == (406, "form-not-offered")
    assert [event["action"] for event in await service.events(**same_request(answer))] == ["request.refused"]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", "application/json"),
        ("text/html;q=0.9, application/pdf", "application/pdf"),
        ("text/*", "text/html"),
        ("application/pdf;q=0, */*", "application/json"),
        ("TEXT/HTML", "text/html"),
    ],
)
async def test_the_best_liked_form_is_given(service: Service, accept: str, form: str) -> None:
    answer = await issue(service, {"entries": [{"uprn": "100000000000"}], "shift": shift()}, accept)
    assert answer.headers["content-type"].split(";")[0] == form


ATTACK = "\"><script>alert(1)</script><img src=x onerror=alert(1)>' & {{7*7}} #panic()"


async def test_what_others_wrote_stays_text(service: Service) -> None:
    sentence = "<script>alert(2)</script><style>*{display:none}</style> ring first"
    _, identity = await warned(service, terms=terms(sentence={"en": sentence, "cy": "<b>Ffoniwch</b>"}))
    body = {"entries": [{"reference": ATTACK, "identity": identity}], "shift": shift(), "language": "both"}
    page = await issue(service, body, "text/html")
    assert page.headers["content-security-policy"] == POLICY
    assert "default-src 'none'" in POLICY
    assert "script" not in POLICY
    lowered = page.text.lower()
    assert "<script" not in lowered
    assert "<img" not in lowered
    assert lowered.count("<style") == 1
    assert "&lt;script&gt;alert(2)" in page.text
    assert "&lt;b&gt;Ffoniwch&lt;/b&gt;" in page.text
    printed = text_of_pdf((await issue(service, body, "application/pdf")).content)
    assert "#panic()" in printed
    assert "alert(2)" in printed
    as_json = (await issue(service, body)).json()
    assert as_json["entries"][0]["reference"] == ATTACK
    assert as_json["entries"][0]["warnings"][0]["sentence"]["en"] == sentence


async def test_a_character_that_the_font_lacks_does_not_cost_the_sheet(service: Service) -> None:
    body = {"entries": [{"reference": "10:30 😀 سلام 中 \u200d ŵ", "uprn": "100000000000"}], "shift": shift()}
    printed = await issue(service, body, "application/pdf")
    assert printed.status_code == 200
    assert "ŵ" in text_of_pdf(printed.content)
    assert "10:30 😀 سلام 中 \u200d ŵ" in (await issue(service, body, "text/html")).text


async def test_welsh_is_given_to_who_reads_welsh(service: Service) -> None:
    _, identity = await warned(service, terms=terms(sentence={"en": "Ring first.", "cy": "Ffoniwch yn gyntaf."}))
    body = {"entries": [{"reference": "10:30", "identity": identity}], "shift": shift()}
    welsh = (await issue(service, body, "text/html", accept_language="cy")).text
    assert '<html lang="cy">' in welsh
    assert "Ffoniwch yn gyntaf." in welsh
    assert "Ring first." not in welsh
    assert "Bygythiad o drais" in welsh
    english = (await issue(service, body | {"language": "en"}, "text/html", accept_language="cy")).text
    assert "Ring first." in english
    assert "Ffoniwch yn gyntaf." not in english
    both = (await issue(service, body | {"language": "both"}, "text/html", accept_language="cy")).text
    assert both.index('<article lang="cy"') < both.index('<article lang="en"')
    printed = text_of_pdf((await issue(service, body | {"language": "both"}, "application/pdf")).content)
    assert printed.index("Visit sheet") < printed.index("Taflen ymweliadau")


async def test_the_owner_s_sentence_is_shown_in_the_language_it_was_written_in(service: Service) -> None:
    _, identity = await warned(service)
    body = {"entries": [{"identity": identity}], "shift": shift(), "language": "cy"}
    page = (await issue(service, body, "text/html")).text
    assert '<strong lang="en">Visit in pairs and ring before you set out.</strong>' in page


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"shift": shift(-9, 8)}, "/shift/end", "in-past"),
        ({"shift": shift(1, 12.1)}, "/shift/end", "out-of-range"),
        ({"shift": shift(1, -1)}, "/shift/end", "ends-before-start"),
        ({"shift": shift(12.5, 4)}, "/shift/start", "out-of-range"),
        ({"shift": {"start": "2026-09-09T10:00:00", "end": "2026-09-09T12:00:00"}}, "/shift/start", "date-invalid"),
        (
            {"shift": {"start": "0001-01-01T00:00:00+14:00", "end": "9999-12-31T23:59:59-14:00"}},
            "/shift/end",
            "out-of-range",
        ),
        ({"contactOn": (datetime.now(UTC) + timedelta(days=3)).date().isoformat()}, "/contactOn", "inconsistent"),
        ({"entries": []}, "/entries", "too-few"),
        ({"language": "fr"}, "/language", "code-unknown"),
    ],
)
async def test_a_shift_that_no_sheet_can_serve_is_refused(
    service: Service, change: dict[str, Any], pointer: str, code: str
) -> None:
    before = await rows(service)
    answer = await issue(service, {"entries": [{"uprn": "100000000000"}], "shift": shift()} | change)
    assert answer.status_code == 422, answer.text
    assert (pointer, code) in [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
    assert await rows(service) == before
    assert {event["outcome"] for event in await service.events(**same_request(answer))} == {"refused"}


async def test_a_long_shift_that_starts_later_needs_a_second_sheet_and_says_so(service: Service) -> None:
    page = await issue(service, {"entries": [{"uprn": "100000000000"}], "shift": shift(6, 12)}, "text/html")
    assert "Your shift ends after this sheet does" in page.text
    sheet = (await issue(service, {"entries": [{"uprn": "100000000000"}], "shift": shift(6, 12)})).json()
    held = datetime.fromisoformat(sheet["holdsUntil"]) - datetime.fromisoformat(sheet["issuedAt"])
    assert held == timedelta(hours=12)


async def test_a_team_gets_no_sheet(service: Service) -> None:
    team = user_id(HEALTH, "practitioner", 88)
    admin = await service.database.as_admin()
    await admin.execute("INSERT INTO rhannu.humans (id) VALUES ($1) ON CONFLICT DO NOTHING", team)
    await admin.execute(
        "INSERT INTO rhannu.users (id, owner_agency, human_id, display_name, is_team) "
        "VALUES ($1, $2, $1, 'Night team', true) ON CONFLICT DO NOTHING",
        team, HEALTH,
    )  # fmt: skip
    await admin.execute(
        "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) "
        "VALUES ($1, $2, 'practitioner', '2020-01-01') ON CONFLICT DO NOTHING",
        team, HEALTH,
    )  # fmt: skip
    await admin.close()
    body = {"entries": [{"uprn": "100000000000"}], "shift": shift()}
    answer = await service.http.post(
        "/v1/visit-sheets", json=body, headers=service.headers(HEALTH, "practitioner", number=88)
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "access-denied")
    assert [event["action"] for event in await service.events(**same_request(answer))] == ["sheet.issued"]


async def test_five_hundred_visits_fit_on_one_sheet(service: Service) -> None:
    flag, identity = await warned(service)
    lines = [{"reference": f"Visit {n}", "identity": identity} for n in range(500)]
    body = {"entries": lines, "shift": shift(), "language": "both"}
    page = await issue(service, body, "text/html")
    assert page.status_code == 200
    assert page.text.count('<section class="visit"') == 1000
    printed = await issue(service, body | {"language": "cy"}, "application/pdf")
    assert printed.status_code == 200
    assert text_of_pdf(printed.content).count("Ymweliad 500") == 2
    too_many = await issue(service, body | {"entries": [*lines, lines[0]]})
    assert too_many.json()["errors"][0]["code"] == "too-many"
    assert flag["id"] not in page.text


async def test_a_sheet_that_cannot_be_recorded_does_not_leave(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, identity = await warned(service)

    async def broken(*_arguments: object, **_named: object) -> None:
        raise OSError("injected")

    monkeypatch.setattr("services.core.unit_of_work.UnitOfWork._append", broken)
    answer = await issue(service, {"entries": [{"identity": identity}], "shift": shift()}, "text/html")
    assert answer.status_code == 503
    assert "Visit in pairs" not in answer.text


async def test_a_sheet_that_cannot_be_printed_is_told_so_and_was_not_issued(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.app.state.rhannu.press, "_seconds", 0.001)
    _, identity = await warned(service)
    answer = await issue(service, {"entries": [{"identity": identity}], "shift": shift()}, "application/pdf")
    assert (answer.status_code, answer.json()["code"]) == (503, "service-unavailable")
    outcomes = {str(event["action"]): event["outcome"] for event in await service.events(**same_request(answer))}
    assert outcomes == {"flag.checked": "ok", "sheet.issued": "error"}
