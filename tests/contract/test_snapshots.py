"""The committed documents are what the code says today."""

from pathlib import Path

import pytest
from graphql import GraphQLObjectType

from api.export import documents, write_all
from api.graphql.schema import schema_for
from domain.issues import ISSUES
from domain.problems import PROBLEMS

FOLDER = Path(__file__).resolve().parents[2] / "openapi"


@pytest.mark.parametrize("name", ["openapi.json", "problems.md", "schema.graphql"])
def test_a_committed_document_is_the_one_the_code_writes(name: str) -> None:
    committed = FOLDER / name
    assert committed.exists(), "run `make openapi` and commit what it writes"
    assert committed.read_text("utf-8") == documents()[name], "run `make openapi` and look at what changed"


def test_the_export_is_the_same_twice(tmp_path: Path) -> None:
    write_all(tmp_path)
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == documents()


def test_every_code_is_on_the_page_once() -> None:
    page = documents()["problems.md"]
    for code in (*PROBLEMS, *ISSUES):
        assert page.count(f"| `{code}` |") == (code in PROBLEMS) + (code in ISSUES)


def test_every_graphql_type_field_and_argument_is_described() -> None:
    ours = [
        each
        for name, each in schema_for(production=True).documents.schema.type_map.items()
        if not name.startswith("__")
    ]
    for each in ours:
        if isinstance(each, GraphQLObjectType):
            assert each.description, each.name
            for name, found in each.fields.items():
                assert found.description, f"{each.name}.{name}"
                assert all(argument.description for argument in found.args.values()), f"{each.name}.{name}"
