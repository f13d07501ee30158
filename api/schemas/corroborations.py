"""Corroborations on the wire: whole to the agency that made one, in three facts to the flag's owner."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from api.schemas.incidents import Reason
from domain.flag_corroboration import CorroborateFlag, CorroborationState
from domain.ids import FlagId, IncidentId


class CorroborateFlagBody(Body):
    """Incidents of your own about the same person or place, and why you bear the flag out; both stay yours."""

    incidents: Annotated[list[UUID], Field(max_length=100)]
    reason: Reason

    def command(self, flag_id: FlagId) -> CorroborateFlag:
        """Give the command to corroborate."""
        return CorroborateFlag(flag_id, tuple(map(IncidentId, self.incidents)), self.reason)


class WithdrawCorroborationBody(Body):
    """Why you no longer bear the flag out; the reason stays yours."""

    reason: Reason


class CorroboratedView(View):
    """What a flag's owner learns: which agency, when it last met it, and what kind of behaviour it was.

    The day is left out where the other agency protects its source; `withdrawnAt` says that it no longer counts.
    """

    id: UUID
    agency: str
    last_on: date | None
    kinds: list[str]
    since: AwareDatetime
    withdrawn_at: AwareDatetime | None


class CitedIncidentView(View):
    """An incident of yours, in the version that was read."""

    id: UUID
    version: int


class CorroborationView(View):
    """Your agency's own corroboration of another's flag."""

    id: UUID
    owner_agency: str
    flag_id: UUID
    version: int
    state: CorroborationState
    incidents: list[CitedIncidentView]
    reason: str
    last_on: date | None
    kinds: list[str]
    since: AwareDatetime
    recorded_at: AwareDatetime
    recorded_by: UUID
    withdrawal_reason: str | None


class CorroborationsView(View):
    """What your agency recorded about one flag of another's, in the order in which it was made."""

    corroborations: list[CorroborationView]
