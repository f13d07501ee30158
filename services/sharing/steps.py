"""Taking a step on a request or a disclosure: a pure rule between a locked read and the next version, and its evidence.

Everything shown is named on the trail with both agencies as owners, so that the data protection officer of either finds
who saw the person and which items.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from domain import fields
from domain.access import Principal
from domain.confidentiality import Given, OverrideTarget, TermsOverride
from domain.disclosures import Disclosure, DisclosureState
from domain.ids import AgencyCode, DisclosureId, InformationRequestId
from domain.information_requests import InformationRequest
from domain.lawful_overrides import LawfulOverride
from services.core.idempotency import Made
from services.core.steps import Shelf, Step, take_step
from services.core.unit_of_work import UnitOfWork
from services.sharing.confidentiality import note_overrides, overrides_in, uphold_terms
from services.sharing.repository import Chase, Note, SharingRepository

Command = TypeVar("Command")
REQUEST = "information-request.content"
REQUEST_STANDING = "information-request.standing"
GIVEN = "disclosure.content"
DISCLOSURE_STANDING = "disclosure.standing"
DISCLOSURE_BASIS = "disclosure.basis"
OVERRIDE = "/confidentialityOverride"
"""Where an override is stated."""


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request as one side sees it, with what that side noted for itself and who of it was chased."""

    request: InformationRequest
    side: AgencyCode
    notes: tuple[Note, ...]
    chases: tuple[Chase, ...]


@dataclass(frozen=True, slots=True)
class SeenDisclosure:
    """A disclosure as one side sees it; the field registry says how much of it leaves.

    `overrides` are the giver's own and known to it alone.
    """

    disclosure: Disclosure
    side: AgencyCode
    overrides: tuple[TermsOverride, ...]


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
    note_requests(unit, request)
    return await _seen(unit, request)


async def seen_by_holder(unit: UnitOfWork, request: InformationRequest) -> SeenRequest:
    """Show a request to its holder after a step of which the asker must not learn from its own trail either (law 4)."""
    found = request.record_of(request.holder)
    unit.record(
        subjects=[] if found is None else [found],
        records=[f"information-request:{request.id}:{request.version}"],
        owners=[request.holder],
        fields=[REQUEST, *(f"item.{wanted.item}" for wanted in request.asked_of.items)],
    )
    return await _seen(unit, request)


async def _seen(unit: UnitOfWork, request: InformationRequest) -> SeenRequest:
    kept = SharingRepository(unit)
    notes, chases = await kept.notes(request.id), await kept.chases(request.id)
    return SeenRequest(request, unit.principal.agency, notes, chases)


async def seen_disclosure(unit: UnitOfWork, disclosure: Disclosure) -> SeenDisclosure:
    """Show a disclosure to the side that asks, and say so on the trail."""
    viewer = fields.viewer_of(unit.principal)
    parties = {"givingAgency": disclosure.owner_agency, "receivingAgency": disclosure.recipient_agency}
    side = fields.REGISTRY.relation_of(fields.REGISTRY.kinds["disclosure"], parties, viewer)
    if fields.REGISTRY.shown_as(GIVEN, side, viewer.roles, viewer.purpose) is fields.Shown.FULL:
        note_disclosures(unit, disclosure, field=GIVEN)
    else:
        note_disclosures(unit, disclosure, field=DISCLOSURE_STANDING)
        unit.record(fields=[DISCLOSURE_BASIS])
    overrides = await overrides_in(unit, OverrideTarget.DISCLOSURE, disclosure.id)
    note_overrides(unit, overrides)
    return SeenDisclosure(disclosure, viewer.agency, overrides)


def requests_kept(unit: UnitOfWork) -> Shelf[InformationRequest]:
    """Say where requests stand."""
    kept = SharingRepository(unit)
    return Shelf(
        lambda request_id, lock: kept.request(InformationRequestId(request_id), lock=lock), kept.replace_request
    )


async def take(
    unit: UnitOfWork,
    step: Step[Command],
    rule: Callable[[InformationRequest, Command, Principal, datetime], InformationRequest],
) -> Made[SeenRequest]:
    """Take a step on a request.

    Raises:
        DomainError: `not-found`, `version-stale`, `idempotency-key-reused`, or what the rule raises.
    """

    async def ruled(request: InformationRequest) -> InformationRequest:
        return rule(request, step.command, unit.principal, unit.now)

    return await made_request(unit, await take_step(unit, step, requests_kept(unit), ruled))


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
    *,
    override: LawfulOverride | None = None,
) -> Made[SeenDisclosure]:
    """Take a step on a disclosure; where it gives something anew, the giver's terms are kept to or set aside.

    Raises:
        DomainError: `not-found`, `version-stale`, `idempotency-key-reused`, or what the rule raises.
    """
    kept = SharingRepository(unit)

    async def ruled(disclosure: Disclosure) -> Disclosure:
        following = rule(disclosure, step.command, unit.principal, unit.now)
        if following.state is DisclosureState.CORRECTED and following.given_version == following.version:
            await uphold_terms(unit, following.subjects.holder, given_in(following), override, OVERRIDE)
        return following

    shelf = Shelf(
        lambda disclosure_id, lock: kept.disclosure(DisclosureId(disclosure_id), lock=lock), kept.replace_disclosure
    )
    outcome = await take_step(unit, step, shelf, ruled)
    return Made(await seen_disclosure(unit, outcome.value), outcome.is_replay)


def given_in(disclosure: Disclosure, places: Sequence[int] | None = None) -> Given:
    """Say what a disclosure gives to whom, each item with its place in what was sent."""
    where = range(len(disclosure.items)) if places is None else places
    items = tuple((f"/items/{place}/item", each.item) for place, each in zip(where, disclosure.items, strict=True))
    return Given(OverrideTarget.DISCLOSURE, disclosure.id, items, (disclosure.recipient_agency,))
