"""Every field of every answer stands in the field registry, and the documents say what it says."""

import json
from collections.abc import Iterator
from dataclasses import fields as members_of
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from api.disclosing import kinds_of
from api.examples import EXAMPLES
from api.field_page import render
from api.graphql.schema import schema_for
from api.openapi import is_guarded, routes_of
from api.routing import UnitOfWorkRoute
from domain.field_kinds import KINDS
from domain.field_lists import LISTS, PAGING
from domain.field_parts import Leaf, Part, Shape
from domain.fields import REGISTRY
from domain.visits import SheetWarning
from services.flags.precaution import precaution_text
from tests.contract.test_openapi import application, document, operations
from tests.domain.flag_samples import active

PAGE = Path(__file__).parents[2] / "docs" / "field-registry.md"
KEY = "x-field-class"


def schemas() -> dict[str, Any]:
    found: dict[str, Any] = document()["components"]["schemas"]
    return found


def named_in(part: object) -> set[str]:
    if isinstance(part, list):
        return set().union(*map(named_in, part))
    if not isinstance(part, dict):
        return set()
    own = {part["$ref"].rpartition("/")[2]} if "$ref" in part else set()
    return own.union(*map(named_in, part.values()))


@cache
def answers() -> tuple[str, ...]:
    """The schemas that guarded operations answer with, and all within them."""
    waiting: set[str] = set()
    for path, _, operation in operations():
        if is_guarded(path):
            for status, response in operation["responses"].items():
                waiting |= named_in(response.get("content", {})) if status.startswith("2") else set()
    waiting &= set(schemas())
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= (named_in(schemas()[name]) & set(schemas())) - found
    return tuple(sorted(name for name in found if "properties" in schemas()[name]))


def test_there_are_answers() -> None:
    assert len(answers()) > 100


@pytest.mark.parametrize("name", answers())
def test_every_property_of_every_answer_has_a_class(name: str) -> None:
    missing = [member for member, schema in schemas()[name]["properties"].items() if KEY not in schema]
    assert missing == [], "a field without a row does not leave: give it one in domain/field_kinds.py and its family"


def matched(component: str, shape: Shape) -> Iterator[tuple[str, set[str]]]:
    """Where a schema and a kind differ: members of the one and not of the other."""
    properties = schemas()[component].get("properties", {})
    yield component, set(properties) ^ set(shape)
    for member in set(properties) & set(shape):
        place = shape[member]
        if isinstance(place, Leaf):
            continue
        below = REGISTRY.members(place.kind) if isinstance(place, Part) else place
        for name in named_in(properties[member]):
            yield from matched(name, below)


@pytest.mark.parametrize("name", sorted(view for kind in KINDS for view in kind.views))
def test_a_kind_has_the_members_of_its_schema_and_no_other(name: str) -> None:
    kind = REGISTRY.by_view[name]
    components = [each for each in schemas() if each.split("__")[-1] == name]
    if not components:
        assert name in schema_for(production=True).documents.schema.type_map, f"{kind}: no schema of that name"
        return
    (component,) = [each for each in components if "flag_views" not in each] or components
    assert [pair for pair in matched(component, REGISTRY.members(kind)) if pair[1]] == []


def test_every_guarded_route_meets_the_registry_at_the_edge() -> None:
    for route in routes_of(application()):
        if not is_guarded(route.path_format) or route.operation_id == "runFlagCheck":
            continue
        assert isinstance(route, UnitOfWorkRoute), route.path_format
        handled = route.operation_id in {"askGraphql", "exportAuditEvents"}
        assert bool(kinds_of(route.response_model)) is not handled, route.operation_id


def test_every_graphql_field_has_a_row() -> None:
    known = schema_for(production=True).documents.schema.type_map

    def differing(type_name: str, shape: Shape) -> Iterator[tuple[str, set[str]]]:
        found = known[type_name]
        assert isinstance(found, GraphQLObjectType)
        seen.add(type_name)
        yield type_name, set(found.fields) ^ set(shape)
        for member in set(found.fields) & set(shape):
            below, place = get_named_type(found.fields[member].type), shape[member]
            assert isinstance(below, GraphQLObjectType) is not isinstance(place, Leaf), (type_name, member)
            if not isinstance(place, Leaf):
                yield from differing(below.name, REGISTRY.members(place.kind) if isinstance(place, Part) else place)

    seen = {"Query"}
    assert [pair for pair in differing("PersonSummary", REGISTRY.members("person-summary")) if pair[1]] == []
    types = {name for name, each in known.items() if isinstance(each, GraphQLObjectType) and not name.startswith("__")}
    assert seen == types


def test_every_parameter_of_every_list_names_the_field_it_looks_at() -> None:
    asked = 0
    for _, _, operation in operations():
        names = [each["name"] for each in operation.get("parameters", []) if each.get("in") == "query"]
        if names:
            listed = LISTS[operation["operationId"]]
            assert set(names) == set(listed.by) | {each for each in PAGING if each in names}, operation["operationId"]
            assert all(KEY in each for each in operation["parameters"] if each.get("in") == "query")
            assert "filter-not-permitted" in str(operation["responses"]["403"])
            asked += len(names)
    assert asked > 40


@pytest.mark.parametrize("name", sorted(LISTS))
def test_lists_look_at_fields_there_are_by_parameters_there_are(name: str) -> None:
    listed = LISTS[name]
    assert {listed.order, *listed.by.values()} <= dict(REGISTRY.kinds[listed.kind].paths()).keys()
    (operation,) = [each for _, _, each in operations() if each["operationId"] == name]
    told = {each["name"] for each in operation.get("parameters", []) if each.get("in") == "query"}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        (body,) = named_in(content["schema"])
        told |= set(schemas()[body]["properties"])
    assert set(listed.by) <= told
    assert told - set(listed.by) <= {*PAGING, "format"}


def test_what_is_not_given_to_everybody_is_not_promised() -> None:
    promised = {name: set(schemas()[name].get("required", [])) for name in answers()}
    for name, member in (("SignatureView", "user"), ("NotSharingView", "support"), ("InformationRequestView", "notes")):
        assert member in schemas()[name]["properties"]
        assert member not in promised[name], name
    assert {"id", "version", "state"} <= promised["InformationRequestView"]


def written_precaution() -> dict[str, Any]:
    """What is kept beside a flag, which the check copies into its answer as it is."""
    found: dict[str, Any] = json.loads("{" + precaution_text(active()) + "}")
    return found


def test_each_channel_of_the_precaution_has_the_same_members() -> None:
    shared, check = set(REGISTRY.members("shared-flag")), set(REGISTRY.members("warning"))
    summary = {"flagId" if name == "id" else name for name in REGISTRY.members("seen-flag")}
    stored = set(written_precaution())
    assert all(
        name == "flag.precaution"
        for kind in ("shared-flag", "warning", "seen-flag")
        for _, name in REGISTRY.kinds[kind].paths()
    )
    assert shared == stored | {"badges", "contact"}
    assert check == shared | {"about"}, "a check says beside whether it is the person, a place or somebody there"
    assert summary == shared - {"contact"}, "numbers stand in `agencies` of the summary"
    camel = {"flag_id": "flagId", "flag_version": "version", "review_on": "reviewOn"}
    assert {camel.get(each.name, each.name) for each in members_of(SheetWarning)} == check - {"ownerAgency"}


def test_the_measured_check_writes_what_the_registry_calls_precaution() -> None:
    (warning,) = [w for entry in EXAMPLES["runFlagCheck"].response["entries"] for w in entry["warnings"]][:1]
    assert set(warning) == set(REGISTRY.members("warning"))
    assert set(written_precaution()) | {"badges", "about", "contact"} == set(warning)


def test_the_page_is_printed_from_the_registry() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m api.field_page"
