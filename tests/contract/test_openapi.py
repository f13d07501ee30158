"""The OpenAPI document is valid, whole, and true: each example passes the model it stands beside."""

import inspect
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import TypeAdapter, ValidationError

from api.app import create_app
from api.examples import EXAMPLES
from api.openapi import PARAMETERS, is_guarded, permission_of, routes_of
from domain.identifiers import canonical_nhs_number
from domain.problems import PROBLEMS
from domain.vocabularies import VOCABULARIES
from services.core.settings import Settings

METHODS = {"get", "post", "patch", "put", "delete"}


@cache
def application() -> FastAPI:
    return create_app(Settings(environment="test"))


@cache
def document() -> dict[str, Any]:
    # As it travels: what cannot be written as JSON is not in the document.
    found: dict[str, Any] = json.loads(json.dumps(application().openapi()))
    return found


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield path, method, operation


def shown() -> list[APIRoute]:
    return [route for route in routes_of(application()) if route.include_in_schema]


BY_NAME = {
    operation.get("operationId", f"{method} {path}"): (path, operation) for path, method, operation in operations()
}
ROUTES = {route.operation_id: route for route in shown()}


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    found: Any = document()
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def check(schema: dict[str, Any], value: object) -> None:
    whole = {**schema, "components": document()["components"]}
    Draft202012Validator(whole).validate(value)


def test_it_is_valid_openapi_3_1() -> None:
    assert document()["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document()).validate()


def test_info_says_whom_to_ask_and_what_may_be_done_with_it() -> None:
    info = document()["info"]
    assert info["license"]["identifier"] == "Apache-2.0"
    assert info["contact"]["name"]
    assert document()["servers"] == [{"url": "/", "description": "The service that gave you this document"}]
    for word in (
        "Purpose-Of-Use",
        "Acting-For-Agency",
        "Idempotency-Key",
        "If-Match",
        "problem+json",
        "Retry-After",
        "cy",
    ):
        assert word in info["description"], word


def test_operation_ids_are_unique_and_stable_names() -> None:
    ids = [operation.get("operationId", f"missing at {path}") for path, _, operation in operations()]
    assert len(ids) == len(set(ids))
    assert [name for name in ids if not re.fullmatch(r"[a-z][A-Za-z]+", name)] == []
    assert set(EXAMPLES) - set(ids) == set(), "an example outlived its operation"


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_operation_explains_itself(name: str) -> None:
    path, operation = BY_NAME[name]
    assert len(operation["summary"]) >= 10
    assert len(operation["description"]) >= 40
    known = {tag["name"] for tag in document()["tags"]}
    assert set(operation["tags"]) <= known, "describe the tag in api/openapi.py"
    if is_guarded(path) and path != "/graphql":  # its fields call the use cases, each with its own permission
        assert permission_of(ROUTES[name]) is not None, "its use case could not be found"
        assert "**Purposes:**" in operation["description"]
        assert operation["security"][1] == {"bearer": []}
        names = {resolved(parameter)["name"] for parameter in operation["parameters"]}
        assert names >= {"Purpose-Of-Use", "Acting-For-Agency", "Accept-Language", "X-Request-ID"}


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_operation_shows_its_request_and_its_success(name: str) -> None:
    _, operation = BY_NAME[name]
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        assert "example" in content, f"{name} {media_type}: add it to api/examples.json"
        check(content["schema"], content["example"])
    for status, response in operation["responses"].items():
        assert response["description"]
        if status.startswith("2"):
            assert "X-Request-ID" in response["headers"]
            for content in response.get("content", {}).values():
                assert "example" in content, f"{name} {status}: add it to api/examples.json"
                check(content["schema"], content["example"])
    for parameter in operation.get("parameters", []):
        told = resolved(parameter)
        assert told.get("example") is not None or not told["required"], told["name"]


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_refusal_is_a_problem_with_an_example_for_each_code(name: str) -> None:
    path, operation = BY_NAME[name]
    refusals = {status: body for status, body in operation["responses"].items() if not status.startswith(("2", "3"))}
    wanted = {"500", "503"} | ({"400", "401", "403", "429"} if is_guarded(path) else set())
    wanted |= {"400", "413", "415"} if "requestBody" in operation else set()
    wanted |= {"422"} if "requestBody" in operation and is_guarded(path) else set()
    names = {resolved(parameter)["name"] for parameter in operation.get("parameters", [])}
    wanted |= {"412", "428"} if "If-Match" in names else set()
    assert set(refusals) >= wanted
    for status, response in refusals.items():
        content = response["content"]["application/problem+json"]
        assert content["examples"]
        for code, pointer in content["examples"].items():
            value = resolved(pointer)["value"]
            check(content["schema"], value)
            assert (value["code"], value["status"]) == (code, int(status))


NOT_FOR_ALL = {
    ("missing", member)
    for name, schema in document()["components"]["schemas"].items()
    for member, told in schema.get("properties", {}).items()
    if name.endswith("View") and "x-field-class" in told and member not in schema["required"]
}
"""Members of answers that some caller is not given."""


def faults(model: object, value: object) -> set[tuple[str, int | str]]:
    try:
        TypeAdapter(model).validate_json(json.dumps(value))
    except ValidationError as error:
        return {(each["type"], each["loc"][-1]) for each in error.errors()}
    return set()


@pytest.mark.parametrize("name", sorted(name for name in EXAMPLES if name in ROUTES))
def test_examples_pass_the_models_that_serve(name: str) -> None:
    route, example = ROUTES[name], EXAMPLES[name]
    if route.body_field is not None and example.request is not None:
        TypeAdapter(route.body_field.field_info.annotation).validate_json(json.dumps(example.request))
    if route.response_model is not None and example.response is not None:
        # An example is what one caller was given: what others are given is missing, as the document allows.
        assert faults(route.response_model, example.response) <= NOT_FOR_ALL


@pytest.mark.parametrize("name", sorted(n for n in BY_NAME if n in ROUTES))
def test_headers_an_endpoint_sets_are_in_the_document(name: str) -> None:
    source = inspect.getsource(ROUTES[name].endpoint)
    success = next(body for status, body in BY_NAME[name][1]["responses"].items() if status.startswith("2"))
    for header in ("ETag", "Location", "Link"):
        if f'headers["{header}"]' in source:
            assert header in success["headers"], header


def test_every_problem_code_has_one_example() -> None:
    assert set(document()["components"]["examples"]) == {f"problem-{code}" for code in PROBLEMS}


def test_coded_fields_name_a_list_and_closed_lists_give_their_codes() -> None:
    seen = set(re.findall(r'"x-coded-list": "([^"]+)"', json.dumps(document()["components"]["schemas"])))
    assert seen <= set(VOCABULARIES)


def test_nobody_real_stands_in_an_example() -> None:
    text = json.dumps([[each.request, each.response] for each in EXAMPLES.values()])
    for number in re.findall(r'"nhsNumber": "(\d+)"', text):
        assert number.startswith("999")
        assert canonical_nhs_number(number) == number
    for phone in re.findall(r'"phone": "([^"]+)"', text):
        assert re.fullmatch(r"01632 960\d{3}|", phone), "use the range kept for drama"


def test_shared_headers_are_those_the_service_reads() -> None:
    assert {each["name"] for each in PARAMETERS.values()} == {
        "Purpose-Of-Use", "Acting-For-Agency", "Accept-Language", "X-Request-ID", "If-Match", "Idempotency-Key",
    }  # fmt: skip
