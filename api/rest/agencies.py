"""The register over REST: agencies for the Board's administrators, accounts for each agency's own."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from api.conditions import IdempotencyKey, VersionToChange, etag
from api.pagination import link_next
from api.registration import FetchingPolicy
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.agencies import (
    AccountLinkView,
    AgenciesView,
    AgencyView,
    AppointBody,
    ChangeAgencyBody,
    ChangesQuery,
    ChangesView,
    ChangeUserBody,
    DepartureBody,
    HumanStandingView,
    LinkAccountBody,
    ReasonBody,
    RegisterAgencyBody,
    RegisterUserBody,
    StandingBody,
    UsersView,
    UserView,
    account_link_view,
    agency_view,
    changes_view,
    human_view,
    user_view,
    users_view,
)
from api.schemas.agency_codes import Code
from api.schemas.agency_requests import RequestView, request_view
from api.schemas.paging import PageQuery
from domain.agencies import Agency
from domain.ids import AgencyCode, UserId
from services.agencies import administration as agencies
from services.agencies.administration import LinkedUser

router = guarded_router(prefix="/v1", tags=["Register"])

Part = Annotated[PageQuery, Query()]


def _agency(agency: Agency, response: Response) -> AgencyView:
    response.headers["ETag"] = etag(agency.version)
    return agency_view(agency)


def _user(unit: Unit, seen: LinkedUser, response: Response) -> UserView:
    response.headers["ETag"] = etag(seen.user.version)
    return user_view(seen, unit.now)


@router.get("/agencies", operation_id="listAgencies", summary="List the agencies of the region")
async def list_agencies(unit: Unit, query: Part, response: Response) -> AgenciesView:
    """List every registered agency by code, with its duty number and whether anybody may act for it."""
    listed = await agencies.list_agencies(unit, query.after, query.limit)
    link_next(response, "/v1/agencies", query, listed.next)
    return AgenciesView(agencies=[agency_view(each) for each in listed.items], next=listed.next)


@router.post("/agencies", status_code=201, operation_id="registerAgency", summary="Register an agency")
async def register_agency(unit: Unit, once: IdempotencyKey, body: RegisterAgencyBody, response: Response) -> AgencyView:
    """Register a partner agency; then appoint its first administrator, who registers everything else."""
    made = await agencies.add_agency(unit, AgencyCode(body.code), body.content(), once)
    response.headers["Location"] = f"/v1/agencies/{made.value.code}"
    return _agency(made.value, response)


@router.get("/agencies/{code}", operation_id="readAgency", summary="Read one agency")
async def read_agency(unit: Unit, code: Code, response: Response) -> AgencyView:
    """Read one agency as it stands in the register."""
    return _agency(await agencies.read_agency(unit, AgencyCode(code)), response)


@router.patch("/agencies/{code}", operation_id="changeAgency", summary="Change an agency's names or duty number")
async def change_agency(
    unit: Unit, code: Code, version: VersionToChange, body: ChangeAgencyBody, response: Response
) -> AgencyView:
    """Change what is said of an agency, with a reason; nothing becomes the Board by a change."""
    changed = await agencies.amend_agency(unit, AgencyCode(code), version, body.content(), body.reason)
    return _agency(changed, response)


@router.post("/agencies/{code}/standing", operation_id="setAgencyStanding", summary="Suspend or restore an agency")
async def set_agency_standing(
    unit: Unit, code: Code, version: VersionToChange, once: IdempotencyKey, body: StandingBody, response: Response
) -> AgencyView:
    """Suspend an agency, so that nobody acts for it from the next request on, or restore it.

    Its records stay, and what it flagged still warns.
    """
    made = await agencies.put_agency_standing(unit, AgencyCode(code), body.step(version, once))
    return _agency(made.value, response)


@router.post(
    "/agencies/{code}/administrator",
    status_code=201,
    operation_id="appointAdministrator",
    summary="Appoint an agency's first administrator",
)
async def appoint_administrator(
    unit: Unit, code: Code, once: IdempotencyKey, policy: FetchingPolicy, body: AppointBody, response: Response
) -> RequestView:
    """Enter the first administrator of an agency that has none, and its first system.

    The role is a request until another administrator of the Board confirms it. The system may be used to administer
    the register and for nothing else.
    """
    made = await agencies.appoint_administrator(unit, body.command(AgencyCode(code)), policy, once)
    response.headers["Location"] = f"/v1/register-requests/{made.value.id}"
    response.headers["ETag"] = etag(made.value.version)
    return request_view(made.value)


@router.get("/users", operation_id="listUsers", summary="List your agency's accounts")
async def list_users(unit: Unit, query: Part, response: Response) -> UsersView:
    """List the accounts of your agency's people and teams, the oldest first."""
    page = users_view(await agencies.list_users(unit, query.wanted()), unit.now)
    link_next(response, "/v1/users", query, page.next)
    return page


@router.post("/users", status_code=201, operation_id="registerUser", summary="Register a person or a team")
async def register_user(unit: Unit, once: IdempotencyKey, body: RegisterUserBody, response: Response) -> UserView:
    """Register an account of a person, or of the team that answers for scheduled work; then give it a role."""
    made = await agencies.register_user(unit, body.display_name, body.is_team, once)
    response.headers["Location"] = f"/v1/users/{made.value.user.id}"
    return _user(unit, made.value, response)


@router.get("/users/{user_id}", operation_id="readUser", summary="Read one of your agency's accounts")
async def read_user(unit: Unit, user_id: UUID, response: Response) -> UserView:
    """Read one account of your agency; another agency's account is not found."""
    return _user(unit, await agencies.read_user(unit, UserId(user_id)), response)


@router.patch("/users/{user_id}", operation_id="changeUser", summary="Change the name of an account")
async def change_user(
    unit: Unit, user_id: UUID, version: VersionToChange, body: ChangeUserBody, response: Response
) -> UserView:
    """Change the name an account is shown under, with a reason."""
    changed = await agencies.change_user(unit, UserId(user_id), version, body.display_name, body.reason)
    return _user(unit, changed, response)


@router.post("/users/{user_id}/standing", operation_id="setUserStanding", summary="Suspend or restore an account")
async def set_user_standing(
    unit: Unit, user_id: UUID, version: VersionToChange, once: IdempotencyKey, body: StandingBody, response: Response
) -> UserView:
    """Suspend an account from its next request on, or restore it; nobody restores an account of their own."""
    made = await agencies.put_user_standing(unit, UserId(user_id), body.step(version, once))
    return _user(unit, made.value, response)


@router.post("/users/{user_id}/departure", operation_id="recordDeparture", summary="Say when somebody leaves")
async def record_departure(
    unit: Unit, user_id: UUID, version: VersionToChange, once: IdempotencyKey, body: DepartureBody, response: Response
) -> UserView:
    """Record that somebody leaves, now or at a moment to come; the account ends then and is never used again."""
    departure = body.departure(version, once)
    made = await agencies.record_user_departure(unit, UserId(user_id), departure)
    return _user(unit, made.value, response)


@router.post(
    "/users/{user_id}/links",
    status_code=201,
    operation_id="linkAccounts",
    summary="Say that two accounts are one human's",
)
async def link_accounts(unit: Unit, user_id: UUID, once: IdempotencyKey, body: LinkAccountBody) -> AccountLinkView:
    """Find two accounts to be one human's, so that neither decides on what the other proposed.

    Within your agency it holds at once. Where the other account is another agency's, `requestId` names the request
    that agency must confirm. If that human then administers accounts and decides on flags, deciding ends.
    """
    made = await agencies.link_accounts(unit, UserId(user_id), UserId(body.other_user_id), body.reason, once)
    return account_link_view(made.value)


@router.post(
    "/users/{user_id}/separation",
    status_code=201,
    operation_id="separateAccount",
    summary="Say that an account is another human's",
)
async def separate_account(
    unit: Unit, user_id: UUID, once: IdempotencyKey, body: ReasonBody, response: Response
) -> RequestView:
    """Ask that an account be found another human's than those it is linked to; a second administrator confirms."""
    made = await agencies.separate_account(unit, UserId(user_id), body.reason, once)
    response.headers["Location"] = f"/v1/register-requests/{made.value.id}"
    response.headers["ETag"] = etag(made.value.version)
    return request_view(made.value)


@router.post(
    "/users/{user_id}/human-standing",
    operation_id="setHumanStanding",
    summary="Suspend or restore a human in every agency",
)
async def set_human_standing(unit: Unit, user_id: UUID, once: IdempotencyKey, body: StandingBody) -> HumanStandingView:
    """Suspend the human behind an account, with all their accounts in all agencies, from the next request on.

    For the Board's administrators, who name any one account by its id; an agency suspends its own accounts itself.
    """
    made = await agencies.put_human_standing(unit, UserId(user_id), body.standing, body.reason, once)
    return human_view(made.value)


@router.get("/register-changes", operation_id="listRegisterChanges", summary="See what administrators changed and why")
async def list_register_changes(unit: Unit, query: Annotated[ChangesQuery, Query()], response: Response) -> ChangesView:
    """List the acts of your agency's administrators, newest first: what, when, by whom and with which reason."""
    page = changes_view(await agencies.list_changes(unit, query.wanted(), query.reference))
    link_next(response, "/v1/register-changes", query, page.next)
    return page
