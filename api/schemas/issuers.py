"""Bodies and views of agencies' directories and of the logins in them."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from domain.ids import AgencyCode, UserId
from domain.issuers import AmendIssuer, IssuerTerms, RegisterIssuer, RegisterLogin, RequiredClaim
from domain.validation import REASON

Text = Annotated[str, Field(max_length=500)]
Reason = Annotated[str, Field(max_length=REASON)]
Algorithms = Annotated[
    list[Text], Field(max_length=2, description="What it signs with: `RS256`, `ES256`, or both.", examples=[["RS256"]])
]
MOST_LOGINS = 200


class RequiredClaimBody(Body):
    """A claim that must hold one of these values, or, being a list, hold one of them."""

    claim: Text
    values: Annotated[list[Text], Field(max_length=50)]


class IssuerTermsBody(Body):
    """What a directory's tokens must say, and where its keys are."""

    audience: Annotated[Text, Field(description="The one audience of tokens meant for Rhannu: your application's id.")]
    algorithms: Algorithms
    key_set_url: Annotated[
        Text | None, Field(description="The directory's `jwks_uri`; its host must be one the service may ask.")
    ] = None
    key_set: Annotated[
        dict[str, Any] | None, Field(description="Or the key set itself (RFC 7517), public keys only.")
    ] = None
    required_claims: Annotated[
        list[RequiredClaimBody], Field(max_length=50, description="Such as the tenant and the application.")
    ] = []

    def terms(self) -> IssuerTerms:
        """Give the terms as the rules know them."""
        return IssuerTerms(
            audience=self.audience,
            algorithms=tuple(self.algorithms),
            key_set=self.key_set,
            key_set_url=self.key_set_url,
            required_claims=tuple(RequiredClaim(each.claim, tuple(each.values)) for each in self.required_claims),
        )


class IssuerBody(IssuerTermsBody):
    """A directory to register."""

    agency: Annotated[Text, Field(description="The agency that runs it.")]
    issuer: Annotated[Text, Field(description="Its `issuer`, to the letter, as in its discovery document.")]
    subject_claim: Annotated[
        Text, Field(description="The claim that names a user for good, such as `oid`; never an e-mail address.")
    ] = "sub"

    def command(self) -> RegisterIssuer:
        """Give the command to register."""
        return RegisterIssuer(AgencyCode(self.agency), self.issuer, self.subject_claim, self.terms())


class AmendIssuerBody(IssuerTermsBody):
    """All terms anew, whether the directory is suspended, and why this changed."""

    suspended: bool = False
    reason: Reason

    def command(self) -> AmendIssuer:
        """Give the command to amend."""
        return AmendIssuer(self.terms(), self.suspended, self.reason)


class RequiredClaimView(View):
    """A claim that must hold one of these values."""

    claim: str
    values: list[str]


class IssuerTermsView(View):
    """What a directory's tokens must say, and where its keys are."""

    audience: str
    algorithms: list[str]
    key_set_url: str | None
    key_set: dict[str, Any] | None
    required_claims: list[RequiredClaimView]


class IssuerView(View):
    """A registered directory."""

    id: UUID
    owner_agency: str
    version: int
    issuer: str
    subject_claim: str
    terms: IssuerTermsView
    created_at: AwareDatetime
    created_by: UUID
    suspended_at: AwareDatetime | None


class IssuersView(View):
    """Registered directories."""

    issuers: list[IssuerView]


class LoginBody(Body):
    """Which of your users a name of your directory is."""

    user_id: Annotated[UUID, Field(description="A user or accountable team of your agency's register.")]
    subject: Annotated[Text, Field(description="The value of the subject claim, to the letter.")]
    valid_from: Annotated[AwareDatetime | None, Field(description="From when; now where it is left out.")] = None

    def command(self) -> RegisterLogin:
        """Give the command to register."""
        return RegisterLogin(UserId(self.user_id), self.subject, self.valid_from)


class EndLoginBody(Body):
    """Why a login ends."""

    reason: Reason


class LoginView(View):
    """A login: a name of the directory, the user it is, from when to when."""

    id: UUID
    issuer: UUID
    user: UUID
    subject: str
    version: int
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None
    created_at: AwareDatetime
    created_by: UUID
    confirmed_at: AwareDatetime | None
    confirmed_by: UUID | None
    ended_by: UUID | None
    end_reason: str | None


class LoginsView(View):
    """Logins of a directory, in the order of their ids."""

    logins: list[LoginView]
