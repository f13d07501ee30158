"""The fields of answers about sharing protocols: what all partners read, and accounts that their own agency does."""

from domain.field_parts import OWN, Kind, Parties, Relation
from domain.field_table import PAGE

_KEPT = Parties(owner="ownerAgency", otherwise=Relation.OTHER_SIDE)
"""The Board keeps it; the store gives it to the partners named in it and to nobody else."""
_SIGNED = Parties(owner="agency", otherwise=Relation.OTHER_SIDE)
"""A signature is its agency's act, whoever keeps the protocol: to the Board too it is another's."""
_TERMS = (
    "terms{title{en cy} reference kind purposes benefits subjectGroups partners{agency responsibleManager"
    " designatedPerson departments} practitionerGroups obligations powers{gateway lawfulBasis specialConditions"
    " policyDocument} confidentiality flows{id givers recipients items purposes whyNeeded method trigger retention}"
    " rights{fairProcessing accessContact complaintRoute} security{classification transport storage incidentContact}"
    " records reviewDue runsUntil}"
)

PROTOCOL_KINDS = (
    Kind(
        "sharing-protocol", _KEPT,
        {
            "sharing-protocol.content": "id version ownerAgency state isFlowing hasLapsed isReviewOverdue supersedes"
            f" {_TERMS} drafted{{at}} changed{{at}} assured{{at}} inForce{{at}} reviews{{reason begun{{at}} outcome"
            " renewed{at}} ended{reason signed{at} successor}",
            "sharing-protocol.staff": "drafted{user} changed{user} assured{user} inForce{user} reviews{begun{user}"
            " renewed{user}} ended{signed{user}}",
        },
        {"signatures": "protocol-signature", "chased": "protocol-chase"}, ("ProtocolView",),
    ),
    Kind("sharing-protocols", OWN, {PAGE: "next"}, {"items": "sharing-protocol"}, ("ProtocolsView",)),
    Kind(
        "protocol-signature", _SIGNED,
        {
            "sharing-protocol.content": "agency post signed{at} left{at} leftReason",
            "sharing-protocol.staff": "signed{user} left{user}",
        },
        views=("ProtocolSignatureView",),
    ),
    Kind(
        "protocol-chase", Parties(owner="agency"), {"sharing-protocol.chased": "duty agency roles"},
        views=("ProtocolChaseView",),
    ),
    Kind(
        "sharing-flow", Parties("giver", "recipient"),
        {"sharing-protocol.flows": "giver recipient protocolId flow items purposes"},
        views=("SharingFlowView",),
    ),
    Kind("sharing-flows", OWN, {}, {"items": "sharing-flow"}, ("SharingFlowsView",)),
)  # fmt: skip
"""Every kind of answer about protocols."""
