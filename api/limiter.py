"""Rate limits per client, counted in memory so that no row of the database becomes everybody's queue.

Each process counts its own requests in windows of a minute and, every half second, is told what the other
processes counted (`Together`); no request waits for that exchange, and none fails with it.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from prometheus_client import Counter

WINDOW_SECONDS = 60
EXCHANGE_SECONDS = 0.5
FRESH_SECONDS = 5.0

EXCHANGES = Counter("rhannu_limit_exchanges_total", "Exchanges of counts with the other processes", ["outcome"])
_log = structlog.get_logger()


@dataclass(slots=True)
class Allowance:
    """What a client has left in this window, for the `RateLimit-*` headers; spent when the request was too many."""

    limit: int
    remaining: int
    reset_seconds: int
    is_spent: bool

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
        """Count a request and say what is left; one that is refused is not counted, so a lighter one may still pass."""
        moment = self.now()
        window = self._turn(moment)
        used = self._counts.get(client, 0)
        left = self.per_minute - used - self._elsewhere.get(client, 0)
        is_spent = weight > left
        if not is_spent:
            self._counts[client] = used + weight
            left -= weight
        return Allowance(self.per_minute, left, math.ceil((window + 1) * WINDOW_SECONDS - moment), is_spent)

    def _turn(self, moment: float) -> int:
        """Begin a new window where its time has come."""
        window = int(moment // WINDOW_SECONDS)
        if window != self._window:
            self._window = window
            self._counts.clear()
            self._elsewhere.clear()
        return window

    def counted_here(self) -> tuple[int, dict[str, int]]:
        """Give this window and what was counted in it, for the other processes."""
        return self._turn(self.now()), dict(self._counts)

    def seen_elsewhere(self, window: int, counts: dict[str, int]) -> None:
        """Take in what the other processes counted in a window."""
        if window == self._window:
            self._elsewhere = counts


@dataclass(slots=True)
class Together:
    """One process's part in counting together with the others.

    Where the exchange fails, each process goes on with what it last heard, and from the next window on counts alone:
    a limit that is for a while as many times too wide as there are processes, and no request refused for it.
    """

    limiter: Limiter
    share: Callable[[int, dict[str, int]], Awaitable[dict[str, int]]]
    _told: tuple[int, dict[str, int]] = (0, {})
    _heard_at: float = -math.inf

    @property
    def is_together(self) -> bool:
        """Say whether the others were heard of in the last seconds."""
        return self.limiter.now() - self._heard_at < FRESH_SECONDS

    async def exchange(self) -> None:
        """Tell what changed since the last time, and take in what the others counted."""
        window, counts = self.limiter.counted_here()
        before = self._told[1] if self._told[0] == window else {}
        changed = {client: count for client, count in counts.items() if before.get(client) != count}
        try:
            elsewhere = await self.share(window, changed)
        except Exception as failure:  # whatever it is, nothing may end the counting
            EXCHANGES.labels("failed").inc()
            if self.is_together:
                _log.warning("limits.exchange-failed", error=type(failure).__qualname__)
            return
        EXCHANGES.labels("done").inc()
        self._told = window, counts
        self._heard_at = self.limiter.now()
        self.limiter.seen_elsewhere(window, elsewhere)

    async def keep_on(self) -> None:
        """Exchange every half second, until cancelled."""
        while True:
            await self.exchange()
            await asyncio.sleep(EXCHANGE_SECONDS)
