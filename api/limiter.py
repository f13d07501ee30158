"""Rate limits per client, counted in memory so that no row of the database becomes everybody's queue.

Each process counts its own requests in windows of a minute and, every half second, is told by the
lifespan what the other processes counted (`seen_elsewhere`); nothing waits for that exchange.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

WINDOW_SECONDS = 60


@dataclass(slots=True)
class Allowance:
    """What a client has left in this window, for the `RateLimit-*` headers."""

    limit: int
    remaining: int
    reset_seconds: int

    @property
    def is_spent(self) -> bool:
        """Say whether the request is one too many."""
        return self.remaining < 0

    def headers(self) -> dict[str, str]:
        """Give the headers every answer carries."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.remaining)),
            "RateLimit-Reset": str(self.reset_seconds),
        }


@dataclass(slots=True)
class Limiter:
    """Fixed windows; a request may weigh more than one, as a check of many people does."""

    per_minute: int
    now: Callable[[], float]
    _window: int = 0
    _counts: dict[str, int] = field(default_factory=dict[str, int])
    _elsewhere: dict[str, int] = field(default_factory=dict[str, int])

    def take(self, client: str, weight: int = 1) -> Allowance:
        """Count a request and say what is left."""
        moment = self.now()
        window = int(moment // WINDOW_SECONDS)
        if window != self._window:
            self._window = window
            self._counts.clear()
            self._elsewhere.clear()
        used = self._counts.get(client, 0) + weight
        self._counts[client] = used
        remaining = self.per_minute - used - self._elsewhere.get(client, 0)
        return Allowance(self.per_minute, remaining, math.ceil((window + 1) * WINDOW_SECONDS - moment))

    def counted_here(self) -> tuple[int, dict[str, int]]:
        """Give this window and what was counted in it, for the other processes."""
        return self._window, dict(self._counts)

    def seen_elsewhere(self, window: int, counts: dict[str, int]) -> None:
        """Take in what the other processes counted in a window."""
        if window == self._window:
            self._elsewhere = counts
