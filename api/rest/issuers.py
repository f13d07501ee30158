"""Agencies' directories over REST: the Board registers them, each agency says who its users are."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from api.conditions import IdempotencyKey, VersionToChange, etag
from api.requests import state_of
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.issuers import (
    MOST_LOGINS,
    AmendIssuerBody,
    EndLoginBody,
    IssuerBody,
    IssuersView,
    IssuerView,
    LoginBody,
    LoginsView,
    LoginView,
)
from domain.ids import IssuerId, LoginId
from services.agencies import issuers

router = guarded_router(prefix="/v1/issuers", tags=["Register"])


@router.post("", status_code=201, operation_id="registerIssuer", summary="Register an agency's directory")
async def register_issuer(
    request: Request, unit: Unit, once: IdempotencyKey, body: IssuerBody, response: Response
) -> IssuerView:
    """Register the OpenID Connect issuer an agency runs, so that its tokens can be exchanged for ours.

    For the Board's administrators. Check issuer and keys with the agency by another way than the message that asked.
    """
    made = await issuers.register_issuer(unit, body.command(), state_of(request).fetch_policy, once)
    response.headers["Location"] = f"/v1/issuers/{made.value.id}"
    response.headers["ETag"] = etag(made.value.version)
    return IssuerView.model_validate(made.value)


@router.get("", operation_id="readIssuers", summary="List registered directories")
async def read_issuers(unit: Unit) -> IssuersView:
    """List your agency's directories; the Board's administrators see those of every agency."""
    found = await issuers.read_issuers(unit)
    return IssuersView(issuers=[IssuerView.model_validate(issuer) for issuer in found])


@router.get("/{issuer_id}", operation_id="readIssuer", summary="Read a registered directory")
async def read_issuer(unit: Unit, issuer_id: UUID, response: Response) -> IssuerView:
    """Read one of your agency's directories; the Board's administrators read any."""
    found = await issuers.read_issuer(unit, IssuerId(issuer_id))
    response.headers["ETag"] = etag(found.version)
    return IssuerView.model_validate(found)


@router.patch("/{issuer_id}", operation_id="amendIssuer", summary="Amend or suspend a registered directory")
async def amend_issuer(
    request: Request, unit: Unit, issuer_id: UUID, version: VersionToChange, body: AmendIssuerBody, response: Response
) -> IssuerView:
    """Replace all terms, with a reason; earlier versions are kept. The issuer and its subject claim stay.

    `"suspended": true` refuses the directory's tokens from now on. Tokens of ours that were given before live ten
    minutes at most; to stop a person or a system at once, suspend the user or the client.
    """
    policy = state_of(request).fetch_policy
    amended = await issuers.amend_issuer(unit, IssuerId(issuer_id), version, body.command(), policy)
    response.headers["ETag"] = etag(amended.version)
    return IssuerView.model_validate(amended)


@router.post(
    "/{issuer_id}/logins", status_code=201, operation_id="registerLogin", summary="Say who a name of your directory is"
)
async def register_login(
    unit: Unit, once: IdempotencyKey, issuer_id: UUID, body: LoginBody, response: Response
) -> LoginView:
    """Register under which name your agency's directory knows one of your users or accountable teams.

    The name gives no role: roles are held in the register. A name is one user at a time. The login of somebody who
    decides on flags, oversees data protection or administers gives tokens only once another administrator confirmed it.
    """
    made = await issuers.add_login(unit, IssuerId(issuer_id), body.command(), once)
    response.headers["ETag"] = etag(made.value.version)
    return LoginView.model_validate(made.value)


@router.get("/{issuer_id}/logins", operation_id="readLogins", summary="List the logins of your directory")
async def read_logins(
    unit: Unit,
    issuer_id: UUID,
    response: Response,
    after: Annotated[UUID | None, Query(description="The last id of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LOGINS, description="How many at most.")] = 50,
) -> LoginsView:
    """List them in the order of their ids, those that are over included."""
    found = await issuers.read_logins(unit, IssuerId(issuer_id), after, limit)
    if len(found) == limit:
        response.headers["Link"] = (
            f'</v1/issuers/{issuer_id}/logins?after={found[-1].id}&limit={limit}>; rel="next"'  # opaque ids only
        )
    return LoginsView(logins=[LoginView.model_validate(login) for login in found])


@router.patch("/{issuer_id}/logins/{login_id}", operation_id="endLogin", summary="End a login")
async def end_login(
    unit: Unit, issuer_id: UUID, login_id: UUID, version: VersionToChange, body: EndLoginBody, response: Response
) -> LoginView:
    """End a login now: its name gets no more tokens. It stays on record; the name can be registered again."""
    ended = await issuers.finish_login(unit, IssuerId(issuer_id), LoginId(login_id), version, body.reason)
    response.headers["ETag"] = etag(ended.version)
    return LoginView.model_validate(ended)


@router.post(
    "/{issuer_id}/logins/{login_id}/confirmation", operation_id="confirmLogin", summary="Confirm somebody else's login"
)
async def confirm_login(
    unit: Unit, issuer_id: UUID, login_id: UUID, version: VersionToChange, once: IdempotencyKey, response: Response
) -> LoginView:
    """Confirm a login that another administrator registered: one person alone lets nobody into a guarded role."""
    made = await issuers.second_login(unit, IssuerId(issuer_id), LoginId(login_id), version, once)
    response.headers["ETag"] = etag(made.value.version)
    return LoginView.model_validate(made.value)
