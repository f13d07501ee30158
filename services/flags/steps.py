"""Taking a step on a flag, whichever it is: a pure rule of the domain between a locked read and the next version.

A new step is a rule in `domain`, a use case that names its permission, its action and the rule, and a route.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from domain.access import Principal
from domain.confidentiality import OF_A_WARNING, Given, OverrideTarget
from domain.errors import invalid
from domain.flag_decisions import Terms
from domain.flag_evidence import PersonSubject, Subject
from domain.flags import Flag
from domain.ids import FlagId, PersonId
from services.agencies import unknown_agencies
from services.core.idempotency import Made, Once, as_versioned, at_most_once
from services.core.steps import Shelf, Step, take_step
from services.core.unit_of_work import UnitOfWork
from services.flags.reads import CONTENT, OwnFlag, seen, seen_in_part
from services.flags.repository import FlagRepository
from services.persons import own_records, shared_person
from services.sharing import uphold_terms

Command = TypeVar("Command")
Rule = Callable[[Flag, Command, Principal, datetime], Flag]
"""What a step makes of a flag, by whom and when; it raises when it may not be taken."""


async def take(
    unit: UnitOfWork,
    step: Step[Command],
    rule: Rule[Command],
    *,
    terms: Terms | None = None,
    shown: str = CONTENT,
) -> Made[OwnFlag]:
    """Take a step by a rule that needs nothing but the flag.

    `terms` are those that the command states, whose recipients must be registered; `shown` is the class of
    field that the answer gives.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid`, `idempotency-key-reused`, or what the rule raises.
    """

    async def ruled(flag: Flag) -> Flag:
        await check_recipients(unit, terms)
        following = rule(flag, step.command, unit.principal, unit.now)
        await keep_to_terms(unit, following, terms)
        return following

    return await change(unit, step, ruled, shown=shown)


async def change(
    unit: UnitOfWork, step: Step[Command], rule: Callable[[Flag], Awaitable[Flag]], *, shown: str = CONTENT
) -> Made[OwnFlag]:
    """Take a step by a rule that looks further than the flag.

    Raises:
        DomainError: as `take` does.
    """
    return await _shown(unit, await take_step(unit, step, _shelf(unit), rule), shown)


async def make_once(
    unit: UnitOfWork, once: Once, make: Callable[[], Awaitable[Flag]], *, shown: str = CONTENT
) -> Made[OwnFlag]:
    """Make a version of a flag at most once, and put what was made on the trail."""

    async def replay(made: UUID) -> Flag:
        return await FlagRepository(unit).own(FlagId(made))

    return await _shown(unit, await at_most_once(unit, once, make, as_versioned, replay), shown)


def _shelf(unit: UnitOfWork) -> Shelf[Flag]:
    flags = FlagRepository(unit)
    return Shelf(lambda flag_id, lock: flags.own(FlagId(flag_id), lock=lock), flags.replace)


async def _shown(unit: UnitOfWork, outcome: Made[Flag], shown: str) -> Made[OwnFlag]:
    flag = outcome.value
    own = (await seen(unit, flag))[0] if shown == CONTENT else seen_in_part(unit, flag, shown)
    return Made(own, outcome.is_replay)


async def check_recipients(unit: UnitOfWork, terms: Terms | None) -> None:
    """Refuse recipients that nobody registered: a slip there would leave someone unwarned.

    Raises:
        DomainError: `content-invalid`.
    """
    if terms is not None and await unknown_agencies(unit, terms.recipients.agencies):
        raise invalid(("/terms/recipients/agencies", "code-unknown"))


async def keep_to_terms(unit: UnitOfWork, flag: Flag, terms: Terms | None) -> None:
    """Keep to what the owner agreed with the family: partners are warned only on a stated ground where it is covered.

    It asks whoever decides on new terms and nobody else, and checks never look here: no warning falls silent by it.

    Raises:
        DomainError: `confidentiality-terms-apply`, `content-invalid`.
    """
    if terms is None or flag.terms is None:
        return
    named = [None] if terms.recipients.all_partners else sorted(terms.recipients.agencies - {flag.owner_agency})
    items = tuple(("/terms/recipients", item) for item in OF_A_WARNING)
    given = Given(OverrideTarget.FLAG, flag.id, items if named else (), tuple(named))
    ground = terms.confidentiality_ground
    if isinstance(flag.subject, PersonSubject):
        await uphold_terms(unit, flag.subject.record_id, given, ground, "/terms/confidentialityGround")
    elif ground is not None:
        raise invalid(("/terms/confidentialityGround", "inconsistent"))


async def person_meant(unit: UnitOfWork, subject: Subject) -> PersonId | None:
    """Give the shared person by whom one live flag is told from another, or None for a place.

    Raises:
        DomainError: `content-invalid` when the record is not the caller's own.
    """
    if not isinstance(subject, PersonSubject):
        return None
    if not await own_records(unit, [subject.record_id]):
        raise invalid(("/subject/personId", "not-found"))
    return await shared_person(unit, subject.record_id, hold=True)
