"""Every query of flags.

Row security shows the application its own agency's flags; what others may see of them is given by functions
of the matcher alone (ADR 0004). The columns beside the stored aggregate are what the check goes by.
"""

from typing import Any

from sqlalchemy import Row, func, insert, select, update

from domain.errors import DomainError
from domain.flag_codes import ALERTING_CATEGORIES
from domain.flags import Flag, PersonSubject
from domain.ids import AgencyCode, FlagId, RecordId
from services.core.codec import from_document, to_document
from services.core.unit_of_work import UnitOfWork
from services.db.models.flags import flag_incidents, flag_recipients, flag_versions, flags
from services.flags.ledger import Receipt
from services.flags.precaution import precaution_members
from services.persons import shared_person

EVERYBODY = "*"


class FlagRepository:
    """Flags of the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def find(self, flag_id: FlagId, *, lock: bool = False) -> Flag:
        """Find one of the agency's own flags; `lock` keeps it as read until the commit.

        Raises:
            DomainError: `not-found`.
        """
        query = select(flags.c.content).where(flags.c.id == flag_id)
        row = (await self._unit.run(query.with_for_update() if lock else query)).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _flag(row)

    async def of_record(self, record_id: RecordId) -> list[Flag]:
        """List the agency's own flags on one of its records, newest first, in every state."""
        query = (
            select(flags.c.content)
            .where(flags.c.record_id == record_id)
            .order_by(flags.c.recorded_at.desc(), flags.c.id)
            .limit(200)
        )
        return [_flag(row) for row in (await self._unit.run(query)).all()]

    async def add(self, flag: Flag) -> None:
        """Store a proposal with the incidents it cites.

        Raises:
            DomainError: `flag-already-live`.
        """
        record = _record_of(flag)
        person = None if record is None else await shared_person(self._unit, record)
        uprn = None if isinstance(flag.subject, PersonSubject) else flag.subject.uprn
        await self._unit.run(
            insert(flags).values(
                id=flag.id,
                owner_agency=flag.owner_agency,
                record_id=record,
                uprn=uprn,
                person_id=person,
                **_stored(flag),
            )
        )
        cited = [
            {"flag_id": flag.id, "incident_id": each.id, "owner_agency": flag.owner_agency} for each in flag.incidents
        ]
        await self._unit.run(insert(flag_incidents), cited)
        await self._file(flag)

    async def replace(self, flag: Flag) -> None:
        """Store a new version; those before stand in the versions.

        Raises:
            DomainError: `version-stale` or `flag-already-live`.
        """
        changed = await self._unit.run(
            update(flags)
            .where(flags.c.id == flag.id, flags.c.version == flag.version - 1)
            .values(**_stored(flag))
            .returning(flags.c.id)
        )
        if changed.one_or_none() is None:
            raise DomainError("version-stale")
        await self._file(flag)

    async def _file(self, flag: Flag) -> None:
        """Write the version, and say again whom and where the flag warns about."""
        await self._unit.run(
            insert(flag_versions).values(
                flag_id=flag.id,
                version=flag.version,
                owner_agency=flag.owner_agency,
                state=flag.state.value,
                change="" if flag.change is None else flag.change.value,
                content=to_document(flag),
                recorded_at=flag.changed.at,
                recorded_by=flag.changed.user,
            )
        )
        await self._unit.run(select(func.rhannu.retarget(_record_of(flag), flag.id)))

    async def recipients(self, flag_id: FlagId) -> list[Receipt]:
        """List who holds which version of one of the agency's own flags."""
        query = (
            select(flag_recipients)
            .where(flag_recipients.c.flag_id == flag_id)
            .order_by(flag_recipients.c.flag_version, flag_recipients.c.agency)
        )
        return [
            Receipt(
                agency=AgencyCode(row.agency),
                flag_version=row.flag_version,
                matched_at=row.matched_at,
                displayed_at=row.displayed_at,
                acknowledged_at=row.acknowledged_at,
            )
            for row in (await self._unit.run(query)).all()
        ]


def _record_of(flag: Flag) -> RecordId | None:
    return flag.subject.record_id if isinstance(flag.subject, PersonSubject) else None


def _stored(flag: Flag) -> dict[str, Any]:
    terms = flag.terms
    recipients: list[str] = []
    if terms is not None:
        recipients = [EVERYBODY] if terms.recipients.all_partners else sorted(terms.recipients.agencies)
    return {
        "version": flag.version,
        "state": flag.state.value,
        "category": flag.category.value,
        "recipients": recipients,
        "household": terms is not None and terms.reach.household,
        "places": terms is None or terms.reach.places,
        "is_alerting": flag.category in ALERTING_CATEGORIES,
        "review_on": flag.review_on,
        "contested": flag.contested,
        "restricted": flag.restricted,
        "precaution": precaution_members(flag),
        "content": to_document(flag),
        "recorded_at": flag.changed.at,
        "recorded_by": flag.changed.user,
    }


def _flag(row: Row[Any]) -> Flag:
    return from_document(Flag, row.content)
