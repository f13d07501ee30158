"""A kind of warning kept to named roles: to everybody else it is not there, whichever way they ask."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from domain.access import Permission, Purpose, Role, roles_with
from domain.dates import local_date
from domain.flag_codes import Category, FlagState
from domain.flag_decisions import Recipients
from domain.ids import AgencyCode
from domain.visibility import FlagFacts, Tier, Visibility, tier_for
from tests.factories.flags import active, decision, proposal, proposed, recorded, registered, step
from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service
from tests.rest.rows import rows

OWNER, PARTNER = "swfrs", "wast"
LEAD = "safeguarding-lead"
NAMED = ["line-manager", "flag-decision-maker"]
READERS = sorted(role.value for role in roles_with(Permission.FLAG_READ))


async def reserve(service: Service, roles: list[str], category: str = "threat-violence", **headers: str) -> Any:
    path = f"/v1/flag-categories/{category}/reservation"
    asked = service.headers(OWNER, LEAD, "flag-governance")
    version = (await service.http.get(path, headers=asked)).headers["etag"]
    body = {"roles": roles, "reason": "Families of colleagues are concerned."}
    return await service.http.put(path, json=body, headers=asked | {"If-Match": version} | headers)


@pytest.fixture(autouse=True)
async def _open_again(service: Service) -> AsyncIterator[None]:
    yield
    for category in ("threat-violence", "do-not-visit-alone"):
        answer = await reserve(service, [], category)
        assert answer.status_code == 200, answer.text


@dataclass
class World:
    """A live flag of the owner, and both agencies' records of the person."""

    flag: dict[str, Any]
    own: str
    partners: str


async def world(service: Service, **changes: Any) -> World:
    same = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    partners = await registered(service, PARTNER, **same)
    flag = await active(service, OWNER, content=same, **changes)
    return World(flag, flag["subject"]["personId"], partners)


async def sees(service: Service, of: World, agency: str, role: str, purpose: str) -> dict[str, Tier | None]:
    """How much each channel shows of the flag to somebody; None where the role may not use the channel."""
    headers = service.headers(agency, role, purpose)
    record = of.own if agency == OWNER else of.partners
    read = await service.http.get(f"/v1/flags/{of.flag['id']}", headers=headers)
    listed = await service.http.get(f"/v1/persons/{record}/flags", headers=headers)
    query = "query($id: UUID!) { personSummary(id: $id) { flags(first: 50) { id } contacts(first: 50) { agency } } }"
    asked = await service.http.post("/graphql", json={"query": query, "variables": {"id": record}}, headers=headers)
    checked = await service.http.post("/v1/flag-checks", json={"entries": [{"personId": record}]}, headers=headers)
    return {
        "read": None
        if read.status_code == 403
        else _tier(read.status_code == 200, False, "story" if "proposed" in read.text else ""),
        "listed": None if listed.status_code == 403 else _listed(listed.json(), of.flag["id"]),
        "summary": _summarised(asked.json(), of.flag["id"]),
        "check": None if checked.status_code == 403 else _checked(checked.json()["entries"][0], of.flag["id"]),
    }


def _tier(is_there: bool, is_hinted: bool, story: str = "") -> Tier:
    if is_there:
        return Tier.FULL if story else Tier.PRECAUTION
    return Tier.EXISTS if is_hinted else Tier.ABSENT


def _listed(answer: dict[str, Any], flag: str) -> Tier:
    own = any(each["id"] == flag for each in answer["own"])
    shared = any(each["flagId"] == flag for each in answer["shared"])
    return _tier(own or shared, any(each["agency"] == OWNER for each in answer["contacts"]), "own" if own else "")


def _summarised(answer: dict[str, Any], flag: str) -> Tier | None:
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] in {"access-denied", "purpose-not-permitted"}
        return None
    found = answer["data"]["personSummary"]
    return _tier(
        any(each["id"] == flag for each in found["flags"]),
        any(each["agency"] == OWNER for each in found["contacts"]),
    )


def _checked(entry: dict[str, Any], flag: str) -> Tier:
    return _tier(
        any(each["flagId"] == flag for each in entry["warnings"]),
        any(each["agency"] == OWNER for each in entry["contacts"]),
    )


@pytest.mark.parametrize("category", ["threat-violence", "intimidation-harassment"])
async def test_every_channel_agrees_with_the_rule_for_every_role_that_reads(service: Service, category: str) -> None:
    named = {Role(role) for role in NAMED}
    assert (await reserve(service, NAMED, category)).status_code == 200
    made = await _raised_by(service, category)
    facts = FlagFacts(
        AgencyCode(OWNER), FlagState.ACTIVE, Category(category), Recipients(all_partners=True),
        local_date(service.clock()), reserved_for=frozenset(named),
    )  # fmt: skip
    for agency in (OWNER, PARTNER):
        for role in READERS:
            for purpose in (Purpose.STAFF_SAFETY_VISIT, Purpose.DIRECT_CARE):
                looks = Visibility(AgencyCode(agency), frozenset({Role(role)}), purpose)
                tier = tier_for(facts, looks, holder=False, flow=True, today=local_date(service.clock()))
                found = await sees(service, made, agency, role, purpose.value)
                shown = {channel: seen for channel, seen in found.items() if seen is not None}
                assert shown["read"] == (Tier.ABSENT if tier is Tier.EXISTS else tier), (agency, role, purpose)
                assert shown["listed"] == tier, (agency, role, purpose)
                for channel in ("summary", "check"):
                    assert shown.get(channel, tier) in {tier, min(tier, Tier.PRECAUTION)}, (
                        agency,
                        role,
                        purpose,
                        channel,
                    )
    assert (await reserve(service, [], category)).status_code == 200


async def _raised_by(service: Service, category: str) -> World:
    """A live flag of a reserved category: proposed and decided by people who may."""
    same = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    partners = await registered(service, PARTNER, **same)
    own = await registered(service, OWNER, **same)
    body = {
        "subject": {"personId": own}, "category": category, "reason": "Colleagues call there.",
        "incidents": [await recorded(service, OWNER, own, behaviours=["shouting", "following-harassing"])],
    }  # fmt: skip
    made = await service.http.post("/v1/flags", json=body, headers=service.creating(OWNER, "line-manager"))
    assert made.status_code == 201, made.text
    live = await step(service, made.json(), "decision", decision(category=category))
    assert live.status_code == 200, live.text
    return World(live.json(), own, partners)


async def test_only_the_named_roles_raise_such_a_flag(service: Service) -> None:
    body = await proposal(service, OWNER)
    assert (await reserve(service, NAMED)).status_code == 200
    before = await rows(service)
    refused = await service.http.post("/v1/flags", json=body, headers=service.creating(OWNER, "practitioner"))
    assert (refused.status_code, refused.json()["code"]) == (403, "category-reserved")
    assert await rows(service) == before
    made = await service.http.post("/v1/flags", json=body, headers=service.creating(OWNER, "line-manager"))
    assert made.status_code == 201, made.text
    read = await service.http.get(made.headers["location"], headers=service.headers(OWNER, "practitioner"))
    assert read.status_code == 404


async def test_nobody_decides_a_flag_into_a_kind_that_is_kept_from_them(service: Service) -> None:
    flag = await proposed(service, OWNER)
    admin = await service.database.as_admin()
    await admin.execute(
        "INSERT INTO rhannu.category_reservations SELECT $1, 'do-not-visit-alone', max(version) + 1, '{safeguarding-lead}', "
        "'Kept.', now(), gen_random_uuid() FROM (SELECT 1 AS version UNION ALL SELECT version FROM "
        "rhannu.category_reservations WHERE owner_agency = $1 AND category = 'do-not-visit-alone') v",
        OWNER,
    )
    await admin.close()
    refused = await step(service, flag, "decision", decision(category="do-not-visit-alone"))
    assert (refused.status_code, refused.json()["code"]) == (403, "category-reserved")
    read = await service.http.get(f"/v1/flags/{flag['id']}", headers=service.headers(OWNER, "practitioner"))
    assert read.json() == flag


async def test_a_change_of_the_setting_acts_on_flags_that_are_there_and_back_again(service: Service) -> None:
    made = await world(service)
    for roles, expected in ((NAMED, 404), ([], 200), ([*NAMED, "practitioner"], 200)):
        assert (await reserve(service, roles)).status_code == 200
        for agency in (OWNER, PARTNER):
            read = await service.http.get(
                f"/v1/flags/{made.flag['id']}", headers=service.headers(agency, "practitioner")
            )
            assert read.status_code == expected, (roles, agency)


async def test_steps_by_others_find_nothing_and_change_nothing(service: Service) -> None:
    made = await world(service)
    assert (await reserve(service, ["line-manager", LEAD, "flag-decision-maker"])).status_code == 200
    body = {"challenger": "subject", "channel": "telephone", "grounds": "Not I."}
    asked = service.creating(OWNER, "dpo-ig", "flag-governance") | {"If-Match": '"v2"', "X-Request-ID": "same"}
    hidden = await service.http.post(f"/v1/flags/{made.flag['id']}/challenges", json=body, headers=asked)
    asked |= {"Idempotency-Key": str(uuid.uuid4())}
    absent = await service.http.post(f"/v1/flags/{uuid.uuid4()}/challenges", json=body, headers=asked)
    assert (hidden.status_code, hidden.content) == (404, absent.content)
    contested = await step(service, made.flag, "challenges", body)
    assert contested.status_code == 200, contested.text


@pytest.mark.parametrize(
    ("roles", "code"),
    [
        (["flag-decision-maker", LEAD, "auditor"], "inconsistent"),
        (["flag-decision-maker"], "too-few"),
        (["practitioner", "line-manager"], "too-few"),
    ],
)
async def test_a_setting_under_which_a_flag_could_not_live_is_refused(
    service: Service, roles: list[str], code: str
) -> None:
    refused = await reserve(service, roles)
    assert refused.status_code == 422
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [("/roles", code)]


async def test_the_setting_is_changed_by_whoever_read_it_and_is_another_in_every_agency(service: Service) -> None:
    path = "/v1/flag-categories/threat-violence/reservation"
    stale = await reserve(service, NAMED, **{"If-Match": '"v99999"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version-stale")
    assert (await reserve(service, NAMED)).status_code == 200
    other = await service.http.get(path, headers=service.headers(PARTNER, LEAD, "flag-governance"))
    assert other.json()["roles"] == []
    made = await active(service, PARTNER)
    read = await service.http.get(f"/v1/flags/{made['id']}", headers=service.headers(PARTNER, "practitioner"))
    assert read.status_code == 200
    admin = await service.database.as_admin()
    kept = await admin.fetch(
        "SELECT version FROM rhannu.category_reservations WHERE owner_agency = $1 AND category = 'threat-violence' "
        "ORDER BY version", OWNER,
    )  # fmt: skip
    await admin.close()
    assert [row["version"] for row in kept] == list(range(2, 2 + len(kept)))


async def test_no_flag_slips_in_under_a_setting_that_has_just_gone(service: Service) -> None:
    for _ in range(6):
        body = await proposal(service, OWNER)
        made, kept = await asyncio.gather(
            service.http.post("/v1/flags", json=body, headers=service.creating(OWNER, "practitioner")),
            reserve(service, NAMED),
        )
        assert kept.status_code == 200, kept.text
        if made.status_code == 201:
            read = await service.http.get(made.headers["location"], headers=service.headers(OWNER, "practitioner"))
            assert read.status_code == 404
        else:
            assert made.json()["code"] == "category-reserved"
        assert (await reserve(service, [])).status_code == 200
