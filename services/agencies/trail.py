"""What every use case of the register says of itself: on the audit trail, and in the log of its acts.

The trail names accounts and systems by reference, as `user:<id>:<version>`; staff are no data subjects of the
records here, so they are never among an event's subjects.
"""

from collections.abc import Iterable
from datetime import datetime

from domain.agencies import Agency, RoleAssignment, User
from domain.agency_changes import Thing
from domain.agency_requests import Agreement, RegisterRequest
from domain.agency_systems import Client
from domain.ids import AgencyCode
from services.core.unit_of_work import UnitOfWork


def seen(unit: UnitOfWork, thing: Thing, things: Iterable[tuple[object, int]], owners: Iterable[AgencyCode]) -> None:
    """Put what an answer gives on the trail; nothing found is said too."""
    references = [f"{thing.value}:{identifier}:{version}" for identifier, version in things]
    if not references:
        unit.record_empty()
        return
    unit.record(records=references, owners=owners, fields=[f"register.{thing.value}"])


def saw_users(unit: UnitOfWork, *found: User) -> None:
    """Put accounts on the trail."""
    seen(unit, Thing.USER, [(user.id, user.version) for user in found], {user.owner_agency for user in found})


def saw_agencies(unit: UnitOfWork, *found: Agency) -> None:
    """Put agencies on the trail."""
    seen(unit, Thing.AGENCY, [(agency.code, agency.version) for agency in found], {unit.principal.agency})


def saw_roles(unit: UnitOfWork, *found: RoleAssignment) -> None:
    """Put roles and the accounts that hold them on the trail."""
    seen(unit, Thing.ROLE, [(role.id, role.version) for role in found], {role.agency for role in found})
    unit.record(records=[f"user:{role.user}" for role in found], owners={role.home for role in found})


def saw_clients(unit: UnitOfWork, *found: Client) -> None:
    """Put systems on the trail."""
    seen(unit, Thing.CLIENT, [(each.id, each.version) for each in found], {each.owner_agency for each in found})


def saw_requests(unit: UnitOfWork, *found: RegisterRequest) -> None:
    """Put requests, and the accounts and systems they are about, on the trail."""
    sides = {side for each in found for side in (each.owner_agency, each.confirming_agency)}
    seen(unit, Thing.REQUEST, [(each.id, each.version) for each in found], sides)
    accounts = [f"user:{each.asked.user}" for each in found if each.asked.user is not None]
    systems = [f"client:{each.asked.client}" for each in found if each.asked.client is not None]
    others = [f"user:{each.asked.other_user}" for each in found if each.asked.other_user is not None]
    if found:
        unit.record(records=[*accounts, *systems, *others])


def saw_agreements(unit: UnitOfWork, *found: Agreement) -> None:
    """Put agreements on the trail."""
    sides = {side for each in found for side in (each.owner_agency, each.party_agency)}
    seen(unit, Thing.AGREEMENT, [(each.id, each.version) for each in found], sides)


def content_of_user(user: User) -> dict[str, object]:
    """Say how an account stands, for the log."""
    return {
        "displayName": user.display_name,
        "isTeam": user.is_team,
        "suspendedAt": _moment(user.suspended_at),
        "leftAt": _moment(user.left_at),
    }


def content_of_agency(agency: Agency) -> dict[str, object]:
    """Say how an agency stands, for the log."""
    return {
        "nameEn": agency.name.en,
        "nameCy": agency.name.cy,
        "type": agency.type,
        "dutyPhone": agency.duty_phone,
        "suspendedAt": _moment(agency.suspended_at),
    }


def content_of_role(role: RoleAssignment) -> dict[str, object]:
    """Say what a role is, for the log."""
    return {
        "userId": str(role.user),
        "agency": role.agency,
        "role": role.role.value,
        "validFrom": _moment(role.valid_from),
        "validTo": _moment(role.valid_to),
    }


def content_of_client(client: Client) -> dict[str, object]:
    """Say how a system stands, for the log; keys by name."""
    return {
        "name": client.name,
        "keyIds": list(client.keys.names),
        "keySetUrl": client.keys.key_set_url,
        "formerUntil": None if client.former is None else _moment(client.former.until),
        "scopes": sorted(client.scopes),
        "suspendedAt": _moment(client.suspended_at),
    }


def content_of_request(request: RegisterRequest) -> dict[str, object]:
    """Say what a request is and where it stands, for the log."""
    asked = request.asked
    return {
        "kind": request.kind.value,
        "state": request.state.value,
        "agency": asked.agency,
        "userId": None if asked.user is None else str(asked.user),
        "otherUserId": None if asked.other_user is None else str(asked.other_user),
        "role": None if asked.role is None else asked.role.value,
        "clientId": asked.client,
        "validFrom": _moment(asked.valid_from),
        "validTo": _moment(asked.valid_to),
    }


def content_of_agreement(agreement: Agreement) -> dict[str, object]:
    """Say how an agreement stands, for the log."""
    return {
        "kind": agreement.kind.value,
        "party": agreement.party_agency,
        "clientId": agreement.client,
        "suspendedAt": _moment(agreement.suspended_at),
        "endedAt": _moment(agreement.ended_at),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
