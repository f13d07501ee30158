"""Every query of requests that wait for a second person, and of what agencies agreed."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Row, column, func, insert, select
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE

from domain.access import Role
from domain.agency_requests import (
    Agreement,
    AgreementKind,
    AgreementStanding,
    Asked,
    RegisterRequest,
    RequestKind,
    RequestState,
)
from domain.errors import DomainError
from domain.flag_decisions import Signature
from domain.ids import AgencyCode, AgreementId, ClientId, HumanId, RequestId, UserId
from domain.paging import Page, Place, Wanted
from services.core.unit_of_work import UnitOfWork
from services.db.models.agencies import agreements, register_requests
from services.db.paging import page_of, part_of

T = TypeVar("T")
V = TypeVar("V")

_ID, _MOMENT = UUID_TYPE(as_uuid=True), TIMESTAMP(timezone=True)
_requests = func.rhannu.requests_seen().table_valued(
    column("id", _ID), "owner_agency", "confirming_agency", "kind", "state", "version", "reason",
    column("asked_by", _ID), column("asked_human", _ID), column("asker", _ID), column("asked_at", _MOMENT),
    column("decided_by", _ID), column("decided_human", _ID), column("decided_at", _MOMENT), "decision_reason",
    column("user_id", _ID), "user_name", column("user_human", _ID), column("other_user_id", _ID), "for_agency",
    "role", "client_id",
    column("valid_from", _MOMENT), column("valid_to", _MOMENT),
).render_derived()  # fmt: skip
_agreements = func.rhannu.agreements_seen().table_valued(
    *(column(each.name, each.type) for each in agreements.columns)
).render_derived()  # fmt: skip
_TOUCHES_A_HUMAN = frozenset({RequestKind.ROLE, RequestKind.APPOINTMENT, RequestKind.SEPARATION})


class RequestRepository:
    """Requests and agreements, as both sides of them may see them."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def request(self, request_id: RequestId) -> RegisterRequest:
        """Find a request that the caller's agency made, is asked, or for the Board may be asked.

        Raises:
            DomainError: `not-found`.
        """
        row = (await self._unit.run(select(_requests).where(_requests.c.id == request_id))).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _request(row)

    async def requests(self, wanted: Wanted, state: RequestState | None) -> Page[RegisterRequest]:
        """List requests, newest first."""
        query = select(_requests)
        query = query if state is None else query.where(_requests.c.state == state.value)
        query = part_of(query, _requests.c.asked_at, _requests.c.id, wanted, newest_first=True)
        rows = (await self._unit.run(query)).all()
        return page_of(rows, wanted, _request, lambda request: Place(request.signed.at, request.id))

    async def is_asked(self, like: RegisterRequest) -> bool:
        """Say whether the same waits already."""
        asked = like.asked
        columns = register_requests.c
        same: list[tuple[Any, object]] = [
            (columns.kind, like.kind.value),
            (columns.state, RequestState.PENDING.value),
            (columns.user_id, columns.user_id if like.kind is RequestKind.APPOINTMENT else asked.user),
            (columns.other_user_id, asked.other_user),
            (columns.for_agency, asked.agency),
            (columns.role, None if asked.role is None else asked.role.value),
            (columns.client_id, asked.client),
        ]
        query = select(register_requests.c.id).where(*(c.is_not_distinct_from(value) for c, value in same)).limit(1)
        return (await self._unit.run(query)).one_or_none() is not None

    async def ask(self, request: RegisterRequest) -> None:
        """Store a request.

        Raises:
            DomainError: `register-state-conflict` when the same waits already.
        """
        if await self.is_asked(request):
            raise DomainError("register-state-conflict")
        asked = request.asked
        await self._unit.run(
            insert(register_requests).values(
                id=request.id,
                owner_agency=request.owner_agency,
                confirming_agency=request.confirming_agency,
                kind=request.kind.value,
                state=request.state.value,
                version=request.version,
                reason=request.reason,
                asked_by=request.signed.user,
                asked_human=request.signed.human,
                asked_at=request.signed.at,
                user_id=asked.user,
                other_user_id=asked.other_user,
                for_agency=asked.agency,
                role=None if asked.role is None else asked.role.value,
                client_id=asked.client,
                valid_from=asked.valid_from,
                valid_to=asked.valid_to,
            )
        )

    async def decide(self, request: RegisterRequest) -> None:
        """Store a decision, and do what was asked for if it was confirmed.

        Raises:
            DomainError: `version-stale` when somebody was faster.
        """
        decide = func.rhannu.decide_request(
            request.id, request.version - 1, request.state.value, request.decision_reason, self._unit.now
        )
        if not (await self._unit.run(select(decide))).scalar_one():
            raise DomainError("version-stale")

    async def agreement(self, agreement_id: AgreementId) -> Agreement:
        """Find an agreement to which the caller's agency is a side.

        Raises:
            DomainError: `not-found`.
        """
        row = (await self._unit.run(select(_agreements).where(_agreements.c.id == agreement_id))).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _agreement(row)

    async def agreements(self, wanted: Wanted) -> Page[Agreement]:
        """List agreements by when they began."""
        query = part_of(select(_agreements), _agreements.c.valid_from, _agreements.c.id, wanted)
        rows = (await self._unit.run(query)).all()
        return page_of(rows, wanted, _agreement, lambda agreed: Place(agreed.valid_from, agreed.id))

    async def set_agreement(self, changed: Agreement, standing: AgreementStanding) -> None:
        """Store how an agreement stands.

        Raises:
            DomainError: `version-stale`.
        """
        put = func.rhannu.set_agreement(changed.id, changed.version - 1, standing.value, self._unit.now)
        if not (await self._unit.run(select(put))).scalar_one():
            raise DomainError("version-stale")

    async def agreed(self, kind: AgreementKind) -> list[Agreement]:
        """List the agreements of a kind by which the caller's agency opened itself."""
        query = select(agreements).where(agreements.c.kind == kind.value).order_by(agreements.c.id)
        return [_agreement(row) for row in (await self._unit.run(query)).all()]


def _request(row: Row[Any]) -> RegisterRequest:
    kind = RequestKind(row.kind)
    decided = None
    if row.decided_by is not None:
        decided = Signature(UserId(row.decided_by), HumanId(row.decided_human), row.decided_at)
    asked = Asked(
        user=_or_none(UserId, row.user_id),
        about=_or_none(HumanId, row.user_human) if kind in _TOUCHES_A_HUMAN else None,
        user_name=row.user_name,
        other_user=_or_none(UserId, row.other_user_id),
        agency=_or_none(AgencyCode, row.for_agency),
        role=_or_none(Role, row.role),
        client=_or_none(ClientId, row.client_id),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )
    return RegisterRequest(
        id=RequestId(row.id),
        owner_agency=AgencyCode(row.owner_agency),
        confirming_agency=AgencyCode(row.confirming_agency),
        kind=kind,
        asked=asked,
        reason=row.reason,
        signed=Signature(UserId(row.asked_by), HumanId(row.asked_human), row.asked_at),
        state=RequestState(row.state),
        version=row.version,
        decided=decided,
        decision_reason=row.decision_reason,
        asker=HumanId(row.asker),
    )


def _or_none(kind: Callable[[V], T], value: V | None) -> T | None:
    return None if value is None else kind(value)


def _agreement(row: Row[Any]) -> Agreement:
    return Agreement(
        id=AgreementId(row.id),
        kind=AgreementKind(row.kind),
        owner_agency=AgencyCode(row.owner_agency),
        party_agency=AgencyCode(row.party_agency),
        client=_or_none(ClientId, row.client_id),
        version=row.version,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        suspended_at=row.suspended_at,
        suspended_by=_or_none(AgencyCode, row.suspended_by),
        ended_at=row.ended_at,
    )
