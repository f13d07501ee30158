"""The terms of an information sharing protocol on the wire, in the parts of the WASPI templates."""

from datetime import date
from typing import Annotated

from pydantic import Field

from api.schemas.common import Body, View, listed
from api.schemas.incidents import Code, Codes, InOrder, Line, Reason
from domain.bilingual import Bilingual
from domain.ids import AgencyCode
from domain.sharing_protocol_terms import (
    MOST_FLOWS,
    MOST_LINES,
    MOST_PARTNERS,
    ProtocolFlow,
    ProtocolKind,
    ProtocolPartner,
    ProtocolPower,
    ProtocolRights,
    ProtocolSecurity,
    ProtocolTerms,
)

Lines = Annotated[list[Line], Field(max_length=MOST_LINES)]
Agencies = Annotated[list[Code], Field(max_length=MOST_PARTNERS)]


class TitleBody(Body):
    """The protocol's name in both languages."""

    en: Line
    cy: Line


class ProtocolPartnerBody(Body):
    """An agency that is to sign, who answers for it there, and which departments take part."""

    agency: Code
    responsible_manager: Line
    designated_person: Line
    departments: Lines = []


class ProtocolPowerBody(Body):
    """A power that lets information flow; a special condition is named with its policy document."""

    gateway: Annotated[Code, listed("gateway")]
    lawful_basis: Annotated[Codes, listed("lawful-basis")]
    special_conditions: Annotated[Codes, listed("special-condition")] = []
    policy_document: Line | None = None


class ProtocolFlowBody(Body):
    """A row of the information reference table; its `id` is unique within the protocol."""

    id: Line
    givers: Agencies
    recipients: Agencies
    items: Annotated[Codes, listed("data-item")]
    purposes: Annotated[Codes, listed("purpose-of-use")]
    why_needed: Reason
    method: Line
    trigger: Annotated[Line, Field(description="How often it is given, or what sets it off.")]
    retention: Annotated[Line, Field(description="How long the recipient keeps it.")]


class ProtocolRightsBody(Body):
    """How people are told of it, and where they turn to."""

    fair_processing: Reason
    access_contact: Line
    complaint_route: Line


class ProtocolSecurityBody(Body):
    """How it is kept safe, and who is rung when it was not."""

    classification: Line
    transport: Line
    storage: Line
    incident_contact: Line


class ProtocolTermsBody(Body):
    """What the partners agree, in the parts of the WASPI templates."""

    title: TitleBody
    reference: Annotated[Line, Field(description="Its reference in the WASPI register.")]
    kind: Annotated[ProtocolKind, listed("protocol-kind")]
    purposes: Annotated[Codes, listed("purpose-of-use")]
    benefits: Reason
    subject_groups: Lines
    partners: Annotated[list[ProtocolPartnerBody], Field(max_length=MOST_PARTNERS)]
    practitioner_groups: Lines = []
    obligations: Lines = []
    powers: Annotated[list[ProtocolPowerBody], Field(max_length=MOST_LINES)]
    confidentiality: Annotated[Reason, Field(description="How the common law duty of confidence is met.")]
    flows: Annotated[list[ProtocolFlowBody], Field(max_length=MOST_FLOWS)]
    rights: ProtocolRightsBody
    security: ProtocolSecurityBody
    records: Annotated[Reason, Field(description="How long records are kept and how they are disposed of.")]
    review_due: Annotated[date, Field(description="When it is reviewed: within three years.")]
    runs_until: Annotated[date | None, Field(description="Its last day; null where it runs until it is ended.")] = None

    def terms(self) -> ProtocolTerms:
        """Give them as the rules know them."""
        return ProtocolTerms(
            title=Bilingual(self.title.en, self.title.cy),
            reference=self.reference,
            kind=self.kind,
            purposes=tuple(self.purposes),
            benefits=self.benefits,
            subject_groups=tuple(self.subject_groups),
            partners=tuple(_partner(each) for each in self.partners),
            practitioner_groups=tuple(self.practitioner_groups),
            obligations=tuple(self.obligations),
            powers=tuple(_power(each) for each in self.powers),
            confidentiality=self.confidentiality,
            flows=tuple(_flow(each) for each in self.flows),
            rights=ProtocolRights(**self.rights.model_dump()),
            security=ProtocolSecurity(**self.security.model_dump()),
            records=self.records,
            review_due=self.review_due,
            runs_until=self.runs_until,
        )


def _partner(body: ProtocolPartnerBody) -> ProtocolPartner:
    agency = AgencyCode(body.agency)
    return ProtocolPartner(agency, body.responsible_manager, body.designated_person, tuple(body.departments))


def _power(body: ProtocolPowerBody) -> ProtocolPower:
    conditions = tuple(body.special_conditions)
    return ProtocolPower(body.gateway, tuple(body.lawful_basis), conditions, body.policy_document)


def _flow(body: ProtocolFlowBody) -> ProtocolFlow:
    return ProtocolFlow(
        id=body.id,
        givers=tuple(map(AgencyCode, body.givers)),
        recipients=tuple(map(AgencyCode, body.recipients)),
        items=tuple(body.items),
        purposes=tuple(body.purposes),
        why_needed=body.why_needed,
        method=body.method,
        trigger=body.trigger,
        retention=body.retention,
    )


class TitleView(View):
    """Its name."""

    en: str
    cy: str


class ProtocolPartnerView(View):
    """An agency named in it."""

    agency: str
    responsible_manager: str
    designated_person: str
    departments: list[str]


class ProtocolPowerView(View):
    """A power that lets information flow."""

    gateway: str
    lawful_basis: list[str]
    special_conditions: list[str]
    policy_document: str | None


class ProtocolFlowView(View):
    """A row of the information reference table."""

    id: str
    givers: InOrder
    recipients: InOrder
    items: list[str]
    purposes: list[str]
    why_needed: str
    method: str
    trigger: str
    retention: str


class ProtocolRightsView(View):
    """How people are told of it, and where they turn to."""

    fair_processing: str
    access_contact: str
    complaint_route: str


class ProtocolSecurityView(View):
    """How it is kept safe."""

    classification: str
    transport: str
    storage: str
    incident_contact: str


class ProtocolTermsView(View):
    """What the partners agree."""

    title: TitleView
    reference: str
    kind: ProtocolKind
    purposes: list[str]
    benefits: str
    subject_groups: list[str]
    partners: list[ProtocolPartnerView]
    practitioner_groups: list[str]
    obligations: list[str]
    powers: list[ProtocolPowerView]
    confidentiality: str
    flows: list[ProtocolFlowView]
    rights: ProtocolRightsView
    security: ProtocolSecurityView
    records: str
    review_due: date
    runs_until: date | None
