"""Every query of requests for information, disclosures and decisions not to share.

Row security shows a request and a disclosure to the two agencies concerned. Who may do nothing but ask sees what they
asked for themselves (need to know); that part of the wall stands here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, insert, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from domain.access import Permission, Principal, roles_with
from domain.disclosures import Disclosure
from domain.duties import next_moment
from domain.errors import DomainError
from domain.flag_decisions import Signature
from domain.ids import DisclosureId, HumanId, InformationRequestId, NotSharingId, RecordId, UserId
from domain.information_request_codes import WITH_HOLDER, InformationRequestState
from domain.information_requests import InformationRequest, Match
from domain.not_sharing import FEAR, NotSharing, reads_all_reasons
from domain.paging import Page, Place, Wanted
from domain.sharing_duties import SharingDuty, duties_of_disclosure, duties_of_not_sharing, duties_of_request
from services.core.codec import from_document, to_document
from services.core.unit_of_work import UnitOfWork
from services.core.versioned import Version, VersionedTable
from services.db.models.sharing import (
    disclosure_versions,
    disclosures,
    information_request_matches,
    information_request_notes,
    information_request_versions,
    information_requests,
    not_sharing_decision_versions,
    not_sharing_decisions,
    sharing_chases,
)
from services.db.paging import page_of, part_of

_REQUESTS = VersionedTable(information_requests, information_request_versions, "request_id")
_DISCLOSURES = VersionedTable(disclosures, disclosure_versions, "disclosure_id")
_NOT_SHARING = VersionedTable(not_sharing_decisions, not_sharing_decision_versions, "decision_id")

_SEES_ALL = roles_with(Permission.REQUEST_HANDLE) | roles_with(Permission.NOT_SHARING_READ)
"""Roles that see all of their agency's requests; whoever only asks sees their own."""


@dataclass(frozen=True, slots=True)
class Note:
    """What one side noted for itself."""

    id: UUID
    note: str
    at: datetime
    user: UserId


@dataclass(frozen=True, slots=True)
class Chase:
    """Before whom a duty was put, and when."""

    duty: str
    due_at: datetime
    roles: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestsWanted:
    """Which requests: those that came in or went out (None for both), in a state, late ones alone."""

    part: Wanted
    inbound: bool | None = None
    state: InformationRequestState | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class DisclosuresWanted:
    """Which disclosures: received or given (None for both), those alone that the recipient has yet to acknowledge."""

    part: Wanted
    received: bool | None = None
    unacknowledged: bool = False


def _may_see(by: Principal, asked: Signature) -> bool:
    return not by.roles.isdisjoint(_SEES_ALL) or by.is_one_with(asked.user, asked.human)


def _asked_by_me(by: Principal, table: Table) -> ColumnElement[bool]:
    if not by.roles.isdisjoint(_SEES_ALL):
        return true()
    return or_(table.c.asked_by == by.user, table.c.asked_human.in_(list(by.humans)))


def _first_chase(duties: Iterable[SharingDuty]) -> datetime | None:
    return next_moment((duty.clock for duty in duties), None)


class SharingRepository:
    """What concerns the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def request(self, request_id: InformationRequestId, *, lock: bool = False) -> InformationRequest:
        """Find a request that the agency asked or is asked.

        Raises:
            DomainError: `not-found`, for what the caller may not see as for none (law 4).
        """
        row = await _REQUESTS.find(self._unit, request_id, lock=lock)
        request = from_document(InformationRequest, row.content)
        if not _may_see(self._unit.principal, request.asked):
            raise DomainError("not-found")
        return (await self._with_matches([request]))[0]

    async def _with_matches(self, requests: Sequence[InformationRequest]) -> list[InformationRequest]:
        """Add what the agency found as the holder; row security keeps that from every other side."""
        columns = information_request_matches.c
        query = (
            select(information_request_matches)
            .where(columns.request_id.in_([each.id for each in requests]))
            .ext(distinct_on(columns.request_id))
            .order_by(columns.request_id, columns.id.desc())
        )
        rows = (await self._unit.run(query)).all()
        found = {row.request_id: Match(RecordId(row.record_id), _matched(row)) for row in rows}
        mine = self._unit.principal.agency
        return [replace(each, match=found.get(each.id) if each.holder == mine else each.match) for each in requests]

    async def requests(self, wanted: RequestsWanted) -> Page[InformationRequest]:
        """List requests, newest first."""
        columns, mine = information_requests.c, self._unit.principal.agency
        query = select(columns.content).where(_asked_by_me(self._unit.principal, information_requests))
        if wanted.inbound is not None:
            query = query.where((columns.holding_agency if wanted.inbound else columns.owner_agency) == mine)
        if wanted.state is not None:
            query = query.where(columns.state == wanted.state.value)
        if wanted.overdue:
            query = query.where(
                columns.due_at <= self._unit.now, columns.state.in_([each.value for each in WITH_HOLDER])
            )
        query = part_of(query, columns.asked_at, columns.id, wanted.part, newest_first=True)
        rows = (await self._unit.run(query)).all()
        page = page_of(
            rows,
            wanted.part,
            lambda row: from_document(InformationRequest, row.content),
            lambda request: Place(request.asked.at, request.id),
        )
        return replace(page, items=tuple(await self._with_matches(page.items)))

    async def add_request(self, request: InformationRequest) -> None:
        """Store a new request."""
        asked = request.asked
        await _REQUESTS.add(
            self._unit,
            _request_version(request),
            holding_agency=request.holder,
            asked_by=asked.user,
            asked_human=asked.human,
            asked_at=asked.at,
        )

    async def replace_request(self, request: InformationRequest) -> None:
        """Store the next version.

        Raises:
            DomainError: `version-stale`.
        """
        await _REQUESTS.replace(self._unit, _request_version(request))

    async def add_match(self, request: InformationRequest) -> None:
        """Store whom the holder found, beside the request and not in it."""
        if request.match is None:
            return
        signed = request.match.signed
        await self._unit.run(
            insert(information_request_matches).values(
                owner_agency=request.holder,
                request_id=request.id,
                record_id=request.match.record_id,
                recorded_at=signed.at,
                recorded_by=signed.user,
                recorded_human=signed.human,
            )
        )

    async def add_note(self, request_id: InformationRequestId, note: Note) -> None:
        """Store what the agency notes for itself."""
        await self._unit.run(
            insert(information_request_notes).values(
                id=note.id,
                owner_agency=self._unit.principal.agency,
                request_id=request_id,
                note=note.note,
                recorded_at=note.at,
                recorded_by=note.user,
            )
        )

    async def notes(self, request_id: InformationRequestId) -> tuple[Note, ...]:
        """List what the agency noted for itself, in order."""
        columns = information_request_notes.c
        query = select(information_request_notes).where(columns.request_id == request_id)
        rows = (await self._unit.run(query.order_by(columns.recorded_at, columns.id))).all()
        return tuple(Note(row.id, row.note, row.recorded_at, UserId(row.recorded_by)) for row in rows)

    async def chases(self, thing: UUID) -> tuple[Chase, ...]:
        """List before whom of the agency's people a duty was put, the last of each duty."""
        columns = sharing_chases.c
        query = (
            select(sharing_chases)
            .where(columns.thing_id == thing)
            .ext(distinct_on(columns.duty, columns.due_at))
            .order_by(columns.duty, columns.due_at, columns.rung.desc())
        )
        rows = (await self._unit.run(query)).all()
        return tuple(Chase(row.duty, row.due_at, tuple(row.roles), row.chased_at) for row in rows)

    async def disclosure(self, disclosure_id: DisclosureId, *, lock: bool = False) -> Disclosure:
        """Find a disclosure that the agency gave or received.

        Raises:
            DomainError: `not-found`.
        """
        row = await _DISCLOSURES.find(self._unit, disclosure_id, lock=lock)
        disclosure = from_document(Disclosure, row.content)
        if not _may_see(self._unit.principal, disclosure.asked):
            raise DomainError("not-found")
        return disclosure

    async def disclosures(self, wanted: DisclosuresWanted) -> Page[Disclosure]:
        """List disclosures, newest first."""
        columns, mine = disclosures.c, self._unit.principal.agency
        query = select(columns.content).where(_asked_by_me(self._unit.principal, disclosures))
        if wanted.received is not None:
            query = query.where((columns.recipient_agency if wanted.received else columns.owner_agency) == mine)
        if wanted.unacknowledged:
            query = query.where(columns.seen_version < columns.given_version)
        query = part_of(query, columns.disclosed_at, columns.id, wanted.part, newest_first=True)
        rows = (await self._unit.run(query)).all()
        return page_of(
            rows,
            wanted.part,
            lambda row: from_document(Disclosure, row.content),
            lambda each: Place(each.basis.decided.at, each.id),
        )

    async def add_disclosure(self, disclosure: Disclosure) -> None:
        """Store what is given.

        Raises:
            DomainError: `sharing-state-conflict` where the request was answered already.
        """
        await _DISCLOSURES.add(
            self._unit,
            _disclosure_version(disclosure),
            recipient_agency=disclosure.recipient_agency,
            request_id=disclosure.request_id,
            asked_by=disclosure.asked.user,
            asked_human=disclosure.asked.human,
            disclosed_at=disclosure.basis.decided.at,
        )

    async def replace_disclosure(self, disclosure: Disclosure) -> None:
        """Store the next version.

        Raises:
            DomainError: `version-stale`.
        """
        await _DISCLOSURES.replace(self._unit, _disclosure_version(disclosure))

    async def not_sharing(self, decision_id: NotSharingId, *, lock: bool = False) -> NotSharing:
        """Find a decision not to share that the caller may see.

        Raises:
            DomainError: `not-found`.
        """
        row = await _NOT_SHARING.find(self._unit, decision_id, lock=lock)
        decision = from_document(NotSharing, row.content)
        if not self._may_see_reason(decision):
            raise DomainError("not-found")
        return decision

    def _may_see_reason(self, decision: NotSharing) -> bool:
        by, decided = self._unit.principal, decision.decided
        is_manager = not by.roles.isdisjoint(roles_with(Permission.NOT_SHARING_ANSWER))
        of_fear = decision.decision.reason_code == FEAR
        return reads_all_reasons(by) or (is_manager and of_fear) or by.is_one_with(decided.user, decided.human)

    async def not_shared(self, wanted: Wanted, *, unanswered: bool) -> Page[NotSharing]:
        """List decisions not to share, newest first; a line manager sees those that fear was the reason of."""
        columns = not_sharing_decisions.c
        query = select(columns.content)
        if unanswered or not reads_all_reasons(self._unit.principal):
            query = query.where(columns.reason_code == FEAR)
        if unanswered:
            query = query.where(columns.answered_at.is_(None))
        query = part_of(query, columns.decided_at, columns.id, wanted, newest_first=True)
        rows = (await self._unit.run(query)).all()
        return page_of(
            rows,
            wanted,
            lambda row: from_document(NotSharing, row.content),
            lambda each: Place(each.decided.at, each.id),
        )

    async def add_not_sharing(self, decision: NotSharing) -> None:
        """Store a decision not to share."""
        fixed = {"reason_code": decision.decision.reason_code, "decided_at": decision.decided.at}
        await _NOT_SHARING.add(self._unit, _not_sharing_version(decision), **fixed)

    async def replace_not_sharing(self, decision: NotSharing) -> None:
        """Store the next version.

        Raises:
            DomainError: `version-stale`.
        """
        await _NOT_SHARING.replace(self._unit, _not_sharing_version(decision))


def _matched(row: Row[Any]) -> Signature:
    return Signature(user=UserId(row.recorded_by), human=HumanId(row.recorded_human), at=row.recorded_at)


def _both(of: InformationRequest | Disclosure | NotSharing, signed: Signature) -> dict[str, Any]:
    return {
        "version": of.version,
        "content": to_document(of),
        "recorded_at": signed.at,
        "recorded_by": signed.user,
    }


def _request_version(request: InformationRequest) -> Version:
    return Version(
        id=request.id,
        owner=request.owner_agency,
        both={**_both(request.shared, request.changed), "state": request.state.value},
        standing={"due_at": request.due_at, "chase_at": _first_chase(duties_of_request(request))},
        kept={"holding_agency": request.holder},
    )


def _disclosure_version(disclosure: Disclosure) -> Version:
    signed = max([disclosure.changed, *(each.signed for each in disclosure.acknowledged)], key=lambda each: each.at)
    return Version(
        id=disclosure.id,
        owner=disclosure.owner_agency,
        both={**_both(disclosure, signed), "state": disclosure.state.value},
        standing={
            "given_version": disclosure.given_version,
            "seen_version": disclosure.seen_version,
            "chase_at": _first_chase(duties_of_disclosure(disclosure)),
        },
        kept={"recipient_agency": disclosure.recipient_agency},
    )


def _not_sharing_version(decision: NotSharing) -> Version:
    signed = decision.decided if decision.answered is None else decision.answered.signed
    return Version(
        id=decision.id,
        owner=decision.owner_agency,
        both=_both(decision, signed),
        standing={
            "answered_at": None if decision.answered is None else decision.answered.signed.at,
            "chase_at": _first_chase(duties_of_not_sharing(decision)),
        },
    )
