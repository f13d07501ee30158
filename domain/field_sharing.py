"""The fields of answers about sharing: requests for information, disclosures, decisions not to share."""

from domain.field_parts import OWN, Kind, Parties, Relation
from domain.field_table import PAGE

_ASKED = Parties("askingAgency", "holdingAgency")
_GIVEN = Parties("givingAgency", "receivingAgency")
_REQUEST = (
    "id direction askingAgency holdingAgency version state urgency askedAt dueAt isOverdue personId wanted disclosureId"
)
_DISCLOSURE = (
    "id requestId side givingAgency receivingAgency personId version givenVersion state awaitsAcknowledgement"
    " disclosedAt retainUntil given"
)
_FOOTING = "footing{purpose lawfulBasis specialConditions gateways necessity proportionality}"

SHARING_KINDS = (
    Kind(
        "information-request-standing", _ASKED, {"information-request.standing": _REQUEST},
        views=("InformationRequestStandingView",),
    ),
    Kind(
        "information-requests", OWN, {PAGE: "next"}, {"requests": "information-request-standing"},
        ("InformationRequestsView",),
    ),
    Kind(
        "information-request", _ASKED,
        {
            "information-request.standing": _REQUEST,
            "information-request.content": "identity{nhsNumber birthDate family given postcode line1 uprn}"
            f" {_FOOTING} items{{item detail}} caseReference publicTaskStatement asked{{at}} acknowledgeBy"
            " acknowledged{at} isMatched clarifications{question asked{at} reply replied{at}}"
            " decisions{items{item granted ground reason} signed{at} post} withdrawnReason chased{duty dueAt roles at}",
            "information-request.asker-staff": "asked{user} clarifications{replied{user}}",
            "information-request.holder-staff": "acknowledged{user} clarifications{asked{user}}"
            " decisions{signed{user}}",
            "information-request.notes": "notes{note at user}",
        },
        {"escalations": "escalation"}, ("InformationRequestView",),
    ),
    Kind(
        "escalation", Parties("byAgency", otherwise=Relation.OTHER_SIDE),
        {
            "information-request.content": "byAgency reason signed{at}",
            "information-request.escalator": "signed{user}",
        },
        views=("EscalationView",),
    ),
    Kind(
        "disclosure-standing", _GIVEN, {"disclosure.standing": _DISCLOSURE}, views=("DisclosureStandingView",)
    ),
    Kind(
        "disclosures", OWN, {PAGE: "next"}, {"disclosures": "disclosure-standing"}, ("DisclosuresView",)
    ),
    Kind(
        "disclosure", _GIVEN,
        {
            "disclosure.standing": f"{_DISCLOSURE} items{{item}}",
            "disclosure.basis": f"basis{{kind {_FOOTING} decided{{at}} post flow{{protocolId flow}}}}"
            " onward{conditions note} changed{at} changeReason acknowledged{version signed{at}}",
            "disclosure.content": "items{facts{heading text opinionOf}}",
            "disclosure.giver-staff": "basis{decided{user}} changed{user}",
            "disclosure.receiver-staff": "acknowledged{signed{user}}",
        },
        {"confidentialityOverrides": "terms-override"}, ("DisclosureView",),
    ),
    Kind(
        "not-sharing-decision", OWN,
        {
            "not-sharing.content": "id version kind personId agency reasonCode reason requestId decided{user at}"
            " awaitsManager answerBy outcome answered{user at}",
            "not-sharing.support": "support",
        },
        views=("NotSharingView",),
    ),
    Kind(
        "not-sharing-decisions", OWN, {PAGE: "next"}, {"decisions": "not-sharing-decision"},
        ("NotSharingDecisionsView",),
    ),
)  # fmt: skip
"""Every kind of answer about sharing."""
