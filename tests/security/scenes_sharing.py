"""How requests for information, disclosures and decisions not to share are asked for; see `scenes`."""

from typing import Any

from tests.factories.flags import registered
from tests.factories.sharing import (
    ASKER,
    FACT,
    PURPOSE,
    answered,
    answering,
    asked,
    asking,
    deciding,
    matched,
    refusing,
    take,
)
from tests.fixtures.service import Service
from tests.security.scenes import AGENCY, Asked, scene

OTHER = "abuhb"


def _on(request: dict[str, Any], path: str, body: object = None) -> Asked:
    return Asked("POST", f"/v1/information-requests/{request['id']}/{path}", body, request["version"])


def _of(disclosure_id: str, path: str, body: object = None) -> Asked:
    return Asked("POST", f"/v1/disclosures/{disclosure_id}/{path}", body, 1)


async def _ours(service: Service) -> dict[str, Any]:
    return await asked(service, by=AGENCY, holder=OTHER)


async def _given_to_us(service: Service) -> str:
    found = await matched(service, await _ours(service), agency=OTHER)
    done = await take(service, found, "answer", answering(), agency=OTHER)
    return str(done.json()["disclosureId"])


@scene("sharing.ask_for_information")
async def _(service: Service) -> Asked:
    return Asked("POST", "/v1/information-requests", asking(await registered(service, AGENCY), OTHER))


@scene("sharing.list_information_requests")
async def _(service: Service) -> Asked:
    await _ours(service)
    return Asked("GET", "/v1/information-requests?direction=outbound&limit=1")


@scene("sharing.read_information_request")
async def _(service: Service) -> Asked:
    return Asked("GET", f"/v1/information-requests/{(await _ours(service))['id']}")


@scene("sharing.acknowledge_request")
async def _(service: Service) -> Asked:
    return _on(await asked(service), "acknowledgement")


@scene("sharing.match_request")
async def _(service: Service) -> Asked:
    return _on(await asked(service), "match", {"personId": await registered(service, AGENCY)})


@scene("sharing.ask_clarification")
async def _(service: Service) -> Asked:
    return _on(await asked(service), "clarifications", {"question": "Which year?"})


@scene("sharing.clarify_request")
async def _(service: Service) -> Asked:
    waiting = await take(service, await _ours(service), "clarifications", {"question": "Which year?"}, agency=OTHER)
    return _on(waiting.json(), "clarifications/reply", {"reply": "This one."})


@scene("sharing.escalate_request")
async def _(service: Service) -> Asked:
    return _on(await asked(service), "escalation", {"reason": "Two lives may hang on it."})


@scene("sharing.withdraw_request")
async def _(service: Service) -> Asked:
    return _on(await _ours(service), "withdrawal", {"reason": "He moved away."})


@scene("sharing.refuse_request")
async def _(service: Service) -> Asked:
    return _on(await asked(service), "refusal", refusing())


@scene("sharing.answer_request")
async def _(service: Service) -> Asked:
    return _on(await matched(service), "answer", answering())


@scene("sharing.note_on_request")
async def _(service: Service) -> Asked:
    request = await _ours(service)
    return Asked("POST", f"/v1/information-requests/{request['id']}/notes", {"note": "Ring on Monday."})


@scene("sharing.disclosures.list_disclosures")
async def _(service: Service) -> Asked:
    await _given_to_us(service)
    return Asked("GET", "/v1/disclosures?side=received&limit=1")


@scene("sharing.disclosures.read_disclosure")
async def _(service: Service) -> Asked:
    return Asked("GET", f"/v1/disclosures/{await _given_to_us(service)}")


@scene("sharing.disclosures.correct_disclosure")
async def _(service: Service) -> Asked:
    body = {"items": [{"item": "incidents", "facts": [FACT]}], "reason": "The month was wrong."}
    return _of((await answered(service))["disclosureId"], "corrections", body)


@scene("sharing.disclosures.withdraw_disclosure")
async def _(service: Service) -> Asked:
    return _of((await answered(service))["disclosureId"], "withdrawal", {"reason": "Not this person."})


@scene("sharing.disclosures.acknowledge_disclosure")
async def _(service: Service) -> Asked:
    return _of(await _given_to_us(service), "acknowledgement")


async def _afraid(service: Service) -> dict[str, Any]:
    body = deciding(await registered(service, AGENCY))
    headers = service.creating(AGENCY, "practitioner", PURPOSE)
    made = await service.http.post("/v1/not-sharing-decisions", json=body, headers=headers)
    assert made.status_code == 201, made.text
    return dict(made.json())


@scene("sharing.not_sharing.decide_not_to_share")
async def _(service: Service) -> Asked:
    body = deciding(await registered(service, AGENCY), "not-necessary", agency=ASKER)
    return Asked("POST", "/v1/not-sharing-decisions", body)


@scene("sharing.not_sharing.list_not_sharing")
async def _(service: Service) -> Asked:
    await _afraid(service)
    return Asked("GET", "/v1/not-sharing-decisions?limit=1")


@scene("sharing.not_sharing.answer_not_sharing")
async def _(service: Service) -> Asked:
    made = await _afraid(service)
    body = {"outcome": "stands", "support": "We visit in pairs."}
    return Asked("POST", f"/v1/not-sharing-decisions/{made['id']}/answer", body, made["version"])
