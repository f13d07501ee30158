"""The plan of the house, held by machines: what no linter of others knows about ours."""

import ast
import importlib
import inspect
import re
import subprocess
import typing
from pathlib import Path

import alembic
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from api.app import create_app
from api.middleware import GUARDED, PUBLIC
from api.openapi import permission_of
from api.routing import UnitOfWorkRoute
from api.schemas.common import Body, View
from domain.issues import ISSUES
from domain.problems import PROBLEMS
from services.core.settings import Settings
from services.core.use_case import MEASURED, USE_CASES, UseCase
from tests.architecture.source import FLOORS, ROOT, calls, functions, imported, named, python_files, tree_of

OPEN_ROUTES = {
    "/v1/vocabularies": "coded lists, no personal data",
    "/v1/vocabularies/{list_id}": "coded lists, no personal data",
    "/v1/duty-contacts": "published numbers of organisations",
    "/v1/ping": "answers nothing but that a token works",
    "/health/live": "for the orchestrator",
    "/health/ready": "for the orchestrator",
    "/metrics": "counts without people",
    "/oauth2/token": "gives the token that everything else asks for",
    "/.well-known/jwks.json": "public keys",
    "/.well-known/oauth-authorization-server": "what the token endpoint can do",
    "/openapi.json": "the document",
    "/docs": "the document",
    "/docs/reference": "the document",
    "/docs/static": "the document's files",
}
MEASURED_ROUTES = {"/v1/flag-checks": "its one statement leaves its own evidence (ADR 0004)"}
MAY_COMMIT = {
    "services/core/unit_of_work.py": "the only commit of a request",
    "services/worker.py": "the background process has no request",
    "services/core/rate_counts.py": "deletes old counts for the worker, outside every request",
    "services/flags/clocks.py": "ends markers and chases for the worker, outside every request",
    "services/alerts/watch.py": "weighs access and chases for the worker, outside every request",
    "services/sharing/clocks.py": "chases for the worker, outside every request",
    "services/sharing/protocol_clocks.py": "chases for the worker, outside every request",
    "services/break_glass/clocks.py": "chases for the worker, outside every request",
    "services/audit/filing.py": "moves whole batches of events for the worker, outside every request",
}
FILE_CAP, TEST_CAP = 400, 600
RESERVED_CODES = {"agency-not-named", "request-in-flight"}


def capabilities() -> list[str]:
    return sorted(
        p.name for p in (ROOT / "services").iterdir() if (p / "__init__.py").exists() and p.name not in {"core", "db"}
    )


def use_case_modules() -> list[str]:
    return [
        named(p).removesuffix(".py").replace("/", ".") for p in python_files("services") if p.name == "use_cases.py"
    ]


def test_every_route_is_guarded_or_open_for_a_reason() -> None:
    app = create_app(Settings(environment="test"))
    seen: set[str] = set()
    for context in iter_route_contexts(app.routes):
        path = context.path or ""
        seen.add(path)
        if path in MEASURED_ROUTES:
            assert permission_of(context.original_route) is not None
        elif path not in OPEN_ROUTES:
            assert isinstance(context.original_route, UnitOfWorkRoute), f"{path} has no unit of work"
            assert path.startswith(GUARDED), f"{path} is not behind the disclosure gate"
            assert not path.startswith(PUBLIC), f"{path} passes by the disclosure gate"
    assert set(MEASURED_ROUTES) <= seen


def test_every_public_coroutine_of_a_capability_is_a_use_case() -> None:
    modules = use_case_modules()
    assert len(modules) >= 3
    for name in modules:
        module = importlib.import_module(name)
        bare = [
            n
            for n, f in vars(module).items()
            if inspect.iscoroutinefunction(f) and not n.startswith("_") and f.__module__ == name
        ]
        assert bare == [], f"{name}: {bare} would answer without permission and evidence"


def test_use_cases_stand_in_the_registry_under_their_capability() -> None:
    assert len(USE_CASES) >= 6
    for name, guarded in USE_CASES.items():
        assert guarded.name == name
        assert name.split(".", maxsplit=1)[0] in capabilities()
    assert set(MEASURED) & set(USE_CASES) == set()


@pytest.mark.parametrize("name", sorted(USE_CASES))
def test_no_row_leaves_a_use_case(name: str) -> None:
    returned = typing.get_type_hints(USE_CASES[name].run)["return"]
    text = str(returned)
    assert not re.search(r"sqlalchemy|asyncpg|services\.db|fastapi|pydantic", text), text


def test_only_the_unit_of_work_commits() -> None:
    for path in python_files(*FLOORS):
        if named(path) in MAY_COMMIT or named(path).startswith("services/db/"):
            continue
        found = [
            c.lineno
            for c in calls(path)
            if isinstance(c.func, ast.Attribute) and c.func.attr in {"commit", "rollback", "begin"}
        ]
        ours = [line for line in found if "unit.commit()" not in path.read_text("utf-8").splitlines()[line - 1]]
        assert ours == [], f"{named(path)}: {ours}"


def test_capabilities_meet_at_their_front_doors() -> None:
    rooms = capabilities()
    wrong: list[str] = []
    for path in python_files("services"):
        here = path.relative_to(ROOT / "services").parts[0]
        for module, node in imported(path):
            parts = module.split(".")
            if parts[0] != "services" or len(parts) < 3 or parts[1] not in rooms or parts[1] == here:
                continue
            if (ROOT.joinpath(*parts[:3]).with_suffix(".py")).exists() and here in rooms:
                wrong.append(f"{named(path)}:{node.lineno} {module}")
    assert wrong == []


def test_the_edge_holds_no_sql() -> None:
    verbs = re.compile(r"\b(SELECT .+ FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b")
    assert [named(p) for p in python_files("api") if verbs.search(p.read_text("utf-8"))] == []


def test_files_stay_readable() -> None:
    long = {
        named(p): n
        for p in python_files(*FLOORS, "alembic")
        if (n := len(p.read_text("utf-8").splitlines())) > FILE_CAP
    }
    assert long == {}
    tests = {named(p): n for p in python_files("tests") if (n := len(p.read_text("utf-8").splitlines())) > TEST_CAP}
    assert tests == {}


def test_the_library_alembic_is_not_hidden_by_our_folder() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()
    assert not (ROOT / "alembic" / "versions" / "__init__.py").exists()
    assert "site-packages" in Path(inspect.getfile(alembic)).parts


def test_imports_stand_at_the_top() -> None:
    inner = [
        f"{named(path)}:{node.lineno}"
        for path in python_files(*FLOORS)
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    assert inner == [], "an import inside a function is how a missing order of layers shows itself"


def test_one_file_talks_to_python_jose() -> None:
    users = {
        named(p)
        for p in python_files(*FLOORS)
        for module, _ in imported(p)
        if module.split(".", maxsplit=1)[0] == "jose"
    }
    assert users == {"services/core/identity.py"}


def test_nothing_is_printed() -> None:
    printing = [
        f"{named(p)}:{c.lineno}"
        for p in python_files(*FLOORS)
        for c in calls(p)
        if isinstance(c.func, ast.Name) and c.func.id == "print"
    ]
    assert printing == []


def test_the_rules_know_no_clock() -> None:
    clock = re.compile(r"\b(datetime\.now|date\.today|datetime\.today|time\.time|utcnow)\(")
    assert [named(p) for p in python_files("domain") if clock.search(p.read_text("utf-8"))] == []


def test_problem_codes_are_raised_somewhere_and_none_is_unknown() -> None:
    said: set[str] = set()
    for path in python_files(*FLOORS):
        if not re.fullmatch(r"domain/((\w+_)?problems|issues)\.py", named(path)):
            said |= {
                n.value for n in ast.walk(tree_of(path)) if isinstance(n, ast.Constant) and isinstance(n.value, str)
            }
    assert set(PROBLEMS) - said <= RESERVED_CODES, "a problem nobody raises"
    assert set(ISSUES) - said == set(), "an issue nobody raises"
    raised = {
        c.args[0].value
        for path in python_files(*FLOORS)
        for c in calls(path)
        if isinstance(c.func, ast.Name)
        and c.func.id == "DomainError"
        and c.args
        and isinstance(c.args[0], ast.Constant)
    }
    assert raised - set(PROBLEMS) == set()


def test_bodies_refuse_what_they_do_not_know_and_views_promise_every_field() -> None:
    for path in python_files("api/schemas"):
        module = importlib.import_module(named(path).removesuffix(".py").replace("/", "."))
        for model in vars(module).values():
            if inspect.isclass(model) and issubclass(model, Body):
                assert model.model_config.get("extra") == "forbid", model
            if inspect.isclass(model) and issubclass(model, View):
                optional = [name for name, field in model.model_fields.items() if not field.is_required()]
                assert optional == [], f"{model.__name__} {optional}: a view has no defaults"


def test_routes_say_their_answer_by_type() -> None:
    app = create_app(Settings(environment="test"))
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            assert "return" in typing.get_type_hints(route.endpoint), f"{route.path} has no return annotation"


def test_no_machine_or_registry_is_named_in_a_tracked_file() -> None:
    tracked = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    )
    # Written apart, so that this file does not find itself.
    leaks = re.compile(
        "|".join(
            (
                r"/wo" + r"rk/(main|shared)",
                r"/ho" + r"me/[a-z]+/",
                r"/Us" + r"ers/[A-Za-z]+/",
                r"/bash" + r"_jobs",
                r"--index" + r"-url",
                r"--extra-index" + r"-url",
                r"--trusted" + r"-host",
                r"[Aa]rtif" + r"actory",
                r"\.share" + r"d/reference",
            )
        )
    )
    guilty = []
    for name in filter(None, tracked):
        path = ROOT / name
        if path.is_file() and path.suffix in {
            ".py",
            ".toml",
            ".md",
            ".txt",
            ".in",
            ".lock",
            ".yaml",
            ".yml",
            ".json",
            ".sh",
            "",
        }:
            text = path.read_text(encoding="utf-8", errors="replace")
            guilty += [f"{name}: {found.group(0)}" for found in leaks.finditer(text)]
    assert guilty == []


def test_every_exemption_names_its_rule_and_its_reason() -> None:
    bare: list[str] = []
    for path in python_files(*FLOORS):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if re.search(r"#\s*(noqa|type:\s*ignore|pyright:\s*ignore)", line) and not re.search(
                r"(noqa: [A-Z]+\d+(, [A-Z]+\d+)*|ignore\[[\w, -]+\])\s+(--?|#)\s*\w+", line
            ):
                bare.append(f"{named(path)}:{number}")
    assert bare == []


def test_use_cases_are_what_they_seem() -> None:
    assert all(isinstance(each, UseCase) for each in USE_CASES.values())
