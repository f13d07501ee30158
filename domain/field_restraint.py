"""The fields of answers about what was agreed with a family, and about records that named people alone see."""

from domain.field_parts import OWN, Kind

_AGREED = (
    "agreed{parties agreedOn everything items excepted told reviewOn trustedPerson{name relation contact}}"
    " changed{user at} changeReason"
)
_STANDING = f"id personId version state {_AGREED} recorded{{user at}}"

RESTRAINT_KINDS = (
    Kind("terms-standing", OWN, {"confidentiality-terms.content": _STANDING}, views=("TermsStandingView",)),
    Kind(
        "terms", OWN,
        {"confidentiality-terms.content": f"{_STANDING} versions{{version state {_AGREED}}}"},
        {"overrides": "terms-override"}, ("ConfidentialityTermsView",),
    ),
    Kind("terms-of-person", OWN, {}, {"terms": "terms-standing"}, ("ConfidentialityTermsListView",)),
    Kind(
        "terms-override", OWN,
        {
            "confidentiality-override.content": "id termsId termsVersion target targetId items recipients ground reason"
            " familyTold notTold user at"
        },
        views=("TermsOverrideView",),
    ),
    Kind(
        "restriction", OWN,
        {"restriction.names": "personId version isRestricted roles users reasonCode reason setAt setBy"},
        views=("RestrictionView",),
    ),
)  # fmt: skip
"""Every kind of answer about restraint: the own agency's alone."""
