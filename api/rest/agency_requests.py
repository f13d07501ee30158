"""Roles, what waits for a second person, and what agencies agreed, over REST."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from api.conditions import IdempotencyKey, VersionToChange, etag
from api.pagination import link_next
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.agencies import (
    AssignRoleBody,
    EndRoleBody,
    RolesQuery,
    RolesView,
    RoleView,
    role_view,
    roles_view,
)
from api.schemas.agency_requests import (
    AgreementStandingBody,
    AgreementsView,
    AgreementView,
    DecideRequestBody,
    NameDeciderBody,
    RequestsQuery,
    RequestsView,
    RequestView,
    agreement_view,
    agreements_view,
    request_view,
    requests_view,
)
from api.schemas.paging import PageQuery
from domain.agencies import RoleState
from domain.agency_requests import Agreement, RegisterRequest
from domain.ids import AgreementId, AssignmentId, RequestId, UserId
from services.agencies import administration as agencies
from services.agencies.administration import RoleOrRequest

router = guarded_router(prefix="/v1", tags=["Register"])


def _role(unit: Unit, role: RoleOrRequest, response: Response) -> RoleView:
    response.headers["ETag"] = etag(role.version)
    return role_view(role, unit.now)


def _request(request: RegisterRequest, response: Response) -> RequestView:
    response.headers["ETag"] = etag(request.version)
    return request_view(request)


def _agreement(unit: Unit, agreement: Agreement, response: Response) -> AgreementView:
    response.headers["ETag"] = etag(agreement.version)
    return agreement_view(agreement, unit.now)


@router.get("/role-assignments", operation_id="listRoles", summary="List who holds which role for your agency")
async def list_roles(unit: Unit, query: Annotated[RolesQuery, Query()], response: Response) -> RolesView:
    """List roles held for your agency, by whosever account, and roles your accounts hold for other agencies."""
    user = None if query.user is None else UserId(query.user)
    page = roles_view(await agencies.list_roles(unit, query.wanted(), user), unit.now)
    link_next(response, "/v1/role-assignments", query, page.next)
    return page


@router.post("/role-assignments", status_code=201, operation_id="assignRole", summary="Give an account a role")
async def assign_role(unit: Unit, once: IdempotencyKey, body: AssignRoleBody, response: Response) -> RoleView:
    """Give one of your accounts a role, for your own agency or for another.

    Roles that guard others (deciders, data protection officers, administrators) wait as a request until a second
    administrator confirms; a role for another agency waits until that agency agrees. Nobody gives themselves a role,
    and nobody both administers accounts and decides on flags.
    """
    made = await agencies.give_role(unit, body.command(), once)
    shown = _role(unit, made.value, response)
    place = "register-requests" if shown.state is RoleState.PENDING else "role-assignments"
    response.headers["Location"] = f"/v1/{place}/{shown.id}"
    return shown


@router.get("/role-assignments/{assignment_id}", operation_id="readRole", summary="Read one role")
async def read_role(unit: Unit, assignment_id: UUID, response: Response) -> RoleView:
    """Read one role held for your agency or by one of your accounts."""
    return _role(unit, await agencies.read_role(unit, AssignmentId(assignment_id)), response)


@router.post("/role-assignments/{assignment_id}/end", operation_id="endRole", summary="End a role")
async def end_role(
    unit: Unit,
    assignment_id: UUID,
    version: VersionToChange,
    once: IdempotencyKey,
    body: EndRoleBody,
    response: Response,
) -> RoleView:
    """End a role, now or at a moment to come; either the account's own agency or the one acted for may."""
    made = await agencies.take_role(unit, AssignmentId(assignment_id), body.ending(version, once))
    return _role(unit, made.value, response)


@router.get("/register-requests", operation_id="listRegisterRequests", summary="List what waits for a second person")
async def list_register_requests(
    unit: Unit, query: Annotated[RequestsQuery, Query()], response: Response
) -> RequestsView:
    """List what your agency asked for and what it is asked, newest first.

    Administrators of the Board also see the roles that an agency may be unable to confirm by itself.
    """
    page = requests_view(await agencies.list_requests(unit, query.wanted(), query.state))
    link_next(response, "/v1/register-requests", query, page.next)
    return page


@router.get("/register-requests/{request_id}", operation_id="readRegisterRequest", summary="Read one request")
async def read_register_request(unit: Unit, request_id: UUID, response: Response) -> RequestView:
    """Read one request that your agency made or is asked to confirm."""
    return _request(await agencies.read_request(unit, RequestId(request_id)), response)


@router.post(
    "/register-requests/{request_id}/decision",
    operation_id="decideRegisterRequest",
    summary="Confirm, decline or withdraw a request",
)
async def decide_register_request(
    unit: Unit,
    request_id: UUID,
    version: VersionToChange,
    once: IdempotencyKey,
    body: DecideRequestBody,
    response: Response,
) -> RequestView:
    """Confirm, decline or withdraw a request. Only a second human confirms, and only that gives a right.

    Who asked never confirms, nor whom it is about, from any account. Where your agency has no other administrator,
    one of the Board's confirms a role; consent to another agency is only ever your own to give.
    """
    made = await agencies.decide_register_request(unit, RequestId(request_id), version, body.decision(), once)
    return _request(made.value, response)


@router.post(
    "/deciders", status_code=201, operation_id="nameDecider", summary="Name another agency to decide your flags"
)
async def name_decider(unit: Unit, once: IdempotencyKey, body: NameDeciderBody, response: Response) -> RequestView:
    """Name another agency, or the Board, to decide on your flags, where you have no two people to do it.

    Once it agrees, its decision-makers may act for your agency in that role alone, and read what it lets them read.
    """
    made = await agencies.name_decider(unit, body.command(), once)
    response.headers["Location"] = f"/v1/register-requests/{made.value.id}"
    return _request(made.value, response)


@router.get("/agreements", operation_id="listAgreements", summary="List what agencies agreed with yours")
async def list_agreements(unit: Unit, query: Annotated[PageQuery, Query()], response: Response) -> AgreementsView:
    """List for whom your systems may act, who may act for you, and who decides on whose flags."""
    page = agreements_view(await agencies.list_agreements(unit, query.wanted()), unit.now)
    link_next(response, "/v1/agreements", query, page.next)
    return page


@router.get("/agreements/{agreement_id}", operation_id="readAgreement", summary="Read one agreement")
async def read_agreement(unit: Unit, agreement_id: UUID, response: Response) -> AgreementView:
    """Read one agreement to which your agency is a side."""
    return _agreement(unit, await agencies.read_agreement(unit, AgreementId(agreement_id)), response)


@router.post(
    "/agreements/{agreement_id}/standing",
    operation_id="setAgreementStanding",
    summary="Suspend, restore or end an agreement",
)
async def set_agreement_standing(
    unit: Unit,
    agreement_id: UUID,
    version: VersionToChange,
    once: IdempotencyKey,
    body: AgreementStandingBody,
    response: Response,
) -> AgreementView:
    """Suspend, restore or end an agreement, from the next request on; only the side that suspended it restores it."""
    made = await agencies.put_agreement_standing(unit, AgreementId(agreement_id), body.step(version, once))
    return _agreement(unit, made.value, response)
