"""How sheets, what has changed since a check, letters and their templates are asked for, see `scenes`."""

from domain.access import Role
from tests.factories.flags import in_days
from tests.fixtures.service import Service
from tests.rest.test_flag_notices import flagged, notice, prepare
from tests.rest.test_letter_templates import get, own
from tests.rest.test_visit_sheets import shift
from tests.security.scenes import AGENCY, Asked, change, checked, scene


@scene("visits.issue_sheet")
async def _(service: Service) -> Asked:
    _check, flag = await checked(service)
    entries = [{"reference": "1", "personId": flag["subject"]["personId"]}]
    return Asked("POST", "/v1/visit-sheets", {"entries": entries, "shift": shift()})


@scene("flags.check_changes.changes_since_check")
async def _(service: Service) -> Asked:
    check, _flag = await checked(service)
    return Asked("GET", f"{check}/changes")


@scene("flags.notices.prepare_notice")
async def _(service: Service) -> Asked:
    flag = await flagged(service)
    return Asked("POST", f"/v1/flags/{flag['id']}/notices", notice(flag))


@scene("flags.notices.read_notice")
async def _(service: Service) -> Asked:
    flag = await flagged(service)
    made = await prepare(service, flag, notice(flag), role=Role.FLAG_DECISION_MAKER.value)
    return Asked("GET", f"/v1/flags/{flag['id']}/notices/{made.json()['id']}")


@scene("flags.notices.record_delivery")
async def _(service: Service) -> Asked:
    flag = await flagged(service)
    made = await prepare(service, flag, notice(flag), role=Role.FLAG_DECISION_MAKER.value)
    return change(flag, f"notices/{made.json()['id']}/delivery", {"on": in_days(0), "how": "By hand, at the surgery"})


@scene("flags.letter_templates.read_letter_templates")
async def _(service: Service) -> Asked:
    return Asked("GET", "/v1/letter-templates", agency=AGENCY)


@scene("flags.letter_templates.replace_letter_templates")
async def _(service: Service) -> Asked:
    version = (await get(service)).json()["version"]
    return Asked("PUT", "/v1/letter-templates", own(), version)
