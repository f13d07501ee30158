"""Taking a step on a request or a disclosure: a pure rule between a locked read and the next version, and its evidence.

Everything shown is named on the trail with both agencies as owners, so that the data protection officer of either finds
who saw the person and which items.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from domain import fields
from domain.access import Principal
from domain.disclosures import Disclosure
from domain.errors import DomainError
from domain.ids import AgencyCode, DisclosureId, InformationRequestId
from domain.information_requests import InformationRequest
from services.core.idempotency import Made, Once, as_versioned, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.sharing.repository import Chase, Note, SharingRepository

Command = TypeVar("Command")
REQUEST = "information-request.content"
REQUEST_STANDING = "information-request.standing"
GIVEN = "disclosure.content"
DISCLOSURE_STANDING = "disclosure.standing"
DISCLOSURE_BASIS = "disclosure.basis"


@dataclass(frozen=True, slots=True)
class Step(Generic[Command]):
    """What somebody asks to be done: to what, in which version they read it, and the key of the request."""

    id: UUID
    read_version: int
    command: Command
    once: Once


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request as one side sees it, with what that side noted for itself and who of it was chased."""

    request: InformationRequest
    side: AgencyCode
    notes: tuple[Note, ...]
    chases: tuple[Chase, ...]


@dataclass(frozen=True, slots=True)
class SeenDisclosure:
    """A disclosure as one side sees it; the field registry says how much of it leaves."""

    disclosure: Disclosure
    side: AgencyCode


def note_requests(unit: UnitOfWork, *requests: InformationRequest, field: str = REQUEST) -> None:
    """Put on the trail which requests were shown: about whom, which items, of which agencies.

    The holder's record is named where it may be known, so that the asker's trail does not tell of it either (law 4).
    """
    for each in requests:
        found = each.record_of(each.holder) if each.shows_match_to(unit.principal.agency) else None
        unit.record(
            subjects=[each.asked_of.about, *([] if found is None else [found])],
            records=[f"information-request:{each.id}:{each.version}"],
            owners=[each.owner_agency, each.holder],
            fields=[field, *(f"item.{wanted.item}" for wanted in each.asked_of.items)],
        )


def note_disclosures(unit: UnitOfWork, *disclosures: Disclosure, field: str) -> None:
    """Put on the trail which disclosures were shown, and whether with what was given."""
    for each in disclosures:
        unit.record(
            subjects=[each.subjects.asker, each.subjects.holder],
            records=[f"disclosure:{each.id}:{each.version}"],
            owners=[each.owner_agency, each.recipient_agency],
            fields=[field, *(f"item.{given.item}" for given in each.items)],
        )


async def seen_request(unit: UnitOfWork, request: InformationRequest) -> SeenRequest:
    """Show a request to the side that asks, and say so on the trail."""
    kept = SharingRepository(unit)
    note_requests(unit, request)
    notes, chases = await kept.notes(request.id), await kept.chases(request.id)
    return SeenRequest(request, unit.principal.agency, notes, chases)


def seen_disclosure(unit: UnitOfWork, disclosure: Disclosure) -> SeenDisclosure:
    """Show a disclosure to the side that asks, and say so on the trail."""
    viewer = fields.viewer_of(unit.principal)
    parties = {"givingAgency": disclosure.owner_agency, "receivingAgency": disclosure.recipient_agency}
    side = fields.REGISTRY.relation_of(fields.REGISTRY.kinds["disclosure"], parties, viewer)
    if fields.REGISTRY.shown_as(GIVEN, side, viewer.roles, viewer.purpose) is fields.Shown.FULL:
        note_disclosures(unit, disclosure, field=GIVEN)
    else:
        note_disclosures(unit, disclosure, field=DISCLOSURE_STANDING)
        unit.record(fields=[DISCLOSURE_BASIS])
    return SeenDisclosure(disclosure, viewer.agency)


async def locked_request(unit: UnitOfWork, step: Step[Command]) -> InformationRequest:
    """Find a request in the version that was read, and keep it so until the commit.

    Raises:
        DomainError: `not-found`, `version-stale`.
    """
    request = await SharingRepository(unit).request(InformationRequestId(step.id), lock=True)
    if request.version != step.read_version:
        raise DomainError("version-stale")
    return request


async def take(
    unit: UnitOfWork,
    step: Step[Command],
    rule: Callable[[InformationRequest, Command, Principal, datetime], InformationRequest],
) -> Made[SeenRequest]:
    """Take a step on a request.

    Raises:
        DomainError: `not-found`, `version-stale`, `idempotency-key-reused`, or what the rule raises.
    """
    kept = SharingRepository(unit)

    async def make() -> InformationRequest:
        changed = rule(await locked_request(unit, step), step.command, unit.principal, unit.now)
        await kept.replace_request(changed)
        return changed

    return await made_request(unit, await at_most_once(unit, step.once, make, as_versioned, replay_request(unit)))


def replay_request(unit: UnitOfWork) -> Callable[[UUID], Awaitable[InformationRequest]]:
    """Give what finds a request again for a repeated key."""

    async def replay(made: UUID) -> InformationRequest:
        return await SharingRepository(unit).request(InformationRequestId(made))

    return replay


async def made_request(unit: UnitOfWork, outcome: Made[InformationRequest]) -> Made[SeenRequest]:
    """Show what was made."""
    return Made(await seen_request(unit, outcome.value), outcome.is_replay)


async def take_on_disclosure(
    unit: UnitOfWork,
    step: Step[Command],
    rule: Callable[[Disclosure, Command, Principal, datetime], Disclosure],
) -> Made[SeenDisclosure]:
    """Take a step on a disclosure.

    Raises:
        DomainError: `not-found`, `version-stale`, `idempotency-key-reused`, or what the rule raises.
    """
    kept = SharingRepository(unit)

    async def make() -> Disclosure:
        disclosure = await kept.disclosure(DisclosureId(step.id), lock=True)
        if disclosure.version != step.read_version:
            raise DomainError("version-stale")
        changed = rule(disclosure, step.command, unit.principal, unit.now)
        await kept.replace_disclosure(changed)
        return changed

    async def replay(made: UUID) -> Disclosure:
        return await kept.disclosure(DisclosureId(made))

    outcome = await at_most_once(unit, step.once, make, as_versioned, replay)
    return Made(seen_disclosure(unit, outcome.value), outcome.is_replay)
