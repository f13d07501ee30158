"""An agency brings in the register that it already holds: who may, in which order, and what each row comes to."""

import asyncio
import json
import random
import uuid
from datetime import timedelta
from typing import Any

import pytest

from services.audit.filing import erase_lapsed_imports
from services.core.doors import doors_of
from services.core.match_digests import MatchDigests
from services.core.settings import Settings
from services.db.engine import make_engine
from tests.factories.flags import active, registered
from tests.factories.imports import AGENCY, DECIDER, GOVERNANCE, LEAD, PATH, Importing
from tests.factories.registers import CANARY, HEADING, MAPPING, SYSTEM, Register, begin_body
from tests.fixtures.service import Service, user_id
from tests.rest.rows import rows as held

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"


def lines(*rows: dict[str, str]) -> bytes:
    """A file with the heading of the made-up registers; what a row leaves out is empty."""
    usual = {
        "Type": "P", "Forenames": "Ann", "DOB": "03/02/1950", "Marker": "VIO", "Precautions": "2 staff",
        "Comments": f"{CANARY}: threw a plate.",
    }  # fmt: skip
    told = [HEADING, *([{**usual, **row}.get(name, "") for name in HEADING] for row in rows)]
    return "\n".join(",".join(cells) for cells in told).encode()


def family() -> str:
    return f"Cofrestr{uuid.uuid4().hex[:8]}"


async def dry(service: Service, *rows: dict[str, str], **changes: Any) -> list[dict[str, Any]]:
    """What the dry run tells of some rows."""
    importing = await (await Importing(service).begin(**changes)).received(lines(*rows))
    return await (await importing.checked()).rows()


def issues(row: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    return row["expected"], [(issue["field"], issue["code"]) for issue in row["issues"]]


async def cells_left(service: Service, importing: Importing) -> int:
    admin = await service.database.as_admin()
    try:
        return await admin.fetchval(
            "SELECT count(*) FROM rhannu.flag_import_rows WHERE import_id = $1 AND (cells IS NOT NULL OR digests IS NOT NULL "
            "OR target IS NOT NULL)",
            uuid.UUID(importing.view["id"]),
        )
    finally:
        await admin.close()


async def test_the_steps_come_in_their_order_and_no_other(service: Service) -> None:
    importing = await Importing(service).begin()
    raw = lines({"Surname": family()})

    async def refused(*steps: tuple[str, dict[str, str] | None, str]) -> None:
        before = await held(service)
        for name, body, role in steps:
            answer = await importing.step(name, body, role)
            assert (answer.status_code, answer.json()["code"]) == (409, "import-state-conflict"), name
        assert await held(service) == before

    approval = ("approval", {"reason": "Compared."}, DECIDER)
    await refused(("dry-run", None, LEAD), ("run", None, LEAD), approval)
    await importing.received(raw)
    again = await importing.send(raw)
    assert (again.status_code, again.json()["code"]) == (409, "import-state-conflict")
    await refused(("run", None, LEAD), approval)
    await importing.checked()
    await refused(("run", None, LEAD))
    await importing.approved()
    await refused(("dry-run", None, LEAD), approval)
    await importing.run()
    await refused(("dry-run", None, LEAD), approval, ("cancellation", {"reason": "Too late."}, LEAD))
    assert (await importing.step("run")).json()["state"] == "done", "asked again at its end it shows the import"


async def test_nobody_approves_what_they_brought_in_from_any_account(service: Service) -> None:
    account = user_id(AGENCY, DECIDER, 78)
    admin = await service.database.as_admin()
    await admin.execute(
        "INSERT INTO rhannu.users (id, owner_agency, human_id, display_name) VALUES ($1, $2, $3, 'Second Account')",
        account, AGENCY, user_id(AGENCY, LEAD),
    )  # fmt: skip
    await admin.execute(
        "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) VALUES ($1, $2, $3, '2020-01-01')",
        account, AGENCY, DECIDER,
    )  # fmt: skip
    await admin.close()
    begun = await Importing(service).begin()
    sent_by_another = await begun.send(lines({"Surname": family()}), number=2)
    assert sent_by_another.status_code == 200
    begun.view = sent_by_another.json()
    await begun.checked()
    refused = await begun.step("approval", {"reason": "They are all right."}, DECIDER, number=78)
    assert (refused.status_code, refused.json()["code"]) == (403, "proposer-cannot-decide")
    assert (await begun.read())["state"] == "checked"
    denied = await begun.step("approval", {"reason": "They are all right."}, LEAD)
    assert (denied.status_code, denied.json()["code"]) == (403, "access-denied")
    assert (await begun.step("approval", {"reason": "Compared."}, DECIDER)).status_code == 200


async def test_an_approval_is_of_the_dry_run_that_was_read(service: Service) -> None:
    importing = await (await (await Importing(service).begin()).received(lines({"Surname": family()}))).checked()
    importing.view["version"] = 2
    stale = await importing.step("approval", {"reason": "Compared."}, DECIDER)
    assert (stale.status_code, stale.json()["code"]) == (412, "version-stale")
    importing.view["version"] = 3
    blank = await importing.step("approval", {"reason": " "}, DECIDER)
    assert [(each["pointer"], each["code"]) for each in blank.json()["errors"]] == [("/reason", "too-short")]


async def test_another_agency_cannot_tell_an_import_from_none(service: Service) -> None:
    importing = await (await (await Importing(service).begin()).received(lines({"Surname": family()}))).checked()
    asked: list[tuple[str, str, Any, str]] = [
        ("GET", "", None, LEAD), ("GET", "/rows", None, DECIDER), ("POST", "/dry-run", None, LEAD),
        ("POST", "/run", None, LEAD), ("POST", "/approval", {"reason": "Ours."}, DECIDER),
        ("POST", "/cancellation", {"reason": "Ours."}, LEAD),
    ]  # fmt: skip
    before = await held(service)
    for method, path, body, role in asked:
        answers = []
        for name in (importing.view["id"], str(uuid.uuid4())):
            headers = (
                service.creating("gwent-police", role, GOVERNANCE) | importing.if_match() | {"X-Request-ID": "same"}
            )
            answer = await service.http.request(method, f"{PATH}/{name}{path}", json=body, headers=headers)
            answers.append((answer.status_code, answer.content))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    listed = await service.http.get(PATH, headers=service.headers("gwent-police", LEAD, GOVERNANCE))
    assert importing.view["id"] not in listed.text
    assert await held(service) == before


async def test_a_slice_asked_for_twice_is_worked_once_and_two_at_a_time_never(service: Service) -> None:
    register = Register(random.Random(5), uuid.uuid4().hex[:6]).fill(230)
    importing = await (await Importing(service).begin()).received(register.content())
    headers = service.creating(AGENCY, LEAD, GOVERNANCE)
    twice = [await service.http.post(f"{importing.path}/dry-run", headers=headers) for _ in range(2)]
    assert [each.json()["progress"]["checked"] for each in twice] == [100, 100]
    both = await asyncio.gather(importing.step("dry-run"), importing.step("dry-run"))
    assert all(each.status_code == 200 or each.json()["code"] == "import-busy" for each in both)
    await importing.read()
    await (await importing.checked()).approved()
    await asyncio.gather(*(importing.step("run") for _ in range(3)))
    await importing.read()
    await importing.run()
    assert importing.view["progress"]["worked"] == 230


async def test_own_records_are_found_by_number_and_nobody_is_guessed(service: Service) -> None:
    name, number = family(), Register(random.Random(), uuid.uuid4().hex[:6]).nhs_number()
    mine = uuid.uuid4().hex[:10]
    identifiers = [{"system": SYSTEM, "value": mine}]
    known = await registered(
        service, AGENCY, names=[{"family": name, "given": ["Ann"]}], birthDate="1950-02-03", nhsNumber=number,
        identifiers=identifiers,
    )  # fmt: skip
    twin = await registered(service, AGENCY, names=[{"family": name, "given": ["Eira"]}], birthDate="1950-02-03")
    found = await dry(
        service,
        {"Surname": name.upper(), "NHS No": number},
        {"Client ID": mine, "Forenames": "", "DOB": "", "Marker": "DOG", "Precautions": "dog in"},
        {"Surname": name, "Forenames": "Eira", "Marker": "ABUSE"},
        {"Surname": name, "Forenames": "Beca"},
        {"Surname": name, "Client ID": mine, "DOB": "03/02/1951"},
        {"Surname": name, "Client ID": mine, "Forenames": "Siôn"},
    )
    assert [issues(row) for row in found] == [
        ("made", []),
        ("made", []),
        ("unsure", [("", "possible-match")]),
        ("made", []),
        ("unsure", [("birthDate", "match-contradicted")]),
        ("unsure", [("given", "match-contradicted")]),
    ]
    assert [(row["personId"], row["registers"]) for row in found[:4]] == [
        (known, False), (known, False), (None, False), (None, True)
    ]  # fmt: skip
    mapping = {**MAPPING, "personId": "Eye colour"}
    answered = await dry(
        service, {"Surname": name, "Forenames": "Eira", "Eye colour": twin}, {"Eye colour": str(uuid.uuid4())},
        {"Eye colour": "brown", "Surname": name}, mapping=mapping,
    )  # fmt: skip
    assert [issues(row) for row in answered] == [
        ("made", []),
        ("refused", [("personId", "not-found")]),
        ("refused", [("personId", "pattern")]),
    ]
    assert answered[0]["personId"] == twin


async def test_a_warning_that_is_there_is_found_whoever_made_it_and_is_never_doubled(service: Service) -> None:
    mine = uuid.uuid4().hex[:10]
    known = await registered(service, AGENCY, identifiers=[{"system": SYSTEM, "value": mine}])
    flag = await active(service, AGENCY, about=known)
    row = {"Client ID": mine, "Forenames": "", "DOB": ""}
    (there,) = await dry(service, row)
    assert (there["expected"], there["flagId"], there["personId"]) == ("already-there", flag["id"], known)
    entry = {"Surname": family(), "Client ID": uuid.uuid4().hex}
    raw = lines(entry)
    first = await (await Importing(service).begin()).whole(raw)
    second = await (await Importing(service).begin()).whole(raw)
    (made,), (found,) = await first.rows(), await second.rows()
    assert (made["outcome"], found["outcome"]) == ("made", "already-there")
    assert found["flagId"] == made["flagId"]
    (changed,) = await dry(service, {**entry, "Marker": "VIO2"})
    assert issues(changed) == ("unsure", [("", "row-differs")])
    assert changed["flagId"] == made["flagId"]


async def test_the_run_makes_what_was_approved_or_less(service: Service) -> None:
    """Somebody flags and somebody amends between the dry run and the run."""
    mine, other, third = (uuid.uuid4().hex[:10] for _ in range(3))
    known = await registered(service, AGENCY, identifiers=[{"system": SYSTEM, "value": mine}])
    moved = await registered(service, AGENCY, identifiers=[{"system": SYSTEM, "value": other}])
    importing = await Importing(service).begin()
    await importing.received(
        lines(
            {"Client ID": mine, "Forenames": "", "DOB": ""},
            {"Client ID": other, "Surname": "", "Forenames": "", "DOB": ""},
            {"Client ID": third, "Surname": family()},
        )
    )
    await (await importing.checked()).approved()
    flag = await active(service, AGENCY, about=known)
    names = [{"family": family(), "given": ["Ann"]}]
    headers = service.creating(AGENCY, "practitioner") | {"If-Match": '"v1"'}
    body = {"names": names, "birthDate": "1971-03-04", "reason": "That number is another's."}
    assert (await service.http.patch(f"/v1/persons/{moved}", json=body, headers=headers)).status_code == 200
    await importing.run()
    first, second, last = await importing.rows()
    assert [row["expected"] for row in (first, second, last)] == ["made"] * 3
    assert (first["outcome"], first["flagId"]) == ("already-there", flag["id"])
    assert (second["outcome"], second["flagId"]) == ("unsure", None)
    assert last["outcome"] == "made"


async def test_somebody_registered_in_the_same_moment_breaks_the_slice_and_nothing_of_it_stays(
    service: Service, settings: Settings
) -> None:
    mine = uuid.uuid4().hex[:10]
    importing = await Importing(service).begin()
    await importing.received(lines({"Surname": family()}, {"Surname": family(), "Client ID": mine}))
    await (await importing.checked()).approved()
    other = uuid.UUID(await registered(service, AGENCY))
    taken = MatchDigests(settings.match_key).of_text(f"identifier:{SYSTEM}", mine)
    admin = await service.database.as_admin()
    try:
        before = await held(service)
        meanwhile = admin.transaction()
        await meanwhile.start()
        await admin.execute("INSERT INTO rhannu.person_identifiers VALUES ($1, $2, $3)", AGENCY, taken, other)
        waits = asyncio.ensure_future(importing.step("run"))
        watching = await service.database.as_admin()
        while not waits.done() and not await watching.fetchval(_WAITING, admin.get_server_pid()):
            pass
        await watching.close()
        await meanwhile.commit()
        answer = await waits
        assert (answer.status_code, answer.json()["code"]) == (409, "import-busy")
        await admin.execute("DELETE FROM rhannu.person_identifiers WHERE record_id = $1", other)
        assert await held(service) == before
    finally:
        await admin.close()
    await importing.run()
    assert importing.view["progress"]["outcome"]["made"] == 2


async def test_a_person_who_turns_out_to_be_warned_about_already_is_not_warned_about_twice(service: Service) -> None:
    """A record of the agency's own is linked to the person without bearing the number, as after a merge."""
    number = Register(random.Random(), uuid.uuid4().hex[:6]).nhs_number()
    known = await registered(service, AGENCY, birthDate="1950-02-03", nhsNumber=number)
    flag = await active(service, AGENCY, about=known)
    admin = await service.database.as_admin()
    await admin.execute("DELETE FROM rhannu.person_identifiers WHERE record_id = $1", uuid.UUID(known))
    await admin.close()
    raw = lines({"Surname": family(), "NHS No": number}, {"Surname": family(), "NHS No": ""})
    importing = await (await Importing(service).begin()).whole(raw)
    first, second = await importing.rows()
    assert (first["expected"], first["outcome"], first["flagId"]) == ("made", "already-there", flag["id"])
    assert first["personId"] != known
    assert second["outcome"] == "made"


async def test_the_trail_names_whoever_was_weighed_and_whatever_was_made(service: Service) -> None:
    mine = uuid.uuid4().hex[:10]
    known = await registered(service, AGENCY, identifiers=[{"system": SYSTEM, "value": mine}])
    importing = await Importing(service).begin()
    await importing.received(
        lines(
            {"Client ID": mine, "Forenames": "", "DOB": ""},
            {"Surname": family()},
            {"Type": "A", "UPRN": "9", "Marker": "DOG"},
        )
    )
    await (await (await importing.checked()).approved()).run()
    job = f"flag-import:{importing.view['id']}"
    rows = await importing.rows()

    async def event(action: str) -> dict[str, Any]:
        found = await service.events(action=action, agency=AGENCY)
        (mine,) = [each for each in found if any(str(ref).startswith(job) for ref in each["records"])]  # type: ignore[attr-defined]
        assert CANARY not in json.dumps(mine)
        return mine

    checked = await event("flag-import.checked")
    assert (checked["subjects"], checked["operation"]) == ([known], "consultation")
    made = await event("flag-import.made")
    assert sorted(made["subjects"]) == sorted(row["personId"] for row in rows if row["personId"])
    assert {ref for ref in made["records"] if ref.startswith("flag:")} == {f"flag:{row['flagId']}:1" for row in rows}
    assert (made["operation"], made["purpose"]) == ("collection", GOVERNANCE)
    approved = await event("flag-import.decided")
    assert (approved["user"], approved["subjects"]) == (str(user_id(AGENCY, DECIDER)), [])


async def test_what_waits_of_people_is_erased_with_the_end_of_the_import(service: Service) -> None:
    raw = lines({"Surname": family()}, {"Surname": ""})
    done = await (await Importing(service).begin()).received(raw)
    assert await cells_left(service, done) == 2
    await (await (await done.checked()).approved()).run()
    assert await cells_left(service, done) == 0
    stopped = await (await Importing(service).begin()).received(raw)
    answer = await stopped.step("cancellation", {"reason": "The wrong list."})
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert await cells_left(service, stopped) == 0
    after = await stopped.step("dry-run")
    assert (after.status_code, after.json()["code"]) == (409, "import-state-conflict")


async def test_an_import_left_lying_lapses_and_the_worker_erases_its_rows(service: Service, settings: Settings) -> None:
    left = await (await Importing(service).begin()).received(lines({"Surname": family()}))
    fresh = await (await Importing(service).begin()).received(lines({"Surname": family()}))
    service.clock.offset = timedelta(days=31)
    assert (await left.read())["state"] == "lapsed"
    refused = await left.step("dry-run")
    assert (refused.status_code, refused.json()["code"]) == (409, "import-state-conflict")
    admin = await service.database.as_admin()
    await admin.execute(
        "UPDATE rhannu.flag_imports SET recorded_at = recorded_at - interval '31 days' WHERE id = $1",
        uuid.UUID(left.view["id"]),
    )
    await admin.close()
    service.clock.offset = timedelta(0)
    engine = make_engine(doors_of(settings).worker, pool_size=1, statement_timeout_ms=10_000)
    try:
        assert await erase_lapsed_imports(engine) == 1
        assert await erase_lapsed_imports(engine) == 0
    finally:
        await engine.dispose()
    assert (await cells_left(service, left), await cells_left(service, fresh)) == (0, 1)
    (event,) = [
        each for each in await service.events(action="flag-import.erased")
        if f"flag-import:{left.view['id']}:2" in each["records"]  # type: ignore[operator]
    ]  # fmt: skip
    assert (event["operation"], event["owners"]) == ("erasure", [AGENCY])


async def test_imports_are_listed_page_by_page(service: Service) -> None:
    begun = [(await Importing(service, "pobl").begin()).view["id"] for _ in range(3)]
    headers = service.headers("pobl", DECIDER, GOVERNANCE)
    answer = await service.http.get(PATH, params={"limit": 2}, headers=headers)
    found = [each["id"] for each in answer.json()["imports"]]
    while "next" in answer.links:
        answer = await service.http.get(answer.links["next"]["url"], headers=headers)
        found += [each["id"] for each in answer.json()["imports"]]
    assert found[:3] == begun[::-1]
    wrong = await service.http.get(PATH, params={"after": "1.x"}, headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "parameter-invalid")


async def test_rows_are_listed_page_by_page_and_by_outcome(service: Service) -> None:
    register = Register(random.Random(11), uuid.uuid4().hex[:6]).fill(150)
    importing = await (await (await Importing(service).begin()).received(register.content())).checked()
    whole = await importing.rows()
    assert await importing.rows(limit=7) == whole
    for outcome in ("made", "already-there", "refused", "unsure"):
        assert await importing.rows(outcome=outcome, limit=20) == [row for row in whole if row["expected"] == outcome]
    assert CANARY not in json.dumps(whole)
    assert register.tag not in json.dumps(whole)


@pytest.mark.parametrize(
    ("raw", "layout", "pointer", "code"),
    [
        (b"Surname,DOB\nx,y", {}, "/mapping/about", "column-unknown"),
        (b"", {}, "", "required"),
        (b"\n\n", {}, "/mapping/about", "column-unknown"),
        (lines(), {}, "/rows", "too-few"),
        (lines({"Surname": '"Jones'}), {}, "/rows/2", "csv-malformed"),
        (lines({"Surname": "a"}).replace(b"Surname", b"DOB"), {}, "/mapping/birthDate", "duplicate"),
        (lines({"Surname": "Tŷ"}).decode().encode("utf-16"), {}, "/file", "encoding"),
        (lines({"Surname": "Tŷ"}), {"encoding": "windows-1252"}, "/file", "encoding"),
        (lines({"Surname": "Jones"}), {"delimiter": "semicolon"}, "/mapping/about", "column-unknown"),
    ],
)  # fmt: skip
async def test_a_file_of_which_no_row_can_be_trusted_is_refused_whole(
    service: Service, raw: bytes, layout: dict[str, str], pointer: str, code: str
) -> None:
    importing = await Importing(service).begin(layout={"encoding": "utf-8", **layout})
    before = await held(service)
    answer = await importing.send(raw)
    assert (answer.status_code, answer.json()["code"]) == (422, "content-invalid"), answer.text
    told = answer.json()["errors"][0]
    assert (told["pointer"], told["code"]) == (pointer, code)
    assert await held(service) == before
    assert (await importing.read())["state"] == "awaiting-file"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
async def test_names_survive_the_encoding_that_was_stated(service: Service, encoding: str) -> None:
    name = f"Siôn-Gwenllïan {uuid.uuid4().hex[:6]}"
    raw = lines({"Surname": name}).decode().encode(encoding)
    stated = encoding.removesuffix("-sig")
    importing = await (await Importing(service).begin(layout={"encoding": stated})).whole(raw)
    (row,) = await importing.rows()
    read = await service.http.get(f"/v1/persons/{row['personId']}", headers=service.headers(AGENCY, "practitioner"))
    assert read.json()["content"]["names"][0]["family"] == name


async def test_only_what_the_mapping_names_is_kept_even_for_a_while(service: Service) -> None:
    importing = await Importing(service).begin()
    await importing.received(lines({"Surname": family(), "Eye colour": "kingfisher-blue"}))
    admin = await service.database.as_admin()
    kept = await admin.fetchval(
        "SELECT cells::text FROM rhannu.flag_import_rows WHERE import_id = $1", uuid.UUID(importing.view["id"])
    )
    await admin.close()
    assert CANARY in kept
    assert "kingfisher" not in kept


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"sentence": {"column": "Comments", "language": "en"}}, "/mapping/sentence/column", "inconsistent"),
        ({"sentence": {"fixed": {"en": "x" * 280 + "y"}}}, "/mapping/sentence/fixed/en", "too-long"),
        ({"sentence": {"fixed": {}}}, "/mapping/sentence/fixed", "required"),
        ({"sentence": {}}, "/mapping/sentence", "required"),
        ({"category": {}}, "/mapping/category", "required"),
        ({"category": {"column": "Marker", "fixed": "hate-abuse"}}, "/mapping/category/fixed", "inconsistent"),
        ({"category": {"column": "Marker"}}, "/mapping/category/values", "required"),
        ({"controls": {"fixed": ["dance"]}}, "/mapping/controls/fixed/0", "code-unknown"),
        ({"controls": {"column": "P", "values": [{"value": "a", "controls": []}]}}, "/mapping/controls/values/0/controls", "required"),
        ({"about": {"column": "T", "values": [{"value": "a", "about": "person"}, {"value": " A", "about": "place"}]}}, "/mapping/about/values/1/value", "duplicate"),
        ({"localIdentifier": {"column": "Client ID", "system": " "}}, "/mapping/localIdentifier/system", "too-short"),
        ({"birthDate": {"column": "DOB", "format": "DD/MM/YY"}}, "/mapping/birthDate/format", "code-unknown"),
    ],
)  # fmt: skip
async def test_a_mapping_that_would_leave_something_to_guess_is_refused(
    service: Service, change: dict[str, Any], pointer: str, code: str
) -> None:
    before = await held(service)
    headers = service.creating(AGENCY, LEAD, GOVERNANCE)
    answer = await service.http.post(PATH, json=begin_body(mapping={**MAPPING, **change}), headers=headers)
    assert answer.status_code == 422, answer.text
    assert (pointer, code) in [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
    assert await held(service) == before
