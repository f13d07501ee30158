"""Which rule decided what an event shows, for the officer whose agency or whose records it is about."""

from collections.abc import Collection

from sqlalchemy import func, select

from domain.access import Permission, Purpose, Role
from domain.audit import AuditEvent, AuditOutcome, Onlooker, reference_of, visible_part
from domain.audit_actions import AuditAction
from domain.errors import DomainError
from domain.explanations import ExplainedField, Explanation, Refusal, refusal_of
from domain.fields import REGISTRY, Relation, Shown, Viewer
from domain.ids import EventId
from services.audit.repository import event_in
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import MEASURED, USE_CASES, use_case
from services.flags import Look, own_flags_among, rulings_then

FIELDS = ("audit.explanation",)
_KINDS = frozenset({"flag", "disclosure", "information-request"})
_SIDES = (Relation.OWNER, Relation.OTHER_SIDE)


@use_case(permission=Permission.AUDIT_EXPLAIN, audits=AuditAction.AUDIT_EXPLAINED)
async def explain_event(unit: UnitOfWork, event_id: EventId) -> Explanation:
    """Say which rules decided what an event shows, on the facts of its moment.

    An officer is told of their own agency's access what was asked of them, and of everybody's access to their own
    agency's records how each was ruled on; never of a third agency's records, and of no event that they may not see.

    Raises:
        DomainError: `not-found`.
    """
    body = (await unit.run(select(func.rhannu.event_for_officer(event_id)))).scalar_one()
    if body is None:
        raise DomainError("not-found")
    whole = event_in(body)
    mine = unit.principal.agency
    flags = await own_flags_among(unit, [reference_of(each) for each in (*whole.records, *whole.hinted)])
    seen = visible_part(whole, Onlooker(mine, sees_all=False, own=frozenset(f"flag:{each}" for each in flags)))
    is_own = whole.agency == mine
    roles = frozenset(Role(role) for role in whole.roles)
    answered = whole.outcome in {AuditOutcome.OK.value, AuditOutcome.EMPTY.value}
    look = Look(whole.agency, roles, Purpose(whole.purpose), whole.at)
    rulings = await rulings_then(unit, whole.subjects, look) if answered else ()
    owned = {f"flag:{each}" for each in flags} if is_own else set[str]()
    shown = _narrowed(seen, roles, owned) if answered else ()
    refusal = await _refusal(unit, whole) if is_own else None
    unit.record(
        subjects={each.about for each in rulings if each.about is not None},
        records=[f"event:{seen.id}", *(f"flag:{each.flag_id}:{each.version}" for each in rulings)],
        owners=[mine],
        fields=FIELDS,
    )
    return Explanation(seen, refusal, rulings, shown)


async def _refusal(unit: UnitOfWork, event: AuditEvent) -> Refusal | None:
    """Trace a refusal of the own agency's; the roles are looked up, since a refusal is put down without a standing."""
    held = (await unit.run(select(func.access.roles_then(event.user, event.at)))).scalar_one() or ()
    return refusal_of(event, _permissions(event.action), frozenset(map(Role, held)))


def _permissions(action: str) -> frozenset[Permission]:
    """Name the permissions that the use cases of an action ask for."""
    wanted = set(action.split("+")[:1])
    asked = {each.permission for each in USE_CASES.values() if each.audits.value in wanted}
    return frozenset(asked | {permission for permission, audits in MEASURED.values() if audits.value in wanted})


def _narrowed(event: AuditEvent, roles: frozenset[Role], owned: Collection[str]) -> tuple[ExplainedField, ...]:
    """List, for each record left in an event, the classes of field that its reader was not given in full.

    `owned` are references to flags that the reader's own agency owns.
    """
    viewer = Viewer(event.agency, roles, Purpose(event.purpose))
    found: list[ExplainedField] = []
    for reference in map(reference_of, event.records):
        kind = reference.split(":", maxsplit=1)[0]
        if kind not in _KINDS:
            continue
        sides = _SIDES if kind != "flag" else (Relation.OWNER if reference in owned else Relation.RECIPIENT,)
        for name in sorted(REGISTRY.kinds[kind].classes):
            shown = max(REGISTRY.shown_as(name, side, viewer.roles, viewer.purpose) for side in sides)
            if shown is not Shown.FULL:
                found.append(ExplainedField(reference, name, shown))
    return tuple(found)
