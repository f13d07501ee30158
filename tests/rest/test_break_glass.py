"""A sealed door at two in the morning: opened by a named human for an hour, told at once, judged by somebody else (R-04)."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.audit.filing import file_events
from services.break_glass import chase_break_glass_reviews
from services.core.unit_of_work import UnitOfWork
from services.db.engine import make_engine
from tests.factories.break_glass import (
    HOLDER,
    OPENER,
    SEALED,
    WHY,
    behind,
    judging,
    opened,
    opening,
    reviewed,
    same_person,
    sealed,
    who,
)
from tests.factories.flags import registered
from tests.factories.register import Partner, Person, founded
from tests.fixtures.service import Service
from tests.rest.rows import rows

GRANTS, NOTICES, RESTORATIONS = "/v1/break-glass-grants", "/v1/break-glass-notices", "/v1/break-glass-restorations"
SHOWN = {
    "ownerAgency", "category", "controls", "sentence", "handling", "reviewOn", "state", "badges", "contact",
}  # fmt: skip
STORY = ("walking stick", "credible threat", "afraid to speak", "Colleagues will visit", "Baner")


@pytest.fixture
async def partner(service: Service) -> Partner:
    """An agency of the test's own, since whose right is lost there is lost."""
    return await founded(service)


@pytest.fixture
async def engine(service: Service) -> AsyncIterator[AsyncEngine]:
    made = make_engine(service.database.doors.worker, pool_size=1, statement_timeout_ms=20_000)
    yield made
    await made.dispose()


class Clock:
    """Hours from two in the morning of a Tuesday in winter that lies ahead, when local time is UTC."""

    def __init__(self, service: Service) -> None:
        self._service = service
        tuesday = date.today() + timedelta(days=(1 - date.today().weekday()) % 7 or 7)
        while tuesday.month not in {1, 2, 11} or (tuesday.month, tuesday.day) < (1, 3):
            tuesday += timedelta(days=7)
        self.two = datetime.combine(tuesday, time(2), UTC)

    def at(self, moment: datetime) -> datetime:
        self._service.clock.offset = moment - datetime.now(UTC)
        return moment


async def record(by: Person, **content: Any) -> str:
    body = {"names": [{"family": "Prydderch", "given": ["Ifor"]}], "birthDate": "1971-03-04", **content}
    made = await by.post("/v1/persons", body, "adult-safeguarding")
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def notice_of(by: Person, grant: dict[str, Any]) -> dict[str, Any]:
    listed = await by.get(NOTICES, limit=200)
    assert listed.status_code == 200, listed.text
    return dict(next(each for each in listed.json()["notices"] if each["grantId"] == grant["id"]))


async def trail(by: Person, grant: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What an officer finds under the reference of a grant, by action."""
    page = await by.get("/v1/audit/events", limit=200)
    assert page.status_code == 200, page.text
    named = [each for each in page.json()["events"] if f"break-glass:{grant['id']}" in each["records"]]
    return {each["action"]: each for each in named}


async def test_a_door_is_opened_at_two_in_the_morning_and_judged_two_days_later(
    service: Service, partner: Partner, engine: AsyncEngine
) -> None:
    clock = Clock(service)
    manager, officer = await partner.joined("duty-manager"), await partner.joined("dpo-ig")
    same = same_person()
    flag = await sealed(service, content=same)
    person = await record(manager, **same)
    clock.at(clock.two)
    ordinary = await manager.get(f"/v1/persons/{person}/flags", "adult-safeguarding")
    assert ordinary.json() == {"own": [], "shared": [], "contacts": []}

    made = await manager.post(GRANTS, opening(person), SEALED)
    grant = made.json()
    assert (made.status_code, made.headers["etag"], made.headers["location"]) == (
        201,
        '"v1"',
        f"{GRANTS}/{grant['id']}",
    )
    assert datetime.fromisoformat(grant["expiresAt"]) - datetime.fromisoformat(grant["opened"]["at"]) == timedelta(
        hours=1
    )
    assert datetime.fromisoformat(grant["reviewDueAt"]) == clock.two.replace(hour=0) + timedelta(days=3)
    assert (grant["justification"], grant["isOpen"], grant["review"]) == (WHY, True, None)

    clock.at(clock.two + timedelta(minutes=59))
    seen = await behind(manager, grant)
    (warning,) = seen.json()["warnings"]
    assert set(warning) == SHOWN
    assert (warning["ownerAgency"], warning["category"]["code"]) == (HOLDER, "threat-violence")
    assert (warning["controls"][0]["code"], warning["contact"]["agency"]) == ("joint", HOLDER)
    assert not any(word in seen.text for word in (*STORY, flag["id"], flag["subject"]["personId"]))
    refused(await manager.post(GRANTS, opening(person), SEALED), 409, "break-glass-already-open")
    clock.at(clock.two + timedelta(minutes=61))
    refused(await behind(manager, grant), 403, "break-glass-expired")
    event = (await service.events(reason="break-glass-expired", agency=partner.code))[-1]
    assert event["outcome"] == "denied"
    assert f"break-glass:{grant['id']}" in event["records"]

    ours, theirs = await notice_of(officer, grant), await notice_of(who(service, "dpo-ig", HOLDER), grant)
    about = {"grantId": grant["id"], "openedAt": grant["opened"]["at"], "openingAgency": partner.code, "version": 1}
    assert ours.items() >= {**about, "openedBy": manager.user, "acknowledged": None}.items()
    assert theirs.items() >= {**about, "openedBy": None, "acknowledged": None}.items()
    assert set(ours) == set(theirs) == {*about, "id", "openedBy", "toldAt", "acknowledged"}
    answer = await officer.post(f"{NOTICES}/{ours['id']}/acknowledgement", {}, version=1)
    assert (answer.status_code, answer.json()["acknowledged"]["user"]) == (200, officer.user)

    clock.at(clock.two + timedelta(days=2))
    assert await chase_break_glass_reviews(engine, service.clock()) >= 1
    waiting = await officer.get(f"{GRANTS}/{grant['id']}")
    assert (waiting.json()["chased"]["roles"], waiting.json()["isReviewOverdue"]) == (["dpo-ig"], False)
    judged = await reviewed(officer, grant)
    assert (judged.status_code, judged.headers["etag"]) == (200, '"v2"')
    assert judged.json()["review"]["outcome"] == "justified"
    assert judged.json()["review"]["signed"]["user"] == officer.user
    refused(await reviewed(officer, judged.json()), 409, "break-glass-reviewed")
    clock.at(clock.two + timedelta(days=9))
    await chase_break_glass_reviews(engine, service.clock())
    later = (await officer.get(f"{GRANTS}/{grant['id']}")).json()
    assert later["chased"]["at"] == waiting.json()["chased"]["at"], "what was judged is chased no more"


async def test_what_each_officer_finds_under_the_reference(
    service: Service, partner: Partner, engine: AsyncEngine
) -> None:
    manager, officer, holder = (
        await partner.joined("duty-manager"),
        await partner.joined("dpo-ig"),
        who(service, "dpo-ig", HOLDER),
    )
    same = same_person()
    flag = await sealed(service, content=same)
    person = await record(manager, **same)
    grant = await opened(manager, person)
    assert (await behind(manager, grant)).status_code == 200
    assert (await reviewed(officer, grant)).status_code == 200
    await file_events(engine, 5000)
    their_record, reference = flag["subject"]["personId"], f"break-glass:{grant['id']}"
    own = await trail(officer, grant)
    assert set(own) == {"break-glass.recorded", "break-glass-warnings.read", "break-glass.reviewed"}
    for action, event in own.items():
        assert person in event["subjects"], action
        assert event["purpose"] == ("audit-quality" if action.endswith("reviewed") else SEALED)
    read = own["break-glass-warnings.read"]
    assert set(read["subjects"]) == {person, their_record}
    assert set(read["owners"]) == {partner.code, HOLDER}
    assert {reference, f"flag:{flag['id']}:{flag['version']}"} <= set(read["records"])
    assert own["break-glass.recorded"]["owners"] == [partner.code], (
        "that another agency holds something is not said here"
    )

    other = await trail(holder, grant)
    assert set(other) == {"break-glass-warnings.read"}
    theirs = other["break-glass-warnings.read"]
    assert set(theirs["records"]) == {reference, f"flag:{flag['id']}:{flag['version']}"}
    assert (theirs["subjects"], theirs["owners"], theirs["agency"]) == ([their_record], [HOLDER], partner.code)
    assert theirs["fields"] == read["fields"] == ["break-glass.warning"]
    assert await trail(who(service, "dpo-ig", "wast"), grant) == {}


HIDDEN = {
    "not a recipient": "recipients = '{wast}'",
    "restricted": "recipients = '{*}', restricted = true",
    "overdue beyond its grace": "recipients = '{*}', review_on = current_date - 60",
    "provisional": "recipients = '{*}', state = 'provisional'",
    "from an older register": "recipients = '{*}', is_legacy = true",
    "kept to other roles": "recipients = '{*}', reserved_for = '{designated-officer}'",
}
BADGES = {
    "restricted": ["restricted"],
    "overdue beyond its grace": ["review-overdue"],
    "from an older register": ["legacy-unreviewed"],
}
UNSEEN = {
    "ended": "state = 'removed'",
    "lapsed": "state = 'provisional', lapses_at = now() - interval '1 minute'",
    "proposed": "state = 'proposed'",
    "shown to us anyway": "recipients = '{*}'",
}


async def standing(service: Service, flag: dict[str, Any], change: str) -> None:
    admin = await service.database.as_admin()
    await admin.execute(f"UPDATE rhannu.flags SET {change} WHERE id = $1", uuid.UUID(flag["id"]))
    await admin.close()


@pytest.mark.parametrize("kind", [*HIDDEN, *UNSEEN])
async def test_behind_the_door_is_what_is_live_and_otherwise_not_to_be_read(
    service: Service, kind: str, engine: AsyncEngine
) -> None:
    manager, same = who(service), same_person()
    flag = await sealed(service, content=same)
    await standing(service, flag, {**HIDDEN, **UNSEEN}[kind])
    person = await registered(service, OPENER, **same)

    async def ordinary() -> list[Any]:
        answer = await manager.get(f"/v1/persons/{person}/flags", "adult-safeguarding")
        return [each["ownerAgency"] for each in answer.json()["shared"]]

    before = await ordinary()
    assert (before == [HOLDER]) == (kind == "shown to us anyway")
    answer = (await behind(manager, await opened(manager, person))).json()
    assert [each["badges"] for each in answer["warnings"]] == ([BADGES.get(kind, [])] if kind in HIDDEN else [])
    await file_events(engine, 5000)
    assert await ordinary() == before, "the hour opens nothing for good"
    await standing(service, flag, "lapses_at = NULL")  # its content knows of none, and a worker would end it


async def test_an_own_flag_that_is_kept_to_other_roles_is_behind_the_door_too(service: Service) -> None:
    manager = who(service)
    flag = await sealed(service, OPENER)
    await standing(service, flag, "reserved_for = '{designated-officer}'")
    grant = await opened(manager, flag["subject"]["personId"])
    assert [each["ownerAgency"] for each in (await behind(manager, grant)).json()["warnings"]] == [OPENER]


async def test_all_linked_records_are_one_person_and_every_holder_is_told_once(service: Service) -> None:
    manager, same = who(service), same_person()
    for agency in (HOLDER, "swfrs"):
        await sealed(service, agency, content=same)
    grant = await opened(manager, await registered(service, OPENER, **same))
    await sealed(service, "pobl", content=same)
    for _ in range(2):
        seen = (await behind(manager, grant)).json()["warnings"]
        assert sorted(each["ownerAgency"] for each in seen) == [HOLDER, "pobl", "swfrs"]
    for agency, is_told in ((OPENER, 1), (HOLDER, 1), ("swfrs", 1), ("pobl", 1), ("caerphilly-cbc", 0)):
        listed = (await who(service, "dpo-ig", agency).get(NOTICES, limit=200)).json()["notices"]
        assert sum(each["grantId"] == grant["id"] for each in listed) == is_told, agency


async def test_nobody_but_its_human_reads_and_a_colleague_cannot_tell_it_from_nothing(service: Service) -> None:
    manager = who(service)
    grant = await opened(manager, await registered(service, OPENER))
    before = await rows(service)
    for other in (who(service, number=2), who(service, agency="abuhb")):
        for path in ("", "/warnings"):
            headers = other.headers(SEALED) | {"X-Request-ID": "same"}
            hidden = await service.http.get(f"{GRANTS}/{grant['id']}{path}", headers=headers)
            absent = await service.http.get(f"{GRANTS}/{uuid.uuid4()}{path}", headers=headers)
            assert (hidden.status_code, hidden.text) == (404, absent.text)
    refused(await behind(who(service, "dpo-ig"), grant), 403, "access-denied")
    refused(await behind(who(service, "practitioner"), grant), 403, "access-denied")
    for purpose in ("emergency-response", "audit-quality", "adult-safeguarding"):
        refused(await behind(manager, grant, purpose), 403, "purpose-not-permitted")
        refused(await manager.post(GRANTS, opening(str(uuid.uuid4())), purpose), 403, "purpose-not-permitted")
    for officer in (who(service, "dpo-ig", "abuhb"), who(service, "dpo-ig", HOLDER)):
        refused(await reviewed(officer, grant), 404, "not-found")
    refused(await reviewed(who(service, "safeguarding-lead"), grant), 403, "access-denied")
    mine = (await who(service, number=2).get(GRANTS, limit=200)).json()["grants"]
    assert grant["id"] not in {each["id"] for each in mine}
    assert grant["id"] in {each["id"] for each in (await manager.get(GRANTS, limit=200)).json()["grants"]}
    assert await rows(service) == before
    assert (await reviewed(who(service, "dpo-ig"), grant)).status_code == 200
    refused(await behind(manager, grant), 403, "break-glass-expired")


async def test_no_team_and_no_system_opens_and_it_says_so_on_the_trail(service: Service, partner: Partner) -> None:
    team, system = (
        await partner.joined("duty-manager", is_team=True),
        await partner.joined("duty-manager", "system-client"),
    )
    bare = await partner.joined("system-client")
    person = await record(await partner.joined("practitioner"))
    before = await rows(service)
    for by in (team, system):
        request = str(uuid.uuid4())
        answer = await service.http.post(
            GRANTS, json=opening(person), headers=by.headers(SEALED) | {"X-Request-ID": request}
        )
        refused(answer, 403, "break-glass-needs-a-person")
        (event,) = await service.events(request=request)
        assert (event["action"], event["outcome"], event["reason"]) == (
            "break-glass.recorded",
            "denied",
            "break-glass-needs-a-person",
        )
    refused(await bare.post(GRANTS, opening(person), SEALED), 403, "access-denied")
    assert await rows(service) == before


async def test_a_system_whose_registration_does_not_allow_it_opens_nothing(service: Service, partner: Partner) -> None:
    manager = await partner.joined("duty-manager")
    person = await record(manager)
    admin = await service.database.as_admin()
    await admin.execute(
        "UPDATE rhannu.clients SET scopes = array_remove(scopes, 'break-glass:open') WHERE id = $1", manager.client
    )
    await admin.close()
    before = await rows(service)
    refused(await manager.post(GRANTS, opening(person), SEALED), 403, "access-denied")
    assert await rows(service) == before


async def test_another_account_of_the_same_human_reads_and_never_judges(service: Service, partner: Partner) -> None:
    manager, same = await partner.joined("duty-manager"), await partner.joined("duty-manager", "dpo-ig")
    grant = await opened(manager, await record(manager))
    refused(await behind(same, grant), 404, "not-found")
    link = {"otherUserId": same.user, "reason": "One person, two accounts."}
    await partner.first.does(f"/v1/users/{manager.user}/links", link)
    assert (await behind(same, grant)).status_code == 200
    notice = await notice_of(same, grant)
    before = await rows(service)
    refused(await reviewed(same, grant), 403, "break-glass-needs-another")
    refused(
        await same.post(f"{NOTICES}/{notice['id']}/acknowledgement", {}, version=1), 403, "break-glass-needs-another"
    )
    refused(await same.post(GRANTS, opening(grant["personId"]), SEALED), 409, "break-glass-already-open")
    assert await rows(service) == before
    officer = await partner.joined("dpo-ig")
    assert (await reviewed(officer, grant, "unjustified")).status_code == 200
    back = {"userId": manager.user, "reason": "I did nothing wrong."}
    refused(await same.post(RESTORATIONS, back), 403, "break-glass-needs-another")
    refused(await same.post(GRANTS, opening(grant["personId"]), SEALED), 403, "break-glass-withheld")


async def test_a_misuse_loses_the_right_until_an_officer_gives_it_back(service: Service, partner: Partner) -> None:
    manager, officer, colleague = [await partner.joined(role) for role in ("duty-manager", "dpo-ig", "duty-manager")]
    person = await record(manager)
    grant = await opened(manager, person)
    assert (await reviewed(officer, grant, "unjustified")).json()["isOpen"] is False
    before, request = await rows(service), str(uuid.uuid4())
    answer = await service.http.post(
        GRANTS, json=opening(person), headers=manager.headers(SEALED) | {"X-Request-ID": request}
    )
    refused(answer, 403, "break-glass-withheld")
    (event,) = await service.events(request=request)
    assert (event["outcome"], event["reason"], event["subjects"]) == ("denied", "break-glass-withheld", [])
    back = {"userId": manager.user, "reason": "He has been through the training again."}
    refused(await officer.post(RESTORATIONS, {**back, "userId": officer.user}), 403, "break-glass-needs-another")
    refused(await officer.post(RESTORATIONS, {**back, "userId": colleague.user}), 409, "break-glass-not-withheld")
    refused(await officer.post(RESTORATIONS, {**back, "reason": " "}), 422, "content-invalid")
    refused(await manager.post(RESTORATIONS, back), 403, "access-denied")
    refused(await who(service, "dpo-ig", HOLDER).post(RESTORATIONS, back), 409, "break-glass-not-withheld")
    assert await rows(service) == before
    await opened(colleague, person)
    given = await officer.post(RESTORATIONS, back)
    assert (given.status_code, given.json()["userId"], given.json()["restored"]["user"]) == (
        201,
        manager.user,
        officer.user,
    )
    refused(await officer.post(RESTORATIONS, back), 409, "break-glass-not-withheld")
    again = await opened(manager, person)
    assert (await reviewed(officer, again, "unjustified")).status_code == 200
    refused(await manager.post(GRANTS, opening(person), SEALED), 403, "break-glass-withheld")
    event = (await service.events(action="break-glass-restoration.recorded", outcome="ok", agency=partner.code))[-1]
    assert event["records"] == [f"break-glass:{grant['id']}", f"user:{manager.user}"]


async def test_two_overdue_reviews_lose_the_right_and_a_review_brings_it_back(
    service: Service, partner: Partner
) -> None:
    clock = Clock(service)
    manager, officer = await partner.joined("duty-manager"), await partner.joined("dpo-ig")
    people = [await record(manager) for _ in range(3)]
    clock.at(clock.two)
    grants = [await opened(manager, person) for person in people[:2]]
    due = datetime.fromisoformat(grants[0]["reviewDueAt"])
    clock.at(due - timedelta(seconds=30))
    third = await opened(manager, people[2])
    clock.at(due + timedelta(seconds=1))
    overdue = (await officer.get(GRANTS, unreviewed="true")).json()["grants"]
    assert [each["isReviewOverdue"] for each in overdue] == [False, True, True]
    before = await rows(service)
    refused(await manager.post(GRANTS, opening(people[0]), SEALED), 403, "break-glass-withheld")
    assert await rows(service) == before
    assert (await behind(manager, third)).status_code == 200, "what is open stays so for its hour"
    assert (await reviewed(officer, grants[0])).status_code == 200
    await opened(manager, people[0])


async def test_a_right_that_is_lost_for_one_agency_is_lost_for_all(service: Service, partner: Partner) -> None:
    other = await founded(service)
    manager, officer = await partner.joined("duty-manager"), await partner.joined("dpo-ig")
    admin = await service.database.as_admin()
    await admin.execute("UPDATE rhannu.clients SET acting_for = $2 WHERE id = $1", manager.client, [other.code])
    await admin.execute(
        "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) VALUES ($1, $2, 'duty-manager', now())",
        uuid.UUID(manager.user), other.code,
    )  # fmt: skip
    await admin.close()
    elsewhere = Person(service, partner.code, manager.user, manager.client, acting_for=other.code)
    there = await record(elsewhere)
    grant = await opened(manager, await record(manager))
    refused(await behind(elsewhere, grant), 404, "not-found")
    assert (await reviewed(officer, grant, "unjustified")).status_code == 200
    refused(await elsewhere.post(GRANTS, opening(there), SEALED), 403, "break-glass-withheld")
    back = {"userId": manager.user, "reason": "Trained again."}
    refused(await (await other.joined("dpo-ig")).post(RESTORATIONS, back), 409, "break-glass-not-withheld")
    assert (await officer.post(RESTORATIONS, back)).status_code == 201
    await opened(elsewhere, there)


async def test_a_record_that_has_come_to_stand_for_somebody_else_opens_nothing_about_them(
    service: Service, partner: Partner
) -> None:
    worker = await partner.joined("duty-manager", "practitioner")
    same = same_person()
    await sealed(service, content=same)
    person = await record(worker)
    grant = await opened(worker, person)
    assert (await behind(worker, grant)).json()["warnings"] == []
    body = {
        "names": [{"family": "Prydderch", "given": ["Ifor"]}],
        "birthDate": "1971-03-04",
        **same,
        "reason": "Found.",
    }
    headers = worker.headers("adult-safeguarding", version=1)
    assert (await service.http.patch(f"/v1/persons/{person}", json=body, headers=headers)).status_code == 200
    refused(await behind(worker, grant), 403, "break-glass-expired")
    assert len((await behind(worker, await opened(worker, person))).json()["warnings"]) == 1


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"justification": "He shouts."}, "/justification", "too-short"),
        ({"justification": "x" * 40}, "/justification", "says-nothing"),
        ({"justification": "x" * 2001}, "/justification", "too-long"),
        ({"reasonCode": "curious"}, "/reasonCode", "code-unknown"),
        ({"personId": str(uuid.uuid4())}, "/personId", "not-found"),
        ({"until": "2030-01-01"}, "/until", "unknown-field"),
    ],
)
async def test_what_gives_no_reason_is_refused_and_nothing_is_stored(
    service: Service, change: dict[str, Any], pointer: str, code: str
) -> None:
    person = await registered(service, OPENER)
    before = await rows(service)
    answer = await who(service).post(GRANTS, {**opening(person), **change}, SEALED)
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [(pointer, code)]
    assert await rows(service) == before


async def test_another_agency_s_record_is_refused_as_none(service: Service) -> None:
    person = await registered(service, HOLDER)
    before = await rows(service)
    answer = await who(service).post(GRANTS, opening(person), SEALED)
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [("/personId", "not-found")]
    assert await rows(service) == before


async def test_of_two_openings_at_once_one_stands_and_the_same_key_opens_once(service: Service) -> None:
    manager = who(service)
    person = await registered(service, OPENER)
    both = await asyncio.gather(*(manager.post(GRANTS, opening(person), SEALED) for _ in range(4)))
    assert sorted(each.status_code for each in both) == [201, 409, 409, 409]
    other, key = await registered(service, OPENER), str(uuid.uuid4())
    first, again = [await manager.post(GRANTS, opening(other), SEALED, key=key) for _ in range(2)]
    assert (first.status_code, again.status_code, first.json()["id"]) == (201, 201, again.json()["id"])


async def test_what_cannot_be_put_on_the_trail_leaves_neither_grant_nor_notice(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = same_person()
    await sealed(service, content=same)
    person = await registered(service, OPENER, **same)
    before = await rows(service)
    reached: list[int] = []
    whole = UnitOfWork._append

    async def broken(self: UnitOfWork, *args: Any) -> None:
        if self.draft.is_recorded and args[3] is None:
            reached.append(
                (await self._connection.exec_driver_sql("SELECT count(*) FROM rhannu.break_glass_grants")).scalar_one()
            )
            raise OSError
        await whole(self, *args)

    monkeypatch.setattr(UnitOfWork, "_append", broken)
    refused(await who(service).post(GRANTS, opening(person), SEALED), 503, "service-unavailable")
    monkeypatch.undo()
    assert reached, "the grant stood in its transaction"
    assert await rows(service) == before
    assert (await who(service).post(GRANTS, opening(person), SEALED)).status_code == 201


async def test_stale_and_repeated_answers_change_nothing(service: Service) -> None:
    officer = who(service, "dpo-ig")
    grant = await opened(who(service), await registered(service, OPENER))
    notice = await notice_of(officer, grant)
    before = await rows(service)
    for path, body in (
        (f"{GRANTS}/{grant['id']}/review", judging()),
        (f"{NOTICES}/{notice['id']}/acknowledgement", {}),
    ):
        refused(await officer.post(path, body, version=7), 412, "version-stale")
        refused(await officer.post(path, body), 428, "if-match-missing")
    refused(
        await who(service, "dpo-ig", "abuhb").post(f"{NOTICES}/{notice['id']}/acknowledgement", {}, version=1),
        404,
        "not-found",
    )
    refused(await who(service).get(NOTICES), 403, "access-denied")
    assert await rows(service) == before
