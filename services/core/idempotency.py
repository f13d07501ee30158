"""At most once: a POST with the same Idempotency-Key acts one time, however often and however parallel it comes.

The key's row is written in the transaction of the change, so the two exist together or not at all. It keeps
id, version and status of what was made, not the answer: a replay renders afresh under today's permission and
is itself on the trail (Settled: Idempotency-Key).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from domain.errors import DomainError
from services.core.unit_of_work import UnitOfWork
from services.db.models.requests import idempotency_keys as keys

T = TypeVar("T")

REPLAYED = "idempotency.replayed"


@dataclass(frozen=True, slots=True)
class Once:
    """The key of a request and the digest of everything that makes it that request."""

    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Made(Generic[T]):
    """What a request came to, and whether this is a replay."""

    value: T
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """What to find again: the id and version that the first request made."""

    id: UUID
    version: int


class Versioned(Protocol):
    """What has an id and versions."""

    @property
    def id(self) -> UUID:
        """Which thing."""
        ...

    @property
    def version(self) -> int:
        """Which version of it."""
        ...


def as_versioned(made: Versioned) -> Resource:
    """Say what to find again of a thing that has versions."""
    return Resource(made.id, made.version)


async def at_most_once(
    unit: UnitOfWork,
    once: Once,
    make: Callable[[], Awaitable[T]],
    resource_of: Callable[[T], Resource],
    replay: Callable[[UUID], Awaitable[T]],
) -> Made[T]:
    """Make something, or find what the first request with this key made.

    A parallel twin waits on the row until the first has committed or failed.

    Raises:
        DomainError: `idempotency-key-reused` when the key came with another request, or what making or
            reading raises.
    """
    await unit.open()
    claimed = await unit.run(
        insert(keys)
        .values(
            owner_agency=unit.principal.agency,
            client_id=unit.principal.client,
            key=once.key,
            fingerprint=once.fingerprint,
            status=201,
            created_at=unit.now,
        )
        .on_conflict_do_nothing()
        .returning(keys.c.key)
    )
    mine = (keys.c.owner_agency == unit.principal.agency) & (keys.c.client_id == unit.principal.client)
    mine = mine & (keys.c.key == once.key)
    if claimed.one_or_none() is not None:
        value = await make()
        resource = resource_of(value)
        await unit.run(update(keys).where(mine).values(resource=resource.id, version=resource.version))
        return Made(value)
    row = (await unit.run(select(keys).where(mine))).one()
    if bytes(row.fingerprint) != once.fingerprint:
        raise DomainError("idempotency-key-reused")
    value = await replay(row.resource)
    unit.record(records=[REPLAYED])
    return Made(value, is_replay=True)
