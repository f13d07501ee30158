"""A warning that keeps workers away says who will see the adult; that is owed until it is done."""

from datetime import timedelta
from typing import Any

import pytest

from tests.factories.flags import (
    active,
    adult_contact,
    adult_seen,
    assessment,
    decision,
    in_days,
    incident,
    proposed,
    registered,
    reviewing,
    step,
    terms,
)
from tests.fixtures.service import Service

POLICE = "gwent-police"


async def read(service: Service, flag: dict[str, Any]) -> dict[str, Any]:
    answer = await service.http.get(f"/v1/flags/{flag['id']}", headers=service.headers(POLICE, "practitioner"))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def faults(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return {(each["pointer"], each["code"]) for each in answer.json()["errors"]}


async def of_a_mother(service: Service) -> tuple[dict[str, Any], str]:
    """A proposal on a son, whose mother the visits are for."""
    mother, son = await registered(service, POLICE), await registered(service, POLICE)
    cited = await service.http.post(
        "/v1/incidents",
        json=incident(son, adultAtRisk=mother, behaviourOf="family-member"),
        headers=service.creating(POLICE, "practitioner"),
    )
    body = {
        "subject": {"personId": son}, "category": "threat-violence", "incidents": [cited.json()["id"]],
        "reason": "Nurses call twice a day.",
    }  # fmt: skip
    made = await service.http.post("/v1/flags", json=body, headers=service.creating(POLICE, "practitioner"))
    assert made.status_code == 201, made.text
    return dict(made.json()), mother


@pytest.mark.requirement("G-3.1-4", "G-4.1-8")
async def test_no_warning_that_limits_contact_goes_live_without_saying_who_sees_the_adult(service: Service) -> None:
    flag, mother = await of_a_mother(service)
    bare = decision(adultSeen=[])
    assert faults(await step(service, flag, "decision", bare)) == {("/adultSeen", "required")}
    assert await read(service, flag) == flag
    stranger = await registered(service, POLICE)
    wrong = decision(adultSeen=adult_seen(adult=stranger))
    assert faults(await step(service, flag, "decision", wrong)) >= {("/adultSeen/0/adult", "not-found")}
    live = await step(service, flag, "decision", decision())
    assert live.status_code == 200, live.text
    adults = live.json()["adults"]
    assert (adults["concerned"], [(each["adult"], each["state"]) for each in adults["duties"]]) == (
        [mother], [(mother, "owed")],
    )  # fmt: skip


async def test_the_trail_names_the_adult_whenever_the_flag_that_names_her_is_given(service: Service) -> None:
    flag, mother = await of_a_mother(service)
    await read(service, flag)
    event = (await service.events(action="flag.read", agency=POLICE))[-1]
    assert set(event["subjects"]) == {mother, flag["subject"]["personId"]}  # type: ignore[call-overload]  # JSON


async def test_it_is_overdue_until_somebody_records_that_the_adult_was_seen(service: Service) -> None:
    flag = await active(service, POLICE)
    service.clock.offset = timedelta(days=15)
    late = await read(service, flag)
    assert [each["state"] for each in late["adults"]["duties"]] == ["overdue"]
    seen = await step(service, flag, "adult-contacts", adult_contact(seenOn=in_days(15)), role="practitioner")
    assert seen.status_code == 200, seen.text
    adults = seen.json()["adults"]
    assert [each["state"] for each in adults["duties"]] == ["done"]
    assert adults["contacts"][0]["adultView"] == {"ownWords": "Come again on Tuesday.", "notAsked": None}
    assert seen.json()["change"] is None
    assert seen.headers["etag"] == '"v3"'
    events = await service.events(action="adult-contact.recorded")
    assert any(f"flag:{flag['id']}:3" in list(each["records"]) for each in events)  # type: ignore[call-overload]  # JSON


async def test_partners_learn_nothing_of_it_and_keep_what_they_hold(service: Service) -> None:
    flag = await active(service, POLICE)
    path = f"/v1/flags/{flag['id']}"
    before = (await service.http.get(path, headers=service.headers("abuhb", "practitioner"))).json()
    await step(service, flag, "adult-contacts", adult_contact(), role="practitioner")
    after = (await service.http.get(path, headers=service.headers("abuhb", "practitioner"))).json()
    assert after == before | {"version": before["version"] + 1}
    hidden = await service.http.post(
        f"{path}/adult-contacts", json=adult_contact(),
        headers=service.creating("abuhb", "practitioner") | {"If-Match": '"v3"'},
    )  # fmt: skip
    assert hidden.status_code == 404
    assert len((await read(service, flag))["adults"]["contacts"]) == 1


async def test_a_contact_sent_twice_is_recorded_once(service: Service) -> None:
    flag = await active(service, POLICE)
    headers = service.creating(POLICE, "practitioner") | {"If-Match": '"v2"'}
    path, body = f"/v1/flags/{flag['id']}/adult-contacts", adult_contact()
    twice = [await service.http.post(path, json=body, headers=headers) for _ in range(2)]
    assert [each.status_code for each in twice] == [200, 200]
    assert twice[0].json() == twice[1].json()
    assert len(twice[1].json()["adults"]["contacts"]) == 1


async def test_reviews_and_appeals_ask_again_while_contact_is_limited(service: Service) -> None:
    flag = await active(service, POLICE)
    assert faults(await step(service, flag, "reviews", reviewing(adultSeen=None))) == {("/adultSeen", "required")}
    kept = await step(service, flag, "reviews", reviewing())
    assert [each["state"] for each in kept.json()["adults"]["duties"]] == ["superseded", "owed"]
    contested = await step(
        service, kept.json(), "challenges", {"challenger": "subject", "channel": "telephone", "grounds": "Not I."}
    )
    answer = {"outcome": "upheld-in-part", "reason": "Provoked.", "assessment": assessment(), "terms": terms()}
    assert faults(await step(service, contested.json(), "challenges/answer", answer, number=2)) == {
        ("/adultSeen", "required")
    }
    answered = await step(
        service, contested.json(), "challenges/answer", answer | {"adultSeen": adult_seen()}, number=2
    )
    assert answered.status_code == 200, answered.text


@pytest.mark.requirement("G-1.1-2")
async def test_a_decision_says_what_the_adult_said_apart_from_what_the_decider_thinks(service: Service) -> None:
    flag = await proposed(service, POLICE)
    silent = assessment() | {"adultView": None}
    assert faults(await step(service, flag, "decision", decision(assessment=silent))) == {
        ("/assessment/adultView", "required")
    }
    unasked = assessment() | {"adultView": {"notAsked": "In hospital."}}
    assert faults(await step(service, flag, "decision", decision(assessment=unasked))) == {
        ("/assessment/adultAssessment", "required")
    }
    both = unasked | {"adultAssessment": "She may be relieved."}
    live = await step(service, flag, "decision", decision(assessment=both))
    assert live.json()["assessment"]["adultView"] == {"ownWords": None, "notAsked": "In hospital."}
    assert live.json()["assessment"]["adultAssessment"] == "She may be relieved."


async def test_an_incident_stored_before_the_adults_view_had_two_parts_is_still_read(service: Service) -> None:
    person = await registered(service, POLICE)
    made = await service.http.post(
        "/v1/incidents", json=incident(person), headers=service.creating(POLICE, "practitioner")
    )
    admin = await service.database.as_admin()
    await admin.execute(
        """UPDATE rhannu.incidents SET content = content - 'adult_view' || '{"adult_views": "Leave him be."}'
        WHERE id = $1::uuid""",
        made.json()["id"],
    )
    await admin.close()
    answer = await service.http.get(made.headers["location"], headers=service.headers(POLICE, "practitioner"))
    assert answer.json()["content"]["adultView"] == {"ownWords": "Leave him be.", "notAsked": None}
