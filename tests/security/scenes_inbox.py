"""How the inbox of an agency that holds others' flags is asked; see `scenes`."""

import uuid

from tests.factories.flags import active
from tests.fixtures.service import Service
from tests.security.scenes import AGENCY, Asked, scene

SENDER = "abuhb"


async def received(service: Service) -> str:
    """Give the id of a notice to the police of a flag of the health board."""
    flag = uuid.UUID((await active(service, SENDER))["id"])
    notice = uuid.uuid4()
    admin = await service.database.as_admin()
    await admin.execute("INSERT INTO rhannu.flag_recipients VALUES ($1, 1, $2, $3, now(), $1)", flag, AGENCY, SENDER)
    await admin.execute(
        "INSERT INTO rhannu.notices (id, owner_agency, sender_agency, flag_id, held_version, flag_version, kind, made_at, "
        "due_at) VALUES ($1, $2, $3, $4, 1, 2, 'created', now(), now() + interval '7 days')",
        notice, AGENCY, SENDER, flag,
    )  # fmt: skip
    await admin.close()
    return f"/v1/notices/{notice}"


@scene("flags.inbox.list_notices")
async def _(service: Service) -> Asked:
    await received(service)
    return Asked("GET", "/v1/notices?unacknowledged=true")


@scene("flags.inbox.read_notice")
async def _(service: Service) -> Asked:
    return Asked("GET", await received(service))


@scene("flags.inbox.acknowledge_notice")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{await received(service)}/acknowledgement", {"outcome": "updated"})


@scene("flags.inbox.held_flags")
async def _(service: Service) -> Asked:
    await received(service)
    return Asked("GET", "/v1/held-flags")
