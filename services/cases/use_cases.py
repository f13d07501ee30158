"""What can be asked about a person across capabilities."""

from domain.access import ALERTING_PURPOSES, Permission
from domain.audit_actions import AuditAction
from domain.cases import PersonSummary, count_by_agency
from domain.errors import DomainError
from domain.ids import RecordId
from services.cases.repository import CaseRepository
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.incidents import incident_counts
from services.persons import own_records


@use_case(permission=Permission.SUMMARY_READ, audits=AuditAction.SUMMARY_READ)
async def person_summary(unit: UnitOfWork, record_id: RecordId) -> PersonSummary:
    """Show an own record with the live flags visible to the caller, incidents by number, and agencies to ring.

    The event names all that was read for the answer, also where the reader then takes a part of it only.

    Raises:
        DomainError: `not-found`, for another agency's record as for none.
    """
    record = (await own_records(unit, [record_id])).get(record_id)
    if record is None:
        raise DomainError("not-found")
    cases = CaseRepository(unit)
    flags = await cases.flags_of(record_id, alerting=unit.principal.purpose in ALERTING_PURPOSES)
    groups = await incident_counts(unit, record_id)
    owners = {record.owner_agency, *(flag.owner_agency for flag in flags.seen)}
    fields = ["person.names"]
    fields += ["flag.precaution"] if flags.seen else []
    fields += ["flag.exists"] if flags.hinted else []
    fields += ["incident.counts"] if groups else []
    unit.record(
        subjects=[record.id, *flags.subjects, *(group.about for group in groups)],
        records=[f"person:{record.id}:{record.version}", *(f"flag:{flag.id}:{flag.version}" for flag in flags.seen)],
        owners=owners | flags.owners,
        fields=fields,
    )
    unit.hint(flags.hinted)
    return PersonSummary(
        id=record.id,
        version=record.version,
        names=record.content.names,
        flags=flags.seen,
        contacts=flags.contacts,
        incidents=count_by_agency(groups),
        agencies=await cases.agencies(owners),
    )
