"""A warning from an older register: its owner sees it, partners are told to ring, and somebody decides it or removes it."""

import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.dates import local_date, start_of_day
from tests.factories.flags import adult_seen, decision, recorded, registered, step, terms
from tests.factories.imports import AGENCY, DECIDER, LEAD, Importing
from tests.factories.numbers import nhs_number
from tests.factories.registers import CANARY, MAPPING, Register
from tests.fixtures.service import Service, user_id
from tests.rest.test_flag_imports import family, lines

PARTNER = "abuhb"
WEIGHING = dict.fromkeys(("seriousness", "timePassed", "conduct", "unusualStress"), "Weighed.")


@dataclass
class Legacy:
    """A warning just made from one row, and who is warned about."""

    service: Service
    importing: Importing
    number: str
    flag: dict[str, Any]

    @property
    def person(self) -> str:
        return str(self.flag["subject"]["personId"])

    async def again(self) -> dict[str, Any]:
        self.flag = (await self.get(f"/v1/flags/{self.flag['id']}", self.importing.agency)).json()
        return self.flag

    async def get(self, path: str, agency: str, role: str = "practitioner", purpose: str = "direct-care") -> Any:
        return await self.service.http.get(path, headers=self.service.headers(agency, role, purpose))

    async def check(self, agency: str, purpose: str = "staff-safety-visit") -> tuple[dict[str, Any], str]:
        """The answer for the person, by their number, and all of its text."""
        body = {"entries": [{"identity": {"nhsNumber": self.number, "birthDate": "1950-02-03"}}]}
        headers = self.service.headers(agency, "practitioner", purpose)
        answer = await self.service.http.post("/v1/flag-checks", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["entries"][0], answer.text

    async def partners_record(self) -> str:
        body = {"names": [{"family": "Arall", "given": ["Ann"]}], "birthDate": "1950-02-03", "nhsNumber": self.number}
        headers = self.service.creating(PARTNER, "practitioner")
        return str((await self.service.http.post("/v1/persons", json=body, headers=headers)).json()["id"])

    async def decided(self, **changes: Any) -> Any:
        cited = await recorded(self.service, self.importing.agency, self.person)
        return await step(self.service, self.flag, "decision", decision(incidents=[cited], **changes), number=2)


async def legacy(service: Service, agency: str = AGENCY, **row: str) -> Legacy:
    number = nhs_number()
    told = {
        "Surname": family(), "NHS No": number, "Marker": "ABUSE", "Raised by": "J. Temp", "Raised": "spring 2016?",
        "First held": "02/05/2016",
    }  # fmt: skip
    importing = await (await Importing(service, agency).begin()).whole(lines({**told, **row}))
    (made,) = await importing.rows()
    headers = service.headers(agency, "practitioner", "direct-care")
    return Legacy(
        service, importing, number, (await service.http.get(f"/v1/flags/{made['flagId']}", headers=headers)).json()
    )


async def test_the_owner_sees_it_badged_and_what_the_old_register_says(service: Service) -> None:
    made = await legacy(service)
    flag, today = made.flag, local_date(service.clock())
    assert (flag["state"], flag["badges"], flag["version"]) == ("active", ["legacy-unreviewed"], 1)
    assert (flag["incidents"], flag["decision"], flag["assessment"], flag["terms"], flag["notification"]) == (
        [], None, None, None, None
    )  # fmt: skip
    assert (flag["reviewOn"], flag["obtainedOn"]) == ((today + timedelta(days=90)).isoformat(), "2016-05-02")
    source = flag["legacy"]
    assert (source["row"], source["importId"]) == (2, made.importing.view["id"])
    assert (source["raisedBy"], source["raisedOn"], source["recordedOn"]) == ("J. Temp", "spring 2016?", "2016-05-02")
    assert CANARY in source["note"]
    entry, text = await made.check(AGENCY)
    (warning,) = entry["warnings"]
    assert (warning["badges"], [each["code"] for each in warning["controls"]]) == (["legacy-unreviewed"], ["joint"])
    assert warning["sentence"] == {"en": "End the visit if abuse begins.", "cy": None}
    assert CANARY not in text


async def test_partners_are_told_to_ring_and_nothing_else_and_the_note_never_leaves(service: Service) -> None:
    made = await legacy(service)
    theirs = await made.partners_record()
    seen: list[str] = []
    for purpose in ("staff-safety-visit", "emergency-response"):
        entry, text = await made.check(PARTNER, purpose)
        seen.append(text)
        assert entry["outcome"] == "contact-before-visit"
        assert entry["warnings"] == []
        assert [each["agency"] for each in entry["contacts"]] == [AGENCY]
    entry, text = await made.check(PARTNER, "direct-care")
    assert entry["outcome"] == "no-warning-known"
    listed = await made.get(f"/v1/persons/{theirs}/flags", PARTNER, purpose="staff-safety-visit")
    assert (listed.json()["own"], listed.json()["shared"]) == ([], [])
    assert [each["agency"] for each in listed.json()["contacts"]] == [AGENCY]
    hidden = await made.get(f"/v1/flags/{made.flag['id']}", PARTNER)
    assert hidden.status_code == 404
    query = "query($id: UUID!) { personSummary(id: $id) { flagCount flags(first: 5) { id } contacts(first: 5) { agency } } }"
    asked = {"query": query, "variables": {"id": theirs}}
    summary = await service.http.post("/graphql", json=asked, headers=service.headers(PARTNER, "practitioner"))
    assert summary.json()["data"]["personSummary"]["flags"] == []
    trail = await made.get(f"/v1/audit/events?subject={made.person}", AGENCY, "dpo-ig", "subject-rights")
    assert trail.status_code == 200
    for said in (*seen, text, listed.text, hidden.text, summary.text, trail.text):
        assert CANARY not in said
        assert "End the visit" not in said
    assert all(made.flag["id"] not in said for said in (*seen, text, listed.text, summary.text))


async def test_a_place_is_warned_of_for_its_own_reason(service: Service) -> None:
    uprn = str(uuid.uuid4().int % 10**11 + 10**11)
    importing = await Importing(service).begin()
    await importing.whole(lines({"Type": "A", "UPRN": uprn, "Marker": "DOG", "Precautions": "dog in"}))
    (row,) = await importing.rows()
    body = {"entries": [{"uprn": uprn}]}
    own = await service.http.post("/v1/flag-checks", json=body, headers=service.headers(AGENCY, "practitioner"))
    (warning,) = own.json()["entries"][0]["warnings"]
    assert (warning["about"], warning["flagId"]) == ("place", row["flagId"])
    other = await service.http.post("/v1/flag-checks", json=body, headers=service.headers("wast", "practitioner"))
    assert other.json()["entries"][0]["outcome"] == "contact-before-visit"
    flag = await service.http.get(
        f"/v1/flags/{row['flagId']}", headers=service.headers(AGENCY, "practitioner", "direct-care")
    )
    assert flag.json()["subject"] == {"personId": None, "uprn": uprn, "reason": importing.view["reason"]}


async def test_its_first_review_is_a_decision_on_incidents_and_then_it_is_a_flag_like_others(service: Service) -> None:
    made = await legacy(service)
    theirs = await made.partners_record()
    keep = {"outcome": "keep", "weighing": WEIGHING, "reason": "It still stands."}
    refused = await step(service, made.flag, "reviews", keep)
    assert (refused.status_code, refused.json()["code"]) == (409, "legacy-needs-decision")
    bare = await step(service, made.flag, "decision", decision())
    assert ("/incidents", "required") in [(each["pointer"], each["code"]) for each in bare.json()["errors"]]
    declining = {key: value for key, value in decision().items() if key in {"reason", "assessment"}} | {
        "outcome": "decline"
    }
    declined = await step(service, made.flag, "decision", declining)
    assert (declined.status_code, declined.json()["code"]) == (409, "flag-state-conflict")
    assert await made.again() == made.flag
    about_another = await recorded(service, AGENCY, (await legacy(service)).person)
    other = await step(service, made.flag, "decision", decision(incidents=[about_another]))
    assert ("/incidents/0", "not-about-subject") in [(each["pointer"], each["code"]) for each in other.json()["errors"]]
    done = await made.decided(terms=terms(sentence={"en": "Two people, always."}))
    assert done.status_code == 200, done.text
    flag = done.json()
    assert (flag["state"], flag["badges"], flag["category"], flag["version"]) == ("active", [], "threat-violence", 2)
    assert len(flag["incidents"]) == 1
    assert CANARY in flag["legacy"]["note"]
    entry, text = await made.check(PARTNER, "direct-care")
    (warning,) = entry["warnings"]
    assert (warning["badges"], warning["sentence"]["en"]) == ([], "Two people, always.")
    assert CANARY not in text
    shared = await made.get(f"/v1/flags/{flag['id']}", PARTNER)
    assert shared.status_code == 200
    assert CANARY not in shared.text + (await made.get(f"/v1/persons/{theirs}/flags", PARTNER)).text
    again = await step(service, flag, "decision", decision(incidents=[flag["incidents"][0]["id"]]), number=2)
    assert (again.status_code, again.json()["code"]) == (409, "flag-state-conflict")
    telling = {"kind": "withheld-risk", "reason": "Asked again: the risk stands."}
    kept = await step(service, flag, "reviews", {**keep, "notification": telling, "adultSeen": adult_seen()}, number=2)
    assert kept.status_code == 200, kept.text
    admin = await service.database.as_admin()
    cited = await admin.fetchval("SELECT count(*) FROM rhannu.flag_incidents WHERE flag_id = $1", uuid.UUID(flag["id"]))
    await admin.close()
    assert cited == 1


@pytest.mark.parametrize(("path", "body"), [
    ("removal", {"reason": "He has moved away."}),
    ("reviews", {"outcome": "remove", "weighing": WEIGHING, "reason": "Nobody knows why it was there."}),
    ("corrections", {"kind": "wrong-person", "reason": "It was his cousin."}),
])  # fmt: skip
async def test_it_can_be_removed_and_then_warns_nobody(service: Service, path: str, body: dict[str, Any]) -> None:
    made = await legacy(service)
    done = await step(service, made.flag, path, body)
    assert done.status_code == 200, done.text
    assert done.json()["badges"] == []
    assert (await made.check(AGENCY))[0]["outcome"] == "no-warning-known"
    assert (await made.check(PARTNER))[0]["outcome"] == "no-warning-known"


async def test_whoever_brought_it_in_takes_no_decision_on_it_from_any_account(service: Service) -> None:
    made = await legacy(service)
    admin = await service.database.as_admin()
    account = user_id(AGENCY, DECIDER, 79)
    await admin.execute(
        "INSERT INTO rhannu.users (id, owner_agency, human_id, display_name) VALUES ($1, $2, $3, 'Second Account') "
        "ON CONFLICT DO NOTHING",
        account, AGENCY, user_id(AGENCY, LEAD),
    )  # fmt: skip
    await admin.execute(
        "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) VALUES ($1, $2, $3, '2020-01-01') "
        "ON CONFLICT DO NOTHING",
        account, AGENCY, DECIDER,
    )  # fmt: skip
    await admin.close()
    cited = await recorded(service, AGENCY, made.person)
    for path, body in (
        ("decision", decision(incidents=[cited])),
        ("removal", {"reason": "Not needed."}),
        ("reviews", {"outcome": "remove", "weighing": WEIGHING, "reason": "Not needed."}),
    ):
        refused = await step(service, made.flag, path, body, number=79)
        assert (refused.status_code, refused.json()["code"]) == (403, "proposer-cannot-decide"), path
    assert await made.again() == made.flag


async def test_an_appeal_is_not_heard_by_whoever_let_the_register_in(service: Service) -> None:
    made = await legacy(service)
    contest = {"challenger": "subject", "channel": "telephone", "grounds": "Never happened."}
    contested = await step(service, made.flag, "challenges", contest)
    assert sorted(contested.json()["badges"]) == ["contested", "legacy-unreviewed"]
    answer = {"outcome": "upheld", "reason": "Nobody can say what it rests on."}
    refused = await step(service, contested.json(), "challenges/answer", answer)
    assert (refused.status_code, refused.json()["code"]) == (403, "appeal-needs-another")
    in_part = {"outcome": "upheld-in-part", "reason": "Less.", "assessment": decision()["assessment"], "terms": terms()}
    undecided = await step(service, contested.json(), "challenges/answer", in_part, number=2)
    assert (undecided.status_code, undecided.json()["code"]) == (409, "legacy-needs-decision")
    heard = await step(service, contested.json(), "challenges/answer", answer, number=2)
    assert (heard.status_code, heard.json()["state"]) == (200, "removed")


async def test_its_first_review_is_owed_and_past_its_ninety_days_it_stays_badged(service: Service) -> None:
    made = await legacy(service)
    due = start_of_day(local_date(service.clock()) + timedelta(days=90))

    async def duty() -> dict[str, Any]:
        headers = service.headers(AGENCY, LEAD, "flag-governance")
        listed = (await service.http.get("/v1/flag-duties?limit=200", headers=headers)).json()["flags"]
        (owed,) = [each for each in listed if each["id"] == made.flag["id"]]
        (found,) = owed["duties"]
        return dict(found)

    owed = await duty()
    assert (owed["kind"], datetime.fromisoformat(owed["dueAt"]), owed["isOverdue"]) == ("review-legacy", due, False)
    service.clock.offset = timedelta(days=130)
    assert (await duty())["isOverdue"]
    assert (await made.check(PARTNER))[0]["outcome"] == "contact-before-visit"
    (warning,) = (await made.check(AGENCY))[0]["warnings"]
    assert warning["badges"] == ["legacy-unreviewed", "review-overdue"]
    assert sorted((await made.again())["badges"]) == ["legacy-unreviewed", "review-overdue"]


async def _register(service: Service, agency: str) -> dict[str, Any]:
    service.reread_directory()
    headers = service.headers(PARTNER, "practitioner")
    answer = await service.http.post("/v1/flag-checks", json={"entries": [{"uprn": "1"}]}, headers=headers)
    (found,) = [each for each in answer.json()["registers"] if each["agency"] == agency]
    return dict(found)


async def test_every_check_says_which_older_registers_are_in_and_when_each_was_fed(service: Service) -> None:
    before = await _register(service, "swfrs")
    assert before["olderRegister"] == "not-imported"
    importing = await Importing(service, "swfrs").begin()
    await importing.received(Register(random.Random(3), uuid.uuid4().hex[:6]).fill(101).content())
    await (await importing.checked()).approved()
    service.clock.offset = timedelta(minutes=2)
    await importing.step("run")
    fed = await _register(service, "swfrs")
    assert fed["olderRegister"] == "not-imported", "half a register is not in"
    assert fed["lastFedAt"] > before["lastFedAt"]
    await importing.read()
    await importing.run()
    assert (await _register(service, "swfrs"))["olderRegister"] == "unreviewed"
    made = [row["flagId"] for row in await importing.rows(outcome="made")]
    for flag_id in made:
        flag = {"id": flag_id, "ownerAgency": "swfrs", "version": 1}
        assert (await step(service, flag, "removal", {"reason": "Looked at: no risk today."})).status_code == 200
    assert (await _register(service, "swfrs"))["olderRegister"] == "reviewed"
    assert (await _register(service, "pobl"))["olderRegister"] == "not-imported"


async def test_a_row_may_keep_its_sentence_in_the_language_it_was_written_in(service: Service) -> None:
    mapping = {**MAPPING, "sentence": {"column": "Eye colour", "language": "cy"}}
    importing = await Importing(service).begin(mapping=mapping)
    said = ({"Surname": family(), "Eye colour": each} for each in ("Ewch  mewn parau.", "x" * 281))
    await importing.received(lines(*said))
    long = (await (await importing.checked()).rows())[1]
    assert [(each["field"], each["code"]) for each in long["issues"]] == [("sentence", "too-long")]
    await (await importing.approved()).run()
    made = (await importing.rows())[0]
    headers = service.headers(AGENCY, "practitioner", "direct-care")
    flag = (await service.http.get(f"/v1/flags/{made['flagId']}", headers=headers)).json()
    assert flag["legacy"]["sentence"] == {"en": None, "cy": "Ewch mewn parau."}


@pytest.fixture
async def reserved(service: Service) -> AsyncIterator[Callable[[list[str]], Awaitable[None]]]:
    """Keep hate abuse to some roles of the agency; it is open again afterwards."""
    path = "/v1/flag-categories/hate-abuse/reservation"
    asked = service.headers(AGENCY, LEAD, "flag-governance")

    async def reserve(roles: list[str]) -> None:
        version = {"If-Match": (await service.http.get(path, headers=asked)).headers["etag"]}
        body = {"roles": roles, "reason": "Families of colleagues are concerned."}
        assert (await service.http.put(path, json=body, headers=asked | version)).status_code == 200

    yield reserve
    await reserve([])


async def test_a_kind_kept_to_roles_is_brought_in_by_nobody_else(
    service: Service, reserved: Callable[[list[str]], Awaitable[None]]
) -> None:
    told = ({"Surname": family(), "Marker": "ABUSE"}, {"Surname": family(), "Marker": "ABUSE"})
    before = await (await (await Importing(service).begin()).received(lines(told[0]))).checked()
    await reserved(["line-manager", DECIDER])
    importing = await (
        await (await Importing(service).begin()).received(lines(told[1], {"Surname": family()}))
    ).checked()
    kept, made = await importing.rows()
    assert (kept["expected"], [(each["field"], each["code"]) for each in kept["issues"]]) == (
        "refused", [("category", "kept-from-you")],
    )  # fmt: skip
    assert made["expected"] == "made"
    await (await before.approved()).run()
    assert [row["outcome"] for row in await before.rows()] == ["refused"], "kept since the dry run"
    await (await importing.approved()).run()
    assert [row["outcome"] for row in await importing.rows()] == ["refused", "made"]


async def test_what_is_brought_in_of_a_kept_kind_is_seen_by_its_roles_alone(
    service: Service, reserved: Callable[[list[str]], Awaitable[None]]
) -> None:
    await reserved([LEAD, DECIDER])
    importing = await (await Importing(service).begin()).whole(lines({"Surname": family(), "Marker": "ABUSE"}))
    (made,) = await importing.rows()
    path = f"/v1/flags/{made['flagId']}"
    hidden = await service.http.get(path, headers=service.headers(AGENCY, "practitioner", "direct-care"))
    assert hidden.status_code == 404
    seen = await service.http.get(path, headers=service.headers(AGENCY, LEAD, "flag-governance"))
    assert (seen.status_code, seen.json()["badges"]) == (200, ["legacy-unreviewed"])


async def test_a_marker_whose_time_is_over_does_not_stand_in_the_way(service: Service) -> None:
    number, surname = nhs_number(), family()
    content = {"names": [{"family": surname, "given": ["Ann"]}], "birthDate": "1950-02-03", "nhsNumber": number}
    person = await registered(service, AGENCY, **content)
    body = {"subject": {"personId": person}, "category": "threat-violence", "controls": ["police-present"],
            "sentence": {"en": "Do not go in without police."}}  # fmt: skip
    headers = service.creating(AGENCY, "duty-manager", "emergency-response")
    marker = await service.http.post("/v1/flags/markers", json=body, headers=headers)
    assert marker.status_code == 201, marker.text
    row = {"Surname": surname, "NHS No": number}
    early = await (await (await Importing(service).begin()).received(lines(row))).checked()
    assert [each["expected"] for each in await early.rows()] == ["already-there"]
    service.clock.offset = timedelta(hours=73)
    importing = await (await Importing(service).begin()).whole(lines(row))
    assert [each["outcome"] for each in await importing.rows()] == ["made"]
    headers = service.headers(AGENCY, "practitioner", "direct-care")
    ended = await service.http.get(f"/v1/flags/{marker.json()['id']}", headers=headers)
    assert ended.json()["state"] == "removed"
