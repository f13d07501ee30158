"""Acting as somebody of the region, at a moment of its past: one unit of work per act, as a request has.

The clock is driven, so that what was recorded in March says so. The trail is not: its events carry the
time of the database, because nothing may write a past into it.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.access import Purpose, Role
from domain.errors import DomainError
from domain.ids import AgencyCode
from services.core.caller import Caller, ContextSigner
from services.core.idempotency import Once
from services.core.unit_of_work import UnitOfWork
from services.demo.register import demo_client, demo_user

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody in a role of an agency, and why they act; number 2 is a second human."""

    agency: AgencyCode
    role: Role
    purpose: Purpose
    number: int = 1


def worker(agency: AgencyCode, number: int = 1) -> Actor:
    """Give somebody who meets people."""
    return Actor(agency, Role.PRACTITIONER, Purpose.ADULT_SAFEGUARDING, number)


def decider(agency: AgencyCode, number: int = 1) -> Actor:
    """Give somebody who decides on flags."""
    return Actor(agency, Role.FLAG_DECISION_MAKER, Purpose.FLAG_GOVERNANCE, number)


def once(name: str) -> Once:
    """Give the idempotency key of one act: a load that was cut off goes on where it stopped."""
    key = f"demo-{name}"
    return Once(key, hashlib.sha256(key.encode()).digest())


class Stage:
    """Lets actors act on one database."""

    def __init__(
        self, engine: AsyncEngine, signer: ContextSigner, match_key: bytes, on_act: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._signer = signer
        self._match_key = match_key
        self._on_act = on_act

    async def act(self, actor: Actor, at: datetime, name: str, run: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run a use case as an actor at a moment and commit it; what fails is undone and stops the load."""
        unit = self._unit(actor, at, name)
        try:
            result = await run(unit)
            await unit.commit()
        finally:
            await unit.close()
        self._on_act()
        return result

    async def refused(
        self, actor: Actor, at: datetime, name: str, run: Callable[[UnitOfWork], Awaitable[object]], code: str
    ) -> None:
        """Let an actor try what must be refused to them with a code: that is on the trail, and nothing is stored.

        Raises:
            RuntimeError: it was not refused.
        """
        unit = self._unit(actor, at, name)
        try:
            await run(unit)
            await unit.commit()
        except DomainError as error:
            if error.code != code:
                raise
            await unit.refuse(error)
        else:
            raise RuntimeError(name)
        finally:
            await unit.close()
        self._on_act()

    def _unit(self, actor: Actor, at: datetime, name: str) -> UnitOfWork:
        caller = Caller(
            client=demo_client(actor.agency),
            home=actor.agency,
            agency=actor.agency,
            user=demo_user(actor.agency, actor.role, actor.number),
            purpose=actor.purpose,
            token_id=f"demo-{name}",
            request_id=f"demo-{name}",
        )
        return UnitOfWork(self._engine, self._signer, caller, match_key=self._match_key, clock=lambda: at)
