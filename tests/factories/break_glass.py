"""Bodies by which tests open sealed doors, and flags on one person of two agencies to lie behind them."""

from typing import Any

from tests.factories.flags import active, registered, terms
from tests.factories.numbers import nhs_number
from tests.factories.register import Person, seeded
from tests.fixtures.service import Service

OPENER, HOLDER = "gwent-police", "abuhb"
SEALED = "break-glass"
WHY = "A nurse is in the house, the line is dead, and he is shouting."


def opening(person: str, **changes: Any) -> dict[str, Any]:
    return {"personId": person, "reasonCode": "immediate-danger-to-worker", "justification": WHY, **changes}


def judging(outcome: str = "justified") -> dict[str, Any]:
    return {"outcome": outcome, "reason": "He said what he saw, and the log bears it out."}


def same_person() -> dict[str, Any]:
    """Content under which every agency's record is the same person's."""
    return {"nhsNumber": nhs_number()}


async def sealed(
    service: Service, agency: str = HOLDER, content: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """A live flag of an agency that is for another one alone, so that nobody else sees it."""
    kept_from_us = terms(recipients={"agencies": ["wast"]})
    return await active(service, agency, content=content, **{"terms": kept_from_us, **changes})


def who(service: Service, role: str = "duty-manager", agency: str = OPENER, number: int = 1) -> Person:
    return seeded(service, agency, role, number)


async def opened(by: Person, person: str, **changes: Any) -> dict[str, Any]:
    made = await by.post("/v1/break-glass-grants", opening(person, **changes), SEALED)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def reviewed(by: Person, grant: dict[str, Any], outcome: str = "justified") -> Any:
    return await by.post(f"/v1/break-glass-grants/{grant['id']}/review", judging(outcome), version=grant["version"])


async def behind(by: Person, grant: dict[str, Any], purpose: str = SEALED) -> Any:
    return await by.get(f"/v1/break-glass-grants/{grant['id']}/warnings", purpose)


async def own_record(service: Service, agency: str = OPENER, **content: Any) -> str:
    return await registered(service, agency, **content)
