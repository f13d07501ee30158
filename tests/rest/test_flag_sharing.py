"""What partners see of a flag: what to do, never the story; and what is taken back is gone at once."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.factories.flags import active, decision, proposal, proposed, registered, step, terms
from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service, user_id

POLICE = "gwent-police"
STORY = ("walking stick", "credible threat", "afraid to speak", "Colleagues will visit")


async def get(service: Service, path: str, agency: str, role: str = "practitioner", **more: str) -> Any:
    return await service.http.get(path, headers=service.headers(agency, role, **more))


async def shared(service: Service, **changes: Any) -> tuple[dict[str, Any], str]:
    """An active flag of the police, and the health board's own record of the same person."""
    same = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    theirs = await registered(service, "abuhb", **same)
    return await active(service, POLICE, content=same, **changes), theirs


async def test_a_recipient_reads_what_to_do_and_the_trail_names_the_owner_s_record(service: Service) -> None:
    flag, _ = await shared(service)
    read = await get(service, f"/v1/flags/{flag['id']}", "abuhb")
    assert read.status_code == 200
    assert set(read.json()) == {
        "flagId", "version", "ownerAgency", "category", "controls", "sentence", "handling", "reviewOn", "state", "badges", "contact"
    }  # fmt: skip
    assert not any(word in read.text for word in STORY)
    event = (await service.events(action="flag.read", agency="abuhb"))[-1]
    assert event["subjects"] == [flag["subject"]["personId"]]
    assert (event["owners"], event["fields"]) == ([POLICE], ["flag.precaution"])


async def test_a_proposal_is_its_own_agency_s_affair(service: Service) -> None:
    flag = await proposed(service, POLICE)
    assert (await get(service, f"/v1/flags/{flag['id']}", "abuhb")).status_code == 404


async def test_the_flags_on_a_person_are_own_ones_whole_and_shared_ones_as_precautions(service: Service) -> None:
    flag, theirs = await shared(service)
    own = await get(service, f"/v1/persons/{flag['subject']['personId']}/flags", POLICE)
    assert own.json() == {"own": [flag], "shared": [], "contacts": []}
    other = await get(service, f"/v1/persons/{theirs}/flags", "abuhb")
    assert [each["flagId"] for each in other.json()["shared"]] == [flag["id"]]
    assert other.json()["own"] == []
    assert not any(word in other.text for word in STORY)
    foreign = await get(service, f"/v1/persons/{theirs}/flags", POLICE)
    assert foreign.status_code == 404


async def test_hidden_danger_gives_a_number_to_ring_for_contact_alone(service: Service) -> None:
    flag, theirs = await shared(service, terms=terms(recipients={"agencies": ["swfrs"]}))
    path = f"/v1/persons/{theirs}/flags"
    visitor = await get(service, path, "abuhb")
    assert [each["agency"] for each in visitor.json()["contacts"]] == [POLICE]
    assert flag["id"] not in visitor.text
    event = (await service.events(action="flag.read", agency="abuhb"))[-1]
    assert event["hinted"] == [f"flag:{flag['id']}:{flag['version']}"]
    casework = await get(service, path, "abuhb", purpose="adult-safeguarding")
    assert casework.json() == {"own": [], "shared": [], "contacts": []}


async def test_a_restricted_flag_is_not_shared_while_it_is_contested(service: Service) -> None:
    flag, theirs = await shared(service)
    body = {
        "challenger": "subject",
        "channel": "telephone",
        "grounds": "It was not me.",
        "restrictionReason": "Two men have that name.",
    }
    contested = await step(service, flag, "challenges", body, role="dpo-ig")
    assert contested.status_code == 200, contested.text
    assert sorted(contested.json()["badges"]) == ["contested", "restricted"]
    assert not any(word in contested.text for word in STORY)
    assert (await get(service, f"/v1/flags/{flag['id']}", "abuhb")).status_code == 404
    listed = (await get(service, f"/v1/persons/{theirs}/flags", "abuhb")).json()
    assert listed["shared"] == []
    assert [each["agency"] for each in listed["contacts"]] == [POLICE]
    assert (await get(service, f"/v1/flags/{flag['id']}", POLICE)).json()["version"] == 3


@pytest.mark.parametrize("kind", ["wrong-person", "entered-in-error"])
async def test_what_should_never_have_been_is_withdrawn_from_everyone_at_once(service: Service, kind: str) -> None:
    flag, theirs = await shared(service)
    done = await step(service, flag, "corrections", {"kind": kind, "reason": "It was somebody else."})
    assert done.json()["state"] == "entered-in-error"
    assert (await get(service, f"/v1/flags/{flag['id']}", "abuhb")).status_code == 404
    assert (await get(service, f"/v1/persons/{theirs}/flags", "abuhb")).json()["shared"] == []
    admin = await service.database.as_admin()
    targets = await admin.fetchval("SELECT count(*) FROM rhannu.flag_targets WHERE flag_id = $1", uuid.UUID(flag["id"]))
    changes = await admin.fetch(
        "SELECT change FROM rhannu.flag_versions WHERE flag_id = $1 ORDER BY version", uuid.UUID(flag["id"])
    )
    await admin.close()
    assert targets == 0
    told = "wrong-person" if kind == "wrong-person" else "erased"
    assert [row["change"] for row in changes] == ["not-shared", "created", told]


async def test_one_human_with_two_accounts_neither_decides_nor_removes(service: Service) -> None:
    account = user_id(POLICE, "flag-decision-maker", 77)
    admin = await service.database.as_admin()
    await admin.execute(
        "INSERT INTO rhannu.users (id, owner_agency, human_id, display_name) VALUES ($1, $2, $3, 'Second Account') "
        "ON CONFLICT DO NOTHING",
        account, POLICE, user_id(POLICE, "practitioner"),
    )  # fmt: skip
    await admin.execute(
        "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) "
        "VALUES ($1, $2, 'flag-decision-maker', '2020-01-01') ON CONFLICT DO NOTHING",
        account, POLICE,
    )  # fmt: skip
    await admin.close()
    flag = await proposed(service, POLICE)
    refused = await step(service, flag, "decision", decision(), number=77)
    assert (refused.status_code, refused.json()["code"]) == (403, "proposer-cannot-decide")
    assert (await get(service, f"/v1/flags/{flag['id']}", POLICE)).json() == flag
    live = await step(service, flag, "decision", decision())
    assert live.status_code == 200, live.text
    removal = await step(service, live.json(), "removal", {"reason": "I changed my mind."}, number=77)
    assert (removal.status_code, removal.json()["code"]) == (403, "proposer-cannot-decide")
    assert (await get(service, f"/v1/flags/{flag['id']}", POLICE)).json() == live.json()


async def test_a_step_sent_twice_is_taken_once(service: Service) -> None:
    flag = await proposed(service, POLICE)
    headers = service.creating(POLICE, "flag-decision-maker", "flag-governance") | {"If-Match": '"v1"'}
    twice = [
        await service.http.post(f"/v1/flags/{flag['id']}/decision", json=decision(), headers=headers) for _ in range(2)
    ]
    assert [each.status_code for each in twice] == [200, 200]
    assert twice[0].json() == twice[1].json()
    assert twice[1].json()["version"] == 2


async def test_the_category_decided_is_the_category_shown_and_held(service: Service) -> None:
    flag = await proposed(service, POLICE)
    decided = await step(service, flag, "decision", decision(category="do-not-visit-alone"))
    assert decided.json()["category"] == "do-not-visit-alone"
    admin = await service.database.as_admin()
    row = await admin.fetchrow(
        "SELECT category, is_alerting, recipients, precaution FROM rhannu.flags WHERE id = $1", uuid.UUID(flag["id"])
    )
    await admin.close()
    assert row is not None
    assert (row["category"], row["is_alerting"], row["recipients"]) == ("do-not-visit-alone", True, ["*"])
    said = json.loads("{" + row["precaution"] + "}")
    assert (said["category"]["code"], said["flagId"]) == ("do-not-visit-alone", flag["id"])
    again = {
        "subject": {"personId": flag["subject"]["personId"]},
        "category": "do-not-visit-alone",
        "incidents": [flag["incidents"][0]["id"]],
        "reason": "Again.",
    }
    refused = await service.http.post("/v1/flags", json=again, headers=service.creating(POLICE, "practitioner"))
    assert (refused.status_code, refused.json()["code"]) == (409, "flag-already-live")


async def test_a_declined_proposal_makes_room_for_a_new_one(service: Service) -> None:
    body = await proposal(service, POLICE)
    first = await service.http.post("/v1/flags", json=body, headers=service.creating(POLICE, "practitioner"))
    decline = {key: value for key, value in decision().items() if key in {"reason", "assessment"}}
    done = await step(service, first.json(), "decision", decline | {"outcome": "decline"})
    assert (done.status_code, done.json()["state"]) == (200, "declined")
    second = await service.http.post("/v1/flags", json=body, headers=service.creating(POLICE, "practitioner"))
    assert second.status_code == 201


async def test_a_place_is_flagged_with_a_reason_of_its_own(service: Service) -> None:
    uprn = f"1{uuid.uuid4().int % 10**11:011d}"
    person = await registered(service, POLICE)
    made = await service.http.post(
        "/v1/incidents",
        json={
            "adultAtRisk": person, "about": person, "occurredAt": datetime.now(UTC).isoformat(),
            "place": {"uprn": uprn}, "factualAccount": "A loose dog at the gate.", "adultImpact": "Visits may be missed.",
            "adultView": {"notAsked": "Nobody was in."},
            "hazard": {"kind": "animal", "description": "A large dog, loose."}, "noPoliceReportReason": "not-criminal",
        },
        headers=service.creating(POLICE, "practitioner"),
    )  # fmt: skip
    assert made.status_code == 201, made.text
    body = {
        "subject": {"uprn": uprn, "reason": "The dog is at the gate whoever calls."},
        "category": "animal-hazard", "incidents": [made.json()["id"]], "reason": "Staff call there.",
    }  # fmt: skip
    flag = await service.http.post("/v1/flags", json=body, headers=service.creating(POLICE, "practitioner"))
    assert flag.status_code == 201, flag.text
    choice = decision(category="animal-hazard", terms=terms(retentionClass="weapon-or-animal"))
    live = await step(service, flag.json(), "decision", choice)
    assert live.status_code == 200, live.text
    checked = await service.http.post(
        "/v1/flag-checks", json={"entries": [{"uprn": uprn}]}, headers=service.headers("abuhb", "practitioner")
    )
    assert [each["about"] for each in checked.json()["entries"][0]["warnings"]] == ["place"]
    both = body | {"subject": {"uprn": uprn, "personId": person, "reason": "Both."}}
    refused = await service.http.post("/v1/flags", json=both, headers=service.creating(POLICE, "practitioner"))
    assert refused.json()["errors"][0]["pointer"] == "/subject/uprn"


async def test_the_ledger_is_the_owner_s_to_read(service: Service) -> None:
    flag = await active(service, POLICE)
    admin = await service.database.as_admin()
    await admin.execute(
        "INSERT INTO rhannu.flag_recipients (flag_id, flag_version, agency, owner_agency, matched_at, matched_event) "
        "VALUES ($1, 2, 'abuhb', $2, now(), gen_random_uuid())",
        uuid.UUID(flag["id"]), POLICE,
    )  # fmt: skip
    await admin.close()
    path = f"/v1/flags/{flag['id']}/recipients"
    held = await get(service, path, POLICE, "dpo-ig", purpose="subject-rights")
    assert [(each["agency"], each["flagVersion"]) for each in held.json()["recipients"]] == [("abuhb", 2)]
    assert held.json()["recipients"][0]["displayedAt"] is None
    assert (await get(service, path, "abuhb", "dpo-ig", purpose="subject-rights")).status_code == 404
    denied = await get(service, path, POLICE, "practitioner", purpose="flag-governance")
    assert (denied.status_code, denied.json()["code"]) == (403, "access-denied")


async def test_recipients_nobody_registered_are_refused(service: Service) -> None:
    flag = await proposed(service, POLICE)
    slip = decision(terms=terms(recipients={"agencies": ["abuhb", "gwent-polise"]}))
    refused = await step(service, flag, "decision", slip)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/terms/recipients/agencies"
    assert (await get(service, f"/v1/flags/{flag['id']}", POLICE)).json() == flag


async def test_long_overdue_flags_stay_with_those_who_hold_them(service: Service) -> None:
    flag, theirs = await shared(service)
    path = f"/v1/flags/{flag['id']}"
    admin = await service.database.as_admin()
    try:
        for days, status in ((28, 200), (29, 404)):
            await admin.execute(
                "UPDATE rhannu.flags SET review_on = (now() AT TIME ZONE 'Europe/London')::date - $2::int WHERE id = $1",
                uuid.UUID(flag["id"]), days,
            )  # fmt: skip
            read = await get(service, path, "abuhb")
            assert read.status_code == status
        listed = (await get(service, f"/v1/persons/{theirs}/flags", "abuhb", purpose="direct-care")).json()
        assert (listed["shared"], [each["agency"] for each in listed["contacts"]]) == ([], [POLICE])
        await admin.execute(
            "INSERT INTO rhannu.flag_recipients (flag_id, flag_version, agency, owner_agency, matched_at, matched_event) "
            "VALUES ($1, 2, 'abuhb', $2, now(), gen_random_uuid())",
            uuid.UUID(flag["id"]), POLICE,
        )  # fmt: skip
        assert (await get(service, path, "abuhb")).json()["badges"] == ["review-overdue"]
    finally:
        await admin.close()
