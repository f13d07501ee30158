"""The words an agency writes its letters with: its own, whole and versioned, or those of the service (F-06)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.errors import DomainError
from domain.ids import AgencyCode, UserId
from domain.letter_defaults import PRODUCT_TEMPLATES
from domain.letters import PRODUCT_VERSION, AgencyTemplates, Templates, check_templates
from services.core.codec import from_document, to_document
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.db.models.flags import letter_templates


async def templates_in_force(unit: UnitOfWork) -> AgencyTemplates:
    """Find the newest templates of the agency acted for."""
    newest = select(letter_templates).order_by(letter_templates.c.version.desc()).limit(1)
    row = (await unit.run(newest)).one_or_none()
    if row is None:
        return AgencyTemplates(unit.principal.agency, PRODUCT_VERSION, PRODUCT_TEMPLATES)
    return _templates(row)


@use_case(permission=Permission.LETTER_READ, audits=AuditAction.LETTER_TEMPLATES_READ)
async def read_letter_templates(unit: UnitOfWork) -> AgencyTemplates:
    """Read the templates in force."""
    found = await templates_in_force(unit)
    _record(unit, found)
    return found


@use_case(permission=Permission.LETTER_WRITE, audits=AuditAction.LETTER_TEMPLATES_CHANGED)
async def replace_letter_templates(unit: UnitOfWork, read_version: int, templates: Templates) -> AgencyTemplates:
    """Put an agency's own words in force; letters made before keep theirs.

    Raises:
        DomainError: `version-stale` or `content-invalid`.
    """
    before = await templates_in_force(unit)
    if before.version != read_version:
        raise DomainError("version-stale")
    check_templates(templates)
    agency, user = unit.principal.agency, unit.principal.user
    made = AgencyTemplates(agency, read_version + 1, templates, unit.now, user)
    await unit.run(
        insert(letter_templates).values(
            owner_agency=agency,
            version=made.version,
            content=to_document(templates),
            recorded_at=unit.now,
            recorded_by=user,
        )
    )
    _record(unit, made)
    return made


def _record(unit: UnitOfWork, templates: AgencyTemplates) -> None:
    reference = f"letter-templates:{templates.owner_agency}:{templates.version}"
    unit.record(records=[reference], owners=[templates.owner_agency])


def _templates(row: Row[Any]) -> AgencyTemplates:
    recorded_at: datetime = row.recorded_at
    return AgencyTemplates(
        AgencyCode(row.owner_agency),
        row.version,
        from_document(Templates, row.content),
        recorded_at,
        UserId(row.recorded_by),
    )
