"""How declared conflicts of interest and access alerts are asked for; see `scenes`.

A scene that needs a declaration has a data protection officer make it for a board analyst, who reads no records, so that
nobody whom other tests act as is kept from anybody.
"""

from typing import Any

from tests.factories.alerts import declared, declaring, raised
from tests.factories.flags import registered
from tests.fixtures.service import Service, user_id
from tests.security.scenes import AGENCY, Asked, scene


async def _declaration(service: Service) -> dict[str, Any]:
    concerned = str(user_id(AGENCY, "board-analyst"))
    person = await registered(service, AGENCY)
    return await declared(service, AGENCY, person, role="dpo-ig", purpose="audit-quality", userId=concerned)


@scene("conflicts.declare_conflict")
async def _(service: Service) -> Asked:
    return Asked("POST", "/v1/conflict-declarations", declaring(await registered(service, AGENCY)))


@scene("conflicts.list_conflicts")
async def _(service: Service) -> Asked:
    await _declaration(service)
    return Asked("GET", "/v1/conflict-declarations?limit=1")


@scene("conflicts.end_conflict")
async def _(service: Service) -> Asked:
    made = await _declaration(service)
    path = f"/v1/conflict-declarations/{made['id']}/ending"
    return Asked("POST", path, {"reason": "She moved away."}, made["version"])


@scene("alerts.list_alerts")
async def _(service: Service) -> Asked:
    await raised(service, AGENCY)
    return Asked("GET", "/v1/access-alerts?limit=1")


@scene("alerts.read_alert")
async def _(service: Service) -> Asked:
    return Asked("GET", f"/v1/access-alerts/{await raised(service, AGENCY)}")


@scene("alerts.review_alert")
async def _(service: Service) -> Asked:
    body = {"outcome": "explained", "reason": "The flood."}
    return Asked("POST", f"/v1/access-alerts/{await raised(service, AGENCY)}/review", body, 1)


@scene("alerts.read_budgets")
async def _(service: Service) -> Asked:
    return Asked("GET", "/v1/access-budgets")


@scene("alerts.replace_budgets")
async def _(service: Service) -> Asked:
    reading = service.headers(AGENCY, "dpo-ig", "audit-quality")
    found = await service.http.get("/v1/access-budgets", headers=reading)
    return Asked("PUT", "/v1/access-budgets", {"daily": 150, "weekly": 400}, found.json()["version"])
