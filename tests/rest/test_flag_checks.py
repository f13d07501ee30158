"""A list is checked before contact: five outcomes, what to do, and evidence of who was told what."""

import json
import uuid
from datetime import date, timedelta

import pytest

from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service

PRECAUTION = (
    '"flagId":"{id}","version":1,"ownerAgency":"{owner}","category":{{"code":"threat-violence","en":"a","cy":"b"}},'
    '"controls":[{{"code":"joint","en":"Joint visit","cy":"Ymweliad ar y cyd"}}],"sentence":{{"en":"Two people.","cy":null}},"handling":[],'
    '"reviewOn":"2027-01-01","state":"active"'
)


async def registered(service: Service, agency: str, **content: object) -> str:
    family = f"Gwiriad{uuid.uuid4().hex[:8]}"
    body = {"names": [{"family": family, "given": ["Nia"]}], "birthDate": "1949-05-06"} | content
    made = await service.http.post("/v1/persons", json=body, headers=service.creating(agency, "practitioner"))
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def flagged(
    service: Service,
    owner: str,
    record: str | None,
    *,
    recipients: list[str],
    review_on: date | None = None,
    alerting: bool = True,
    uprn: str | None = None,
) -> str:
    """Enter a live flag as the flags capability would store it."""
    flag = str(uuid.uuid4())
    admin = await service.database.as_admin()
    try:
        await admin.execute(
            "INSERT INTO rhannu.flags (id, owner_agency, version, state, category, record_id, uprn, person_id, recipients, "
            "is_alerting, review_on, precaution, content, recorded_at, recorded_by) SELECT $1, $2, 1, 'active', "
            "'threat-violence', $3, $4, (SELECT person_id FROM rhannu.person_records WHERE id = $3), $5, $6, $7, $8, '{}', "
            "now(), $1",
            flag, owner, record, uprn, recipients, alerting, review_on or date.today() + timedelta(days=90),
            PRECAUTION.format(id=flag, owner=owner),
        )  # fmt: skip
        person = "(SELECT person_id FROM rhannu.flags WHERE id = $1)"
        await admin.execute(
            f"INSERT INTO rhannu.flag_targets (flag_id, owner_agency, person_id, uprn, via) VALUES ($1, $2, {person}, $3, 'subject')",
            flag, owner, uprn,
        )  # fmt: skip
        if record is not None:
            await admin.execute(
                "INSERT INTO rhannu.flag_targets (flag_id, owner_agency, uprn, via) SELECT $1, $2, p.uprn, 'lives-at' "
                "FROM rhannu.person_places p WHERE p.record_id = $3 AND NOT p.sealed",
                flag, owner, record,
            )  # fmt: skip
    finally:
        await admin.close()
    return flag


async def check(service: Service, agency: str, entry: dict[str, object], purpose: str = "staff-safety-visit") -> dict:
    answer = await service.http.post(
        "/v1/flag-checks", json={"entries": [entry]}, headers=service.headers(agency, "practitioner", purpose)
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_no_warning_is_not_safety_and_names_the_registers(service: Service) -> None:
    record = await registered(service, "abuhb")
    answer = await check(service, "abuhb", {"reference": "1", "personId": record})
    entry = answer["entries"][0]
    assert entry["outcome"] == "no-warning-known"
    assert "does not show that it is safe" in entry["whatToDo"][0]["en"]
    assert {"gwent-police", "wast"} <= {register["agency"] for register in answer["registers"]}
    assert answer["dutyContact"]["agency"] == "abuhb"


async def test_a_partner_is_warned_through_the_linked_record_and_both_records_are_on_the_trail(
    service: Service,
) -> None:
    number = nhs_number()
    theirs = await registered(service, "gwent-police", nhsNumber=number)
    ours = await registered(service, "abuhb", nhsNumber=number)
    flag = await flagged(service, "gwent-police", theirs, recipients=["*"])
    for entry in ({"personId": ours}, {"identity": {"nhsNumber": number, "birthDate": "1949-05-06"}}):
        answer = await check(service, "abuhb", entry)
        told = answer["entries"][0]
        assert told["outcome"] == "warnings", told
        assert told["warnings"][0]["flagId"] == flag
        assert told["warnings"][0]["contact"]["agency"] == "gwent-police"
        event = (await service.events(event=answer["checkId"]))[0]
        assert set(event["subjects"]) == {theirs, ours}  # type: ignore[arg-type]
        assert event["records"] == [f"flag:{flag}:1"]
        assert event["fields"] == ["flag.precaution"]
        assert set(event["owners"]) == {"gwent-police", "abuhb"}  # type: ignore[arg-type]


async def test_a_hidden_violence_warning_yields_a_number_for_a_visit_and_nothing_for_care(service: Service) -> None:
    number = nhs_number()
    theirs = await registered(service, "gwent-police", nhsNumber=number)
    ours = await registered(service, "pobl", nhsNumber=number)
    flag = await flagged(service, "gwent-police", theirs, recipients=["wast"])
    visit = (await check(service, "pobl", {"personId": ours}))["entries"][0]
    assert visit["outcome"] == "contact-before-visit"
    assert visit["contacts"][0]["agency"] == "gwent-police"
    assert flag not in json.dumps(visit)
    care = (await check(service, "pobl", {"personId": ours}, "direct-care"))["entries"][0]
    assert care["outcome"] == "no-warning-known"


async def test_past_the_grace_only_holders_go_on_seeing_the_flag(service: Service) -> None:
    number = nhs_number()
    theirs = await registered(service, "gwent-police", nhsNumber=number)
    ours = await registered(service, "pobl", nhsNumber=number)
    held = await registered(service, "abuhb", nhsNumber=number)
    long_ago = date.today() - timedelta(days=60)
    flag = await flagged(service, "gwent-police", theirs, recipients=["*"], review_on=long_ago, alerting=False)
    admin = await service.database.as_admin()
    await admin.execute(
        "INSERT INTO rhannu.flag_recipients VALUES ($1, 1, 'abuhb', 'gwent-police', now(), $1)", uuid.UUID(flag)
    )
    await admin.close()
    assert (await check(service, "pobl", {"personId": ours}, "direct-care"))["entries"][0][
        "outcome"
    ] == "contact-before-visit"
    holder = (await check(service, "abuhb", {"personId": held}, "direct-care"))["entries"][0]
    assert holder["outcome"] == "warnings"
    assert holder["warnings"][0]["badges"] == ["review-overdue"]


async def test_the_danger_may_be_at_the_place_but_a_sealed_address_is_never_found(service: Service) -> None:
    uprn, sealed = (str(uuid.uuid4().int % 10**11 + 10**11) for _ in range(2))
    addresses = [{"line1": "1", "uprn": uprn}, {"line1": "2", "uprn": sealed, "sealed": True}]
    theirs = await registered(service, "gwent-police", addresses=addresses)
    await flagged(service, "gwent-police", theirs, recipients=["*"])
    open_place = (await check(service, "wast", {"uprn": uprn}, "emergency-response"))["entries"][0]
    assert open_place["warnings"][0]["about"] == "may-be-present"
    assert (await check(service, "wast", {"uprn": sealed}, "emergency-response"))["entries"][0][
        "outcome"
    ] == "no-warning-known"


async def test_a_linked_person_is_followed_on_the_day_of_contact(service: Service) -> None:
    number = nhs_number()
    adult = await registered(service, "newport-cc")
    son = await registered(service, "newport-cc", nhsNumber=number)
    await flagged(service, "newport-cc", son, recipients=["*"])
    made = await service.http.post(
        f"/v1/persons/{son}/relationships",
        json={"kind": "lives-with", "related": adult, "validFrom": "2026-01-01"},
        headers=service.creating("newport-cc", "practitioner"),
    )
    assert made.status_code == 201, made.text
    told = (await check(service, "newport-cc", {"personId": adult}))["entries"][0]
    assert told["outcome"] == "warnings"
    assert told["warnings"][0]["about"] == "may-be-present"


async def test_a_slip_is_refined_and_another_agencys_record_id_is_not_known(service: Service) -> None:
    number = nhs_number()
    theirs = await registered(service, "gwent-police", nhsNumber=number)
    slip = {"identity": {"nhsNumber": number, "birthDate": "1949-06-05"}}
    assert (await check(service, "abuhb", slip))["entries"][0]["outcome"] == "refine"
    assert (await check(service, "abuhb", {"personId": theirs}))["entries"][0]["outcome"] == "refine"
    bad = (await check(service, "abuhb", {"identity": {"nhsNumber": "9434765918", "birthDate": "1949-06-05"}}))[
        "entries"
    ][0]
    assert bad["outcome"] == "refine"
    assert bad["issues"] == [{"pointer": "/nhsNumber", "code": "check-digit"}]


async def test_looking_up_somebody_unknown_registers_nobody_and_keeps_a_digest(service: Service) -> None:
    family = f"Neb{uuid.uuid4().hex[:8]}"
    admin = await service.database.as_admin()
    before = await admin.fetchval("SELECT count(*) FROM rhannu.persons")
    answer = await check(service, "abuhb", {"identity": {"family": family, "given": "Al", "birthDate": "1949-06-05"}})
    assert answer["entries"][0]["outcome"] == "no-warning-known"
    event = (await service.events(event=answer["checkId"]))[0]
    assert event["outcome"] == "empty"
    detail = await admin.fetchrow("SELECT * FROM audit.detail WHERE event_id = $1", uuid.UUID(answer["checkId"]))
    assert len(json.loads(detail["detail"])[0]) == 32
    assert await admin.fetchval("SELECT count(*) FROM rhannu.persons") == before
    await admin.close()


@pytest.mark.parametrize(
    ("role", "purpose", "status"),
    [
        ("dpo-ig", "staff-safety-visit", 403),
        ("practitioner", "audit-quality", 403),
        ("practitioner", "break-glass", 403),
    ],
)
async def test_who_may_not_check_is_refused_and_that_is_on_the_trail(
    service: Service, role: str, purpose: str, status: int
) -> None:
    request = str(uuid.uuid4())
    answer = await service.http.post(
        "/v1/flag-checks",
        json={"entries": [{"uprn": "100100000001"}]},
        headers=service.headers("abuhb", role, purpose) | {"X-Request-ID": request},
    )
    assert answer.status_code == status
    event = (await service.events(request=request))[0]
    assert (event["action"], event["outcome"], event["records"]) == ("flag.checked", "denied", [])


async def test_match_display_and_acknowledgement_are_three_events(service: Service) -> None:
    number = nhs_number()
    theirs = await registered(service, "gwent-police", nhsNumber=number)
    ours = await registered(service, "abuhb", nhsNumber=number)
    flag = await flagged(service, "gwent-police", theirs, recipients=["*"])
    checked = (await check(service, "abuhb", {"personId": ours}))["checkId"]
    for step, action in (("displays", "check.displayed"), ("acknowledgements", "check.acknowledged")):
        headers = service.creating("abuhb", "practitioner")
        first = await service.http.post(f"/v1/flag-checks/{checked}/{step}", json={"flags": [flag]}, headers=headers)
        again = await service.http.post(f"/v1/flag-checks/{checked}/{step}", json={"flags": [flag]}, headers=headers)
        assert first.status_code == again.status_code == 201, first.text
        event = (await service.events(action=action))[-1]
        assert f"flag:{flag}:1" in event["records"]  # type: ignore[operator]
        assert set(event["subjects"]) == {theirs, ours}  # type: ignore[arg-type]


async def test_another_agencys_check_is_not_found_and_a_flag_not_shown_cannot_be_displayed(service: Service) -> None:
    ours = await registered(service, "abuhb")
    checked = (await check(service, "abuhb", {"personId": ours}))["checkId"]
    body = {"flags": [str(uuid.uuid4())]}
    path = f"/v1/flag-checks/{checked}/displays"
    foreign = await service.http.post(path, json=body, headers=service.creating("pobl", "practitioner"))
    assert foreign.status_code == 404
    never = await service.http.post(path, json=body, headers=service.creating("abuhb", "practitioner"))
    assert never.status_code == 422
    assert never.json()["errors"][0]["pointer"] == "/flags/0"


async def test_the_duty_desk_resolves_an_uncertain_line(service: Service) -> None:
    number = nhs_number()
    ours = await registered(service, "abuhb", nhsNumber=number)
    slip = {"reference": "7", "identity": {"nhsNumber": number, "birthDate": "1949-06-05"}}
    checked = (await check(service, "abuhb", slip))["checkId"]
    body = {"reference": "7", "personId": ours, "method": "telephone", "note": "The ward confirmed the birth date."}
    path = f"/v1/flag-checks/{checked}/resolutions"
    refused = await service.http.post(path, json=body, headers=service.creating("abuhb", "practitioner"))
    assert refused.status_code == 403
    done = await service.http.post(path, json=body, headers=service.creating("abuhb", "duty-desk"))
    assert done.status_code == 201, done.text
    assert done.json()["recordId"] == ours


async def test_who_moves_in_where_a_flagged_person_lives_is_covered_at_once(service: Service) -> None:
    uprn = str(uuid.uuid4().int % 10**11 + 10**11)
    theirs = await registered(service, "gwent-police", addresses=[{"line1": "1", "uprn": uprn}])
    await flagged(service, "gwent-police", theirs, recipients=["*"])
    adult = await registered(service, "newport-cc", addresses=[{"line1": "1", "uprn": uprn}])
    told = (await check(service, "newport-cc", {"personId": adult}))["entries"][0]
    assert [warning["about"] for warning in told["warnings"]] == ["may-be-present"]
    sealed = await registered(service, "newport-cc", addresses=[{"line1": "1", "uprn": uprn, "sealed": True}])
    assert (await check(service, "newport-cc", {"personId": sealed}))["entries"][0]["outcome"] == "no-warning-known"


async def test_a_place_flag_names_no_person_and_its_event_can_be_filed(service: Service) -> None:
    uprn = str(uuid.uuid4().int % 10**11 + 10**11)
    flag = await flagged(service, "pobl", None, recipients=["*"], uprn=uprn)
    answer = await check(service, "wast", {"uprn": uprn}, "emergency-response")
    assert answer["entries"][0]["warnings"][0]["about"] == "place"
    event = (await service.events(event=answer["checkId"]))[0]
    assert event["subjects"] == []
    assert event["records"] == [f"flag:{flag}:1"]


async def test_a_flag_met_twice_stands_once_on_the_trail_with_all_its_badges_in_each_answer(service: Service) -> None:
    uprn = str(uuid.uuid4().int % 10**11 + 10**11)
    theirs = await registered(service, "gwent-police", addresses=[{"line1": "1", "uprn": uprn}])
    flag = await flagged(
        service, "gwent-police", theirs, recipients=["*"], review_on=date.today() - timedelta(days=2)
    )  # fmt: skip
    admin = await service.database.as_admin()
    await admin.execute("UPDATE rhannu.flags SET contested = true WHERE id = $1", uuid.UUID(flag))
    await admin.close()
    adult = await registered(service, "newport-cc", addresses=[{"line1": "1", "uprn": uprn}])
    answer = await service.http.post(
        "/v1/flag-checks",
        json={"entries": [{"reference": "a", "personId": adult}, {"reference": "b", "uprn": uprn}]},
        headers=service.headers("newport-cc", "practitioner", "staff-safety-visit"),
    )
    told = answer.json()
    assert [[w["badges"] for w in entry["warnings"]] for entry in told["entries"]] == [
        [["contested", "review-overdue"]]
    ] * 2
    (event,) = await service.events(event=told["checkId"])
    assert event["records"] == [f"flag:{flag}:1"]
    assert sorted(event["subjects"]) == sorted([theirs, adult])  # type: ignore[call-overload]
    assert sorted(event["named"]) == ["gwent-police", "newport-cc"]  # type: ignore[call-overload]
