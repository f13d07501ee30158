"""The check's query and the rule as a function agree on every flag, for everybody, in generated worlds (ADR 0004)."""

import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from domain.access import Purpose, Role
from domain.dates import local_date
from domain.flag_codes import ALERTING_CATEGORIES, Category, FlagState
from domain.flag_decisions import Recipients
from domain.ids import AgencyCode
from domain.visibility import FlagFacts, Tier, Visibility, tier_for
from tests.factories.numbers import nhs_number
from tests.fixtures.service import AGENCIES, Service
from tests.rest.test_flag_checks import PRECAUTION, registered

CALLERS = [code for code in AGENCIES if code != "gwent-safeguarding"]
PURPOSES = [Purpose.STAFF_SAFETY_VISIT, Purpose.DIRECT_CARE, Purpose.EMERGENCY_RESPONSE]
_FLAG = (
    "INSERT INTO rhannu.flags (id, owner_agency, version, state, category, record_id, person_id, recipients, is_alerting, "
    "review_on, restricted, precaution, is_legacy, reserved_for, content, recorded_at, recorded_by) SELECT $1, $2, 1, $3, "
    "$4, r.id, r.person_id, $6, $7, $8, $9, $10, $11, $12, '{}', now(), $1 FROM rhannu.person_records r WHERE r.id = $5"
)
_TARGET = (
    "INSERT INTO rhannu.flag_targets (flag_id, owner_agency, person_id, via) SELECT id, owner_agency, person_id, 'subject' "
    "FROM rhannu.flags WHERE id = $1"
)


@pytest.mark.parametrize("seed", range(6))
async def test_query_and_rule_agree(service: Service, seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    today = local_date(datetime.now(UTC))
    number = nhs_number()
    records = {agency: await registered(service, agency, nhsNumber=number) for agency in CALLERS}
    admin = await service.database.as_admin()
    world: dict[str, tuple[FlagFacts, set[str]]] = {}
    pairs = [(owner, category) for owner in CALLERS for category in Category]
    for owner, category in rng.sample(pairs, 36):
        flag = uuid.uuid4()
        state = rng.choice([FlagState.ACTIVE] * 4 + [FlagState.PROPOSED, FlagState.PROVISIONAL, FlagState.REMOVED])
        named = None if rng.random() < 0.4 else rng.sample(CALLERS, rng.randrange(1, 4))
        review_on = today + timedelta(days=rng.choice([-400, -29, -28, -27, -1, 0, 1, 90]))
        restricted = rng.random() < 0.15
        holders = set(rng.sample(CALLERS, rng.randrange(3)))
        is_legacy = rng.random() < 0.15
        reserved = rng.choice([None] * 5 + [{Role.LINE_MANAGER}, {Role.PRACTITIONER, Role.DUTY_MANAGER}])
        await admin.execute(
            _FLAG, flag, owner, state.value, category.value, uuid.UUID(records[owner]), named or ["*"],
            category in ALERTING_CATEGORIES, review_on, restricted, PRECAUTION.format(id=flag, owner=owner),
            is_legacy, None if reserved is None else [role.value for role in reserved],
        )  # fmt: skip
        await admin.execute(_TARGET, flag)
        for holder in holders:
            await admin.execute(
                "INSERT INTO rhannu.flag_recipients VALUES ($1, 1, $2, $3, now(), $1)", flag, holder, owner
            )
        recipients = (
            Recipients(all_partners=True) if named is None else Recipients(agencies=frozenset(map(AgencyCode, named)))
        )
        facts = FlagFacts(
            AgencyCode(owner), state, category, recipients, review_on, restricted, is_legacy,
            None if reserved is None else frozenset(reserved),
        )  # fmt: skip
        world[str(flag)] = (facts, holders)
    await admin.close()
    for caller in CALLERS:
        for purpose in PURPOSES:
            answer = await service.http.post(
                "/v1/flag-checks",
                json={"entries": [{"personId": records[caller]}]},
                headers=service.headers(caller, "practitioner", purpose.value),
            )
            entry = answer.json()["entries"][0]
            looks = Visibility(AgencyCode(caller), frozenset({Role.PRACTITIONER}), purpose)
            tiers = {
                flag: tier_for(facts, looks, holder=caller in holders, flow=True, today=today)
                for flag, (facts, holders) in world.items()
                if facts.state in {FlagState.ACTIVE, FlagState.PROVISIONAL}
            }
            seen = {flag for flag, tier in tiers.items() if tier >= Tier.PRECAUTION}
            rung = {world[flag][0].owner for flag, tier in tiers.items() if tier is Tier.EXISTS}
            assert {warning["flagId"] for warning in entry["warnings"]} == seen, (caller, purpose)
            assert {contact["agency"] for contact in entry["contacts"]} == rung, (caller, purpose)
            event = (await service.events(event=answer.json()["checkId"]))[0]
            assert set(event["records"]) == {f"flag:{flag}:1" for flag in seen}
            hidden = {flag for flag, tier in tiers.items() if tier is Tier.EXISTS}
            assert set(event["hinted"]) == {f"flag:{flag}:1" for flag in hidden}
