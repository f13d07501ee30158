"""The adult at risk stays seen: what is planned, and what was recorded of it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field
from typing_extensions import override

from api.schemas.common import Body, View
from api.schemas.incidents import AdultVoiceBody, AdultVoiceView, Line, Reason
from domain.flag_adults import AdultContact, AdultDuty, AdultPlan, DutyState, limits_contact
from domain.flag_follow_up import RecordAdultContact
from domain.flags import Flag
from domain.ids import RecordId

_WHOM = "Your record of the adult; where it is left out, each adult whom the incidents cited concern."


class FollowingBody(Body):
    """Who will see the adult next, how and by when."""

    who: Line
    how: Line
    by: date

    def plan(self) -> AdultPlan:
        """Give the plan as the rules know it."""
        return AdultPlan(self.who, self.how, self.by)


class AdultPlanBody(FollowingBody):
    """Who will see the adult at risk while the flag limits contact, how and by when."""

    adult: Annotated[UUID | None, Field(description=_WHOM)] = None

    @override
    def plan(self) -> AdultPlan:
        """Give the plan as the rules know it."""
        return AdultPlan(self.who, self.how, self.by, None if self.adult is None else RecordId(self.adult))


class AdultContactBody(Body):
    """The adult was seen: by whom, when, how the adult was, and what the adult says."""

    adult: Annotated[UUID | None, Field(description="Your record of the adult, where the flag concerns several.")] = (
        None
    )
    seen_by: Annotated[Line, Field(description="Who saw the adult, by role.")]
    seen_on: date
    how_found: Annotated[Reason, Field(description="How the adult was.")]
    adult_view: AdultVoiceBody
    following: Annotated[FollowingBody | None, Field(description="Who will see the adult next.")] = None

    def command(self) -> RecordAdultContact:
        """Give the command to record."""
        return RecordAdultContact(
            seen_by=self.seen_by,
            seen_on=self.seen_on,
            how_found=self.how_found,
            view=self.adult_view.value(),
            adult=None if self.adult is None else RecordId(self.adult),
            following=None if self.following is None else self.following.plan(),
        )


class AdultDutyView(View):
    """What is planned for one adult, and how it stands with it today."""

    adult: UUID | None
    who: str
    how: str
    by: date
    state: DutyState
    set_at: AwareDatetime
    set_by: UUID


class AdultContactView(View):
    """The adult was seen."""

    adult: UUID | None
    seen_by: str
    seen_on: date
    how_found: str
    adult_view: AdultVoiceView
    recorded_at: AwareDatetime
    recorded_by: UUID


class AdultsSeenView(View):
    """The adults at risk whom the flag concerns, who will see them by when, and when they were seen.

    While a control limits contact, an adult whose duty is `overdue` may not have been seen by anybody.
    """

    concerned: list[UUID]
    duties: list[AdultDutyView]
    contacts: list[AdultContactView]


def adults_view(flag: Flag, today: date) -> AdultsSeenView:
    """Show how it stands with seeing the adults at risk."""
    limited = flag.is_live and flag.terms is not None and limits_contact(flag.terms.controls)
    return AdultsSeenView(
        concerned=list(flag.adults.concerned),
        duties=[_duty(duty, flag.adults.state(duty, today, limited=limited)) for duty in flag.adults.duties],
        contacts=[_contact(contact) for contact in flag.adults.contacts],
    )


def _duty(duty: AdultDuty, state: DutyState) -> AdultDutyView:
    plan = duty.plan
    return AdultDutyView(
        adult=plan.adult, who=plan.who, how=plan.how, by=plan.by, state=state, set_at=duty.set_at, set_by=duty.set_by
    )


def _contact(contact: AdultContact) -> AdultContactView:
    return AdultContactView(
        adult=contact.adult,
        seen_by=contact.seen_by,
        seen_on=contact.seen_on,
        how_found=contact.how_found,
        adult_view=AdultVoiceView.model_validate(contact.view),
        recorded_at=contact.recorded_at,
        recorded_by=contact.recorded_by,
    )
