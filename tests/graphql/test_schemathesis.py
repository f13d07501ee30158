"""Whatever the schema allows, and much that it does not, is answered as the schema says: never with a fault.

The published schema judges the answers: each is put through it again, field by field, as if it were the data.
"""

import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
import schemathesis
from graphql import GraphQLResolveInfo, GraphQLScalarType, GraphQLSchema, build_schema, execute_sync, parse
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode

from api.problems import status_of
from domain.problems import PROBLEMS, Kind
from tests.fixtures.service import Service
from tests.graphql.fitting import fitted
from tests.graphql.test_person_summary import flagged, registered, with_incident

EXAMPLES = int(os.environ.get("RHANNU_SCHEMATHESIS_EXAMPLES", "75"))
SOAK_EXAMPLES = 1_500
SEED = 20261124
AGENCY = "gwent-police"
PUBLISHED = Path(__file__).parents[2] / "openapi" / "schema.graphql"
CHECKS = [schemathesis.checks.not_a_server_error, schemathesis.checks.response_schema_conformance]
FAULTS = {Kind.INTERNAL, Kind.UNAVAILABLE}


@pytest.fixture(scope="session")
async def people(service: Service) -> list[str]:
    """Records of which there is something to tell, and one with nothing."""
    records = [await registered(service, AGENCY) for _ in range(3)]
    for record in records[1:]:
        await flagged(service, AGENCY, record, ["*"])
        await flagged(service, "abuhb", record, [AGENCY])
        for grade in ("serious", None):
            await with_incident(service, AGENCY, record, grade, datetime.now(UTC) - timedelta(days=9))
    return records


@pytest.fixture
def headers(service: Service) -> dict[str, str]:
    return service.headers(AGENCY, "practitioner")


@pytest.fixture
def operation(server_address: str, headers: dict[str, str]) -> Any:
    """The one root field, read from the running service by introspection."""
    schema = schemathesis.graphql.from_url(f"{server_address}/graphql", headers=headers)
    (found,) = [result.ok() for result in schema.get_all_operations()]
    assert found.label == "Query.personSummary"
    return found


@cache
def published() -> GraphQLSchema:
    """Build the committed schema, with scalars that accept their own form only."""
    schema = build_schema(PUBLISHED.read_text(encoding="utf-8"))
    scalars = {"UUID": lambda text: str(UUID(text)), "Date": lambda text: date.fromisoformat(text).isoformat()}
    for name, strict in scalars.items():
        cast("GraphQLScalarType", schema.type_map[name]).coerce_output_value = strict
    return schema


def said_there(source: dict[str, object], info: GraphQLResolveInfo, **_arguments: object) -> object:
    return source[str(info.path.key)]


def judge(query: str, answer: Any) -> str:
    """Hold an answer against the schema and the registry of problems; give in a word what it came to."""
    body = answer.json()
    if answer.headers["content-type"][0] == "application/problem+json":
        assert answer.status_code == status_of(body["code"]), body
        return str(body["code"])
    assert answer.status_code in {200, 422}, body
    assert set(body) <= {"data", "errors"}
    for error in body.get("errors", ()):
        assert PROBLEMS[error["extensions"]["code"]].kind not in FAULTS, error
        assert error["message"]
    if "errors" in body:
        assert not any((body.get("data") or {}).values()), "no part of a refused answer leaves"
        return str(body["errors"][0]["extensions"]["code"])
    replayed = execute_sync(published(), parse(query), root_value=body["data"], field_resolver=said_there)
    assert replayed.errors is None, replayed.errors
    assert replayed.data == body["data"]
    return "told" if body["data"]["personSummary"] else "told nothing"


def asked(strategy: Any, headers: dict[str, str], ids: list[str] | None, examples: int) -> Counter[str]:
    """Ask whatever is generated, as it is or made to fit, and count what the answers came to."""
    found: Counter[str] = Counter()

    @seed(SEED)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def ask(case: Any) -> None:
        if ids is not None:
            case.body = fitted(case.body, ids)
        answer = case.call(headers=headers)
        assert answer.status_code < 500, answer.text
        word = judge(case.body, answer)
        if word.startswith("told"):
            case.validate_response(answer, checks=CHECKS)
        found[word] += 1

    print(f"seed {SEED}")
    ask()
    print(found)
    return found


def check_all(operation: Any, headers: dict[str, str], people: list[str], examples: int) -> None:
    made_to_fit = asked(operation.as_strategy(), headers, people, examples)
    assert made_to_fit["told"] >= examples / 4, made_to_fit
    assert made_to_fit["not-found"] >= examples / 20, made_to_fit
    as_generated = asked(operation.as_strategy(), headers, None, examples)
    assert as_generated["query-too-costly"] >= examples / 10, as_generated
    wrong = asked(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE), headers, None, examples)
    assert set(wrong) <= {"query-invalid", "query-too-costly", "content-invalid", "body-malformed"}, wrong
    assert wrong["query-invalid"] >= 1, wrong


def test_generated_questions_are_answered_as_the_schema_says(
    operation: Any, headers: dict[str, str], people: list[str]
) -> None:
    check_all(operation, headers, people, EXAMPLES)


@pytest.mark.soak
def test_thousands_of_generated_questions_are_answered_as_the_schema_says(
    operation: Any, headers: dict[str, str], people: list[str]
) -> None:
    check_all(operation, headers, people, SOAK_EXAMPLES)


def test_the_judge_finds_what_is_wrong() -> None:
    """A test that could not fail would prove nothing: each of these answers breaks the schema."""
    query = '{ personSummary(id: "6a2f41a3-c54c-4b6e-9f3e-1d0b7a3f5c20") { id version names { family } } }'
    right: dict[str, Any] = {"id": "6a2f41a3-c54c-4b6e-9f3e-1d0b7a3f5c20", "version": 1, "names": [{"family": "X"}]}
    wrong: list[dict[str, Any]] = [
        {"id": "not-an-id"}, {"id": None}, {"version": "1"}, {"version": None}, {"names": None}, {"names": [None]},
        {"names": [{"family": 1}]}, {"names": [{}]}, {"more": "than was asked"}, {"names": [{"family": "X", "given": []}]},
    ]  # fmt: skip

    class Answer:
        status_code = 200
        headers = {"content-type": ["application/json"]}

        def __init__(self, summary: object) -> None:
            self.body = {"data": {"personSummary": summary}}

        def json(self) -> object:
            return self.body

    assert judge(query, Answer(right)) == "told"
    for part in wrong:
        with pytest.raises(AssertionError):
            judge(query, Answer(right | part))
