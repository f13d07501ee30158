"""Bodies and views of person records and of the dated links between them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from domain.identity_keys import Identity
from domain.ids import RecordId
from domain.persons import Address, AmendPerson, LocalIdentifier, NameKind, PersonContent, PersonName, RegisterPerson
from domain.relationships import RecordRelationship

Text = Annotated[str, Field(max_length=1000)]


class NameBody(Body):
    """One name; every kind is searched alike."""

    kind: NameKind = NameKind.USUAL
    family: Text
    given: Annotated[list[Text], Field(max_length=10)] = []


class AddressBody(Body):
    """One address, from when to when; `sealed` ones (a refuge) never leave your agency."""

    line1: Text | None = None
    line2: Text | None = None
    line3: Text | None = None
    town: Text | None = None
    postcode: Text | None = None
    uprn: Text | None = None
    sealed: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


class IdentifierBody(Body):
    """A number by which one of your systems knows the person."""

    system: Text
    value: Text


class PersonBody(Body):
    """What your agency records about a person."""

    names: Annotated[list[NameBody], Field(max_length=20)]
    birth_date: date | None = None
    nhs_number: Text | None = None
    nhs_number_verified: bool = False
    addresses: Annotated[list[AddressBody], Field(max_length=20)] = []
    identifiers: Annotated[list[IdentifierBody], Field(max_length=20)] = []
    language: Text | None = None
    communication_needs: Annotated[
        list[Text], Field(max_length=20, json_schema_extra={"x-coded-list": "communication-need"})
    ] = []
    died_on: date | None = None

    def content(self) -> PersonContent:
        """Give the content as the rules know it."""
        return PersonContent(
            names=tuple(PersonName(name.kind, name.family, tuple(name.given)) for name in self.names),
            birth_date=self.birth_date,
            nhs_number=self.nhs_number,
            nhs_number_verified=self.nhs_number_verified,
            addresses=tuple(Address(**address.model_dump()) for address in self.addresses),
            identifiers=tuple(LocalIdentifier(each.system, each.value) for each in self.identifiers),
            language=self.language,
            communication_needs=tuple(self.communication_needs),
            died_on=self.died_on,
        )

    def command(self) -> RegisterPerson:
        """Give the command to register."""
        return RegisterPerson(self.content())


class AmendPersonBody(PersonBody):
    """The whole content anew, and why it changed."""

    reason: Text

    def amendment(self, record_id: RecordId, read_version: int) -> AmendPerson:
        """Give the command to amend the version read."""
        return AmendPerson(record_id, read_version, self.content(), self.reason)


class SearchBody(Body):
    """What you know of the person: an NHS number, or a family name with a birth date, a given name or a place."""

    nhs_number: Text | None = None
    birth_date: date | None = None
    family: Text | None = None
    given: Text | None = None
    postcode: Text | None = None
    line1: Text | None = None
    uprn: Text | None = None

    def question(self) -> Identity:
        """Give the question as the rules know it."""
        return Identity(**self.model_dump())


class NameView(View):
    """One name."""

    kind: NameKind
    family: str
    given: list[str]


class AddressView(View):
    """One address."""

    line1: str | None
    line2: str | None
    line3: str | None
    town: str | None
    postcode: str | None
    uprn: str | None
    sealed: bool
    valid_from: date | None
    valid_to: date | None


class IdentifierView(View):
    """One local identifier."""

    system: str
    value: str


class PersonContentView(View):
    """The content of a record."""

    names: list[NameView]
    birth_date: date | None
    nhs_number: str | None
    nhs_number_verified: bool
    addresses: list[AddressView]
    identifiers: list[IdentifierView]
    language: str | None
    communication_needs: list[str]
    died_on: date | None


class PersonView(View):
    """One version of your agency's record of a person."""

    id: UUID
    owner_agency: str
    version: int
    content: PersonContentView
    recorded_at: AwareDatetime
    recorded_by: UUID
    reason: str | None


class PersonsView(View):
    """Records found, at most 20; give more if the one you mean is not among them."""

    persons: list[PersonView]


class RelationshipBody(Body):
    """A dated link from the person to another record of yours, or to a place by its UPRN."""

    kind: Annotated[Text, Field(json_schema_extra={"x-coded-list": "relationship-kind"})]
    related: UUID | None = None
    uprn: Text | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def command(self, subject: RecordId) -> RecordRelationship:
        """Give the command to record."""
        related = None if self.related is None else RecordId(self.related)
        return RecordRelationship(subject, self.kind, related, self.uprn, self.valid_from, self.valid_to)


class EndRelationshipBody(Body):
    """The day the link ended."""

    ended_on: date


class RelationshipView(View):
    """A dated link."""

    id: UUID
    owner_agency: str
    subject: UUID
    kind: str
    related: UUID | None
    uprn: str | None
    valid_from: date | None
    valid_to: date | None
    recorded_at: datetime
    recorded_by: UUID
