"""How provisional markers and duties are asked, see `scenes`."""

from tests.factories.flags import recorded, registered
from tests.fixtures.service import Service
from tests.security.scenes import AGENCY, Asked, scene

_MARKER = {
    "category": "threat-violence",
    "controls": ["police-present"],
    "sentence": {"en": "Do not go in without police."},
}


async def _marked(service: Service) -> tuple[str, str]:
    person = await registered(service, AGENCY)
    body = {"subject": {"personId": person}, **_MARKER}
    headers = service.creating(AGENCY, "duty-manager", "emergency-response")
    return person, (await service.http.post("/v1/flags/markers", json=body, headers=headers)).json()["id"]


@scene("flags.markers.mark")
async def _(service: Service) -> Asked:
    body = {"subject": {"personId": await registered(service, AGENCY)}, **_MARKER}
    return Asked("POST", "/v1/flags/markers", body)


@scene("flags.markers.ground_marker")
async def _(service: Service) -> Asked:
    person, marker = await _marked(service)
    body = {"incidents": [await recorded(service, AGENCY, person)], "reason": "He hit a colleague."}
    return Asked("POST", f"/v1/flags/{marker}/evidence", body, 1)


@scene("flags.duties.flag_duties")
async def _(service: Service) -> Asked:
    await _marked(service)
    return Asked("GET", "/v1/flag-duties")
