"""Every field of every answer about people, by kind: its place and its class.

The families stand in modules of their own: `field_flags`, `field_sharing`, `field_protocols`, `field_restraint`,
`field_oversight`, `field_register`; here is what is none of them.
"""

from domain.access import Role
from domain.field_flags import FLAG_KINDS
from domain.field_oversight import OVERSIGHT_KINDS
from domain.field_parts import OWN, Kind, Parties, Relation
from domain.field_protocols import PROTOCOL_KINDS
from domain.field_register import REGISTER_KINDS
from domain.field_restraint import RESTRAINT_KINDS
from domain.field_sharing import SHARING_KINDS
from domain.field_table import DIRECTORY, PAGE

_OWNED = Parties(owner="ownerAgency")

OTHER_KINDS = (
    Kind(
        "person",
        _OWNED,
        {
            "person.content": "id ownerAgency version recordedAt recordedBy reason content{names{family given kind}"
            " birthDate nhsNumber nhsNumberVerified addresses{line1 line2 line3 postcode sealed town uprn validFrom"
            " validTo} identifiers{system value} language communicationNeeds diedOn}"
        },
        views=("PersonView",),
    ),
    Kind("persons", OWN, {}, {"persons": "person"}, ("PersonsView",)),
    Kind(
        "relationship",
        _OWNED,
        {"relationship.content": "id ownerAgency subject kind related uprn validFrom validTo recordedAt recordedBy"},
        views=("RelationshipView",),
    ),
    Kind(
        "record-link",
        _OWNED,
        {"person.link": "id ownerAgency personId rule linkedAt state reason reviewedAt reviewedBy version"},
        views=("LinkReviewView",),
    ),
    Kind("record-links", OWN, {PAGE: "next"}, {"reviews": "record-link"}, ("LinkReviewsView",)),
    Kind(
        "incident",
        _OWNED,
        {
            "incident.content": "id ownerAgency version recordedAt recordedBy amendmentReason content{about adultAtRisk"
            " adultImpact adultView{notAsked ownWords} behaviourOf behaviourTypes behaviours careNeed circumstances"
            " complaintMade factualAccount grade handling harmCaused hateElements hazard{description kind} indicators"
            " language noPoliceReportNote noPoliceReportReason occurredAt opinion{authorRole text} originator"
            " place{text uprn} policeReference present selfNeglect sourceProtected threatForm towardsAgency"
            " towardsRole}"
        },
        views=("IncidentView",),
    ),
    Kind(
        "person-summary",
        OWN,
        {
            "person.names": "id version names{family given kind}",
            PAGE: "flagCount",
            "flag.exists": "contacts{agency phone}",
            "incident.counts": "incidents{agency total lastOn byGrade{grade count}}",
            DIRECTORY: "agencies{code name{en cy} type dutyPhone}",
        },
        {"flags": "seen-flag"},
        ("PersonSummary",),
    ),
    Kind(
        "audit-event",
        Parties("agency", otherwise=Relation.OTHER_SIDE, overseers=frozenset({Role.AUDITOR})),
        {
            "audit.event": "id at kind action operation outcome reason purpose agency user client roles subjects owners"
            " records hinted fields",
            "audit.request": "request",
        },
        views=("EventView",),
        masks={"request": ""},
    ),
    Kind(
        "explanation",
        OWN,
        {
            "audit.explanation": "eventId at agency action outcome purpose refusal{code rule text{en cy} needs roles"
            " purposes} flags{flagId version told rule text{en cy}} fields{record field shown}"
        },
        views=("ExplanationView",),
    ),
    Kind("audit-events", OWN, {PAGE: "next"}, {"events": "audit-event"}, ("EventsView",)),
)

KINDS: tuple[Kind, ...] = (
    *FLAG_KINDS,
    *SHARING_KINDS,
    *PROTOCOL_KINDS,
    *RESTRAINT_KINDS,
    *OTHER_KINDS,
    *OVERSIGHT_KINDS,
    *REGISTER_KINDS,
)
"""All of them; a name or a schema that stands twice fails a test."""
