"""The unit of work: one request, one transaction, one event, one commit (laws 1 and 2).

It opens lazily, so a request that never touches data never takes a connection. Its first statement
tells the database who asks; its last, before the commit, writes what was touched. Only this file
commits or rolls back. Concurrent GraphQL resolvers share it behind a lock.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Executable, Row, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.access import Principal, Role
from domain.audit import AuditOutcome, EventDraft
from domain.audit_actions import OPERATIONS, AuditAction
from domain.conflicts import CONFLICT
from domain.errors import DomainError
from domain.fields import uncovered
from domain.ids import EventId, HumanId
from services.core.caller import Caller, ContextSigner
from services.core.constraints import OUTAGES, told_as_refusals
from services.db.lost import once_more

_OPEN = text(
    "SELECT human, is_team, roles, scopes, access.former_humans(human) AS former, "
    "rhannu.has_conflicts(human, :at) AS has_conflicts FROM access.open(:payload, :signature)"
)
_CONFLICTS_MET = text("SELECT unnest(rhannu.conflicts_met(:subjects, :at))")
_APPEND = text(
    "SELECT audit.append(:event, :facts, :subjects, :owners, :records, :hinted, :fields, :detail, :erase_after, "
    ":payload, :signature)"
)
_OUTCOMES = {
    "access-denied": AuditOutcome.DENIED,
    "purpose-not-permitted": AuditOutcome.DENIED,
    "category-reserved": AuditOutcome.DENIED,
    "corroboration-needs-another": AuditOutcome.DENIED,
    "proposer-cannot-decide": AuditOutcome.DENIED,
    "second-person-needed": AuditOutcome.DENIED,
    "sharing-needs-another": AuditOutcome.DENIED,
    "break-glass-needs-a-person": AuditOutcome.DENIED,
    "break-glass-needs-another": AuditOutcome.DENIED,
    "break-glass-withheld": AuditOutcome.DENIED,
    "break-glass-expired": AuditOutcome.DENIED,
    "conflict-needs-another": AuditOutcome.DENIED,
    CONFLICT: AuditOutcome.DENIED,
    "filter-not-permitted": AuditOutcome.DENIED,
    "not-found": AuditOutcome.NOT_FOUND,
    "internal-error": AuditOutcome.ERROR,
    "service-unavailable": AuditOutcome.ERROR,
}


def new_event_id() -> EventId:
    """Make a time-ordered id (UUID version 7, RFC 9562), so that the trail's index grows at one end."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return EventId(UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


class AuditMissing(Exception):
    """A use case answered without saying what it touched: a defect, and the answer is withheld."""


class UnitOfWork:
    """One request's transaction, its caller's standing, and the event that will say what it did."""

    def __init__(
        self,
        engine: AsyncEngine,
        signer: ContextSigner,
        caller: Caller,
        *,
        match_key: bytes,
        clock: Callable[[], datetime],
    ) -> None:
        self.caller = caller
        self.match_key = match_key
        self.draft = EventDraft()
        self.event_id = new_event_id()
        self.now = clock()
        self.is_committed = False
        self.listing: tuple[str, frozenset[str]] | None = None
        self._engine = engine
        self._signer = signer
        self._lock = asyncio.Lock()
        self._connection: AsyncConnection | None = None
        self._ending: asyncio.Future[None] | None = None
        self._principal: Principal | None = None

    @property
    def is_open(self) -> bool:
        """Say whether the database knows who asks; before that nothing of anybody can have been read (law 2)."""
        return self._principal is not None

    @property
    def principal(self) -> Principal:
        """Who asks, with today's roles; the unit must be open."""
        if self._principal is None:
            message = "the unit is not open"
            raise RuntimeError(message)
        return self._principal

    async def open(self) -> Principal:
        """Tell the database who asks and learn their standing; does so once per unit.

        Raises:
            DomainError: `access-denied` when client, agency or user is suspended or has no role there.
        """
        async with self._lock:
            if self._principal is None:
                self._principal = await self._open()
            return self._principal

    async def _open(self) -> Principal:
        with told_as_refusals():
            row = await once_more(self._ask_standing)
        if row is None:
            raise DomainError("access-denied")
        known = {role.value for role in Role}
        return Principal(
            client=self.caller.client,
            agency=self.caller.agency,
            user=self.caller.user,
            human=HumanId(row.human),
            roles=frozenset(Role(role) for role in row.roles if role in known),
            scopes=self.caller.within(frozenset(row.scopes)),
            purpose=self.caller.purpose,
            is_team=row.is_team,
            at=self.now,
            former=frozenset(map(HumanId, row.former)),
            has_conflicts=row.has_conflicts,
        )

    async def _ask_standing(self) -> Row[Any] | None:
        """Begin on a connection; one that turns out to be lost is given back, so that another may begin anew."""
        connection = self._connection = await self._engine.connect()
        try:
            payload, signature = self._signer.sign(self.caller, await _backend(connection))
            values = {"payload": payload, "signature": signature, "at": self.now}
            return (await connection.execute(_OPEN, values)).one_or_none()
        except Exception:
            await self.close()
            raise

    async def run(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:  # noqa: ANN401 - the driver's
        """Run one statement in the transaction; one at a time, since a connection has one conversation.

        Raises:
            DomainError: the refusal a constraint stands for, or `service-unavailable`.
        """
        async with self._lock:
            if self._connection is None:
                message = "open the unit first: without a context there are no rows"
                raise RuntimeError(message)
            with told_as_refusals():
                return await self._connection.execute(statement, parameters)

    def record(
        self,
        *,
        subjects: Iterable[UUID] = (),
        records: Iterable[str] = (),
        owners: Iterable[str] = (),
        fields: Iterable[str] = (),
        detail: str | None = None,
    ) -> None:
        """Say what the answer holds: people, records with version, their owners, classes of field."""
        draft = self.draft
        draft.is_recorded = True
        draft.subjects.update(subjects)
        draft.records.update(records)
        draft.owners.update(owners)
        draft.fields.update(fields)
        draft.detail = detail if detail is not None else draft.detail

    def record_met(self, subjects: Iterable[UUID]) -> None:
        """Name people on the trail whom the answer does not look at for the caller (`EventDraft.met`)."""
        self.draft.is_recorded = True
        self.draft.met.update(subjects)

    def hint(self, references: Iterable[str]) -> None:
        """Say of which records the answer tells that there is reason to ring, and nothing else (law 4)."""
        self.draft.hinted.update(references)

    def record_empty(self, *, detail: str | None = None) -> None:
        """Say that the answer holds nobody, which is on the trail too."""
        self.draft.is_recorded = True
        self.draft.is_empty = not self.draft.named and not self.draft.records
        self.draft.detail = detail if detail is not None else self.draft.detail

    def ask_for(self, *references: str) -> None:
        """Note what was asked for by id, so that a refusal says what it refused."""
        self.draft.asked.update(references)

    async def commit(self) -> None:
        """Write the event and commit both; only then may anything leave.

        Raises:
            AuditMissing: nothing was recorded, or the answer shows a class of field that the event does not name.
            DomainError: `conflict-of-interest` when somebody among the event's subjects is declared to be close to the
                human who asks (ADR 0017); `service-unavailable` when the event or the commit failed. Nothing was stored
                then, unless the line broke between the commit and its acknowledgement: event and change stand together.
        """
        if self._connection is None:
            return
        if not self.draft.is_recorded:
            raise AuditMissing
        unsaid = uncovered(self.draft.shown, self.draft.fields)
        if unsaid:
            raise AuditMissing(*sorted(unsaid))
        empty = self.draft.is_empty and not self.draft.named and not self.draft.records
        outcome = AuditOutcome.EMPTY if empty else AuditOutcome.OK
        try:
            await self._refuse_conflicts(self._connection)
            await self._append(self._connection, self._facts(outcome, ""), self.draft.records, None, None)
            self._ending = asyncio.ensure_future(self._connection.commit())
            await asyncio.shield(self._ending)
        except (DBAPIError, *OUTAGES) as error:
            raise DomainError("service-unavailable") from error
        self.is_committed = True

    async def _refuse_conflicts(self, connection: AsyncConnection) -> None:
        """Let nothing leave about somebody whom the human declared; the trail says which declaration that was."""
        if not self.principal.has_conflicts or not self.draft.subjects:
            return
        values = {"subjects": sorted(self.draft.subjects), "at": self.now}
        met = (await connection.execute(_CONFLICTS_MET, values)).scalars().all()
        if met:
            self.ask_for(*(f"conflict-declaration:{each}" for each in met))
            raise DomainError(CONFLICT)

    def _facts(self, outcome: AuditOutcome, reason: str) -> list[str]:
        actions = self.draft.actions or [AuditAction.REQUEST_REFUSED]
        names = "+".join(dict.fromkeys(actions))
        return [names, OPERATIONS[actions[0]].value, outcome.value, self.caller.request_id, reason]

    async def _append(
        self,
        connection: AsyncConnection,
        facts: list[str],
        records: Iterable[str],
        payload: str | None,
        signature: bytes | None,
    ) -> None:
        draft = self.draft
        values = {
            "event": self.event_id,
            "facts": facts,
            "subjects": sorted(draft.named) if payload is None else [],
            "owners": sorted(draft.owners) if payload is None else [],
            "records": sorted(records),
            "hinted": sorted(draft.hinted) if payload is None else [],
            "fields": sorted(draft.fields) if payload is None else [],
            "detail": draft.detail,
            "erase_after": None,
            "payload": payload,
            "signature": signature,
        }
        await connection.execute(_APPEND, values)

    async def refuse(self, error: DomainError) -> None:
        """Roll back, then put the refusal on the trail in a transaction of its own.

        It is another event than what was begun: a commit may have come through whose acknowledgement did not.

        Raises:
            DomainError: `service-unavailable` when even that cannot be written.
        """
        await self.roll_back()
        facts = self._facts(_OUTCOMES.get(error.code, AuditOutcome.REFUSED), error.code)

        async def put_down() -> None:
            self.event_id = new_event_id()
            async with self._engine.connect() as connection:
                payload, signature = self._signer.sign(self.caller, await _backend(connection))
                await self._append(connection, facts, self.draft.asked, payload, signature)
                await connection.commit()

        try:
            await once_more(put_down)
        except (DBAPIError, *OUTAGES) as failure:
            raise DomainError("service-unavailable") from failure
        self.is_committed = True

    async def roll_back(self) -> None:
        """Undo whatever was done and give the connection back."""
        await self.close()

    async def close(self) -> None:
        """Give the connection back; what was not committed is undone, and a commit under way is let end."""
        connection, self._connection = self._connection, None
        self._principal = None
        if connection is not None:
            await asyncio.shield(_give_back(connection, self._ending))


async def _give_back(connection: AsyncConnection, ending: "asyncio.Future[None] | None") -> None:
    """Close, whatever comes of it: where a rollback meets a lost connection, the pool has thrown it away already."""
    if ending is not None and not ending.done():
        await asyncio.wait([ending])
    with contextlib.suppress(DBAPIError, *OUTAGES):
        await connection.close()


async def _backend(connection: AsyncConnection) -> int:
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    if driver is None:
        raise DomainError("service-unavailable")
    return int(driver.get_server_pid())
