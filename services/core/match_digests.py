"""Digests under the service's match key: what is stored and compared instead of names and numbers."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from domain.identity_keys import MatchKey, digest

DIGEST_LENGTH = 16
"""Bytes kept: two different keys meet by chance no sooner than among 2^64 of them."""


@dataclass(frozen=True, slots=True)
class MatchDigests:
    """Computes digests with one secret; without it, names and numbers are few enough to try them all."""

    secret: bytes

    def of(self, keys: Iterable[MatchKey]) -> dict[bytes, MatchKey]:
        """Give every match key by its digest."""
        return {digest(key, self.secret)[:DIGEST_LENGTH]: key for key in keys}

    def of_text(self, kind: str, text: str) -> bytes:
        """Digest something that is no match key, such as a local identifier or a whole question."""
        return hmac.digest(self.secret, f"{kind}\x1f{text}".encode(), "sha256")[:DIGEST_LENGTH]
