"""Bodies by which tests restrict a record to named people, and take the step."""

from typing import Any

from tests.factories.sharing import HOLDER
from tests.fixtures.service import Service

NAMED = ["safeguarding-lead", "flag-decision-maker"]
PURPOSE = "adult-safeguarding"


def restricting(**changes: Any) -> dict[str, Any]:
    return {
        "roles": NAMED,
        "reasonCode": "staff-or-relative-of-staff",
        "reason": "Her sister works at our front desk.",
        **changes,
    }


async def restriction(service: Service, person: str, agency: str = HOLDER, role: str = "safeguarding-lead") -> Any:
    return await service.http.get(f"/v1/persons/{person}/restriction", headers=service.headers(agency, role, PURPOSE))


async def restricted(
    service: Service, person: str, agency: str = HOLDER, role: str = "safeguarding-lead", **changes: Any
) -> Any:
    """Restrict a record, in whatever version its restriction stands."""
    standing = await restriction(service, person, agency, role)
    headers = service.creating(agency, role, PURPOSE) | {"If-Match": standing.headers.get("etag", '"v1"')}
    return await service.http.post(f"/v1/persons/{person}/restriction", json=restricting(**changes), headers=headers)


async def lifted(service: Service, person: str, agency: str = HOLDER, role: str = "safeguarding-lead") -> Any:
    standing = await restriction(service, person, agency, role)
    headers = service.creating(agency, role, PURPOSE) | {"If-Match": standing.headers.get("etag", '"v1"')}
    body = {"reason": "She has left."}
    return await service.http.post(f"/v1/persons/{person}/restriction/lifting", json=body, headers=headers)
