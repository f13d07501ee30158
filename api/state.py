"""What the running application holds: made once at start, never changed by a request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from api.limiter import Limiter, Together
from services.agencies.directory import Directory
from services.agencies.exchange import ExchangeDesk
from services.agencies.tokens import TokenDesk
from services.core.caller import ContextSigner
from services.core.key_sources import FetchPolicy
from services.core.keys import SigningKeys
from services.core.printing import Press
from services.core.settings import Settings
from services.core.token_claims import AccessClaims
from services.db.engine import Engine, Pool
from services.flags.checks import FlagChecks


class Verifier(Protocol):
    """Whatever turns a bearer token into claims or refuses it."""

    def verify(self, token: str) -> AccessClaims:
        """Verify a token.

        Raises:
            DomainError: `token-invalid`.
        """
        ...


@dataclass(frozen=True, slots=True)
class State:
    """Settings, doors to the database, and the clock; tests drive the clock."""

    settings: Settings
    engine: Engine
    auditor_engine: Engine
    pool: Pool
    signer: ContextSigner
    verifier: Verifier
    limiter: Limiter
    together: Together
    directory: Directory
    checks: FlagChecks
    press: Press
    tokens: TokenDesk
    exchange: ExchangeDesk
    fetch_policy: FetchPolicy
    token_budget: Limiter
    token_limiter: Limiter
    signing_keys: SigningKeys
    revision: str
    clock: Callable[[], datetime]


def system_clock() -> datetime:
    """Read the time, in UTC."""
    return datetime.now(UTC)
