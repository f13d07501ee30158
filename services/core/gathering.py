"""Questions that wait together travel together: one statement and one commit for all that arrived meanwhile (ADR 0008).

Nobody waits for company: a question that finds a free lane leaves at once. Only while every lane is under way do
questions gather, so the busier the service, the less each of them costs.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from domain.errors import DomainError

Q = TypeVar("Q")
A = TypeVar("A")

Send = Callable[[Sequence[Q]], Awaitable[Sequence[A | DomainError]]]
"""Asks a load and gives, in order, an answer or a refusal for each question of it."""


class Gatherer(Generic[Q, A]):
    """Lanes on which loads of questions travel; each question gets its own answer or its own refusal."""

    def __init__(self, send: "Send[Q, A]", *, lanes: int, most: int, seconds: float) -> None:
        """Carry at most `most` questions at a time on a lane; a load that takes longer than `seconds` is given up."""
        self._send = send
        self._seconds = seconds
        self._lanes = lanes
        self._most = most
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        """Ask one question and wait for its answer.

        Raises:
            DomainError: this question was refused, or could not be asked.
        """
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if len(self._under_way) < self._lanes:
            task = asyncio.create_task(self._travel())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return await future

    async def _travel(self) -> None:
        while self._waiting:
            load = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            wanted = [(question, future) for question, future in load if not future.done()]
            if wanted:
                await self._carry(wanted)

    async def _carry(self, load: Sequence[tuple[Q, "asyncio.Future[A]"]]) -> None:
        """Ask a load; where it fails as a whole for no reason of the database's state, each is asked alone.

        One caller's question must not fail another's, and nobody may wait for ever.
        """
        try:
            async with asyncio.timeout(self._seconds):
                answers: Sequence[A | DomainError] = await self._send([question for question, _ in load])
        except (DomainError, TimeoutError) as failure:
            # Whoever waits would wait for the same: a database that does not answer is told to all at once.
            load = [*load, *self._waiting]
            self._waiting.clear()
            refusal = failure if isinstance(failure, DomainError) else DomainError("service-unavailable")
            answers = [refusal] * len(load)
        except Exception as failure:
            if len(load) == 1:
                _settle(load[0][1], failure)
                return
            for each in load:
                await self._carry([each])
            return
        for (_, future), answer in zip(load, answers, strict=True):
            _settle(future, answer)


def _settle(future: "asyncio.Future[A]", answer: "A | Exception") -> None:
    if future.done():  # whoever asked has gone
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
