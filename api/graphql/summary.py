"""The person summary as GraphQL types: filled from what the field registry let through, lists cut by `first`.

The schema has no field that may be left out: where the registry left one out, the answer is withheld whole.
"""

from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any, Self, cast
from uuid import UUID

import strawberry
from pydantic.alias_generators import to_camel

from domain import cases

Document = dict[str, Any]

First = Annotated[int, strawberry.argument(description="How many at most, from the beginning: 0 to 50.")]


@strawberry.type(description="One text in both languages of the service.")
class Text:
    """One text in both languages."""

    en: str = strawberry.field(description="In English.")
    cy: str = strawberry.field(description="In Welsh.")

    @classmethod
    def of(cls, text: Document) -> Self:
        """Take both from what may be shown."""
        return cls(en=text["en"], cy=text["cy"])


@strawberry.type(description="A code of one of the lists at GET /v1/vocabularies, with its label.")
class CodedValue:
    """A code with its label."""

    code: str = strawberry.field(description="The code, the same in both languages.")
    label: Text = strawberry.field(description="What people call it.")

    @classmethod
    def of(cls, coded: Document) -> Self:
        """Take code and label from what may be shown."""
        return cls(code=coded["code"], label=Text.of(coded["label"]))


@strawberry.type(description="The owner's plain sentence, in the language or languages it was written in.")
class Sentence:
    """The owner's sentence."""

    en: str | None = strawberry.field(description="In English, if it was written in English.")
    cy: str | None = strawberry.field(description="In Welsh, if it was written in Welsh.")


@strawberry.type(description="One name in your agency's record of the person.")
class PersonName:
    """One name."""

    kind: str = strawberry.field(description="What kind of name it is: usual, alias and so on.")
    family: str = strawberry.field(description="The family name.")
    given: list[str] = strawberry.field(description="Given names, in the order they are written.")

    @classmethod
    def of(cls, name: Document) -> Self:
        """Take a name from what may be shown."""
        return cls(kind=name["kind"], family=name["family"], given=name["given"])


@strawberry.type(description="A live warning about the person: what to do, never the story behind it.")
class Flag:
    """A live warning."""

    id: UUID = strawberry.field(description="The flag, as GET /v1/flags/{id} names it.")
    version: int = strawberry.field(description="The version you were shown.")
    owner_agency: str = strawberry.field(description="Code of the agency that owns the flag and answers for it.")
    category: CodedValue = strawberry.field(description="The kind of risk, a code of flag-category.")
    controls: list[CodedValue] = strawberry.field(description="What to do, codes of visit-control.")
    sentence: Sentence = strawberry.field(description="What to do, in one plain sentence by the owner.")
    state: str = strawberry.field(description="Where the flag stands, a code of flag-status.")
    badges: list[str] = strawberry.field(description="What else to know of it, such as contested or review-overdue.")
    review_on: date | None = strawberry.field(description="When its owner looks at it again.")
    handling: list[CodedValue] = strawberry.field(description="Conditions its owner set, codes of handling-condition.")

    @classmethod
    def of(cls, flag: Document) -> Self:
        """Take a flag from what may be shown."""
        return cls(
            id=flag["id"],
            version=flag["version"],
            owner_agency=flag["ownerAgency"],
            category=CodedValue.of(flag["category"]),
            controls=[CodedValue.of(control) for control in flag["controls"]],
            sentence=Sentence(en=flag["sentence"]["en"], cy=flag["sentence"]["cy"]),
            state=flag["state"],
            badges=flag["badges"],
            review_on=flag["reviewOn"],
            handling=[CodedValue.of(condition) for condition in flag["handling"]],
        )


@strawberry.type(description="A number to ring before contact: something is known that you may not read here.")
class Contact:
    """Whom to ring."""

    agency: str = strawberry.field(description="Code of the agency to ask.")
    phone: str = strawberry.field(description="Its number that answers day and night.")


@strawberry.type(description="How many incidents were of one grade.")
class GradeCount:
    """Incidents of one grade."""

    grade: str | None = strawberry.field(description="A code of hostility-grade; null where no behaviour was graded.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="One agency's incidents about the person, by number only.")
class AgencyIncidents:
    """One agency's incidents."""

    agency: str = strawberry.field(description="Code of the agency that recorded them; for now, your own only.")
    total: int = strawberry.field(description="How many in all.")
    last_on: date = strawberry.field(description="The day of the latest, in local time.")
    by_grade: list[GradeCount] = strawberry.field(description="The same, by grade.")

    @classmethod
    def of(cls, counted: Document) -> Self:
        """Take counts from what may be shown."""
        grades = [GradeCount(grade=each["grade"], count=each["count"]) for each in counted["byGrade"]]
        return cls(agency=counted["agency"], total=counted["total"], last_on=counted["lastOn"], by_grade=grades)


@strawberry.type(description="An agency that holds the record or owns one of the warnings shown.")
class Agency:
    """An agency involved."""

    code: str = strawberry.field(description="Its code, as everywhere in this service.")
    name: Text = strawberry.field(description="Its name.")
    type: str = strawberry.field(description="What kind of agency it is.")
    duty_phone: str = strawberry.field(description="Its number that answers day and night.")

    @classmethod
    def of(cls, agency: Document) -> Self:
        """Take an agency from what may be shown."""
        name = Text.of(agency["name"])
        return cls(code=agency["code"], name=name, type=agency["type"], duty_phone=agency["dutyPhone"])


def _flags(parent: strawberry.Parent["PersonSummary"], first: First) -> list[Flag]:
    return [Flag.of(flag) for flag in parent.shown["flags"][:first]]


def _contacts(parent: strawberry.Parent["PersonSummary"], first: First) -> list[Contact]:
    return [Contact(agency=each["agency"], phone=each["phone"]) for each in parent.shown["contacts"][:first]]


def _incidents(parent: strawberry.Parent["PersonSummary"], first: First) -> list[AgencyIncidents]:
    return [AgencyIncidents.of(counted) for counted in parent.shown["incidents"][:first]]


def _agencies(parent: strawberry.Parent["PersonSummary"], first: First) -> list[Agency]:
    return [Agency.of(agency) for agency in parent.shown["agencies"][:first]]


@strawberry.type(
    description="One of your agency's records of a person and what is known around it. It is no flag check: it covers "
    "neither places nor other people, so before contact use POST /v1/flag-checks."
)
class PersonSummary:
    """What is known of a person."""

    id: UUID = strawberry.field(description="Your agency's record, as GET /v1/persons/{id} names it.")
    version: int = strawberry.field(description="The version of the record.")
    names: list[PersonName] = strawberry.field(description="Names in your agency's record.")
    flag_count: int = strawberry.field(description="How many live warnings about the person you may read.")
    shown: strawberry.Private[Document]

    flags: list[Flag] = strawberry.field(
        resolver=_flags, description="Live warnings about the person that you may read; compare with flagCount."
    )
    contacts: list[Contact] = strawberry.field(
        resolver=_contacts,
        description="Numbers to ring before contact, where something is known that you may not read.",
    )
    incidents: list[AgencyIncidents] = strawberry.field(
        resolver=_incidents, description="Incidents about the person by number, one entry per agency."
    )
    agencies: list[Agency] = strawberry.field(
        resolver=_agencies,
        description="Agencies that hold the record or own a warning shown, in the order of their codes.",
    )

    @classmethod
    def of(cls, shown: Document) -> Self:
        """Take a summary from what may be shown; flags are counted there, so that no count tells of others."""
        return cls(
            id=shown["id"],
            version=shown["version"],
            names=[PersonName.of(name) for name in shown["names"]],
            flag_count=len(shown["flags"]),
            shown=shown,
        )


def document_of(summary: cases.PersonSummary) -> Document:
    """Write a summary as the document that the field registry knows."""
    return {to_camel(each.name): _written(getattr(summary, each.name)) for each in fields(summary)}


def _written(value: object) -> object:
    if is_dataclass(value):
        return {to_camel(each.name): _written(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [_written(each) for each in cast("tuple[object, ...]", value)]
    return value.value if isinstance(value, Enum) else value
