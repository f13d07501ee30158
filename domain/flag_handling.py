"""Conditions that an originator sets on what it gave: they stay on every copy and bind whoever passes it on.

An incident may rest on what another agency told, with its conditions. A flag decided on it carries them; where the
originator forbids passing on, the flag stays in its own agency, and where it asks to be consulted first, its agreement
is part of the decision. Conditions that an owner sets on its own flag travel with it and bind its recipients.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from domain.access import Role
from domain.flag_reservations import check_named_roles
from domain.ids import AgencyCode
from domain.validation import Faults

CONSULT = "consult-originator-before-onward-share"
NO_ONWARD = "no-onward-share"
NAMED_ROLES = "named-roles-only"
SOURCE_PROTECTED = "source-protected"

MOST_AGREEMENTS = 20


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on the evidence of a flag, and the agency that set it; None where it is the flag's own."""

    code: str
    originator: AgencyCode | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """An originator was consulted and agreed to the sharing: who there, how and on what day."""

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
    _check_agreements(faults, handling.agreements, {each.originator for each in conditions}, today)


def _check_sharing(faults: Faults, handling: Handling, conditions: Collection[Condition]) -> None:
    if handling.stays_at_home:
        return
    codes = {condition.code for condition in conditions}
    faults.unless(NO_ONWARD not in codes, "/terms/recipients", "handling-forbids")
    to_ask = {each.originator for each in conditions if each.code == CONSULT and each.originator is not None}
    agreed = {each.originator for each in handling.agreements}
    faults.unless(to_ask <= agreed, "/terms/agreements", "required")


def _check_agreements(
    faults: Faults, agreements: Collection[Agreement], originators: Collection[AgencyCode | None], today: date
) -> None:
    faults.unless(len(agreements) <= MOST_AGREEMENTS, "/terms/agreements", "too-many")
    for place, agreement in enumerate(tuple(agreements)[:MOST_AGREEMENTS]):
        known = agreement.originator in originators
        faults.unless(known, f"/terms/agreements/{place}/originator", "inconsistent")
        faults.line(f"/terms/agreements/{place}/who", agreement.who)
        faults.line(f"/terms/agreements/{place}/how", agreement.how)
        faults.unless(agreement.on <= today, f"/terms/agreements/{place}/on", "in-future")
