"""What people do with the links a rule made: look through them, confirm them, or set a record apart (law 5)."""

from uuid import UUID

from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.errors import DomainError
from domain.ids import RecordLinkId
from domain.links import LinkState, RecordLink, ReviewLink, moves_record, review_link
from domain.paging import Page, Wanted
from services.core.idempotency import Made, Once, Resource, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.links.repository import LinkRepository

FIELDS = ("person.link",)


def _seen(unit: UnitOfWork, *links: RecordLink) -> None:
    if not links:
        unit.record_empty()
        return
    unit.record(
        subjects=[link.record for link in links],
        records=[f"record-link:{link.id}:{link.version}" for link in links],
        owners=[link.owner_agency for link in links],
        fields=FIELDS,
    )


@use_case(permission=Permission.LINK_REVIEW, audits=AuditAction.LINK_REVIEWS_READ)
async def list_link_reviews(unit: UnitOfWork, wanted: Wanted, state: LinkState) -> Page[RecordLink]:
    """List the agency's records that a rule joined to a person, the oldest link first."""
    page = await LinkRepository(unit).links(wanted, state)
    _seen(unit, *page.items)
    return page


@use_case(permission=Permission.LINK_REVIEW, audits=AuditAction.LINK_REVIEWS_READ)
async def read_link_review(unit: UnitOfWork, link_id: RecordLinkId) -> RecordLink:
    """Read one link.

    Raises:
        DomainError: `not-found`, for the link of another agency's record as for none.
    """
    link = await LinkRepository(unit).link(link_id)
    _seen(unit, link)
    return link


@use_case(permission=Permission.LINK_REVIEW, audits=AuditAction.LINK_REVIEWED)
async def review_record_link(
    unit: UnitOfWork, link_id: RecordLinkId, read_version: int, command: ReviewLink, once: Once
) -> Made[RecordLink]:
    """Confirm a link, or set the record apart so that whom flags warn about is said again on both sides.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid`, `link-state-conflict`, `flag-already-live` or
            `idempotency-key-reused`.
    """
    links = LinkRepository(unit)

    async def make() -> RecordLink:
        link = await links.link(link_id, lock=True)
        if link.version != read_version:
            raise DomainError("version-stale")
        reviewed = review_link(link, command, unit.principal, unit.now)
        if moves_record(link, reviewed):
            await links.move(reviewed)
        await links.replace(reviewed)
        return reviewed

    async def replay(made: UUID) -> RecordLink:
        return await links.link(RecordLinkId(made))

    outcome = await at_most_once(unit, once, make, lambda link: Resource(link.id, link.version), replay)
    _seen(unit, outcome.value)
    return outcome
