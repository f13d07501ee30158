"""An agency's own words for its letters: whole, in both languages, versioned, and nobody else's."""

import copy
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.examples import EXAMPLES
from tests.fixtures.service import Service
from tests.rest.test_flag_notices import flagged, notice, prepare, read

POLICE = "gwent-police"
LEAD = {"role": "safeguarding-lead", "purpose": "flag-governance"}


@pytest.fixture(autouse=True)
async def _nothing_written_yet(service: Service) -> AsyncIterator[None]:
    await _forget(service)
    yield
    await _forget(service)


async def _forget(service: Service) -> None:
    admin = await service.database.as_admin()
    await admin.execute("DELETE FROM rhannu.letter_templates")
    await admin.close()


def own() -> dict[str, Any]:
    request = copy.deepcopy(EXAMPLES["replaceLetterTemplates"].request)
    assert isinstance(request, dict)
    return request


async def get(service: Service, agency: str = POLICE, **who: str) -> Any:
    return await service.http.get("/v1/letter-templates", headers=service.headers(agency, **{**LEAD, **who}))


async def put(service: Service, body: dict[str, Any], version: str = '"v1"', **who: str) -> Any:
    headers = service.headers(POLICE, **{**LEAD, **who}, if_match=version)
    return await service.http.put("/v1/letter-templates", json=body, headers=headers)


async def test_until_an_agency_writes_its_own_it_has_those_of_the_service(service: Service) -> None:
    found = await get(service)
    assert (found.status_code, found.headers["etag"], found.json()["isOwn"]) == (200, '"v1"', False)
    assert found.json()["notice"]["cy"]["title"] == "Nodyn ar eich cofnod"
    assert found.json()["careNeedNotice"]["en"]["sections"]
    event = (await service.events(action="letter-templates.read"))[-1]
    assert (event["subjects"], event["owners"]) == ([], [POLICE])


async def test_own_words_are_in_force_at_once_and_for_nobody_else(service: Service) -> None:
    body = own()
    body["notice"]["en"]["title"] = "About your record"
    made = await put(service, body)
    assert (made.status_code, made.headers["etag"]) == (200, '"v2"')
    assert (await get(service)).json() == made.json()
    assert (await get(service, "abuhb")).json()["isOwn"] is False
    flag = await flagged(service)
    letter = (await prepare(service, flag, notice(flag))).json()
    assert (letter["letters"][0]["title"], letter["templateVersion"]) == ("About your record", 2)


async def test_a_letter_keeps_the_words_it_was_made_with(service: Service) -> None:
    flag = await flagged(service)
    before = (await prepare(service, flag, notice(flag))).json()
    await put(service, own())
    assert (await read(service, flag, before["id"])).json() == before


async def test_the_agency_s_contact_stands_where_a_notice_names_none(service: Service) -> None:
    await put(service, own())
    flag = await flagged(service)
    made = await prepare(service, flag, notice(flag) | {"contact": None})
    assert made.status_code == 201, made.text
    assert "01632 960101" in made.json()["letters"][0]["spoken"]


async def test_of_two_who_write_at_once_one_is_told(service: Service) -> None:
    assert (await put(service, own())).status_code == 200
    late = await put(service, own())
    assert (late.status_code, late.json()["code"]) == (412, "version-stale")
    assert (await put(service, own(), '"v2"')).headers["etag"] == '"v3"'


async def test_words_that_leave_out_what_must_be_said_are_not_stored(service: Service) -> None:
    body = own()
    body["notice"]["cy"]["sections"] = [{"heading": "Pam", "text": "Mae nodyn ar eich cofnod."}]
    body["careNeedNotice"]["en"]["title"] = "About your violence"
    refused = await put(service, body)
    issues = {(each["pointer"], each["code"]) for each in refused.json()["errors"]}
    assert issues == {("/notice/cy/sections", "place-missing"), ("/careNeedNotice/en/title", "blaming-word")}
    assert (await get(service)).json()["version"] == 1


@pytest.mark.parametrize("role", ["practitioner", "flag-decision-maker", "dpo-ig"])
async def test_only_the_safeguarding_lead_writes_templates(service: Service, role: str) -> None:
    refused = await put(service, own(), role=role)
    assert (refused.status_code, refused.json()["code"]) == (403, "access-denied")
    assert (await get(service)).json()["version"] == 1
