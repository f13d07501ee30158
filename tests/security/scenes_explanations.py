"""How an event is asked to be explained; see `scenes`."""

import uuid

from tests.factories.flags import registered
from tests.fixtures.service import Service
from tests.security.scenes import AGENCY, Asked, scene


@scene("audit.explaining.explain_event")
async def _(service: Service) -> Asked:
    request = str(uuid.uuid4())
    headers = service.headers(AGENCY, "practitioner") | {"X-Request-ID": request}
    await service.http.get(f"/v1/persons/{await registered(service, AGENCY)}", headers=headers)
    (event,) = await service.events(request=request)
    return Asked("GET", f"/v1/audit/events/{event['event']}/explanation")
