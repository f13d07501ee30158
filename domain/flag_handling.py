"""Conditions that an originator sets on what it gave: they stay on every copy and bind whoever passes it on.

An incident may rest on what another agency told, with its conditions. A flag decided on it carries them; where the
originator forbids passing on, the flag stays in its own agency, and where it asks to be consulted first, its agreement
is part of the decision. Where it asks to be consulted before the person hears of it, nobody tells the person without
its agreement. Conditions that an owner sets on its own flag travel with it and bind its recipients.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from domain.access import Role
from domain.flag_reservations import check_named_roles
from domain.ids import AgencyCode
from domain.validation import Faults

CONSULT = "consult-originator-before-onward-share"
CONSULT_FIRST = "consult-originator-before-subject-access"
NO_ONWARD = "no-onward-share"
NAMED_ROLES = "named-roles-only"
SOURCE_PROTECTED = "source-protected"

KEPT_BACK = frozenset({CONSULT, NO_ONWARD})
"""Conditions by which nothing goes to another agency on the holder's word alone."""

MOST_AGREEMENTS = 20


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on the evidence of a flag, and the agency that set it; None where it is the flag's own."""

    code: str
    originator: AgencyCode | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """An originator was consulted and agreed to the sharing or the telling: who there, how and on what day."""

    originator: AgencyCode
    who: str
    how: str
    on: date


@dataclass(frozen=True, slots=True)
class Handling:
    """What the terms of a decision say about handling."""

    codes: tuple[str, ...]
    roles: frozenset[Role]
    agreements: tuple[Agreement, ...]
    stays_at_home: bool
    """Nobody but the owner is a recipient."""


def readers(kept_to: frozenset[Role] | None, named: frozenset[Role]) -> frozenset[Role] | None:
    """Say which roles may see a flag whose category is kept to some and whose decision names some, or None for all.

    Both must allow it; where no role is in both, the agency's setting for the category stands.
    """
    if kept_to is None or not named:
        return kept_to or named or None
    return kept_to & named or kept_to


def conditions_of(sources: Iterable[tuple[Collection[str], AgencyCode | None, bool]]) -> tuple[Condition, ...]:
    """Collect the conditions on pieces of evidence: codes, their originator, and whether the source is protected."""
    found: dict[Condition, None] = {}
    for codes, originator, is_protected in sources:
        found |= dict.fromkeys(Condition(code, originator) for code in codes)
        if is_protected:
            found[Condition(SOURCE_PROTECTED)] = None
    return tuple(found)


def check_handling(faults: Faults, handling: Handling, conditions: Collection[Condition], today: date) -> None:
    """Check that conditions on the evidence are kept, and that named roles are named where they alone may see it."""
    if NAMED_ROLES in handling.codes:
        if not handling.roles:
            faults.add("/terms/handlingRoles", "required")
        else:
            check_named_roles(faults, "/terms/handlingRoles", handling.roles)
    else:
        faults.unless(not handling.roles, "/terms/handlingRoles", "inconsistent")
    _check_sharing(faults, handling, conditions)
    _check_agreements(faults, "/terms/agreements", handling.agreements, (conditions, today))


def check_release(
    faults: Faults, pointer: str, agreements: Collection[Agreement], conditions: Collection[Condition], today: date
) -> None:
    """Check that each originator that asks to be consulted before the person hears of it agreed to the telling."""
    faults.unless(_to_ask(conditions, CONSULT_FIRST) <= _agreed(agreements), pointer, "required")
    _check_agreements(faults, pointer, agreements, (conditions, today))


def _to_ask(conditions: Collection[Condition], code: str) -> set[AgencyCode]:
    return {each.originator for each in conditions if each.code == code and each.originator is not None}


def _agreed(agreements: Collection[Agreement]) -> set[AgencyCode]:
    return {each.originator for each in agreements}


def _check_sharing(faults: Faults, handling: Handling, conditions: Collection[Condition]) -> None:
    if handling.stays_at_home:
        return
    codes = {condition.code for condition in conditions}
    faults.unless(NO_ONWARD not in codes, "/terms/recipients", "handling-forbids")
    faults.unless(_to_ask(conditions, CONSULT) <= _agreed(handling.agreements), "/terms/agreements", "required")


def _check_agreements(
    faults: Faults,
    pointer: str,
    agreements: Collection[Agreement],
    against: tuple[Collection[Condition], date],
) -> None:
    conditions, today = against
    originators = {each.originator for each in conditions}
    faults.unless(len(agreements) <= MOST_AGREEMENTS, pointer, "too-many")
    for place, agreement in enumerate(tuple(agreements)[:MOST_AGREEMENTS]):
        faults.unless(agreement.originator in originators, f"{pointer}/{place}/originator", "inconsistent")
        faults.line(f"{pointer}/{place}/who", agreement.who)
        faults.line(f"{pointer}/{place}/how", agreement.how)
        faults.unless(agreement.on <= today, f"{pointer}/{place}/on", "in-future")
