"""Bodies and views of an agency's systems and their keys."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from domain.agencies import Standing
from domain.agency_systems import ChangeClient, Client, ClientKeys, RegisterClient, RotateKeys
from domain.ids import AgencyCode

Text = Annotated[str, Field(max_length=4000)]
AgencyText = Annotated[str, Field(pattern=r"^[a-z0-9-]{2,40}$")]
Scopes = Annotated[list[Text], Field(max_length=100)]


class KeySetBody(Body):
    """Public keys (RFC 7517): ES256 on P-256, each with a `kid` of its own. Never send a private key."""

    keys: Annotated[list[dict[str, Any]], Field(max_length=20)]


class KeysBody(Body):
    """Public keys as they are, or the https address at which you publish them; one of the two."""

    key_set: KeySetBody | None = None
    key_set_url: Annotated[str, Field(max_length=2000)] | None = None

    def client_keys(self) -> ClientKeys:
        """Give the keys as the rules know them."""
        return ClientKeys(None if self.key_set is None else {"keys": self.key_set.keys}, self.key_set_url)


class RegisterClientBody(KeysBody):
    """A new system: its id in the protocol, its name for people, its keys, and what it may be used for."""

    id: Annotated[Text, Field(description="Its client id: small letters, digits, dots, hyphens; 3 to 64.")]
    name: Text
    scopes: Scopes

    def command(self) -> RegisterClient:
        """Give the command."""
        return RegisterClient(self.id, self.name, self.client_keys(), self.scopes)


class ChangeClientBody(Body):
    """What people call a system and what it may be used for from now on, and why that changed."""

    name: Text
    scopes: Scopes
    reason: Text

    def command(self) -> ChangeClient:
        """Give the command."""
        return ChangeClient(self.name, self.scopes, self.reason)


class RotateKeysBody(KeysBody):
    """New keys; the present ones hold until `formerUntil` (90 days at most), or end at once where it is left out."""

    former_until: AwareDatetime | None = None
    reason: Text

    def command(self) -> RotateKeys:
        """Give the command."""
        return RotateKeys(self.client_keys(), self.former_until, self.reason)


class ActingForBody(Body):
    """The agency for which a system of yours is to act, and why; it must agree."""

    agency: AgencyText
    reason: Text

    def code(self) -> AgencyCode:
        """Give the agency."""
        return AgencyCode(self.agency)


class ClientView(View):
    """One system; keys by their names. `formerKeyIds` hold beside `keyIds` until `formerUntil`."""

    id: str
    owner_agency: str
    name: str
    key_ids: list[str]
    key_set_url: str | None
    former_key_ids: list[str]
    former_key_set_url: str | None
    former_until: AwareDatetime | None
    scopes: list[str]
    acting_for: list[str]
    standing: Standing
    version: int
    registered_at: AwareDatetime
    suspended_at: AwareDatetime | None


class ClientsView(View):
    """A page of systems by id; `next` goes into `after`, null at the end."""

    clients: list[ClientView]
    next: str | None


def client_view(client: Client) -> ClientView:
    """Show a system."""
    former = client.former
    return ClientView(
        id=client.id,
        owner_agency=client.owner_agency,
        name=client.name,
        key_ids=list(client.keys.names),
        key_set_url=client.keys.key_set_url,
        former_key_ids=[] if former is None else list(former.keys.names),
        former_key_set_url=None if former is None else former.keys.key_set_url,
        former_until=None if former is None else former.until,
        scopes=sorted(client.scopes),
        acting_for=list(client.acting_for),
        standing=client.standing,
        version=client.version,
        registered_at=client.registered_at,
        suspended_at=client.suspended_at,
    )
