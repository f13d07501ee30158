"""Every door of the edge leads to exactly one use case, and every use case has a door (law 8), read from the code."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType

import pytest
from graphql import GraphQLObjectType

from api import openapi
from api.app import create_app
from api.graphql.schema import schema_for
from api.openapi import routes_of, use_cases_of
from api.routing import UnitOfWorkRoute
from services import flags
from services.core.settings import Settings
from services.core.use_case import MEASURED, USE_CASES, UseCase

ASKED_THROUGH_A_SCHEMA = {"askGraphql": "its root fields are doors of their own, below"}
WITHOUT_A_DOOR: dict[str, str] = {}
"""Use cases that nothing of the edge asks for, with the reason."""


def _known(node: ast.AST, names: dict[str, object]) -> object:
    """Say what a name, or a member of a module by name, stands for."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        holder = _known(node.value, names)
        return getattr(holder, node.attr, None) if inspect.ismodule(holder) else None
    return None


def use_cases_in(function: Callable[..., object], path: tuple[object, ...] = ()) -> Iterator[str]:
    """Name each mention of a use case in a function's body, and in the edge's own functions that it mentions."""
    assert isinstance(function, FunctionType)
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef))
    for node in (inner for statement in tree.body for inner in ast.walk(statement)):
        found = _known(node, function.__globals__)
        if isinstance(found, UseCase):
            yield found.name
        elif isinstance(found, FunctionType) and _is_near(found, function) and found not in path:
            yield from use_cases_in(found, (*path, function))


def _is_near(found: FunctionType, function: FunctionType) -> bool:
    return found.__module__.startswith("api.") or found.__module__ == function.__module__


def endpoints() -> dict[str, Callable[..., object]]:
    guarded = [
        each for each in routes_of(create_app(Settings(environment="test"))) if isinstance(each, UnitOfWorkRoute)
    ]
    return {
        each.operation_id or each.path: each.endpoint
        for each in guarded
        if each.operation_id not in ASKED_THROUGH_A_SCHEMA
    }


def root_fields() -> dict[str, Callable[..., object]]:
    schema = schema_for(production=True)._schema
    roots = [root for root in (schema.query_type, schema.mutation_type, schema.subscription_type) if root is not None]
    found: dict[str, Callable[..., object]] = {}
    for root in roots:
        assert isinstance(root, GraphQLObjectType)
        for name, field in root.fields.items():
            found[f"{root.name}.{name}"] = field.extensions["strawberry-definition"].base_resolver.wrapped_func
    return found


DOORS = endpoints() | root_fields()


@pytest.mark.parametrize("name", sorted(DOORS))
def test_a_door_leads_to_exactly_one_use_case(name: str) -> None:
    found = list(use_cases_in(DOORS[name]))
    assert len(found) == 1, f"{name}: {found}"


@pytest.mark.parametrize("name", sorted(endpoints()))
def test_the_document_names_the_use_case_that_is_called(name: str) -> None:
    assert [each.name for each in use_cases_of(DOORS[name])] == list(use_cases_in(DOORS[name]))


def test_every_use_case_has_a_door() -> None:
    reached = {name for door in DOORS.values() for name in use_cases_in(door)}
    assert reached | set(WITHOUT_A_DOOR) == set(USE_CASES)
    assert set(openapi._MEASURED_ROUTES.values()) == set(MEASURED)
    assert set(openapi._ASKED_THROUGH) == set(ASKED_THROUGH_A_SCHEMA)
    through_schema = {name for field in root_fields().values() for name in use_cases_in(field)}
    assert set(openapi._ASKED_THROUGH.values()) <= through_schema


async def _two(unit: object, flag: object) -> None:
    await flags.read_flag(unit, flag)
    await _step(unit, flags.remove_flag)


async def _step(unit: object, step: object) -> None:
    await flags.decide_flag(unit, step)


def test_the_reader_counts_each_mention_and_looks_into_helpers() -> None:
    assert list(use_cases_in(_step)) == ["flags.decide_flag"]
    assert sorted(use_cases_in(_two)) == ["flags.decide_flag", "flags.reads.read_flag", "flags.remove_flag"]
