"""How confidentiality terms and restrictions are asked for; see `scenes`."""

from typing import Any

from tests.factories.confidentiality import agree, agreed
from tests.factories.flags import registered
from tests.factories.restrictions import restricted, restricting
from tests.fixtures.service import Service
from tests.security.scenes import AGENCY, Asked, scene


def _on(terms: dict[str, Any], path: str, body: object) -> Asked:
    address = f"/v1/persons/{terms['personId']}/confidentiality-terms/{terms['id']}/{path}"
    return Asked("POST", address, body, terms["version"])


async def _ours(service: Service) -> dict[str, Any]:
    return await agree(service, await registered(service, AGENCY), AGENCY)


@scene("sharing.confidentiality.agree_terms")
async def _(service: Service) -> Asked:
    person = await registered(service, AGENCY)
    return Asked("POST", f"/v1/persons/{person}/confidentiality-terms", agreed())


@scene("sharing.confidentiality.list_terms")
async def _(service: Service) -> Asked:
    return Asked("GET", f"/v1/persons/{(await _ours(service))['personId']}/confidentiality-terms")


@scene("sharing.confidentiality.read_terms")
async def _(service: Service) -> Asked:
    terms = await _ours(service)
    return Asked("GET", f"/v1/persons/{terms['personId']}/confidentiality-terms/{terms['id']}")


@scene("sharing.confidentiality.amend_terms")
async def _(service: Service) -> Asked:
    return _on(await _ours(service), "amendments", agreed(items=["health"]) | {"reason": "They said so today."})


@scene("sharing.confidentiality.end_terms")
async def _(service: Service) -> Asked:
    return _on(await _ours(service), "ending", {"reason": "They agree to it now."})


async def _named(service: Service) -> str:
    person = await registered(service, AGENCY)
    done = await restricted(service, person, AGENCY)
    assert done.status_code == 200, done.text
    return person


@scene("persons.restrictions.read_restriction")
async def _(service: Service) -> Asked:
    return Asked("GET", f"/v1/persons/{await _named(service)}/restriction")


@scene("persons.restrictions.restrict_person")
async def _(service: Service) -> Asked:
    return Asked("POST", f"/v1/persons/{await registered(service, AGENCY)}/restriction", restricting(), 1)


@scene("persons.restrictions.lift_restriction")
async def _(service: Service) -> Asked:
    return Asked("POST", f"/v1/persons/{await _named(service)}/restriction/lifting", {"reason": "She has left."}, 2)
