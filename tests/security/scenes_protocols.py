"""How information sharing protocols are asked for; see `scenes`: kept by the Board, signed and left by a partner."""

from typing import Any

from tests.factories.flags import in_days
from tests.factories.protocols import BOARD, assured, drafted, drafting, in_force, signed, step
from tests.factories.sharing import granted, matched, refused
from tests.fixtures.service import Service
from tests.security.scenes import AGENCY, Asked, scene

THEM = (AGENCY, "newport-cc")


def _on(made: dict[str, Any], path: str, body: object = None, *, by: str = BOARD, number: int = 1) -> Asked:
    return Asked("POST", f"/v1/sharing-protocols/{made['id']}/{path}", body, made["version"], number, by)


async def _under_review(service: Service) -> dict[str, Any]:
    return dict((await step(service, await in_force(service, THEM), "reviews", {"reason": "It is time."})).json())


@scene("sharing.protocols.draft_protocol")
async def _(service: Service) -> Asked:
    return Asked("POST", "/v1/sharing-protocols", drafting(THEM), agency=BOARD)


@scene("sharing.protocols.list_protocols")
async def _(service: Service) -> Asked:
    await drafted(service, THEM)
    return Asked("GET", "/v1/sharing-protocols?limit=1")


@scene("sharing.protocols.read_protocol")
async def _(service: Service) -> Asked:
    return Asked("GET", f"/v1/sharing-protocols/{(await drafted(service, THEM))['id']}")


@scene("sharing.protocols.list_sharing_flows")
async def _(service: Service) -> Asked:
    await in_force(service, THEM)
    return Asked("GET", "/v1/sharing-flows/newport-cc?item=incidents")


@scene("sharing.protocols.amend_protocol")
async def _(service: Service) -> Asked:
    return _on(await drafted(service, THEM), "amendments", drafting(THEM))


@scene("sharing.protocols.assure_protocol")
async def _(service: Service) -> Asked:
    return _on(await drafted(service, THEM), "assurance", number=2)


@scene("sharing.protocols.sign_protocol")
async def _(service: Service) -> Asked:
    return _on(await assured(service, THEM), "signatures", {"post": "Head of safeguarding"}, by=AGENCY)


@scene("sharing.protocols.leave_protocol")
async def _(service: Service) -> Asked:
    made = await signed(service, await assured(service, THEM), AGENCY)
    return _on(made, "departure", {"reason": "We merge."}, by=AGENCY)


@scene("sharing.protocols.bring_protocol_into_force")
async def _(service: Service) -> Asked:
    made = await assured(service, THEM)
    for agency in THEM:
        made = await signed(service, made, agency)
    return _on(made, "commencement")


@scene("sharing.protocols.begin_protocol_review")
async def _(service: Service) -> Asked:
    return _on(await in_force(service, THEM), "reviews", {"reason": "It is time."})


@scene("sharing.protocols.renew_protocol")
async def _(service: Service) -> Asked:
    body = {"reason": "It is kept to.", "reviewDue": "2028-07-01"}
    return _on(await _under_review(service), "renewal", body, number=2)


@scene("sharing.protocols.end_protocol")
async def _(service: Service) -> Asked:
    return _on(await _under_review(service), "ending", {"reason": "Nobody keeps to it."}, number=2)


@scene("sharing.answer_under_flow")
async def _(service: Service) -> Asked:
    made = await in_force(service, THEM)
    body = {
        "items": [granted("incidents"), refused("named-worker")],
        "basis": {"protocolId": made["id"], "flow": "F1"},
        "onward": {"conditions": ["no-onward-share"]},
        "retainUntil": in_days(90),
        "post": "Duty desk",
    }
    request = await matched(service)
    return Asked("POST", f"/v1/information-requests/{request['id']}/flow-answer", body, request["version"])
