"""Bodies by which tests open sealed doors, and flags on one person of two agencies to lie behind them."""

import uuid
from typing import Any

from tests.factories.flags import active, registered
from tests.factories.register import Person, seeded
from tests.fixtures.service import Service

OPENER, HOLDER = "gwent-police", "abuhb"
SEALED = "break-glass"
WHY = "A nurse is in the house, the line is dead, and he is shouting."


def opening(person: str, **changes: Any) -> dict[str, Any]:
    return {"personId": person, "reasonCode": "immediate-danger-to-worker", "justification": WHY, **changes}


def judging(outcome: str = "justified") -> dict[str, Any]:
    return {"outcome": outcome, "reason": "He said what he saw, and the log bears it out."}


def nhs_number() -> str:
    """An invented number with a valid check digit: those that begin with 999 are never issued."""
    while True:
        digits = f"999{uuid.uuid4().int % 1_000_000:06d}"
        check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return f"{digits}{check % 11}"


def same_person() -> dict[str, Any]:
    """Content under which every agency's record is the same person's."""
    return {"identifiers": [{"kind": "nhs-number", "value": nhs_number()}]}


async def sealed(service: Service, agency: str = HOLDER, content: dict[str, Any] | None = None, **terms: Any) -> Any:
    """A live flag of an agency that names another one as its recipient, so that ours has no part in it."""
    from_others = {"recipients": {"agencies": ["wast"]}} | terms
    return await active(service, agency, content=content, **from_others)


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
