"""The seam nobody can forget: a use case checks permission, runs, and must have said what it touched (law 8).

REST, GraphQL and workers call the same object. Its name stands in `USE_CASES`, by which tests hold that
each is reached by a test of allow and a test of deny, and that the printed matrix is whole.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from domain import fields
from domain.access import Permission, require
from domain.audit_actions import AuditAction
from services.core.unit_of_work import AuditMissing, UnitOfWork

P = ParamSpec("P")
R = TypeVar("R")

USE_CASES: dict[str, "UseCase[Any, Any]"] = {}


@dataclass(frozen=True)
class UseCase(Generic[P, R]):
    """A guarded function: what it needs, what it puts on the trail, and what it does."""

    name: str
    permission: Permission
    audits: AuditAction
    run: Callable[Concatenate[UnitOfWork, P], Awaitable[R]]

    async def __call__(self, unit: UnitOfWork, *args: P.args, **kwargs: P.kwargs) -> R:
        """Check, run, and refuse to answer if nothing was recorded.

        Raises:
            DomainError: the caller may not, or a rule said no.
            AuditMissing: the use case forgot its evidence.
        """
        unit.draft.actions.append(self.audits)
        principal = await unit.open()
        require(principal, self.permission)
        if unit.listing is not None:
            fields.REGISTRY.require(*unit.listing, fields.viewer_of(principal))
        unit.draft.is_recorded = False
        result = await self.run(unit, *args, **kwargs)
        if not unit.draft.is_recorded:
            raise AuditMissing(self.name)
        return result


def use_case(
    *, permission: Permission, audits: AuditAction
) -> Callable[[Callable[Concatenate[UnitOfWork, P], Awaitable[R]]], UseCase[P, R]]:
    """Guard a coroutine function and enter it in the registry."""

    def guard(function: Callable[Concatenate[UnitOfWork, P], Awaitable[R]]) -> UseCase[P, R]:
        name = f"{function.__module__.removeprefix('services.').removesuffix('.use_cases')}.{function.__name__}"
        guarded = UseCase(name, permission, audits, function)
        USE_CASES[name] = guarded
        return guarded

    return guard


MEASURED: dict[str, tuple[Permission, AuditAction]] = {}
"""Use cases that keep the promise in one database function of their own (ADR 0004), by name."""


def measured(name: str, permission: Permission, audits: AuditAction) -> Permission:
    """Enter such a use case in its registry and give its permission back."""
    MEASURED[name] = (permission, audits)
    return permission
