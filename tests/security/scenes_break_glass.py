"""How sealed doors are opened, read and judged; see `scenes`."""

from typing import Any

from tests.factories.break_glass import judging, opened, opening, reviewed, same_person, sealed, who
from tests.factories.flags import registered
from tests.fixtures.service import Service
from tests.security.scenes import AGENCY, Asked, scene


async def _grant(service: Service) -> dict[str, Any]:
    same = same_person()
    await sealed(service, content=same)
    return await opened(who(service), await registered(service, AGENCY, **same))


async def _notice(service: Service) -> str:
    grant = await _grant(service)
    listed = await who(service, "dpo-ig").get("/v1/break-glass-notices", limit=200, unacknowledged=True)
    return next(str(each["id"]) for each in listed.json()["notices"] if each["grantId"] == grant["id"])


@scene("break_glass.open_break_glass")
async def _(service: Service) -> Asked:
    return Asked("POST", "/v1/break-glass-grants", opening(await registered(service, AGENCY)))


@scene("break_glass.read_opened_warnings")
async def _(service: Service) -> Asked:
    return Asked("GET", f"/v1/break-glass-grants/{(await _grant(service))['id']}/warnings")


@scene("break_glass.list_grants")
async def _(service: Service) -> Asked:
    await _grant(service)
    return Asked("GET", "/v1/break-glass-grants?unreviewed=true&limit=1")


@scene("break_glass.read_grant")
async def _(service: Service) -> Asked:
    return Asked("GET", f"/v1/break-glass-grants/{(await _grant(service))['id']}")


@scene("break_glass.review_grant")
async def _(service: Service) -> Asked:
    return Asked("POST", f"/v1/break-glass-grants/{(await _grant(service))['id']}/review", judging(), 1)


@scene("break_glass.list_break_glass_notices")
async def _(service: Service) -> Asked:
    await _grant(service)
    return Asked("GET", "/v1/break-glass-notices?limit=1")


@scene("break_glass.acknowledge_break_glass_notice")
async def _(service: Service) -> Asked:
    return Asked("POST", f"/v1/break-glass-notices/{await _notice(service)}/acknowledgement", None, 1)


@scene("break_glass.restore_break_glass")
async def _(service: Service) -> Asked:
    by, officer = who(service, number=2), who(service, "dpo-ig")
    back = {"userId": by.user, "reason": "He was trained again."}
    await officer.post("/v1/break-glass-restorations", back)  # where the scene was set before, and nobody forgave
    grant = await opened(by, await registered(service, AGENCY))
    judged = await reviewed(officer, grant, "unjustified")
    assert judged.status_code == 200, judged.text
    return Asked("POST", "/v1/break-glass-restorations", back)
