"""How fair process is asked: adults seen, kinds kept to roles, corroborations; see `scenes`."""

from typing import Any

from domain.access import Role
from domain.flag_reservations import RESERVABLE
from tests.factories.flags import CARE, active, adult_contact, contest, in_days, recorded, registered, step
from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service
from tests.security.scenes import AGENCY, Asked, change, scene

LEAD = Role.SAFEGUARDING_LEAD


@scene("flags.record_adult_contact")
async def _(service: Service) -> Asked:
    return change(await active(service, AGENCY), "adult-contacts", adult_contact())


@scene("flags.offer_carer_support")
async def _(service: Service) -> Asked:
    flag = await active(service, AGENCY, **CARE)
    return change(flag, "carer-support", {"kind": "offered", "on": in_days(0)})


RESERVED = "/v1/flag-categories/hate-abuse/reservation"
EVERYBODY = sorted(RESERVABLE)


@scene("flags.reservations.read_reservation")
async def _(service: Service) -> Asked:
    return Asked("GET", RESERVED)


@scene("flags.reservations.reserve_category")
async def _(service: Service) -> Asked:
    asked = await Asked("GET", RESERVED).send(service, "flags.reservations.read_reservation", LEAD, "before")
    body = {"roles": EVERYBODY, "reason": "As agreed in the board."}
    return Asked("PUT", RESERVED, body, asked.json()["version"])


@scene("flags.tell_challenger")
async def _(service: Service) -> Asked:
    contested = await step(service, await active(service, AGENCY), "challenges", contest())
    body = {"message": "acknowledgement", "on": in_days(0), "how": "By telephone"}
    return change(contested.json(), "challenges/messages", body)


async def _borne_out(service: Service) -> tuple[str, dict[str, Any]]:
    """A flag of the health board, and what the police would say of the same person."""
    same = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    ours = await registered(service, AGENCY, **same)
    flag = await active(service, "abuhb", content=same)
    body = {"incidents": [await recorded(service, AGENCY, ours)], "reason": "Our officers met the same."}
    return f"/v1/flags/{flag['id']}/corroborations", body


@scene("flags.corroborations.corroborate_flag")
async def _(service: Service) -> Asked:
    return Asked("POST", *await _borne_out(service))


@scene("flags.corroborations.own_corroborations")
async def _(service: Service) -> Asked:
    path, body = await _borne_out(service)
    made = await Asked("POST", path, body).send(service, "flags.corroborations.corroborate_flag", LEAD, "before")
    assert made.status_code == 201, made.text
    return Asked("GET", path)


@scene("flags.corroborations.withdraw_corroboration")
async def _(service: Service) -> Asked:
    path, body = await _borne_out(service)
    made = await Asked("POST", path, body).send(service, "flags.corroborations.corroborate_flag", LEAD, "before")
    return Asked("POST", f"/v1/corroborations/{made.json()['id']}/withdrawal", {"reason": "It was another."}, 1)
