"""How bringing in an older register is asked; see `scenes`."""

import random
import uuid

from tests.factories.imports import Importing
from tests.factories.registers import Register, begin_body
from tests.fixtures.service import Service
from tests.security.scenes import AGENCY, Asked, scene


async def _import(service: Service) -> Importing:
    return await Importing(service, AGENCY).begin()


def _file() -> bytes:
    return Register(random.Random(uuid.uuid4().int), uuid.uuid4().hex[:6]).fill(3).content()


async def _checked_import(service: Service) -> Importing:
    return await (await (await _import(service)).received(_file())).checked()


@scene("flags.imports.begin_import")
async def _(service: Service) -> Asked:
    return Asked("POST", "/v1/flag-imports", begin_body())


@scene("flags.imports.list_imports")
async def _(service: Service) -> Asked:
    await _import(service)
    return Asked("GET", "/v1/flag-imports")


@scene("flags.imports.read_import")
async def _(service: Service) -> Asked:
    return Asked("GET", (await _import(service)).path)


@scene("flags.imports.receive_register")
async def _(service: Service) -> Asked:
    return Asked("PUT", f"{(await _import(service)).path}/file", version=1, file=_file())


@scene("flags.imports.check_import")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{(await (await _import(service)).received(_file())).path}/dry-run")


@scene("flags.imports.approve_import")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{(await _checked_import(service)).path}/approval", {"reason": "Compared and ours."}, 3)


@scene("flags.imports.run_import")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{(await (await _checked_import(service)).approved()).path}/run")


@scene("flags.imports.cancel_import")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{(await _import(service)).path}/cancellation", {"reason": "The wrong list."}, 1)


@scene("flags.imports.import_rows")
async def _(service: Service) -> Asked:
    return Asked("GET", f"{(await _checked_import(service)).path}/rows")
