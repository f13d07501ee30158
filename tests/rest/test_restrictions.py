"""A restricted person is absent to whoever is not named, in every channel; warnings about them are not silenced."""

import uuid
from typing import Any

import asyncpg
import pytest

from domain.access import Role
from tests.factories.confidentiality import agree
from tests.factories.flags import active, recorded, registered
from tests.factories.numbers import nhs_number
from tests.factories.restrictions import NAMED, lifted, restricted, restricting, restriction
from tests.factories.sharing import ASKER, HOLDER, PURPOSE, answering, asked, asking, disclosure, matched, take
from tests.fixtures.service import Service, user_id
from tests.rest.rows import rows
from tests.security.crowd import OPEN, caller, signed

FAMILY = "Cyfyngedig"
SUMMARY = "query Q($id: UUID!) { personSummary(id: $id) { id } }"


async def person(service: Service, agency: str = HOLDER, **content: Any) -> str:
    return await registered(service, agency, **content)


async def read(service: Service, path: str, role: str = "practitioner", agency: str = HOLDER, number: int = 1) -> Any:
    headers = service.headers(agency, role, PURPOSE, number=number, x_request_id="same")
    return await service.http.get(path, headers=headers)


async def found(service: Service, question: dict[str, Any], role: str = "practitioner") -> list[str]:
    answer = await service.http.post(
        "/v1/persons/search", json=question, headers=service.headers(HOLDER, role, PURPOSE)
    )
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["persons"]]


async def test_a_record_is_restricted_and_opened_again(service: Service) -> None:
    subject = await person(service)
    standing = await restriction(service, subject)
    assert (standing.json()["isRestricted"], standing.headers["etag"]) == (False, '"v1"')
    done = await restricted(service, subject, role="dpo-ig")
    assert (done.status_code, done.json()["isRestricted"], done.json()["version"]) == (200, True, 2), done.text
    assert done.json()["roles"] == sorted(NAMED)
    assert (await read(service, f"/v1/persons/{subject}")).status_code == 404
    assert (await read(service, f"/v1/persons/{subject}", "safeguarding-lead")).status_code == 200
    opened = await lifted(service, subject)
    assert (opened.json()["isRestricted"], opened.json()["version"]) == (False, 3)
    assert (await read(service, f"/v1/persons/{subject}")).status_code == 200
    again = await lifted(service, subject)
    assert (again.status_code, again.json()["code"]) == (409, "sharing-state-conflict")
    for action in ("restriction.recorded", "restriction.ended"):
        event = (await service.events(action=action, agency=HOLDER, outcome="ok"))[-1]
        assert event["subjects"] == [subject]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"roles": []}, ("/roles", "too-few")),
        ({"roles": ["safeguarding-lead"]}, ("/roles", "too-few")),
        ({"roles": [*NAMED, "auditor"]}, ("/roles", "inconsistent")),
        ({"users": [str(uuid.uuid4())]}, ("/users/0", "not-found")),
        ({"users": [str(user_id(ASKER, "practitioner"))]}, ("/users/0", "not-found")),
        ({"users": [str(user_id(HOLDER, "spoc"))] * 2}, ("/users/1", "duplicate")),
        ({"reasonCode": "gossip"}, ("/reasonCode", "code-unknown")),
        ({"reason": " "}, ("/reason", "too-short")),
    ],
)
async def test_what_cannot_be_restricted_so_is_named(
    service: Service, changes: dict[str, Any], fault: tuple[str, str]
) -> None:
    subject = await person(service)
    before = await rows(service)
    refusal = await restricted(service, subject, **changes)
    assert refusal.status_code == 422, refusal.text
    assert fault in [(each["pointer"], each["code"]) for each in refusal.json()["errors"]]
    assert await rows(service) == before


async def test_only_who_oversees_restrictions_of_the_own_agency_sets_them(service: Service) -> None:
    subject = await person(service)
    before = await rows(service)
    for role in ("practitioner", "line-manager", "flag-decision-maker", "agency-administrator"):
        assert (await restricted(service, subject, role=role)).status_code == 403, role
    for agency in (ASKER,):
        assert (await restricted(service, subject, agency)).status_code == 404
        assert (await restriction(service, subject, agency)).status_code == 404
    assert await rows(service) == before
    headers = service.creating(HOLDER, "safeguarding-lead", PURPOSE) | {"If-Match": '"v7"'}
    stale = await service.http.post(f"/v1/persons/{subject}/restriction", json=restricting(), headers=headers)
    assert stale.status_code == 412


async def test_a_search_looks_the_same_with_and_without_whom_one_is_not_named_for(service: Service) -> None:
    family = f"{FAMILY}{uuid.uuid4().hex[:6]}"
    names = {"names": [{"family": family, "given": ["Ifor"]}]}
    question = {"family": family, "birthDate": "1971-03-04"}
    open_to_all = [await person(service, **names) for _ in range(2)]
    before = await found(service, question)
    hidden = await person(service, nhsNumber=nhs_number(), **names)
    assert (await restricted(service, hidden)).status_code == 200
    assert await found(service, question) == before
    assert set(await found(service, question, "safeguarding-lead")) == {*open_to_all, hidden}
    many = [await person(service, **names) for _ in range(19)]
    assert len(await found(service, question)) == 20, "what is hidden takes no place in a page"
    assert hidden not in await found(service, question)
    assert len(many) == 19


async def test_a_user_named_by_account_finds_what_a_colleague_in_the_same_role_does_not(service: Service) -> None:
    subject = await person(service)
    cited = await recorded(service, HOLDER, subject)
    await restricted(service, subject, users=[str(user_id(HOLDER, "practitioner", 2))])
    for path in (f"/v1/persons/{subject}", f"/v1/incidents/{cited}", f"/v1/persons/{subject}/flags"):
        assert (await read(service, path, number=2)).status_code == 200, path
        assert (await read(service, path)).status_code == 404, path


async def test_hidden_and_absent_are_the_same_in_every_channel(service: Service) -> None:
    subject = await person(service)
    flag = await active(service, HOLDER, about=subject)
    cited = await recorded(service, HOLDER, subject)
    terms = await agree(service, subject)
    request = await asked(service, by=HOLDER, holder=ASKER)
    await restricted(service, request["personId"])
    await restricted(service, subject)
    gone = str(uuid.uuid4())
    for path, real in (
        ("/v1/persons/{}", subject), ("/v1/persons/{}/flags", subject), ("/v1/flags/{}", flag["id"]),
        ("/v1/incidents/{}", cited), ("/v1/persons/{}/confidentiality-terms", subject),
        ("/v1/information-requests/{}", request["id"]),
    ):  # fmt: skip
        for role in ("practitioner", "spoc", "line-manager"):
            hidden, absent = await read(service, path.format(real), role), await read(service, path.format(gone), role)
            assert (hidden.status_code, hidden.text) == (absent.status_code, absent.text), (path, role)
        assert (await read(service, path.format(real), "safeguarding-lead")).status_code == 200, path
    assert (await read(service, f"/v1/persons/{subject}/confidentiality-terms/{terms['id']}")).status_code == 404
    asks = [
        await service.http.post(
            "/v1/information-requests", json=asking(each, ASKER),
            headers=service.creating(HOLDER, "practitioner", PURPOSE) | {"X-Request-ID": "same"},
        )
        for each in (subject, gone)
    ]  # fmt: skip
    assert (asks[0].status_code, asks[0].text) == (422, asks[1].text)
    for name, headers in (("practitioner", 0), ("safeguarding-lead", 1)):
        answers = [
            await service.http.post(
                "/graphql", json={"query": SUMMARY, "variables": {"id": each}},
                headers=service.headers(HOLDER, name, PURPOSE, x_request_id="same"),
            )
            for each in (subject, gone)
        ]  # fmt: skip
        assert (answers[0].text == answers[1].text) == (headers == 0), answers[0].text


async def test_lists_have_the_same_pages_with_and_without_what_is_hidden(service: Service) -> None:
    agency, other = "swfrs", "wast"
    path = "/v1/information-requests?direction=outbound&limit=3"
    for _ in range(3):
        await asked(service, by=agency, holder=other)
    before = await read(service, path, "spoc", agency)
    hidden = await asked(service, by=agency, holder=other)
    assert (await read(service, path, "spoc", agency)).text != before.text
    await restricted(service, hidden["personId"], agency)
    after = await read(service, path, "spoc", agency)
    assert (after.text, after.headers.get("link")) == (before.text, before.headers.get("link"))


async def test_what_was_given_about_a_restricted_person_is_hidden_on_each_side_apart(service: Service) -> None:
    request = await matched(service)
    done = (await take(service, request, "answer", answering())).json()
    assert (await restricted(service, request["personId"])).status_code == 200
    assert (await disclosure(service, done["disclosureId"], HOLDER, "spoc")).status_code == 404
    assert (await disclosure(service, done["disclosureId"], HOLDER, "safeguarding-lead")).status_code == 200
    assert (await disclosure(service, done["disclosureId"], ASKER, "spoc")).status_code == 200
    seen = await read(service, f"/v1/information-requests/{request['id']}", "spoc")
    assert (seen.status_code, seen.json()["personId"], seen.json()["isMatched"]) == (200, None, False)
    ours = (await read(service, f"/v1/information-requests/{request['id']}", "spoc", ASKER)).json()["personId"]
    await restricted(service, ours, ASKER)
    assert (await disclosure(service, done["disclosureId"], ASKER, "spoc")).status_code == 404
    assert (await disclosure(service, done["disclosureId"], ASKER, "safeguarding-lead")).status_code == 200


async def test_a_colleague_registers_the_same_person_as_if_there_were_none(service: Service) -> None:
    number = nhs_number()
    hidden = await person(service, nhsNumber=number)
    await restricted(service, hidden)
    assert await person(service, nhsNumber=number) != hidden
    assert (await lifted(service, hidden)).status_code == 200
    twice = await service.http.post(
        "/v1/persons", json={"names": [{"family": "Baner", "given": ["Ifor"]}], "birthDate": "1971-03-04",
        "nhsNumber": number}, headers=service.creating(HOLDER, "practitioner"),
    )  # fmt: skip
    assert twice.json()["code"] == "already-registered"


async def checked(service: Service, identity: dict[str, Any], role: str, agency: str) -> dict[str, Any]:
    answer = await service.http.post(
        "/v1/flag-checks", json={"entries": [{"identity": identity}]}, headers=service.headers(agency, role)
    )
    return dict(answer.json()["entries"][0])


@pytest.mark.parametrize("agency", [HOLDER, ASKER])
async def test_a_grave_warning_about_a_restricted_person_tells_others_to_ring(service: Service, agency: str) -> None:
    identity = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    flag = await active(service, HOLDER, content=dict(identity))
    assert (await checked(service, identity, "practitioner", agency))["outcome"] == "warnings"
    await restricted(service, flag["subject"]["personId"])
    hidden = await checked(service, identity, "practitioner", agency)
    assert (hidden["outcome"], hidden["warnings"]) == ("contact-before-visit", [])
    assert (await checked(service, identity, "safeguarding-lead", agency))["outcome"] == "warnings"
    await lifted(service, flag["subject"]["personId"])
    assert (await checked(service, identity, "practitioner", agency))["outcome"] == "warnings"


async def test_a_flag_raised_and_changed_while_the_person_is_restricted_stays_so(service: Service) -> None:
    identity = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    subject = await person(service, **identity)
    await restricted(service, subject, roles=[*NAMED, "practitioner"])
    flag = await active(service, HOLDER, about=subject)
    await restricted(service, subject)
    assert (await checked(service, identity, "practitioner", HOLDER))["outcome"] == "contact-before-visit"
    assert (await read(service, f"/v1/flags/{flag['id']}")).status_code == 404
    headers = service.headers(HOLDER, "safeguarding-lead", "flag-governance")
    standing = await service.http.get("/v1/flag-reservations/threat-violence", headers=headers)
    assert standing.status_code in {200, 404}
    admin = await service.database.as_admin()
    kept = await admin.fetchval("SELECT reserved_for FROM rhannu.flags WHERE id = $1", uuid.UUID(flag["id"]))
    await admin.close()
    assert kept == sorted(NAMED)


TABLES = (
    "person_records WHERE id", "person_record_versions WHERE record_id", "person_keys WHERE record_id",
    "person_identifiers WHERE record_id", "person_places WHERE record_id", "incidents WHERE about_record",
    "flags WHERE record_id", "confidentiality_terms WHERE record_id",
)  # fmt: skip


@pytest.mark.parametrize(
    ("role", "number", "sees"),
    [
        (Role.PRACTITIONER, 1, False), (Role.PRACTITIONER, 2, True), (Role.SPOC, 1, False),
        (Role.LINE_MANAGER, 1, False), (Role.SAFEGUARDING_LEAD, 1, True), (Role.FLAG_DECISION_MAKER, 1, True),
    ],
)  # fmt: skip
async def test_the_floor_hides_a_restricted_person_by_role_and_user(
    service: Service, role: Role, number: int, *, sees: bool
) -> None:
    subject = await person(
        service, nhsNumber=nhs_number(), identifiers=[{"system": "niche", "value": uuid.uuid4().hex[:8]}],
        addresses=[{"line1": "1 Heol Fawr", "postcode": "NP20 9ZZ", "uprn": "100100999014"}],
    )  # fmt: skip
    await active(service, HOLDER, about=subject)
    await agree(service, subject)
    app = await service.database.as_role("rhannu_app")
    counts: list[dict[str, int]] = []
    for restricts in (False, True):
        if restricts:
            await restricted(service, subject, users=[str(user_id(HOLDER, "practitioner", 2))])
        async with app.transaction():
            await app.fetchval(OPEN, *signed(app, caller(role, HOLDER, number)))
            counts.append(
                {t: await app.fetchval(f"SELECT count(*) FROM rhannu.{t} = $1", uuid.UUID(subject)) for t in TABLES}
            )
            children = await app.fetchval(
                "SELECT count(*) FROM rhannu.flag_versions v JOIN rhannu.flags f ON f.id = v.flag_id WHERE f.record_id = $1",
                uuid.UUID(subject),
            )
            assert (children > 0) == (sees or not restricts)
    await app.close()
    assert all(counts[0].values()), counts[0]
    assert counts[1] == (counts[0] if sees else dict.fromkeys(TABLES, 0))


async def test_nobody_restricts_or_opens_a_record_in_raw_sql_but_who_oversees_it(service: Service) -> None:
    subject = uuid.UUID(await person(service))
    app = await service.database.as_role("rhannu_app")
    tries: list[tuple[Role, str, bool]] = [
        (Role.PRACTITIONER, HOLDER, False), (Role.SAFEGUARDING_LEAD, ASKER, False),
        (Role.DPO_IG, HOLDER, True), (Role.SAFEGUARDING_LEAD, HOLDER, True),
    ]  # fmt: skip
    for role, agency, may in tries:
        transaction = app.transaction()
        await transaction.start()
        await app.fetchval(OPEN, *signed(app, caller(role, agency)))
        try:
            await app.execute("SELECT rhannu.set_restriction($1, '{safeguarding-lead}')", subject)
            done = True
        except asyncpg.InsufficientPrivilegeError:
            done = False
        await transaction.rollback()
        assert done == may, (role, agency)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("UPDATE rhannu.person_records SET restricted_to = NULL WHERE id = $1", subject)
    await app.close()
