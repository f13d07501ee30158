"""No field leaves that the registry does not grant, in whatever channel it is asked for."""

import csv
import io
import json
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic.alias_generators import to_camel

from api.schemas.audit import EventView
from domain import fields
from domain.access import GRANTS, PURPOSES, Permission, Role, roles_with
from domain.field_kinds import KINDS
from domain.field_lists import LISTS, ListOf
from domain.field_parts import Leaf, Part, Relation, Row, Shape, Shown
from domain.field_table import ROWS
from domain.fields import Registry
from tests.domain.field_oracle import ORACLE
from tests.factories.flags import active, incident, recorded, registered
from tests.factories.numbers import nhs_number
from tests.factories.sharing import ASKER, HOLDER, PURPOSE, answered, asked, change, deciding, disclosure, take
from tests.fixtures.service import Service, user_id
from tests.rest.rows import rows

READS = sorted(roles_with(Permission.REQUEST_READ))
SUMMARY = """query($id: UUID!) { personSummary(id: $id) { flagCount flags(first: 3) {
  id version ownerAgency category { code label { en cy } } controls { code label { en cy } } sentence { en cy }
  state badges reviewOn handling { code label { en cy } } } } }"""


def leaves(shape: Shape, document: Any, above: str = "") -> set[tuple[str, str]]:
    """Path and class of each field that is really there, masked ones too."""
    found: set[tuple[str, str]] = set()
    for entry in document if isinstance(document, list) else [document]:
        for name, value in (entry or {}).items():
            place, path = shape[name], f"{above}{name}"
            if isinstance(place, Leaf):
                found.add((path, place.name))
            elif value is not None:
                below = fields.REGISTRY.members(place.kind) if isinstance(place, Part) else place
                found |= leaves(below, value, f"{path}.")
    return found


def users(value: object) -> set[str]:
    if isinstance(value, dict):
        return {v for k, v in value.items() if k == "user"}.union(*map(users, value.values()))
    return set().union(*map(users, value)) if isinstance(value, list) else set()


async def given_and_changed(service: Service) -> dict[str, Any]:
    """A request that both sides worked on, and its disclosure acknowledged, corrected and acknowledged again."""
    request = await answered(service)
    path = f"/v1/information-requests/{request['id']}/notes"
    for agency in (ASKER, HOLDER):
        headers = service.creating(agency, "safeguarding-lead", PURPOSE)
        await service.http.post(path, json={"note": f"A note of {agency}."}, headers=headers)
    seen = {"id": request["disclosureId"], "version": 1}
    first = await change(service, seen, "acknowledgement", agency=ASKER, role="practitioner")
    assert first.status_code == 200, first.text
    body = {"items": [{"item": "incidents", "facts": [{"heading": "May", "text": "In June."}]}], "reason": "The month."}
    corrected = await change(service, first.json(), "corrections", body, version=2)
    assert corrected.status_code == 200, corrected.text
    return request


@pytest.mark.parametrize("agency", [ASKER, HOLDER])
async def test_each_reader_of_a_request_is_given_what_the_expectations_say_and_no_more(
    service: Service, agency: str
) -> None:
    request = await given_and_changed(service)
    other = HOLDER if agency == ASKER else ASKER
    theirs = {str(user_id(other, role.value, number)) for role in Role for number in (1, 2)}
    tried = 0
    for path, kind in (
        (f"/v1/information-requests/{request['id']}", "information-request"),
        (f"/v1/disclosures/{request['disclosureId']}", "disclosure"),
    ):
        owner = agency == (ASKER if kind == "information-request" else HOLDER)
        side = Relation.OWNER if owner else Relation.OTHER_SIDE
        for role in READS:
            for purpose in sorted(PURPOSES[Permission.REQUEST_READ]):
                answer = await service.http.get(path, headers=service.headers(agency, role.value, purpose.value))
                if answer.status_code == 404 and agency == HOLDER and Permission.REQUEST_HANDLE not in GRANTS[role]:
                    continue  # what came in is read by those who handle it
                assert answer.status_code == 200, (role, purpose, answer.text)
                assert not users(answer.json()) & theirs, (kind, role, purpose)
                for place, name in leaves(fields.REGISTRY.members(kind), answer.json()):
                    if place == "escalations.signed.user":
                        continue
                    shown = ORACLE[name].shown(side, role.value, purpose.value)
                    assert shown is not Shown.ABSENT, (kind, place, role, purpose)
                told = ORACLE["disclosure.content"].shown(side, role.value, purpose.value) is Shown.FULL
                if kind == "disclosure":
                    assert (answer.json()["items"][0]["facts"] is not None) is told, (role, purpose)
                tried += 1
    assert tried > 60


async def test_whoever_asks_learns_the_post_and_not_the_account_and_the_other_way_round(service: Service) -> None:
    request = await given_and_changed(service)
    seen = (await service.http.get(
        f"/v1/information-requests/{request['id']}", headers=service.headers(ASKER, "spoc", PURPOSE)
    )).json()  # fmt: skip
    assert (set(seen["decisions"][0]["signed"]), seen["decisions"][0]["post"][:9]) == ({"at"}, "Detective")
    assert seen["asked"]["user"] == str(user_id(ASKER, "practitioner"))
    received = (await disclosure(service, request["disclosureId"], ASKER)).json()
    assert set(received["basis"]["decided"]) == set(received["changed"]) == {"at"}
    assert received["acknowledged"][0]["signed"]["user"] == str(user_id(ASKER, "practitioner"))
    given = (await disclosure(service, request["disclosureId"])).json()
    assert given["basis"]["decided"]["user"] == str(user_id(HOLDER, "safeguarding-lead"))
    assert set(given["acknowledged"][0]["signed"]) == {"at"}


async def test_who_put_a_request_higher_is_known_to_that_side_alone(service: Service) -> None:
    raised = await take(service, await asked(service), "escalation", {"reason": "Two lives."}, agency=ASKER)
    assert raised.json()["escalations"][0]["signed"]["user"] == str(user_id(ASKER, "safeguarding-lead"))
    path = f"/v1/information-requests/{raised.json()['id']}"
    held = (await service.http.get(path, headers=service.headers(HOLDER, "spoc", PURPOSE))).json()
    assert (held["escalations"][0]["reason"], set(held["escalations"][0]["signed"])) == ("Two lives.", {"at"})


async def test_an_officer_who_oversees_reads_no_notes_and_the_event_says_what_was_given(service: Service) -> None:
    request = await given_and_changed(service)
    path = f"/v1/information-requests/{request['id']}"
    officer = await service.http.get(path, headers=service.headers(HOLDER, "dpo-ig", "audit-quality"))
    assert officer.status_code == 200
    assert "notes" not in officer.json()
    assert "A note of" not in officer.text
    desk = await service.http.get(path, headers=service.headers(HOLDER, "spoc", PURPOSE))
    assert [each["note"] for each in desk.json()["notes"]] == [f"A note of {HOLDER}."]
    (await disclosure(service, request["disclosureId"], HOLDER, "dpo-ig")).raise_for_status()
    event = (await service.events(action="disclosure.read", agency=HOLDER, roles="dpo-ig"))[-1]
    assert set(event["fields"]) == {"disclosure.standing", "disclosure.basis", "item.incidents"}  # type: ignore[call-overload]  # JSON of the trail


async def test_how_a_frightened_worker_is_supported_stays_with_them_and_their_manager(service: Service) -> None:
    headers = service.creating(HOLDER, "practitioner", PURPOSE)
    made = await service.http.post(
        "/v1/not-sharing-decisions", json=deciding(await registered(service, HOLDER)), headers=headers
    )
    assert made.status_code == 201, made.text
    answer = {"outcome": "stands", "support": "She is not to go there alone, and sees the counsellor."}
    manager = service.creating(HOLDER, "line-manager", "supervision") | {"If-Match": '"v1"'}
    path = f"/v1/not-sharing-decisions/{made.json()['id']}/answer"
    settled = await service.http.post(path, json=answer, headers=manager)
    assert settled.json()["support"] == answer["support"], settled.text
    for role, purpose, sees in (
        ("dpo-ig", "audit-quality", False),
        ("dpo-ig", "flag-governance", False),
        ("line-manager", "supervision", True),
        ("safeguarding-lead", "practice-review", False),
    ):
        page = await service.http.get(
            "/v1/not-sharing-decisions?limit=200", headers=service.headers(HOLDER, role, purpose)
        )
        (found,) = [each for each in page.json()["decisions"] if each["id"] == made.json()["id"]]
        assert (found.get("support") == answer["support"], "support" in found) == (sees, sees), (role, purpose)
        assert found["outcome"] == "stands"


@pytest.mark.parametrize("role", sorted(roles_with(Permission.SUMMARY_READ) & roles_with(Permission.FLAG_READ)))
async def test_a_flag_has_the_same_fields_in_every_channel(service: Service, role: Role) -> None:
    same = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    record = await registered(service, "abuhb", **same)
    flag = await active(service, "gwent-police", content=same)
    precaution = set(fields.REGISTRY.members("shared-flag"))
    for purpose in sorted(PURPOSES[Permission.SUMMARY_READ] & PURPOSES[Permission.FLAG_READ]):
        headers = service.headers("abuhb", role.value, purpose.value)
        read = await service.http.get(f"/v1/flags/{flag['id']}", headers=headers)
        listed = await service.http.get(f"/v1/persons/{record}/flags", headers=headers)
        question = {"query": SUMMARY, "variables": {"id": record}}
        told = (await service.http.post("/graphql", json=question, headers=headers)).json()["data"]["personSummary"]
        (entry,), (summary,) = listed.json()["shared"], told["flags"]
        assert read.json() == entry
        assert set(entry) == precaution == {"flagId" if n == "id" else n for n in summary} | {"contact"}
        assert told["flagCount"] == 1
        for name in ("version", "ownerAgency", "sentence", "state", "badges", "reviewOn"):
            assert summary[name] == entry[name], name
        for name in ("controls", "handling"):
            assert [{"code": e["code"], **e["label"]} for e in summary[name]] == entry[name]
        if purpose not in PURPOSES[Permission.CHECK_RUN] or Permission.CHECK_RUN not in GRANTS[role]:
            continue
        check = await service.http.post("/v1/flag-checks", json={"entries": [{"personId": record}]}, headers=headers)
        (warning,) = check.json()["entries"][0]["warnings"]
        assert {name: value for name, value in warning.items() if name != "about"} == entry


@pytest.mark.parametrize(
    ("agency", "role"), [("abuhb", "dpo-ig"), ("gwent-police", "dpo-ig"), ("gwent-safeguarding", "auditor")]
)
async def test_the_trail_has_the_same_fields_as_a_page_and_as_files(service: Service, agency: str, role: str) -> None:
    same = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    record = await registered(service, "abuhb", **same)
    flag = await active(service, "gwent-police", content=same)
    mark = str(uuid.uuid4())
    headers = service.headers("abuhb", "practitioner") | {"X-Request-ID": mark}
    (await service.http.get(f"/v1/persons/{record}/flags", headers=headers)).raise_for_status()
    wanted = {"action": "flag.read", "agency": "abuhb"}
    for purpose in sorted(PURPOSES[Permission.AUDIT_READ]):
        reading = service.headers(agency, role, purpose.value)
        page = await service.http.get("/v1/audit/events", params=wanted | {"limit": 1}, headers=reading)
        exports = {
            form: await service.http.post(
                "/v1/audit/exports", json=wanted | {"limit": 1, "format": form}, headers=reading
            )
            for form in ("csv", "ndjson")
        }
        (event,) = page.json()["events"]
        assert flag["id"] in str(event["records"])
        assert json.loads(exports["ndjson"].text) == event
        (line,) = csv.DictReader(io.StringIO(exports["csv"].text))
        assert set(line) == set(EventView.model_fields)
        assert {to_camel(name) for name in line} == set(event) == set(fields.REGISTRY.members("audit-event"))
        assert event["request"] == line["request"] == ("" if agency == "gwent-police" else mark)


async def asked_for(service: Service, path: str, role: str, purpose: str = "audit-quality") -> httpx.Response:
    return await service.http.get(
        path, headers=service.headers(HOLDER, role, purpose) | {"X-Request-ID": str(uuid.uuid4())}
    )


async def test_a_list_is_not_narrowed_by_a_hidden_field_whatever_is_in_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if `overdue` looked at what was noted, which an officer does not see."""
    listed = ListOf("information-request", "askedAt", {"overdue": "notes.at", "state": "state"})
    monkeypatch.setattr(fields, "REGISTRY", Registry(KINDS, ROWS, {**LISTS, "listInformationRequests": listed}))
    path = "/v1/information-requests?limit=1"
    for filled in (False, True):
        if filled:
            await answered(service)
        for value in ("true", "false"):
            refusal = await asked_for(service, f"{path}&overdue={value}", "dpo-ig")
            assert (refusal.status_code, refusal.json()["code"]) == (403, "filter-not-permitted")
            assert set(refusal.json()) == {"type", "title", "status", "detail", "code", "requestId"}
            (event,) = await service.events(request=refusal.json()["requestId"])
            assert (event["action"], event["outcome"], event["reason"]) == (
                "information-request.read", "denied", "filter-not-permitted",
            )  # fmt: skip
        assert (await asked_for(service, f"{path}&state=sent", "dpo-ig")).status_code == 200
        assert (await asked_for(service, f"{path}&overdue=true", "spoc", PURPOSE)).status_code == 200


async def test_a_list_in_the_order_of_a_hidden_field_is_not_given_at_all(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = ListOf("disclosure", "items.facts.text")
    monkeypatch.setattr(fields, "REGISTRY", Registry(KINDS, ROWS, {**LISTS, "listDisclosures": listed}))
    refusal = await asked_for(service, "/v1/disclosures", "dpo-ig")
    assert (refusal.status_code, refusal.json()["code"]) == (403, "filter-not-permitted")
    assert (await asked_for(service, "/v1/disclosures", "spoc", PURPOSE)).status_code == 200


async def test_an_export_is_not_narrowed_by_a_hidden_field_in_its_body(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = replace(LISTS["exportAuditEvents"], by={**LISTS["exportAuditEvents"].by, "user": "request"})
    monkeypatch.setattr(fields, "REGISTRY", Registry(KINDS, ROWS, {**LISTS, "exportAuditEvents": listed}))
    body = {"format": "csv", "limit": 1}
    headers = service.headers(HOLDER, "dpo-ig", "audit-quality")
    assert (await service.http.post("/v1/audit/exports", json=body, headers=headers)).status_code == 200
    refusal = await service.http.post("/v1/audit/exports", json=body | {"user": str(uuid.uuid4())}, headers=headers)
    assert (refusal.status_code, refusal.json()["code"]) == (403, "filter-not-permitted")


async def incident_read(service: Service) -> httpx.Response:
    made = await recorded(service, HOLDER, await registered(service, HOLDER))
    return await service.http.get(f"/v1/incidents/{made}", headers=service.headers(HOLDER, "practitioner", PURPOSE))


def registry_with(**classes: str) -> Registry:
    """The registry, but that an incident's fields are of other classes."""
    changed = [replace(kind, classes=classes) if kind.name == "incident" else kind for kind in KINDS]
    return Registry(changed, ROWS, LISTS)


async def test_an_answer_whose_event_does_not_name_a_class_of_it_is_withheld(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await registered(service, HOLDER)
    shape = next(kind.classes["incident.content"] for kind in KINDS if kind.name == "incident")
    before = await rows(service)
    monkeypatch.setattr(
        fields,
        "REGISTRY",
        registry_with(**{"incident.content": "id", "relationship.content": shape.removeprefix("id ")}),
    )
    answer = await service.http.post(
        "/v1/incidents", json=incident(person), headers=service.creating(HOLDER, "practitioner", PURPOSE)
    )
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert person not in answer.text
    assert await rows(service) == before, "nothing stands that was not answered for"


async def test_a_field_that_nobody_registered_does_not_leave(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = await incident_read(service)
    assert "factualAccount" in whole.json()["content"]
    shape = next(kind.classes["incident.content"] for kind in KINDS if kind.name == "incident")
    monkeypatch.setattr(fields, "REGISTRY", registry_with(**{"incident.content": shape.replace(" factualAccount", "")}))
    cut = await incident_read(service)
    assert cut.status_code == 200, cut.text
    assert set(whole.json()["content"]) - set(cut.json()["content"]) == {"factualAccount"}
    assert int(cut.headers["content-length"]) == len(cut.content)


async def test_a_record_of_which_nothing_may_be_seen_is_withheld_in_every_channel(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the table had lost a row: printed forms and GraphQL cannot leave a part out, so they give nothing."""
    record = await registered(service, HOLDER)

    def without(*names: str) -> Registry:
        return Registry(KINDS, (row for row in ROWS if row.field not in names), LISTS)

    monkeypatch.setattr(fields, "REGISTRY", without("person.names", "person.content", "check.frame"))
    headers = service.headers(HOLDER, "practitioner")
    read = await service.http.get(f"/v1/persons/{record}", headers=headers)
    question = {"query": SUMMARY.replace("flagCount", "id names { family }"), "variables": {"id": record}}
    summary = await service.http.post("/graphql", json=question, headers=headers)
    assert [each.status_code for each in (read, summary)] == [500, 500]
    assert record not in read.text + summary.text


async def test_a_printed_form_is_given_whole_or_not_at_all(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    flag = await active(service, HOLDER)
    now = service.clock()
    body = {
        "entries": [{"reference": "first", "personId": flag["subject"]["personId"]}],
        "shift": {"start": now.isoformat(), "end": (now + timedelta(hours=8)).isoformat()},
    }

    async def issued(form: str) -> httpx.Response:
        headers = service.headers(HOLDER, "practitioner") | {"Accept": form}
        return await service.http.post("/v1/visit-sheets", json=body, headers=headers)

    for form in ("application/json", "text/html"):
        whole = await issued(form)
        assert whole.status_code == 200, whole.text
        assert flag["terms"]["sentence"]["en"] in whole.text
    precaution = next(kind.classes["flag.precaution"] for kind in KINDS if kind.name == "warning")
    cut = [
        replace(kind, classes={"flag.precaution": precaution.replace(" sentence{cy en}", "")})
        if kind.name == "warning" else kind
        for kind in KINDS
    ]  # fmt: skip
    monkeypatch.setattr(fields, "REGISTRY", Registry(cut, ROWS, LISTS))
    data, page = await issued("application/json"), await issued("text/html")
    assert data.status_code == 200
    assert "sentence" not in data.json()["entries"][0]["warnings"][0]
    assert (page.status_code, page.json()["code"]) == (500, "internal-error")
    assert flag["terms"]["sentence"]["en"] not in data.text + page.text


async def test_a_masked_field_is_masked_in_files_too(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    trail = frozenset({Permission.AUDIT_READ, Permission.AUDIT_EXPORT})
    masked = Row("audit.request", frozenset(Relation), Shown.MASKED, trail)
    rows_then = [row for row in ROWS if row.field != "audit.request"]
    mark = str(uuid.uuid4())
    headers = service.headers(HOLDER, "practitioner") | {"X-Request-ID": mark}
    (
        await service.http.get(f"/v1/persons/{await registered(service, HOLDER)}/flags", headers=headers)
    ).raise_for_status()
    reading = service.headers(HOLDER, "dpo-ig", "audit-quality")
    for table, shows in ((rows_then, False), ([*rows_then, masked], False), (list(ROWS), True)):
        monkeypatch.setattr(fields, "REGISTRY", Registry(KINDS, table, LISTS))
        body = {"action": "flag.read", "agency": HOLDER, "limit": 1}
        page = await service.http.get("/v1/audit/events", params=body, headers=reading)
        files = [
            await service.http.post("/v1/audit/exports", json=body | {"format": form}, headers=reading)
            for form in ("csv", "ndjson")
        ]
        for answer in (page, *files):
            assert answer.status_code == 200
            assert (mark in answer.text) is shows
