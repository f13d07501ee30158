"""What two agencies do with a request for information, each its own part of it."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from domain import flow_answers
from domain import information_request_answers as answers
from domain import information_requests as rules
from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.disclosures import Disclosure
from domain.errors import DomainError, invalid
from domain.flag_decisions import sign
from domain.flow_answers import AgreedFlow, AnswerUnderFlow
from domain.ids import DisclosureId, InformationRequestId, RecordId
from domain.information_request_answers import AnswerItem, AnswerRequest, RefuseRequest
from domain.information_requests import AskForInformation, InformationRequest, Parties
from domain.lawful_overrides import LawfulOverride
from domain.paging import Page
from domain.validation import REASON, Faults
from services.agencies import agency_types
from services.core.idempotency import Made, Once, as_versioned, at_most_once
from services.core.steps import Step, take_step
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.persons import own_records
from services.sharing.confidentiality import uphold_terms
from services.sharing.protocol_repository import ProtocolRepository
from services.sharing.repository import Note, RequestsWanted, SharingRepository
from services.sharing.steps import (
    GIVEN,
    OVERRIDE,
    REQUEST_STANDING,
    SeenRequest,
    given_in,
    made_request,
    note_disclosures,
    note_requests,
    replay_request,
    requests_kept,
    seen_by_holder,
    seen_request,
    take,
)


@use_case(permission=Permission.REQUEST_ASK, audits=AuditAction.INFORMATION_REQUESTED)
async def ask_for_information(unit: UnitOfWork, command: AskForInformation, once: Once) -> Made[SeenRequest]:
    """Ask another agency about the person of an own record.

    Raises:
        DomainError: `content-invalid`, `idempotency-key-reused`.
    """
    kept = SharingRepository(unit)

    async def make() -> InformationRequest:
        if not await own_records(unit, [command.about]):
            raise invalid(("/personId", "not-found"))
        types = await agency_types(unit, [unit.principal.agency, command.holder])
        if command.holder not in types:
            raise invalid(("/holder", "code-unknown"))
        parties = Parties(types[unit.principal.agency], types[command.holder])
        request = rules.ask(InformationRequestId(uuid4()), command, parties, unit.principal, unit.now)
        await kept.add_request(request)
        return request

    return await made_request(unit, await at_most_once(unit, once, make, as_versioned, replay_request(unit)))


@use_case(permission=Permission.REQUEST_READ, audits=AuditAction.INFORMATION_REQUEST_READ)
async def list_information_requests(unit: UnitOfWork, wanted: RequestsWanted) -> Page[InformationRequest]:
    """List requests that came in or went out, newest first."""
    page = await SharingRepository(unit).requests(wanted)
    note_requests(unit, *page.items, field=REQUEST_STANDING)
    if not page.items:
        unit.record_empty()
    return page


@use_case(permission=Permission.REQUEST_READ, audits=AuditAction.INFORMATION_REQUEST_READ)
async def read_information_request(unit: UnitOfWork, request_id: InformationRequestId) -> SeenRequest:
    """Read a request that the agency asked or is asked.

    Raises:
        DomainError: `not-found`.
    """
    return await seen_request(unit, await SharingRepository(unit).request(request_id))


@use_case(permission=Permission.REQUEST_HANDLE, audits=AuditAction.INFORMATION_REQUEST_CHANGED)
async def acknowledge_request(unit: UnitOfWork, step: Step[None]) -> Made[SeenRequest]:
    """Say that the holder has the request.

    Raises:
        DomainError: as `take` does, `access-denied`, `sharing-needs-another`, `sharing-state-conflict`.
    """
    return await take(unit, step, lambda request, _none, by, at: rules.acknowledge(request, by, at))


@use_case(permission=Permission.REQUEST_HANDLE, audits=AuditAction.INFORMATION_REQUEST_CHANGED)
async def match_request(unit: UnitOfWork, step: Step[RecordId]) -> Made[SeenRequest]:
    """Say which own record the person is; the records stay apart, and the asker's own trail does not tell of it.

    Raises:
        DomainError: as `acknowledge_request` does, `content-invalid` for a record that is not the agency's own.
    """
    kept = SharingRepository(unit)

    async def matched(found: InformationRequest) -> InformationRequest:
        request = rules.match(found, step.command, unit.principal, unit.now)
        if not await own_records(unit, [step.command]):
            raise invalid(("/personId", "not-found"))
        return request

    outcome = await take_step(unit, step, replace(requests_kept(unit), replace=kept.add_match), matched)
    return Made(await seen_by_holder(unit, outcome.value), outcome.is_replay)


@use_case(permission=Permission.REQUEST_HANDLE, audits=AuditAction.INFORMATION_REQUEST_CHANGED)
async def ask_clarification(unit: UnitOfWork, step: Step[str]) -> Made[SeenRequest]:
    """Ask the asker what is meant.

    Raises:
        DomainError: as `acknowledge_request` does, `content-invalid`.
    """
    return await take(unit, step, rules.ask_clarification)


@use_case(permission=Permission.REQUEST_ASK, audits=AuditAction.INFORMATION_REQUEST_CHANGED)
async def clarify_request(unit: UnitOfWork, step: Step[str]) -> Made[SeenRequest]:
    """Reply to the holder's question.

    Raises:
        DomainError: as `take` does, `access-denied`, `sharing-state-conflict`, `content-invalid`.
    """
    return await take(unit, step, rules.clarify)


@use_case(permission=Permission.REQUEST_HANDLE, audits=AuditAction.INFORMATION_REQUEST_CHANGED)
async def escalate_request(unit: UnitOfWork, step: Step[str]) -> Made[SeenRequest]:
    """Put a request before more senior people, from either side.

    Raises:
        DomainError: as `acknowledge_request` does, `content-invalid`.
    """
    return await take(unit, step, rules.escalate)


@use_case(permission=Permission.REQUEST_ASK, audits=AuditAction.INFORMATION_REQUEST_WITHDRAWN)
async def withdraw_request(unit: UnitOfWork, step: Step[str]) -> Made[SeenRequest]:
    """Take back a request that has not been answered.

    Raises:
        DomainError: as `clarify_request` does.
    """
    return await take(unit, step, rules.withdraw)


@use_case(permission=Permission.REQUEST_DECIDE, audits=AuditAction.INFORMATION_REQUEST_REFUSED)
async def refuse_request(unit: UnitOfWork, step: Step[RefuseRequest]) -> Made[SeenRequest]:
    """Refuse a request in the form that its gateway requires.

    Raises:
        DomainError: as `acknowledge_request` does, `content-invalid`.
    """
    return await take(unit, step, answers.refuse)


@use_case(permission=Permission.REQUEST_DECIDE, audits=AuditAction.INFORMATION_REQUEST_ANSWERED)
async def answer_request(unit: UnitOfWork, step: Step[AnswerRequest]) -> Made[SeenRequest]:
    """Answer item by item; what is granted becomes a disclosure in the same transaction.

    Raises:
        DomainError: as `refuse_request` does, `sharing-person-unmatched`, `confidentiality-terms-apply`.
    """
    command = step.command

    async def answered(found: InformationRequest) -> InformationRequest:
        request, disclosure = answers.answer(found, command, DisclosureId(uuid4()), unit.principal, unit.now)
        await _give(unit, disclosure, command.items, command.override)
        return request

    return await made_request(unit, await take_step(unit, step, requests_kept(unit), answered))


@use_case(permission=Permission.REQUEST_HANDLE, audits=AuditAction.INFORMATION_REQUEST_ANSWERED)
async def answer_under_flow(unit: UnitOfWork, step: Step[AnswerUnderFlow]) -> Made[SeenRequest]:
    """Answer item by item under a flow of a protocol in force, which needs no decision on this one case.

    Terms agreed with a family are not set aside here: that is a decision on this one case.

    Raises:
        DomainError: as `answer_request` does, `no-flow`.
    """
    protocols, flow = ProtocolRepository(unit), step.command.flow

    async def answered(found: InformationRequest) -> InformationRequest:
        purpose = found.asked_of.footing.purpose
        items = await protocols.items_of((flow.protocol_id, flow.flow), found.owner_agency, purpose)
        if not items:
            raise DomainError("no-flow")
        agreed = AgreedFlow(items, (await protocols.protocol(flow.protocol_id)).terms)
        request, disclosure = flow_answers.answer_under_flow(
            found, step.command, agreed, DisclosureId(uuid4()), unit.principal, unit.now
        )
        await _give(unit, disclosure, step.command.items, None)
        unit.record(records=[f"sharing-protocol:{flow.protocol_id}"])
        return request

    return await made_request(unit, await take_step(unit, step, requests_kept(unit), answered))


async def _give(
    unit: UnitOfWork, disclosure: Disclosure, items: Sequence[AnswerItem], override: LawfulOverride | None
) -> None:
    """Store what is given and name it on the trail, unless terms agreed with a family keep it back."""
    granted = [place for place, each in enumerate(items) if each.granted]
    await uphold_terms(unit, disclosure.subjects.holder, given_in(disclosure, granted), override, OVERRIDE)
    await SharingRepository(unit).add_disclosure(disclosure)
    note_disclosures(unit, disclosure, field=GIVEN)


@use_case(permission=Permission.REQUEST_ASK, audits=AuditAction.INFORMATION_REQUEST_CHANGED)
async def note_on_request(
    unit: UnitOfWork, request_id: InformationRequestId, note: str, once: Once
) -> Made[SeenRequest]:
    """Note something for the own side; the other agency never sees it.

    Raises:
        DomainError: `not-found`, `content-invalid`, `idempotency-key-reused`.
    """
    kept = SharingRepository(unit)

    async def make() -> InformationRequest:
        request = await kept.request(request_id)
        faults = Faults()
        faults.text("/note", note, REASON)
        faults.refuse()
        signed = sign(unit.principal, unit.now)
        await kept.add_note(request_id, Note(uuid4(), note, signed.at, signed.user))
        return request

    return await made_request(unit, await at_most_once(unit, once, make, as_versioned, replay_request(unit)))
