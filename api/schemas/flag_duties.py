"""What is owed to an agency's flags, on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.cursors import place_of
from api.schemas.common import View
from api.schemas.flag_views import FlagStandingView, SubjectView, standing_of, subject_of
from domain.flag_codes import Category
from domain.flag_duties import DutyKind
from services.flags import DutyPosition, OwedFlag


class DutyQuery(BaseModel):
    """Where to go on and how many."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[str | None, Field(max_length=100, description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    def position(self) -> DutyPosition | None:
        """Read the place to go on from.

        Raises:
            DomainError: `parameter-invalid`.
        """
        return None if self.after is None else DutyPosition(*place_of(self.after))


class DutyView(View):
    """One thing owed: what, by when, whether that is past, and before whom it was last put."""

    kind: DutyKind
    due_at: AwareDatetime
    is_overdue: bool
    chased_at: AwareDatetime | None
    chased: list[str]


class OwedFlagView(FlagStandingView):
    """A flag of your agency and what is owed to it."""

    subject: SubjectView
    category: Category
    duties: list[DutyView]


class DutiesView(View):
    """Some flags, the one with the most urgent duty first."""

    flags: list[OwedFlagView]
    next: str | None


def owed_view(owed: OwedFlag, at: datetime) -> OwedFlagView:
    """Show what is owed to a flag."""
    return OwedFlagView(
        **standing_of(owed.flag, at).model_dump(),
        subject=subject_of(owed.flag),
        category=owed.flag.category,
        duties=[
            DutyView(
                kind=duty.kind,
                due_at=duty.due_at,
                is_overdue=duty.due_at <= at,
                chased_at=None if chased is None else chased.at,
                chased=[] if chased is None else list(chased.roles),
            )
            for duty, chased in owed.duties
        ],
    )
