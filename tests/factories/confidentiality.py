"""Bodies by which tests record what was agreed with a family, and state why it is set aside."""

from typing import Any

from tests.factories.flags import in_days
from tests.factories.sharing import HOLDER, PURPOSE
from tests.fixtures.service import Service

TOLD = "We will not tell anybody about the fight at the wedding. Ring Aunt Bronwen first."
OVERRIDE = {
    "ground": "risk-of-serious-harm",
    "reason": "He has bought a knife and named the nurse.",
    "familyTold": False,
    "notTold": "Telling them now would put his mother at risk.",
}


def agreed(**changes: Any) -> dict[str, Any]:
    return {
        "parties": ["adult", "carer"],
        "agreedOn": in_days(-3),
        "items": ["incidents"],
        "told": TOLD,
        "reviewOn": in_days(180),
        "trustedPerson": {"name": "Bronwen Prydderch", "relation": "Aunt", "contact": "01633 960123"},
        **changes,
    }


async def agree(
    service: Service, person: str, agency: str = HOLDER, role: str = "practitioner", **changes: Any
) -> dict[str, Any]:
    """Terms as the agency that agreed them sees them."""
    made = await service.http.post(
        f"/v1/persons/{person}/confidentiality-terms",
        json=agreed(**changes),
        headers=service.creating(agency, role, PURPOSE),
    )
    assert made.status_code == 201, made.text
    return dict(made.json())


async def on_terms(
    service: Service, terms: dict[str, Any], path: str, body: dict[str, Any], *, agency: str = HOLDER,
    role: str = "practitioner", version: int | None = None,
) -> Any:  # fmt: skip
    """Take a step on terms."""
    headers = service.creating(agency, role, PURPOSE) | {"If-Match": f'"v{version or terms["version"]}"'}
    address = f"/v1/persons/{terms['personId']}/confidentiality-terms/{terms['id']}/{path}"
    return await service.http.post(address, json=body, headers=headers)


async def read_terms(service: Service, terms: dict[str, Any], agency: str = HOLDER, role: str = "practitioner") -> Any:
    return await service.http.get(
        f"/v1/persons/{terms['personId']}/confidentiality-terms/{terms['id']}",
        headers=service.headers(agency, role, PURPOSE),
    )
