"""Corroboration: another agency holds the same concern about the same person, from what it met itself (F-02, F-11).

It is that agency's own record and stays so: the flag's owner learns which agency, when it last met it and what kind of
behaviour it was, and nothing of its incidents; partners learn nothing. Only whoever made it may withdraw it (law 3).
That is passing on too: what an originator forbids to pass on, or wants to be asked about first, bears nobody out.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.access import Principal
from domain.dates import local_date
from domain.errors import DomainError
from domain.flag_codes import Category
from domain.flag_evidence import MOST_INCIDENTS, IncidentRef, founds
from domain.flag_handling import KEPT_BACK
from domain.ids import AgencyCode, CorroborationId, FlagId, IncidentId, UserId
from domain.incidents import Incident
from domain.validation import REASON, Faults


class CorroborationState(StrEnum):
    """Whether it still counts."""

    STANDING = "standing"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class CorroborateFlag:
    """Say that the own agency holds the same concern, on the evidence of at least one incident of its own."""

    flag_id: FlagId
    incidents: tuple[IncidentId, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Corroborated:
    """What the flag's owner is told of one corroboration.

    `last_on` is the day on which it was last met, None where the source is protected, since the day could tell who it
    was (G-3.3-4); `kinds` are codes of `behaviour-type`, none where a hazard was met.
    """

    id: CorroborationId
    version: int
    agency: AgencyCode
    last_on: date | None
    kinds: tuple[str, ...]
    since: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corroboration:
    """One version of an agency's corroboration of another's flag."""

    id: CorroborationId
    owner_agency: AgencyCode
    flag_id: FlagId
    version: int
    state: CorroborationState
    incidents: tuple[IncidentRef, ...]
    reason: str
    last_on: date | None
    kinds: tuple[str, ...]
    since: datetime
    recorded_at: datetime
    recorded_by: UserId
    withdrawal_reason: str | None = None

    @property
    def withdrawn_at(self) -> datetime | None:
        """Say when it was withdrawn."""
        return self.recorded_at if self.state is CorroborationState.WITHDRAWN else None


@dataclass(frozen=True, slots=True)
class Concern:
    """What is known of the flag to be corroborated, beside what its precaution shows.

    `same` are those of the incidents cited that are about the flag's own subject, by place in the list; `involved`
    says whether the human who asks had a part in the flag for its owner: nobody bears themselves out (law 5).
    """

    category: Category
    same: frozenset[int]
    involved: bool


def corroborate(
    new_id: UUID, command: CorroborateFlag, concern: Concern, incidents: Sequence[Incident], by: Principal, at: datetime
) -> Corroboration:
    """Record that the caller's agency holds the same concern.

    `incidents` are those of the cited that the agency owns, in any order.

    Raises:
        DomainError: `corroboration-needs-another`, `content-invalid`.
    """
    if concern.involved:
        raise DomainError("corroboration-needs-another")
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    cited = _check_cited(faults, command, concern, incidents)
    faults.refuse()
    is_protected = any(incident.content.source_protected for incident in cited)
    return Corroboration(
        id=CorroborationId(new_id),
        owner_agency=by.agency,
        flag_id=command.flag_id,
        version=1,
        state=CorroborationState.STANDING,
        incidents=tuple(IncidentRef(incident.id, incident.version) for incident in cited),
        reason=command.reason,
        last_on=None if is_protected else max(local_date(incident.content.occurred_at) for incident in cited),
        kinds=tuple(sorted({kind for incident in cited for kind in incident.content.behaviour_types})),
        since=at,
        recorded_at=at,
        recorded_by=by.user,
    )


def _check_cited(
    faults: Faults, command: CorroborateFlag, concern: Concern, incidents: Collection[Incident]
) -> list[Incident]:
    """Check the incidents cited: some, each once, own ones, about the same subject, and enough for the category."""
    found = {incident.id: incident for incident in incidents}
    faults.unless(bool(command.incidents), "/incidents", "required")
    faults.unless(len(command.incidents) <= MOST_INCIDENTS, "/incidents", "too-many")
    cited: list[Incident] = []
    for place, incident_id in enumerate(command.incidents):
        if incident_id not in found:
            faults.add(f"/incidents/{place}", "not-found")
        elif incident_id in command.incidents[:place]:
            faults.add(f"/incidents/{place}", "duplicate")
        elif place not in concern.same:
            faults.add(f"/incidents/{place}", "not-about-subject")
        elif not KEPT_BACK.isdisjoint(found[incident_id].content.handling):
            faults.add(f"/incidents/{place}", "handling-forbids")
        else:
            cited.append(found[incident_id])
    if cited and len(cited) == len(command.incidents) and not founds(concern.category, cited):
        faults.add("/incidents", "cannot-found-flag")
    return cited


def withdraw(corroboration: Corroboration, reason: str, by: Principal, at: datetime) -> Corroboration:
    """Take a corroboration back, with a reason that stays with the agency that made it.

    Raises:
        DomainError: `not-found`, `flag-state-conflict`, `content-invalid`.
    """
    if by.agency != corroboration.owner_agency:
        raise DomainError("not-found")
    if corroboration.state is CorroborationState.WITHDRAWN:
        raise DomainError("flag-state-conflict")
    faults = Faults()
    faults.text("/reason", reason, REASON)
    faults.refuse()
    return replace(
        corroboration,
        version=corroboration.version + 1,
        state=CorroborationState.WITHDRAWN,
        recorded_at=at,
        recorded_by=by.user,
        withdrawal_reason=reason,
    )


def check_counted(faults: Faults, standing: Collection[Corroborated], weighed: str | None) -> None:
    """Check that a review says what it makes of the corroborations that stand (F-11)."""
    faults.text("/weighing/corroboration", weighed, REASON, required=bool(standing))
