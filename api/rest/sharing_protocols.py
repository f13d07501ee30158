"""Information sharing protocols over REST: kept by the Board, signed and left by each partner for itself."""

from dataclasses import dataclass
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Response

from api.conditions import IdempotencyKey, StepConditions, etag
from api.pagination import link_next
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.agency_codes import Code
from api.schemas.sharing_protocol_terms import ProtocolTermsBody
from api.schemas.sharing_protocols import (
    DraftProtocolBody,
    ProtocolQuery,
    ProtocolReasonBody,
    ProtocolsView,
    ProtocolView,
    RenewProtocolBody,
    SharingFlowQuery,
    SharingFlowsView,
    SignProtocolBody,
    flows_view,
    protocol_view,
    protocols_view,
)
from domain.dates import local_date
from domain.ids import ProtocolId
from services import sharing
from services.core.idempotency import Made
from services.core.unit_of_work import UnitOfWork
from services.sharing import SeenProtocol, Step

router = guarded_router(prefix="/v1/sharing-protocols", tags=["Sharing"])
flows_router = guarded_router(prefix="/v1/sharing-flows", tags=["Sharing"])
Command = TypeVar("Command")


def _shown(unit: UnitOfWork, seen: SeenProtocol, response: Response) -> ProtocolView:
    response.headers["ETag"] = etag(seen.version)
    return protocol_view(seen, local_date(unit.now))


@dataclass(frozen=True, slots=True)
class Taking:
    """A step that is asked for on a protocol, and how its answer is shown."""

    unit: UnitOfWork
    protocol_id: UUID
    conditions: StepConditions
    response: Response

    def step(self, command: Command) -> Step[Command]:
        """Say what is to be done."""
        return Step(self.protocol_id, self.conditions.version, command, self.conditions.once)

    def shown(self, made: Made[SeenProtocol]) -> ProtocolView:
        """Show the protocol to whoever took the step."""
        return _shown(self.unit, made.value, self.response)


async def _taking(unit: Unit, protocol_id: UUID, conditions: StepConditions, response: Response) -> Taking:
    return Taking(unit, protocol_id, conditions, response)


Asked = Annotated[Taking, Depends(_taking)]


@router.post("", status_code=201, operation_id="draftProtocol", summary="Draft an information sharing protocol")
async def draft_protocol(unit: Unit, once: IdempotencyKey, body: DraftProtocolBody, response: Response) -> ProtocolView:
    """Draft an ISP, a DDA or a JCA: partners, powers, and the flows by which one agency gives another which items.

    Nothing flows before another administrator has assured it, partners have signed, and it was brought into force.
    """
    made = await sharing.draft_protocol(unit, body.command(), once)
    response.headers["Location"] = f"/v1/sharing-protocols/{made.value.id}"
    return _shown(unit, made.value, response)


@router.get("", operation_id="listProtocols", summary="List information sharing protocols")
async def list_protocols(unit: Unit, query: Annotated[ProtocolQuery, Query()], response: Response) -> ProtocolsView:
    """List the protocols that your agency keeps or is named in, newest first."""
    page = await sharing.list_protocols(unit, query.wanted(), query.state)
    shown = protocols_view(page, local_date(unit.now))
    link_next(response, "/v1/sharing-protocols", query, shown.next)
    return shown


@router.get("/{protocol_id}", operation_id="readProtocol", summary="Read an information sharing protocol")
async def read_protocol(unit: Unit, protocol_id: UUID, response: Response) -> ProtocolView:
    """Read a protocol, who has signed it, and before whom of your agency it was put."""
    return _shown(unit, await sharing.read_protocol(unit, ProtocolId(protocol_id)), response)


@router.post("/{protocol_id}/amendments", operation_id="amendProtocol", summary="Amend a draft")
async def amend_protocol(asked: Asked, body: ProtocolTermsBody) -> ProtocolView:
    """Put other terms in the place of a draft's; what is assured is not changed but succeeded by another protocol."""
    return asked.shown(await sharing.amend_protocol(asked.unit, asked.step(body.terms())))


@router.post("/{protocol_id}/assurance", operation_id="assureProtocol", summary="Assure a draft")
async def assure_protocol(asked: Asked) -> ProtocolView:
    """Say that the terms are fit to be signed; another administrator than who drafted or changed them."""
    return asked.shown(await sharing.assure_protocol(asked.unit, asked.step(None)))


@router.post("/{protocol_id}/signatures", operation_id="signProtocol", summary="Sign for your agency")
async def sign_protocol(asked: Asked, body: SignProtocolBody) -> ProtocolView:
    """Sign a protocol that names your agency; in one already in force its flows begin for you at once."""
    return asked.shown(await sharing.sign_protocol(asked.unit, asked.step(body.post)))


@router.post("/{protocol_id}/departure", operation_id="leaveProtocol", summary="Leave a protocol")
async def leave_protocol(asked: Asked, body: ProtocolReasonBody) -> ProtocolView:
    """Leave: every flow to and from your agency under this protocol ends at once.

    Your people are then told to ring about live warnings of violence or of an animal, and nothing of others, unless
    another protocol covers them.
    """
    return asked.shown(await sharing.leave_protocol(asked.unit, asked.step(body.reason)))


@router.post("/{protocol_id}/commencement", operation_id="bringProtocolIntoForce", summary="Bring into force")
async def bring_protocol_into_force(asked: Asked) -> ProtocolView:
    """Let information flow from now on between the partners who have signed; the protocol it supersedes ends."""
    return asked.shown(await sharing.bring_protocol_into_force(asked.unit, asked.step(None)))


@router.post("/{protocol_id}/reviews", operation_id="beginProtocolReview", summary="Begin a review")
async def begin_protocol_review(asked: Asked, body: ProtocolReasonBody) -> ProtocolView:
    """Begin to review a protocol in force; information flows on until somebody else renews or ends it."""
    return asked.shown(await sharing.begin_protocol_review(asked.unit, asked.step(body.reason)))


@router.post("/{protocol_id}/renewal", operation_id="renewProtocol", summary="Renew after a review")
async def renew_protocol(asked: Asked, body: RenewProtocolBody) -> ProtocolView:
    """End a review that somebody else began by letting the protocol go on."""
    return asked.shown(await sharing.renew_protocol(asked.unit, asked.step(body.command())))


@router.post("/{protocol_id}/ending", operation_id="endProtocol", summary="End a protocol")
async def end_protocol(asked: Asked, body: ProtocolReasonBody) -> ProtocolView:
    """End a protocol at once, and with it every flow under it.

    One in force is ended after a review that somebody else began. Live warnings of violence or of an animal then tell
    former recipients to ring; others are no longer shown to them.
    """
    return asked.shown(await sharing.end_protocol(asked.unit, asked.step(body.reason)))


@flows_router.get("/{agency}", operation_id="listSharingFlows", summary="What may flow between two agencies")
async def list_sharing_flows(unit: Unit, agency: Code, query: Annotated[SharingFlowQuery, Query()]) -> SharingFlowsView:
    """List what your agency may give another now and what it may be given, by protocol and flow.

    Name the flow when you answer a request under it.
    """
    return flows_view(await sharing.list_sharing_flows(unit, query.wanted(agency)))
