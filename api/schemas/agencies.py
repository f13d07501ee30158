"""Bodies and views of agencies, of their accounts, and of what administrators did."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.agency_systems import KeysBody
from api.schemas.common import Body, View, listed
from api.schemas.paging import PageQuery, cursor_of
from api.schemas.vocabularies import TextView
from domain.access import Role
from domain.agencies import Agency, AgencyContent, AssignRole, RoleAssignment, RoleState, Standing, UserStanding
from domain.agency_changes import RegisterChange, Thing
from domain.agency_requests import RegisterRequest
from domain.ids import AgencyCode, UserId
from domain.paging import Page
from domain.problems import Bilingual
from services.agencies.administration import (
    AccountLink,
    Appointment,
    Departure,
    EndRole,
    FirstSystem,
    HumanStanding,
    LinkedUser,
    Step,
)
from services.core.idempotency import Once

Text = Annotated[str, Field(max_length=4000)]


class NameBody(Body):
    """A name in both languages of the service."""

    en: Text
    cy: Text


class AgencyContentBody(Body):
    """What is said of an agency; `dutyPhone` answers day and night and is public."""

    name: NameBody
    type: Annotated[str, listed("agency-type")]
    duty_phone: Text

    def content(self) -> AgencyContent:
        """Give the content as the rules know it."""
        return AgencyContent(Bilingual(self.name.en, self.name.cy), self.type, self.duty_phone)


class RegisterAgencyBody(AgencyContentBody):
    """A new partner agency."""

    code: Annotated[Text, Field(description="Its code in the protocol: small letters, digits and hyphens.")]


class ChangeAgencyBody(AgencyContentBody):
    """What is said of an agency from now on, and why it changed."""

    reason: Text


class ReasonBody(Body):
    """Why."""

    reason: Text


class StandingBody(Body):
    """Whether it may be used from now on, and why: a suspension acts on the next request."""

    standing: Standing
    reason: Text

    def step(self, read_version: int, once: Once) -> Step:
        """Give the step as the use cases know it."""
        return Step(self.standing, self.reason, read_version, once)


class FirstSystemBody(KeysBody):
    """The agency's first system; it may be used to administer the register, and nothing else."""

    id: Text
    name: Text


class AppointBody(Body):
    """The first administrator of an agency, and its first system where it has none."""

    display_name: Text
    system: FirstSystemBody | None = None
    reason: Text

    def command(self, agency: AgencyCode) -> Appointment:
        """Give the command."""
        system = None
        if self.system is not None:
            system = FirstSystem(self.system.id, self.system.name, self.system.client_keys())
        return Appointment(agency, self.display_name, self.reason, system)


class AgencyView(View):
    """One agency."""

    code: str
    name: TextView
    type: str
    duty_phone: str
    standing: Standing
    version: int
    registered_at: AwareDatetime
    suspended_at: AwareDatetime | None


class AgenciesView(View):
    """A page of agencies by code; `next` goes into `after`, null at the end."""

    agencies: list[AgencyView]
    next: str | None


def agency_view(agency: Agency) -> AgencyView:
    """Show an agency."""
    return AgencyView.model_validate(agency)


class HumanStandingView(View):
    """How a human stands in every agency, by one of their accounts."""

    user_id: UUID
    standing: Standing


def human_view(human: HumanStanding) -> HumanStandingView:
    """Show how a human stands."""
    return HumanStandingView(user_id=human.user, standing=human.standing)


class RegisterUserBody(Body):
    """A person, or a team that answers for what a system does by itself, such as a scheduled check."""

    display_name: Text
    is_team: bool = False


class ChangeUserBody(Body):
    """The name an account is shown under, and why it changed."""

    display_name: Text
    reason: Text


class DepartureBody(Body):
    """When somebody leaves: now where no moment is given."""

    left_at: AwareDatetime | None = None
    reason: Text

    def departure(self, read_version: int, once: Once) -> Departure:
        """Give the step as the use cases know it."""
        return Departure(self.left_at, self.reason, read_version, once)


class LinkAccountBody(Body):
    """Another account of the same human, of your agency or of another."""

    other_user_id: UUID
    reason: Text


class UserView(View):
    """One account; `linkedTo` are your agency's other accounts of the same human."""

    id: UUID
    owner_agency: str
    display_name: str
    is_team: bool
    standing: UserStanding
    linked_to: list[UUID]
    version: int
    registered_at: AwareDatetime
    suspended_at: AwareDatetime | None
    left_at: AwareDatetime | None


class UsersView(View):
    """A page of accounts, the oldest first; `next` goes into `after`, null at the end."""

    users: list[UserView]
    next: str | None


def user_view(seen: LinkedUser, at: datetime) -> UserView:
    """Show an account as it stands at a moment."""
    user = seen.user
    return UserView(
        id=user.id,
        owner_agency=user.owner_agency,
        display_name=user.display_name,
        is_team=user.is_team,
        standing=user.standing(at),
        linked_to=list(seen.linked),
        version=user.version,
        registered_at=user.registered_at,
        suspended_at=user.suspended_at,
        left_at=user.left_at,
    )


def users_view(page: Page[LinkedUser], at: datetime) -> UsersView:
    """Show a page of accounts."""
    return UsersView(users=[user_view(each, at) for each in page.items], next=cursor_of(page.next))


class AccountLinkView(View):
    """Two accounts found to be one human's; `requestId` where another agency must agree first."""

    user_id: UUID
    other_user_id: UUID
    request_id: UUID | None


def account_link_view(link: AccountLink) -> AccountLinkView:
    """Show two linked accounts."""
    return AccountLinkView(user_id=link.user, other_user_id=link.other, request_id=link.request)


class AssignRoleBody(Body):
    """A role for your own agency, or for another that must agree; from now on, unless a later moment is given."""

    user_id: UUID
    role: Annotated[str, listed("role")]
    agency: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,40}$")] | None = None
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    reason: Text

    def command(self) -> AssignRole:
        """Give the command."""
        return AssignRole(
            user=UserId(self.user_id),
            role=self.role,
            reason=self.reason,
            agency=None if self.agency is None else AgencyCode(self.agency),
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class EndRoleBody(Body):
    """When the role ends: now where no moment is given."""

    ends_at: AwareDatetime | None = None
    reason: Text

    def ending(self, read_version: int, once: Once) -> EndRole:
        """Give the step as the use cases know it."""
        return EndRole(self.ends_at, self.reason, read_version, once)


class RoleView(View):
    """One role of one account for one agency. While it is `pending`, the request of the same id waits for somebody."""

    id: UUID
    user_id: UUID
    display_name: str
    home_agency: str
    agency: str
    role: Role
    state: RoleState
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None
    version: int


class RolesView(View):
    """A page of roles by when they were given; `next` goes into `after`, null at the end."""

    roles: list[RoleView]
    next: str | None


def role_view(role: RoleAssignment | RegisterRequest, at: datetime) -> RoleView:
    """Show a role that is held, or one that was asked for."""
    if isinstance(role, RoleAssignment):
        values: dict[str, Any] = {
            "user_id": role.user, "display_name": role.display_name, "home_agency": role.home, "agency": role.agency,
            "role": role.role, "state": role.state(at), "valid_from": role.valid_from, "valid_to": role.valid_to,
        }  # fmt: skip
    else:
        asked = role.asked
        values = {
            "user_id": asked.user, "display_name": asked.user_name, "home_agency": role.owner_agency,
            "agency": asked.agency, "role": asked.role, "state": RoleState(role.state.value),
            "valid_from": asked.valid_from, "valid_to": asked.valid_to,
        }  # fmt: skip
    return RoleView(id=role.id, version=role.version, **values)


def roles_view(page: Page[RoleAssignment], at: datetime) -> RolesView:
    """Show a page of roles."""
    return RolesView(roles=[role_view(each, at) for each in page.items], next=cursor_of(page.next))


class RolesQuery(PageQuery):
    """Which roles."""

    user: UUID | None = Field(None, description="Only the roles of this account.")


class ChangesQuery(PageQuery):
    """Which acts."""

    reference: str | None = Field(
        None, pattern=r"^[A-Za-z0-9._-]{2,64}$", description="Only acts on this: an id, or a code."
    )


class ChangeView(View):
    """One act of your agency's administrators: `content` is how the thing stood after it."""

    id: UUID
    thing: Thing
    reference: str
    version: int
    change: str
    content: dict[str, Any]
    reason: str | None
    at: AwareDatetime
    by: UUID


class ChangesView(View):
    """A page of acts, newest first; `next` goes into `after`, null at the end."""

    changes: list[ChangeView]
    next: str | None


def changes_view(page: Page[RegisterChange]) -> ChangesView:
    """Show a page of acts."""
    shown = [
        ChangeView(
            id=act.id,
            thing=act.change.thing,
            reference=act.change.reference,
            version=act.change.version,
            change=act.change.change,
            content=dict(act.change.content),
            reason=act.change.reason,
            at=act.at,
            by=act.by,
        )
        for act in page.items
    ]
    return ChangesView(changes=shown, next=cursor_of(page.next))
