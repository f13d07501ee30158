"""Telling the person: no letter before its delivery was checked, and what the records say is held against the answers."""

import uuid
from typing import Any

import pytest

from tests.factories.flags import active, assessment, decision, in_days, incident, registered, step, terms
from tests.fixtures.service import Service
from tests.rest.rows import rows
from tests.rest.test_visit_sheets import text_of_pdf

POLICE = "gwent-police"
TOLD = {"kind": "to-be-told", "on": in_days(10), "routeChecked": True}
CONTACT = {"en": "ring 01632 960199", "cy": "ffoniwch 01632 960199"}


async def flagged(
    service: Service, *, adult: dict[str, Any] | None = None, content: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """An active flag on somebody, about whom the incident was met at another adult's home."""
    person = await registered(service, POLICE, **(content or {"language": "en"}))
    mother = await registered(service, POLICE, **(adult or {}))
    told_of = changes.pop("incident", {})
    cited = await service.http.post(
        "/v1/incidents",
        json=incident(person, **{"adultAtRisk": mother, "behaviourOf": "family-member", **told_of}),
        headers=service.creating(POLICE, "practitioner"),
    )
    assert cited.status_code == 201, cited.text
    category = changes.get("category", "threat-violence")
    body = {
        "subject": {"personId": person}, "category": category, "incidents": [cited.json()["id"]], "reason": "Visits.",
    }  # fmt: skip
    flag = await service.http.post("/v1/flags", json=body, headers=service.creating(POLICE, "practitioner"))
    decided = await step(service, flag.json(), "decision", decision(**{"notification": TOLD, **changes}))
    assert decided.status_code == 200, decided.text
    return dict(decided.json())


def notice(flag: dict[str, Any], **changes: Any) -> dict[str, Any]:
    delivery = {"reading": "by-letter", "language": "en", "route": "post", "adultThere": "no"}
    return {
        "delivery": delivery | changes.pop("delivery", {}),
        "reliedOn": [{"incidentId": flag["incidents"][0]["id"], "en": "You raised a stick.", "cy": "Codoch chi ffon."}],
        "contact": CONTACT,
        **changes,
    }


async def prepare(service: Service, flag: dict[str, Any], body: dict[str, Any], **who: Any) -> Any:
    caller = {"role": "flag-decision-maker", "purpose": "flag-governance", **who}
    return await service.http.post(
        f"/v1/flags/{flag['id']}/notices", json=body, headers=service.creating(POLICE, **caller)
    )


async def read(service: Service, flag: dict[str, Any], notice_id: str, accept: str = "application/json") -> Any:
    headers = service.headers(POLICE, "flag-decision-maker", "flag-governance") | {"Accept": accept}
    return await service.http.get(f"/v1/flags/{flag['id']}/notices/{notice_id}", headers=headers)


@pytest.mark.requirement("G-4.2-6", "G-7.2-1")
async def test_a_letter_says_all_that_it_must(service: Service) -> None:
    flag = await flagged(service, terms=terms(recipients={"agencies": ["abuhb", "swfrs"]}))
    made = await prepare(service, flag, notice(flag))
    assert made.status_code == 201, made.text
    (letter,) = made.json()["letters"]
    said = letter["spoken"]
    for must in (
        "You raised a stick.", "Threat of, or actual, violence", "abuhb", "swfrs", "If you disagree",
        "had no part in the decision", "01632 960199", "We keep a record of what is said and done",
    ):  # fmt: skip
        assert must in said, must
    assert str(int(flag["reviewOn"][8:])) in said
    assert "walking stick" not in said
    event = (await service.events(action="notice.recorded"))[-1]
    assert event["subjects"] == [flag["subject"]["personId"]]
    assert f"notice:{made.json()['id']}" in event["records"]
    assert event["fields"] == ["notice.content"]


@pytest.mark.requirement("G-4.2-6")
async def test_the_letter_is_printed_and_read_aloud_in_the_recorded_language(service: Service) -> None:
    flag = await flagged(service, content={"language": "cy"})
    made = await prepare(service, flag, notice(flag, delivery={"language": "cy"}))
    identifier = made.json()["id"]
    assert made.headers["location"] == f"/v1/flags/{flag['id']}/notices/{identifier}"
    assert (await read(service, flag, identifier)).json() == made.json()
    text = await read(service, flag, identifier, "text/plain")
    assert text.headers["content-language"] == "cy"
    assert "Codoch chi ffon." in text.text
    assert "You raised a stick." not in text.text
    printed = await read(service, flag, identifier, "application/pdf")
    assert printed.headers["content-disposition"] == 'attachment; filename="notice.pdf"'
    assert "Codoch chi ffon." in text_of_pdf(printed.content)
    assert (await service.events(action="notice.read"))[-1]["subjects"] == [flag["subject"]["personId"]]


@pytest.mark.requirement("G-4.2-6")
async def test_where_no_language_is_recorded_both_are_sent(service: Service) -> None:
    flag = await flagged(service, content={"language": None})
    refused = await prepare(service, flag, notice(flag))
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/delivery/language"]
    made = await prepare(service, flag, notice(flag, delivery={"language": "both"}))
    assert [letter["language"] for letter in made.json()["letters"]] == ["en", "cy"]
    printed = text_of_pdf((await read(service, flag, made.json()["id"], "application/pdf")).content)
    assert printed.index("A note on your record") < printed.index("Nodyn ar eich cofnod")


@pytest.mark.requirement("G-4.2-6")
async def test_who_does_not_read_letters_is_told_in_speech(service: Service) -> None:
    flag = await flagged(service, content={"language": "en", "communicationNeeds": ["verbal-not-written"]})
    refused = await prepare(service, flag, notice(flag))
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
        ("/delivery/reading", "inconsistent")
    ]
    spoken_only = {"reading": "speech-instead", "route": "meeting"}
    made = await prepare(service, flag, notice(flag, delivery=spoken_only))
    assert made.status_code == 201, made.text
    printed = await read(service, flag, made.json()["id"], "application/pdf")
    assert (printed.status_code, printed.json()["code"]) == (409, "letter-to-be-spoken")
    assert "You raised a stick." in (await read(service, flag, made.json()["id"], "text/plain")).text


@pytest.mark.requirement("G-4.2-6")
@pytest.mark.parametrize(
    ("content", "delivery", "pointer", "code"),
    [
        ({"language": "pl"}, {"language": "both"}, "/delivery/interpreter", "required"),
        ({"language": "en", "communicationNeeds": ["interpretation"]}, {}, "/delivery/interpreter", "required"),
        ({"language": "en"}, {"interpreter": "Polish"}, "/delivery/interpreter", "too-long"),
        ({"language": "en"}, {"interpreter": "P1"}, "/delivery/interpreter", "pattern"),
        ({"language": "cy"}, {"language": "en"}, "/delivery/language", "inconsistent"),
        ({"language": "en"}, {"route": "telephone"}, "/delivery/route", "inconsistent"),
        ({"language": "en"}, {"reading": "speech-instead"}, "/delivery/route", "inconsistent"),
        ({"language": "en"}, {"adultThere": "yes"}, "/delivery/reason", "required"),
        ({"language": "en"}, {"adultThere": "not-known"}, "/delivery/reason", "required"),
        ({"language": "en"}, {"adultThere": "is-addressee"}, "/delivery/adultThere", "inconsistent"),
        ({"language": "en"}, {"reading": "by-fax"}, "/delivery/reading", "code-unknown"),
    ],
)
async def test_a_delivery_that_was_not_thought_through_is_refused(
    service: Service, content: dict[str, Any], delivery: dict[str, Any], pointer: str, code: str
) -> None:
    flag = await flagged(service, content=content)
    before = await rows(service)
    refused = await prepare(service, flag, notice(flag, delivery=delivery))
    assert refused.status_code == 422, refused.text
    assert (pointer, code) in [(each["pointer"], each["code"]) for each in refused.json()["errors"]]
    assert await rows(service) == before


@pytest.mark.requirement("G-4.2-6")
@pytest.mark.parametrize("known_by", ["uprn", "postcode", "link"])
async def test_a_letter_never_reaches_the_home_of_the_adult_at_risk_unnoticed(service: Service, known_by: str) -> None:
    uprn = f"1{uuid.uuid4().int % 10**11:011d}"
    by_uprn = [{"line1": "1 Stryd Fawr", "uprn": uprn}]
    by_postcode = [{"line1": "1 Stryd Fawr", "postcode": "NP90 1AB"}]
    address = {"uprn": by_uprn, "postcode": by_postcode, "link": [{"line1": "9 Elsewhere"}]}[known_by]
    flag = await flagged(
        service, content={"language": "en", "addresses": address},
        adult={"addresses": by_postcode if known_by == "link" else [{**address[0], "line1": "1, stryd FAWR"}]},
    )  # fmt: skip
    if known_by == "link":
        cited = await service.http.get(
            f"/v1/incidents/{flag['incidents'][0]['id']}", headers=service.headers(POLICE, "practitioner")
        )
        linked = await service.http.post(
            f"/v1/persons/{flag['subject']['personId']}/relationships",
            json={"kind": "lives-with", "related": cited.json()["content"]["adultAtRisk"]},
            headers=service.creating(POLICE, "practitioner"),
        )
        assert linked.status_code == 201, linked.text
    refused = await prepare(service, flag, notice(flag))
    issues = [(each["pointer"], each["code"]) for each in refused.json()["errors"]]
    assert issues == [("/delivery/adultThere", "inconsistent")]
    reason = "He collects his own letters from the hall."
    made = await prepare(service, flag, notice(flag, delivery={"adultThere": "yes", "reason": reason}))
    assert made.status_code == 201, made.text
    met = await prepare(service, flag, notice(flag, delivery={"adultThere": "yes", "route": "meeting"}))
    assert met.status_code == 201, met.text


async def test_a_letter_to_the_adult_themself_says_so(service: Service) -> None:
    flag = await active(service, POLICE, content={"language": "en"}, notification=TOLD)
    assert (await prepare(service, flag, notice(flag))).status_code == 422
    made = await prepare(service, flag, notice(flag, delivery={"adultThere": "is-addressee"}))
    assert made.status_code == 201, made.text


async def test_a_care_need_is_told_of_without_blame(service: Service) -> None:
    changes = {
        "category": "care-need-behaviour",
        "terms": terms(retentionClass="care-need"),
        "assessment": assessment() | {"carerSupport": {"kind": "in-place"}},
    }
    flag = await flagged(service, **changes)
    blaming = notice(flag)
    blaming["reliedOn"][0]["en"] = "You were violent to the carer."
    refused = await prepare(service, flag, blaming)
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
        ("/reliedOn/0/en", "blaming-word")
    ]
    gentle = notice(flag)
    gentle["reliedOn"][0]["en"] = "You were frightened and pushed the carer away."
    made = await prepare(service, flag, gentle)
    assert made.json()["kind"] == "care-need-notice"
    said = made.json()["letters"][0]["spoken"].lower()
    assert "more help" in said
    assert not any(word in said for word in ("violen", "threat", "aggress", "punish", "sanction"))


async def test_a_protected_source_is_looked_after_before_anything_is_said(service: Service) -> None:
    flag = await flagged(service, incident={"sourceProtected": True})
    refused = await prepare(service, flag, notice(flag))
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/reliedOn/0/sourceChecked"]
    body = notice(flag)
    body["reliedOn"][0]["sourceChecked"] = True
    assert (await prepare(service, flag, body)).status_code == 201


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"reliedOn": []}, "/reliedOn", "required"),
        ({"reliedOn": [{"incidentId": str(uuid.uuid4()), "en": "Something."}]}, "/reliedOn/0/incidentId", "not-found"),
        ({"contact": None}, "/contact", "required"),
    ],
)
async def test_what_the_person_is_told_rests_on_the_flag(
    service: Service, change: dict[str, Any], pointer: str, code: str
) -> None:
    flag = await flagged(service)
    admin = await service.database.as_admin()
    await admin.execute("DELETE FROM rhannu.letter_templates")
    await admin.close()
    refused = await prepare(service, flag, notice(flag) | change)
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [(pointer, code)]


async def test_the_words_of_the_letter_are_needed_in_its_language(service: Service) -> None:
    flag = await flagged(service, content={"language": "cy"})
    body = notice(flag, delivery={"language": "cy"})
    del body["reliedOn"][0]["cy"]
    refused = await prepare(service, flag, body)
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [("/reliedOn/0/cy", "required")]


async def test_nobody_is_told_against_the_decision_not_to_tell(service: Service) -> None:
    withheld = {"kind": "withheld-risk", "reason": "Telling him now would put his mother at risk."}
    flag = await flagged(service, notification=withheld)
    refused = await prepare(service, flag, notice(flag))
    assert (refused.status_code, refused.json()["code"]) == (409, "flag-state-conflict")


async def test_the_proposer_does_not_write_the_letter(service: Service) -> None:
    flag = await flagged(service)
    admin = await service.database.as_admin()
    proposer = await admin.fetchval(
        "SELECT content -> 'proposed' ->> 'human' FROM rhannu.flags WHERE id = $1", uuid.UUID(flag["id"])
    )
    await admin.execute(
        "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) "
        "VALUES ($1, $2, 'flag-decision-maker', now() - interval '1 minute')",
        uuid.UUID(proposer), POLICE,
    )  # fmt: skip
    try:
        refused = await prepare(service, flag, notice(flag), role="practitioner")
        assert (refused.status_code, refused.json()["code"]) == (403, "proposer-cannot-decide")
    finally:
        await admin.execute(
            "DELETE FROM rhannu.user_roles WHERE user_id = $1 AND role = 'flag-decision-maker'", uuid.UUID(proposer)
        )
        await admin.close()


async def test_a_notice_sent_twice_is_made_once_and_kept_as_it_was(service: Service) -> None:
    flag = await flagged(service)
    headers = service.creating(POLICE, "flag-decision-maker", "flag-governance")
    path = f"/v1/flags/{flag['id']}/notices"
    twice = [await service.http.post(path, json=notice(flag), headers=headers) for _ in range(2)]
    assert [each.status_code for each in twice] == [201, 201]
    assert twice[0].json() == twice[1].json()
    admin = await service.database.as_admin()
    count = await admin.fetchval("SELECT count(*) FROM rhannu.flag_notices WHERE flag_id = $1", uuid.UUID(flag["id"]))
    await admin.close()
    assert count == 1


async def test_another_agency_finds_no_notice(service: Service) -> None:
    flag = await flagged(service)
    made = await prepare(service, flag, notice(flag))
    path = f"/v1/flags/{flag['id']}/notices/{made.json()['id']}"
    other = await service.http.get(path, headers=service.headers("abuhb", "flag-decision-maker", "flag-governance"))
    assert (other.status_code, other.json()["code"]) == (404, "not-found")
    elsewhere = await flagged(service)
    assert (await read(service, elsewhere, made.json()["id"])).status_code == 404


async def test_a_name_is_never_printed_with_a_gap(service: Service) -> None:
    names = [{"family": "محمد", "given": ["سارة"]}]
    flag = await flagged(service, content={"language": "en", "names": names})
    made = await prepare(service, flag, notice(flag))
    printed = await read(service, flag, made.json()["id"], "application/pdf")
    assert (printed.status_code, printed.json()["code"]) == (409, "letter-beyond-font")
    assert "محمد" in (await read(service, flag, made.json()["id"], "text/plain")).text
