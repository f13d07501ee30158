"""How long a GraphQL body of at most 16 KiB can hold the event loop before anything is executed.

Run `python -m bench.graphql_bodies`: it prints the time of every body of the attack corpus, worst last, against
the goal of 50 ms. `tests/graphql/test_limits.py` guards ten times the goal with the same bodies.
"""

import asyncio
import sys
import time

from graphql import OperationDefinitionNode
from graphql.execution.values import get_variable_values

from api.graphql.extensions import Question, execute
from bench.graphql_corpus import Body, corpus
from bench.graphql_toy import toy
from domain.errors import DomainError

GOAL_MS = 50.0


async def hold(body: Body, *, runs: int = 3) -> tuple[float, str]:
    """Time a body on a schema that has not seen it; give the least milliseconds and what became of it.

    The time is that of reading, measuring, validating and fitting the variables; what passes is then executed.
    """
    best, verdict = float("inf"), ""
    for _ in range(runs):
        schema = toy()
        started = time.perf_counter()
        try:
            prepared = schema.documents.prepare(body.query, body.variables)
        except DomainError as error:
            verdict = error.issues[0].code
        else:
            verdict = "invalid" if prepared.errors else "accepted"
            if not prepared.errors:
                operation = next(d for d in prepared.document.definitions if isinstance(d, OperationDefinitionNode))
                defined = operation.variable_definitions or ()
                get_variable_values(schema.documents.schema, defined, body.variables or {}, max_errors=50)
        best = min(best, (time.perf_counter() - started) * 1000)
    if verdict == "accepted":
        answer = await execute(toy(), Question(body.query, body.variables or {}, None), context=None)
        verdict += " and executed" if not answer.unexpected else " and FAILED"
    return best, verdict


async def again(*, runs: int = 2_000) -> float:
    """Time a query that the schema has seen, from its text to the answer: mean milliseconds."""
    schema, question = toy(), Question("query($n:Int!){people(first:$n){name age}}", {"n": 1}, None)
    await execute(schema, question, context=None)
    started = time.perf_counter()
    for _ in range(runs):
        await execute(schema, question, context=None)
    return (time.perf_counter() - started) * 1000 / runs


async def main() -> int:
    results = sorted([(*await hold(body), body) for body in corpus()], key=lambda found: found[0])
    for milliseconds, verdict, body in results:
        size = len(body.query.encode("utf-8", "surrogatepass"))
        print(f"{milliseconds:9.2f} ms  {size:6d} B  {verdict:24s} {body.name}")
    worst = results[-1][0]
    print(f"a small query sent again: {await again():.3f} ms, execution included")
    print(f"worst of {len(results)} bodies: {worst:.1f} ms before execution (goal {GOAL_MS:.0f} ms)")
    return 0 if worst <= GOAL_MS else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
