"""The fields of answers about agencies, their people, systems and directories: for administrators, about no records."""

from domain.access import Role
from domain.field_parts import OWN, Kind, Parties
from domain.field_table import PAGE

_BOARD = frozenset({Role.BOARD_ADMINISTRATOR})
_OWNED = Parties(owner="ownerAgency")

REGISTER_KINDS = (
    Kind(
        "agency", Parties(owner="code", overseers=_BOARD),
        {"register.agency": "code name{cy en} type dutyPhone standing registeredAt suspendedAt version"},
        views=("AgencyView",),
    ),
    Kind("agencies", OWN, {PAGE: "next"}, {"agencies": "agency"}, ("AgenciesView",)),
    Kind(
        "user", _OWNED,
        {
            "register.user": "id ownerAgency displayName isTeam standing registeredAt suspendedAt leftAt linkedTo"
            " version"
        },
        views=("UserView",),
    ),
    Kind("users", OWN, {PAGE: "next"}, {"users": "user"}, ("UsersView",)),
    Kind("account-link", OWN, {"register.account-link": "userId otherUserId requestId"}, views=("AccountLinkView",)),
    Kind("human-standing", OWN, {"register.human-standing": "userId standing"}, views=("HumanStandingView",)),
    Kind(
        "role-assignment", Parties("agency", "homeAgency"),
        {"register.role": "id agency homeAgency userId displayName role state validFrom validTo version"},
        views=("RoleView",),
    ),
    Kind("role-assignments", OWN, {PAGE: "next"}, {"roles": "role-assignment"}, ("RolesView",)),
    Kind(
        "client", _OWNED,
        {
            "register.client": "id ownerAgency name standing registeredAt suspendedAt version scopes actingFor keyIds"
            " keySetUrl formerKeyIds formerKeySetUrl formerUntil"
        },
        views=("ClientView",),
    ),
    Kind("clients", OWN, {PAGE: "next"}, {"clients": "client"}, ("ClientsView",)),
    Kind(
        "register-request", Parties("ownerAgency", "confirmingAgency", overseers=_BOARD),
        {
            "register.request": "id kind ownerAgency confirmingAgency agency userId displayName otherUserId clientId"
            " role reason state askedAt askedBy decidedAt decidedBy decisionReason validFrom validTo version"
        },
        views=("RequestView",),
    ),
    Kind("register-requests", OWN, {PAGE: "next"}, {"requests": "register-request"}, ("RequestsView",)),
    Kind(
        "agreement", Parties("ownerAgency", "partyAgency", overseers=_BOARD),
        {
            "register.agreement": "id kind ownerAgency partyAgency clientId standing validFrom validTo suspendedAt"
            " suspendedBy endedAt version"
        },
        views=("AgreementView",),
    ),
    Kind("agreements", OWN, {PAGE: "next"}, {"agreements": "agreement"}, ("AgreementsView",)),
    Kind(
        "register-change", OWN, {"register.changes": "id thing reference version change content* reason at by"},
        views=("ChangeView",),
    ),
    Kind("register-changes", OWN, {PAGE: "next"}, {"changes": "register-change"}, ("ChangesView",)),
    Kind(
        "issuer", Parties(owner="ownerAgency", overseers=_BOARD),
        {
            "issuer.terms": "id ownerAgency issuer subjectClaim terms{algorithms audience keySet* keySetUrl"
            " requiredClaims{claim values}} createdAt createdBy suspendedAt version"
        },
        views=("IssuerView",),
    ),
    Kind("issuers", OWN, {}, {"issuers": "issuer"}, ("IssuersView",)),
    Kind(
        "login", OWN,
        {
            "login.subject": "id issuer subject user validFrom validTo createdAt createdBy confirmedAt confirmedBy"
            " endedBy endReason version"
        },
        views=("LoginView",),
    ),
    Kind("logins", OWN, {}, {"logins": "login"}, ("LoginsView",)),
)  # fmt: skip
"""Every kind of answer about the register."""
