"""Households of invented people: who they are, who holds a record about them, who lives with and visits whom.

A plan first, as plain values; `register_people` then enters it through the use cases. Each household has its
own seeded randomness, so a smaller region is the beginning of the whole one.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random

from domain.dates import local_date, start_of_day
from domain.ids import AgencyCode, RecordId
from domain.persons import Address, LocalIdentifier, NameKind, PersonContent, PersonName, RegisterPerson
from domain.relationships import RecordRelationship
from services.demo.actors import Stage, once, worker
from services.demo.names import (
    COUNCILS,
    FAMILIES,
    GIVEN_MEN,
    GIVEN_WOMEN,
    STREETS,
    Council,
    nhs_number,
    postcode,
    uprn,
)
from services.persons import record_relationship, register_person

SEALED_PLACES = 50_000
"""Places from this number on are refuges and the like."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the region: what is known of them, and which agencies hold a record."""

    key: str
    content: PersonContent
    known_to: tuple[AgencyCode, ...]

    @property
    def is_woman(self) -> bool:
        """Say which words an account uses of them."""
        return self.content.names[0].given[0] in GIVEN_WOMEN


@dataclass(frozen=True, slots=True)
class Tie:
    """A link that the household's leading agency records: to another person by key, or to a place."""

    subject: str
    kind: str
    related: str | None = None
    uprn: str | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Household:
    """People at one place, and the agency that knows them all."""

    number: int
    lead: AgencyCode
    uprn: str
    people: tuple[Person, ...]
    ties: tuple[Tie, ...] = ()

    @property
    def adult(self) -> Person:
        """Give the adult whom the agencies are there for."""
        return self.people[0]

    @property
    def relative(self) -> Person:
        """Give whoever else lives there, or the adult where nobody does."""
        return self.people[min(1, len(self.people) - 1)]


@dataclass(slots=True)
class Records:
    """The record of each person in each agency, once made."""

    now: datetime
    made: dict[tuple[AgencyCode, str], RecordId] = field(default_factory=dict[tuple[AgencyCode, str], RecordId])

    def of(self, agency: AgencyCode, person: Person) -> RecordId:
        """Find an agency's record of a person."""
        return self.made[agency, person.key]

    def moment(self, days_ago: int, chance: Random) -> datetime:
        """Give a moment in working hours, some days before the load."""
        morning = start_of_day(local_date(self.now) - timedelta(days=days_ago))
        return morning + timedelta(hours=9, minutes=chance.randrange(8 * 60))


def plan_household(number: int) -> Household:
    """Make up one household."""
    chance = Random(f"rhannu-household-{number}")
    council = COUNCILS[number % len(COUNCILS)]
    lead = _lead(council, chance)
    place = home_at(council, number, chance)
    people: list[Person] = []
    for member in range(chance.choices((1, 2, 3, 4), (20, 30, 28, 22))[0]):
        people.append(_member(number, member, people, place, chance))
    people = [replace(each, known_to=_known_to(lead, council, each, chance)) for each in people]
    if len(people) > 2 and number % 5 == 3:
        people[-1] = _moved_to_safety(people[-1], number)
    ties = _ties(number, people, chance)
    return Household(number, lead, uprn(number), tuple(people), ties)


def home_at(council: Council, number: int, chance: Random) -> Address:
    """Make up the address of a household."""
    return Address(
        line1=f"{chance.randrange(1, 90)} {chance.choice(STREETS)}",
        town=chance.choice(council.towns),
        postcode=postcode(council, number),
        uprn=uprn(number),
        valid_from=date(chance.randrange(1985, 2022), chance.randrange(1, 13), 1),
    )


def _lead(council: Council, chance: Random) -> AgencyCode:
    agencies = (council.code, "abuhb", "gwent-police", "pobl", "age-cymru-gwent", "probation-wales", "swfrs", "wast")
    return AgencyCode(chance.choices(agencies, (46, 20, 16, 6, 4, 3, 3, 2))[0])


def _known_to(lead: AgencyCode, council: Council, person: Person, chance: Random) -> tuple[AgencyCode, ...]:
    """Let other agencies know somebody who has an NHS number, so that their records are linked by rule."""
    if person.content.nhs_number is None:
        return (lead,)
    likely = ((council.code, 0.5), ("abuhb", 0.55), ("gwent-police", 0.15), ("pobl", 0.1), ("wast", 0.08))
    others = [AgencyCode(code) for code, share in likely if code != lead and chance.random() < share]
    return (lead, *others[:2])


def _member(number: int, member: int, before: list[Person], place: Address, chance: Random) -> Person:
    is_woman = chance.random() < 0.52
    given = tuple(chance.sample(GIVEN_WOMEN if is_woman else GIVEN_MEN, chance.choice((1, 1, 2))))
    family = before[0].content.names[0].family if before and chance.random() < 0.8 else chance.choice(FAMILIES)
    names = [PersonName(NameKind.USUAL, family, given)]
    if is_woman and member == 0 and chance.random() < 0.3:
        names.append(PersonName(NameKind.MAIDEN, chance.choice(FAMILIES), given[:1]))
    if chance.random() < 0.12:
        names.append(PersonName(NameKind.ALIAS, family, (f"{given[0][:3]}o",)))
    speaks_welsh = chance.random() < 0.2
    oldest, youngest = ((1933, 1969), (1936, 1972), (1962, 1999), (1965, 2003))[member]
    content = PersonContent(
        names=tuple(names),
        birth_date=date(chance.randrange(oldest, youngest), 1, 1) + timedelta(days=chance.randrange(365)),
        nhs_number=nhs_number(1_000 + number * 4 + member) if chance.random() < 0.5 else None,
        addresses=(place,),
        language="cy" if speaks_welsh else "en",
        communication_needs=_needs(speaks_welsh, chance),
    )
    return Person(f"{number}-{member}", content, ())


def _needs(speaks_welsh: bool, chance: Random) -> tuple[str, ...]:
    needs = ["welsh"] if speaks_welsh else []
    if chance.random() < 0.1:
        needs.append("verbal-not-written")
    if chance.random() < 0.04:
        needs.append("interpretation")
    return tuple(needs)


def _moved_to_safety(person: Person, number: int) -> Person:
    """Move somebody to an address that only the agency which entered it may ever see."""
    old = replace(person.content.addresses[0], valid_to=date(2026, 2, 28))
    refuge = Address(line1="Refuge", uprn=uprn(SEALED_PLACES + number), sealed=True, valid_from=date(2026, 3, 1))
    return replace(person, content=replace(person.content, addresses=(old, refuge)))


def _ties(number: int, people: list[Person], chance: Random) -> tuple[Tie, ...]:
    since = date(2024, chance.randrange(1, 13), 1)
    together = [each for each in people[1:] if not any(address.sealed for address in each.content.addresses)]
    ties = [Tie(each.key, "lives-with", related=people[0].key, since=since) for each in together]
    if together and chance.random() < 0.5:
        ties.append(Tie(together[0].key, "carer-of", related=people[0].key, since=since))
    if number > 6 and chance.random() < 0.2:
        ties.append(Tie(people[-1].key, "visits-regularly", uprn=uprn(number - 5), since=since))
    elif number > 6 and chance.random() < 0.1:
        ties.append(Tie(people[-1].key, "present-at", uprn=uprn(number - 6), since=since))
    return tuple(ties)


def content_for(agency: AgencyCode, lead: AgencyCode, person: Person, chance: Random) -> PersonContent:
    """Write what one agency holds: its own case number, and aliases and sealed addresses where it leads."""
    identifier = LocalIdentifier(f"{agency}-case-number", f"{chance.randrange(100_000, 999_999)}/{person.key}")
    content = replace(
        person.content,
        identifiers=(identifier,),
        nhs_number_verified=person.content.nhs_number is not None and agency == "abuhb",
    )
    if agency == lead:
        return content
    open_addresses = tuple(address for address in content.addresses if not address.sealed)
    return replace(content, names=content.names[:1], addresses=open_addresses)


def acts_of_household(household: Household) -> int:
    """Count the acts that `register_people` takes for a household."""
    return sum(len(person.known_to) for person in household.people) + len(household.ties)


async def register_people(stage: Stage, records: Records, household: Household) -> None:
    """Enter a household: a record per person and agency, then the ties between them."""
    chance = Random(f"rhannu-registration-{household.number}")
    for person in household.people:
        for agency in person.known_to:
            earlier = (330, 364) if agency == household.lead else (320, 350)
            at = records.moment(chance.randrange(*earlier), chance)
            command = RegisterPerson(content_for(agency, household.lead, person, chance))
            records.made[agency, person.key] = await _register(stage, agency, at, (person, command))
    for place, tie in enumerate(household.ties):
        await _record_tie(stage, records, household, (place, tie), chance)


async def _register(stage: Stage, agency: AgencyCode, at: datetime, asked: tuple[Person, RegisterPerson]) -> RecordId:
    person, command = asked
    name = f"person-{person.key}-{agency}"
    made = await stage.act(worker(agency), at, name, lambda unit: register_person(unit, command, once(name)))
    return made.value.id


async def _record_tie(
    stage: Stage, records: Records, household: Household, numbered: tuple[int, Tie], chance: Random
) -> None:
    place, tie = numbered
    lead = household.lead
    related = None if tie.related is None else records.made[lead, tie.related]
    command = RecordRelationship(
        records.made[lead, tie.subject], tie.kind, related=related, uprn=tie.uprn, valid_from=tie.since
    )
    name = f"tie-{household.number}-{place}"
    at = records.moment(chance.randrange(310, 320), chance)
    await stage.act(worker(lead), at, name, lambda unit: record_relationship(unit, command, once(name)))
