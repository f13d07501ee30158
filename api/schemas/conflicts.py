"""Declared conflicts of interest, on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.common import Body, SignatureView, View, listed
from api.schemas.incidents import Code, Reason
from api.schemas.paging import PageQuery, cursor_of
from domain.conflicts import ConflictDeclaration, DeclareConflict
from domain.ids import RecordId, UserId
from domain.paging import Page


class ConflictBody(Body):
    """Who is close to whom, how, and until when; a reason is nobody's due."""

    person_id: Annotated[UUID, Field(description="Your own agency's record of the person.")]
    kind: Annotated[Code, listed("conflict-kind")]
    user_id: Annotated[
        UUID | None,
        Field(description="Whom it concerns; yourself where it is left out. Line managers and DPOs name others."),
    ] = None
    until: Annotated[date | None, Field(description="The last day; until somebody ends it where it is left out.")] = (
        None
    )
    reason: Reason | None = None

    def command(self) -> DeclareConflict:
        """Give the command."""
        return DeclareConflict(
            user=None if self.user_id is None else UserId(self.user_id),
            about=RecordId(self.person_id),
            kind=self.kind,
            until=self.until,
            reason=self.reason,
        )


class EndConflictBody(Body):
    """Why it is ended."""

    reason: Reason


class ConflictQuery(PageQuery):
    """Which declarations."""

    in_force: Annotated[bool, Field(description="Only those that hold now.")] = False


class ConflictView(View):
    """A declaration; `ended` with its reason where somebody ended it."""

    id: UUID
    version: int
    user_id: UUID
    person_id: UUID
    kind: str
    until: date | None
    reason: str | None
    declared: SignatureView
    ended: SignatureView | None
    end_reason: str | None


class ConflictsView(View):
    """A page of declarations, newest first; `next` goes into `after`, null at the end."""

    declarations: list[ConflictView]
    next: str | None


def conflict_view(declaration: ConflictDeclaration) -> ConflictView:
    """Show a declaration."""
    ended = declaration.ended
    return ConflictView(
        id=declaration.id,
        version=declaration.version,
        user_id=declaration.user,
        person_id=declaration.about,
        kind=declaration.kind,
        until=declaration.until,
        reason=declaration.reason,
        declared=SignatureView.model_validate(declaration.declared),
        ended=None if ended is None else SignatureView.model_validate(ended.signed),
        end_reason=None if ended is None else ended.reason,
    )


def conflicts_view(page: Page[ConflictDeclaration]) -> ConflictsView:
    """Show a page of declarations."""
    return ConflictsView(declarations=[conflict_view(each) for each in page.items], next=cursor_of(page.next))
