"""Taking a step on a thing that has versions: a locked read in the version that was read, a rule, the next version.

Requests, disclosures, decisions and flags are changed so, at most once however often the step is sent. What the step
is stays with its capability: a rule between the two.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from domain.errors import DomainError
from services.core.idempotency import Made, Once, Versioned, as_versioned, at_most_once
from services.core.unit_of_work import UnitOfWork

Command = TypeVar("Command")
Thing = TypeVar("Thing", bound=Versioned)


@dataclass(frozen=True, slots=True)
class Step(Generic[Command]):
    """What somebody asks to be done: to what, in which version they read it, and the key of the request."""

    id: UUID
    read_version: int
    command: Command
    once: Once


@dataclass(frozen=True, slots=True)
class Shelf(Generic[Thing]):
    """Where things of one kind stand: how one is found, held until the commit if so told, and what stores the next."""

    find: Callable[[UUID, bool], Awaitable[Thing]]
    replace: Callable[[Thing], Awaitable[None]]


async def take_step(
    unit: UnitOfWork, step: Step[Command], shelf: Shelf[Thing], rule: Callable[[Thing], Awaitable[Thing]]
) -> Made[Thing]:
    """Take a step at most once, on what is still as it was read.

    Raises:
        DomainError: `not-found`, `version-stale`, `idempotency-key-reused`, or what the rule or storing raises.
    """

    async def make() -> Thing:
        standing = await shelf.find(step.id, True)
        if standing.version != step.read_version:
            raise DomainError("version-stale")
        following = await rule(standing)
        await shelf.replace(following)
        return following

    async def replay(made: UUID) -> Thing:
        return await shelf.find(made, False)

    return await at_most_once(unit, step.once, make, as_versioned, replay)
