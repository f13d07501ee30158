"""Questions gather only while the lanes are busy, and what befalls one of them befalls no other."""

import asyncio
from collections.abc import Sequence

import pytest

from domain.errors import DomainError
from services.core.gathering import Gatherer


class Desk:
    """Answers numbers with their double when it is let; refuses, fails or is unavailable for chosen ones."""

    def __init__(self) -> None:
        self.loads: list[list[int]] = []
        self.gate = asyncio.Event()
        self.poison: set[int] = set()
        self.refused: set[int] = set()
        self.is_down = False

    async def send(self, numbers: Sequence[int]) -> Sequence[int | DomainError]:
        self.loads.append(list(numbers))
        await self.gate.wait()
        if self.is_down:
            raise DomainError("service-unavailable")
        if self.poison & set(numbers):
            raise ValueError("a fault of one of them")
        return [DomainError("access-denied") if n in self.refused else 2 * n for n in numbers]


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def asked(gatherer: Gatherer[int, int], numbers: range) -> list[asyncio.Task[int]]:
    tasks = []
    for number in numbers:
        tasks.append(asyncio.create_task(gatherer.ask(number)))
        await settled()
    return tasks


async def test_nobody_waits_for_company_and_who_waits_travels_together() -> None:
    desk = Desk()
    tasks = await asked(Gatherer(desk.send, lanes=2, most=3, seconds=60), range(8))
    assert desk.loads == [[0], [1]]
    desk.gate.set()
    assert await asyncio.gather(*tasks) == [2 * n for n in range(8)]
    assert desk.loads == [[0], [1], [2, 3, 4], [5, 6, 7]]


async def test_a_refusal_is_the_refused_ones_own() -> None:
    desk = Desk()
    desk.refused = {3}
    tasks = await asked(Gatherer(desk.send, lanes=1, most=9, seconds=60), range(6))
    desk.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [answer for answer in answers if not isinstance(answer, Exception)] == [0, 2, 4, 8, 10]
    assert isinstance(answers[3], DomainError)
    assert answers[3].code == "access-denied"


async def test_a_question_that_breaks_the_statement_breaks_it_for_nobody_else() -> None:
    desk = Desk()
    desk.poison = {4}
    tasks = await asked(Gatherer(desk.send, lanes=1, most=9, seconds=60), range(6))
    desk.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers[4], ValueError)
    assert [answer for answer in answers if isinstance(answer, int)] == [0, 2, 4, 6, 10]


async def test_a_database_that_does_not_answer_is_told_to_all_who_wait_and_the_next_is_asked_anew() -> None:
    desk = Desk()
    desk.is_down = True
    gatherer = Gatherer(desk.send, lanes=1, most=2, seconds=60)
    tasks = await asked(gatherer, range(7))
    desk.gate.set()
    for answer in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(answer, DomainError)
        assert answer.code == "service-unavailable"
    assert desk.loads == [[0]], "one try told everybody"
    desk.is_down = False
    assert await gatherer.ask(21) == 42


async def test_who_has_gone_is_not_asked_for_and_holds_up_nobody() -> None:
    desk = Desk()
    tasks = await asked(Gatherer(desk.send, lanes=1, most=9, seconds=60), range(4))
    tasks[0].cancel()
    tasks[2].cancel()
    await settled()
    desk.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [answers[1], answers[3]] == [2, 6]
    assert isinstance(answers[0], asyncio.CancelledError)
    with pytest.raises(asyncio.CancelledError):
        await tasks[2]
    assert desk.loads == [[0], [1, 3]]
