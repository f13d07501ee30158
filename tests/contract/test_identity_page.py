"""What docs/identity.md tells an integrator to send is what the service reads."""

import json
import re
from pathlib import Path

from pydantic import TypeAdapter

from api.app import create_app
from api.openapi import routes_of
from services.core.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "identity.md").read_text(encoding="utf-8")
CALL = re.compile(r"^    curl -s (?:-X (\w+) )?\$BASE(\S+)((?:.|\n)*?)(?=\n\n|\n    curl|\Z)", re.MULTILINE)


def calls() -> list[tuple[str, str, str]]:
    found = CALL.findall(PAGE)
    return [(method or ("POST" if " -d " in rest else "GET"), path, rest) for method, path, rest in found]


def test_every_call_meets_a_route_and_its_body_the_model() -> None:
    routes = {
        (method, re.sub(r"\{[^}]+\}", "{}", route.path_format)): route
        for route in routes_of(create_app(Settings(environment="test")))
        for method in route.methods or ()
    }
    seen = 0
    for method, path, rest in calls():
        route = routes[method, re.sub(r"\$\w+", "{}", path)]
        for body in re.findall(r"-d '(\{(?:.|\n)*?\})'", rest):
            assert route.body_field is not None
            TypeAdapter(route.body_field.field_info.annotation).validate_json(json.dumps(json.loads(body)))
            seen += 1
    assert len(calls()) == 6
    assert seen == 4


def test_the_form_names_the_members_that_are_read() -> None:
    (form,) = [rest for _, path, rest in calls() if path == "/oauth2/token"]
    members = re.findall(r"-d (\w+)=", form)
    assert sorted(members) == [
        "client_assertion", "client_assertion_type", "grant_type", "subject_token", "subject_token_type",
    ]  # fmt: skip
