"""Who asks, as one request carries it, and the signature by which the database believes it."""

import hmac
import time
from dataclasses import dataclass

from domain.access import Purpose
from domain.ids import AgencyCode, ClientId, UserId

_SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Caller:
    """What the verified token and the request's headers say; standing and roles come from the register.

    `home` is the agency the client is bound to, `agency` the one acted for. `scopes` are the token's, which may
    be fewer than the client's registration; None where no token narrows them.
    """

    client: ClientId
    home: AgencyCode
    agency: AgencyCode
    user: UserId
    purpose: Purpose
    token_id: str
    request_id: str
    scopes: frozenset[str] | None = None

    def within(self, registered: frozenset[str]) -> frozenset[str]:
        """Give the scopes that both the registration, as of now, and the token allow."""
        return registered if self.scopes is None else registered & self.scopes


class ContextSigner:
    """Signs a caller for one database connection, for 30 seconds; see revision 0001 for the other side."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, caller: Caller, backend: int) -> tuple[str, bytes]:
        """Give payload and signature for the backend that will check them.

        Raises:
            ValueError: a part holds the separator; verified identifiers never do.
        """
        parts = (
            "1",
            str(backend),
            str(time.time_ns() // 1000),
            caller.client,
            caller.home,
            caller.agency,
            str(caller.user),
            caller.purpose.value,
            caller.token_id,
        )
        payload = _SEPARATOR.join(parts)
        if payload.count(_SEPARATOR) != len(parts) - 1:
            message = "an identifier holds the separator"
            raise ValueError(message)
        return payload, hmac.digest(self._key, payload.encode(), "sha256")
