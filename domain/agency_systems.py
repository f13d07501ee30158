"""An agency's systems: with which keys they prove themselves, and what they may be used for (DESIGN: Identity).

A system is never more than its registration: what it may do is what its scopes and the roles of the human or
team it names both allow. Keys are rotated with an overlap, so that nothing stops while both sides change.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from domain.access import Permission
from domain.agencies import Standing, check_reason
from domain.errors import DomainError
from domain.ids import AgencyCode, ClientId
from domain.text import tidy
from domain.validation import LINE, REASON, Faults

CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
OVERLAP_LONGEST = timedelta(days=90)
"""How long former keys may hold beside the present ones."""

FIRST_SCOPES = frozenset({
    Permission.REGISTER_READ, Permission.REGISTER_MANAGE, Permission.REGISTER_SUSPEND, Permission.REGISTER_CONFIRM,
})  # fmt: skip
"""What an agency's first system may be used for: to register everything else."""

BOARD_SCOPES = FIRST_SCOPES | {Permission.REGISTER_AGENCIES}
"""What the Board's first system may be used for."""

_SCOPES = frozenset(permission.value for permission in Permission)
_FIELDS = ("key_set", "key_set_url")


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """Public keys as registered (RFC 7517), or the address at which the agency publishes them; never both."""

    key_set: Mapping[str, object] | None = None
    key_set_url: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Name the keys registered; at an address they are the agency's to name."""
        listed = () if self.key_set is None else self.key_set.get("keys", ())
        entries = cast("Sequence[Mapping[str, object]]", listed)
        return tuple(str(entry["kid"]) for entry in entries if "kid" in entry)


@dataclass(frozen=True, slots=True)
class FormerKeys:
    """Keys that hold until a moment, beside those that followed them."""

    keys: ClientKeys
    until: datetime


@dataclass(frozen=True, slots=True)
class Client:
    """One system of an agency; `acting_for` are the other agencies that agreed to it."""

    id: ClientId
    owner_agency: AgencyCode
    name: str
    keys: ClientKeys
    scopes: frozenset[str]
    acting_for: tuple[AgencyCode, ...]
    version: int
    registered_at: datetime
    former: FormerKeys | None = None
    suspended_at: datetime | None = None

    @property
    def standing(self) -> Standing:
        """Say whether it gets tokens."""
        return Standing.ACTIVE if self.suspended_at is None else Standing.SUSPENDED


@dataclass(frozen=True, slots=True)
class RegisterClient:
    """Register a system: its name in the protocol, its name for people, keys and scopes."""

    id: str
    name: str
    keys: ClientKeys
    scopes: Sequence[str]


@dataclass(frozen=True, slots=True)
class ChangeClient:
    """Change what people call a system, or what it may be used for."""

    name: str
    scopes: Sequence[str]
    reason: str


@dataclass(frozen=True, slots=True)
class RotateKeys:
    """Put new keys in the place of the present ones, which hold until a moment, or end at once."""

    keys: ClientKeys
    former_until: datetime | None
    reason: str


def register_client(command: RegisterClient, owner: AgencyCode, at: datetime) -> Client:
    """Register a system of an agency.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    faults.unless(CLIENT_ID.fullmatch(command.id) is not None, "/id", "pattern")
    _check_content(faults, command.name, command.scopes)
    check_keys(faults, command.keys)
    faults.refuse()
    return Client(
        ClientId(command.id), owner, tidy(command.name), command.keys, frozenset(command.scopes), (), 1, at
    )  # fmt: skip


def change_client(client: Client, command: ChangeClient) -> Client:
    """Change a system's name or scopes.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    _check_content(faults, command.name, command.scopes)
    faults.refuse()
    scopes = frozenset(command.scopes)
    return replace(client, name=tidy(command.name), scopes=scopes, version=client.version + 1)


def rotate_keys(client: Client, command: RotateKeys, at: datetime) -> Client:
    """Put new keys in place; the present ones hold for the overlap, and any before them end at once.

    Without an overlap the present keys end at once: what to do when one has leaked.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    check_keys(faults, command.keys)
    until = command.former_until
    if until is not None:
        faults.unless(until > at, "/formerUntil", "in-past")
        faults.unless(until <= at + OVERLAP_LONGEST, "/formerUntil", "out-of-range")
    faults.refuse()
    former = None if until is None else FormerKeys(client.keys, until)
    return replace(client, keys=command.keys, former=former, version=client.version + 1)


def set_client_standing(client: Client, standing: Standing, reason: str, at: datetime) -> Client:
    """Suspend a system from the next request on, or restore it.

    Raises:
        DomainError: `content-invalid`, `register-state-conflict`.
    """
    check_reason(reason)
    if client.standing is standing:
        raise DomainError("register-state-conflict")
    suspended_at = at if standing is Standing.SUSPENDED else None
    return replace(client, suspended_at=suspended_at, version=client.version + 1)


def check_keys(faults: Faults, keys: ClientKeys) -> None:
    """Note keys that are missing, or given in two ways; whether they are good is for whoever reads keys to say."""
    given = [name for name in _FIELDS if getattr(keys, name) is not None]
    faults.unless(bool(given), "/keySet", "required")
    faults.unless(len(given) < len(_FIELDS), "/keySetUrl", "inconsistent")


def _check_content(faults: Faults, name: str, scopes: Sequence[str]) -> None:
    faults.line("/name", name, LINE)
    faults.unless(bool(scopes), "/scopes", "too-few")
    for place, scope in enumerate(scopes):
        if scope not in _SCOPES:
            faults.add(f"/scopes/{place}", "code-unknown")
        elif scope in scopes[:place]:
            faults.add(f"/scopes/{place}", "duplicate")
