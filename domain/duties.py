"""Clocks that several kinds of record share: when something is due, and who hears of it as the time comes.

A duty follows from a record as it stands. Its ladder says before whom it is put at which moment; what the duties are
and which ladder each has stands with each kind of record.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.access import Role


@dataclass(frozen=True, slots=True)
class Rung:
    """From a time before the due moment on (after it, where negative), who hears of the duty."""

    before: timedelta
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """When something is due, and the rungs in the order in which they are reached."""

    due_at: datetime
    ladder: tuple[Rung, ...]

    def moments(self) -> Iterator[tuple[int, datetime]]:
        """Give each rung's number, from one, and the moment at which it is reached."""
        for number, rung in enumerate(self.ladder, 1):
            yield number, self.due_at - rung.before

    def reached(self, at: datetime) -> int:
        """Say on which rung the duty stands; 0 before the first."""
        return max((number for number, moment in self.moments() if moment <= at), default=0)

    def told(self, at: datetime) -> tuple[Role, ...]:
        """Name the roles before whom it stands."""
        rung = self.reached(at)
        return self.ladder[rung - 1].roles if rung else ()


def next_moment(clocks: Iterable[Clock], after: datetime | None) -> datetime | None:
    """Find when a clock next reaches a rung; the first of all rungs where `after` is None."""
    moments = [moment for clock in clocks for _, moment in clock.moments()]
    return min((moment for moment in moments if after is None or moment > after), default=None)
