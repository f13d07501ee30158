"""Nothing is executed unmeasured, and nothing of ours or the caller's leaves in an error."""

import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from api.graphql import documents as documents_module
from api.graphql.documents import Documents
from api.graphql.extensions import Answer, Question, SafeSchema, execute, read_question
from domain.errors import DomainError, FieldIssue, Kind
from domain.problems import PROBLEMS

SECRET = "9434765919"
CALLS: list[str] = []


@strawberry.input
class Search:
    number: int
    words: strawberry.Maybe[str]


@strawberry.type
class Thing:
    name: str


@strawberry.type
class Query:
    @strawberry.field
    def thing(self) -> Thing:
        return Thing(name="thing")

    @strawberry.field
    def hello(self, name: str = "world") -> str:
        CALLS.append("hello")
        return f"hello {name}"

    @strawberry.field
    def record(self, id: UUID) -> str:  # noqa: A002 -- the name clients use
        return str(id)

    @strawberry.field
    def found(self, search: Search) -> int:
        return search.number

    @strawberry.field
    def hidden(self) -> str | None:
        raise DomainError("not-found")

    @strawberry.field
    async def wrong(self) -> str | None:
        raise DomainError("content-invalid", [FieldIssue("/name", "too-long")])

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError(f"row of {SECRET}")

    @strawberry.field
    def foreign(self) -> str | None:
        raise GraphQLError(f"about {SECRET}")

    @strawberry.field
    def unfit(self) -> int | None:
        return SECRET + "x"  # type: ignore[return-value]

    @strawberry.field
    def unsure(self) -> str | None:
        raise DomainError("service-unavailable")

    @strawberry.field
    def names(self, first: int) -> list[str]:
        return ["a"] * first


@strawberry.type
class Mutation:
    @strawberry.mutation
    def note(self) -> str:
        CALLS.append("note")
        return "noted"


SCHEMA = SafeSchema(Query, Mutation)


async def ask(
    query: str, variables: dict[str, Any] | None = None, name: str | None = None, language: str = "en"
) -> Answer:
    return await execute(SCHEMA, Question(query, variables or {}, name), context=None, language=language)


async def refused(query: str, variables: dict[str, Any] | None = None, name: str | None = None) -> DomainError:
    CALLS.clear()
    with pytest.raises(DomainError) as caught:
        await ask(query, variables, name)
    assert CALLS == []
    return caught.value


async def test_query_and_mutation_are_answered() -> None:
    answer = await ask("query A($n:String!){hello(name:$n)}", {"n": "Ann"}, "A")
    assert answer == Answer(data={"hello": "hello Ann"}, errors=(), executed=True, unexpected=False)
    assert answer.body() == {"data": {"hello": "hello Ann"}}
    assert (await ask("mutation{note}")).data == {"note": "noted"}


@pytest.mark.parametrize(
    ("query", "code", "issue", "kind"),
    [
        ("{", "body-malformed", "query-syntax", Kind.MALFORMED),
        (" ", "body-malformed", "query-syntax", Kind.MALFORMED),
        ("{names(first:51)}", "query-too-costly", "query-page-size", Kind.INVALID),
        ("subscription{hello}", "query-invalid", "query-operations", Kind.INVALID),
        ("query A{hello} query B{hello}", "query-invalid", "query-operations", Kind.INVALID),
        ("{__schema{types{name}}}", "query-too-costly", "query-introspection", Kind.INVALID),
    ],
)
async def test_a_document_refused_before_it_is_understood_is_a_problem(
    query: str, code: str, issue: str, kind: Kind
) -> None:
    error = await refused(query)
    assert (error.code, error.issues) == (code, (FieldIssue("/query", issue),))
    assert PROBLEMS[code].kind is kind


@pytest.mark.parametrize(("query", "name"), [("query A{hello}", "B"), ("{hello}", "A"), ("query A{hello}", "")])
async def test_an_operation_name_must_be_that_of_the_document(query: str, name: str) -> None:
    error = await refused(query, name=name)
    assert error.issues == (FieldIssue("/operationName", "query-operation-name"),)


async def test_asking_the_schema_directly_is_measured_too() -> None:
    CALLS.clear()
    result = await SCHEMA.execute("{hello a:__typename b:__typename c:__typename}")
    assert result.data is None
    assert [str(error.original_error) for error in result.errors or []] == ["query-too-costly"]
    assert SCHEMA.execute_sync("{names(first:999)}").data is None
    assert CALLS == []


async def test_what_does_not_fit_the_schema_is_named_and_not_run() -> None:
    CALLS.clear()
    answer = await ask("{hello nowhere}")
    assert answer.body() == {
        "errors": [
            {
                "message": "The query does not fit the schema",
                "extensions": {
                    "code": "query-invalid",
                    "detail": PROBLEMS["query-invalid"].detail.en,
                    "reason": "Cannot query field 'nowhere' on type 'Query'.",
                },
            }
        ]
    }
    assert (answer.executed, answer.unexpected, CALLS) == (False, False, [])


@pytest.mark.parametrize("query", ["{hello ...@defer{hello}}", "{names(first:1)@stream}", "query($a:Int){hello}"])
async def test_incremental_delivery_and_unused_variables_do_not_fit(query: str) -> None:
    answer = await ask(query)
    assert (answer.executed, answer.errors[0]["message"]) == (False, "The query does not fit the schema")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("{hello{name}}", "Field 'hello' must not have a selection since type 'String!' has no subfields."),
        ("{thing}", "Field 'thing' of type 'Thing!' must have a selection of subfields."),
        ("{hello(nme:1)}", "Unknown argument 'nme' on field 'Query.hello'."),
        ("{record}", "Argument 'Query.record(id:)' of type 'UUID!' is required, but it was not provided."),
        ("{hello @nothing}", "Unknown directive '@nothing'."),
        ("{...A}", "Unknown fragment 'A'."),
        ("{hello ...on Nothing{a}}", "Unknown type 'Nothing'."),
        ("query($a:Int){hello}", "Variable '$a' is never used."),
        ("{hello(name:$a)}", "Variable '$a' is not defined."),
        ("query($a:Int){hello(name:$a)}", "Variable '$a' of type 'Int' used in position expecting type 'String!'."),
        ("mutation{hello}", "Cannot query field 'hello' on type 'Mutation'."),
        ("{x:hello x:record(id:1)}", "Fields 'x' conflict because 'hello' and 'record' are different fields."),
    ],
)
async def test_a_developer_is_told_what_does_not_fit(query: str, reason: str) -> None:
    answer = await ask(query)
    assert any(str(error["extensions"].get("reason")).startswith(reason) for error in answer.errors)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (f"{{record(id:{SECRET})}}", {}),
        (f'{{record(id:"{SECRET}")}}', {}),
        (f'{{found(search:{{number:"{SECRET}"}})}}', {}),
        (f"{{found(search:{{number:1,words:null,other:{SECRET}}})}}", {}),
        (f"{{found(search:[{SECRET}])}}", {}),
        (f'query($n:Int={{a:"{SECRET}"}}){{names(first:1) found(search:{{number:$n}})}}', {}),
        ("query($id:UUID!){record(id:$id)}", {"id": SECRET}),
        ("query($s:Search!){found(search:$s)}", {"s": {"number": SECRET}}),
        ("query($s:Search!){found(search:$s)}", {"s": {SECRET: 1}}),
        ("query($s:Search!){found(search:$s)}", {"s": {"number": 1, "words": None, "x": SECRET}}),
        ("query($id:UUID!){record(id:$id)}", {"id": {"a": [SECRET]}}),
        ("query($id:UUID!){record(id:$id)}", {"other": SECRET}),
        ("query($n:String!){hello(name:$n)}", {"n": [SECRET]}),
        (f'query($n:String="{SECRET}",$n:Int){{hello(name:$n)}}', {}),
        (f'{{hello(name:"{SECRET}",name:"b")}}', {}),
        (f'{{x:hello(name:"{SECRET}") x:hello(name:"b")}}', {}),
        (f'{{hello @skip(if:"{SECRET}")}}', {}),
        (f"{{found(search:{{number:1,number:{SECRET}}})}}", {}),
        (f"{{found(search:{{number:1,words:{SECRET}}})}}", {}),
        (f'{{hello(name:{{a:"{SECRET}"}})}}', {}),
    ],
)
async def test_values_are_never_said_back(
    query: str, variables: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    answer = await ask(query, variables)
    assert answer.errors
    assert not answer.unexpected
    assert SECRET not in json.dumps(answer.body())
    assert SECRET not in caplog.text


async def test_a_wrong_variable_is_named() -> None:
    answer = await ask("query($id:UUID!){record(id:$id)}", {"id": "no"})
    (error,) = answer.errors
    assert error["extensions"] == {
        "code": "content-invalid",
        "detail": PROBLEMS["content-invalid"].detail.en,
        "errors": [{"pointer": "/variables/id", "code": "wrong-type", "detail": "This has the wrong type."}],
    }


async def test_a_refusal_in_a_field_has_its_code_and_leaves_the_rest() -> None:
    answer = await ask("{hello hidden wrong}")
    assert answer.data == {"hello": "hello world", "hidden": None, "wrong": None}
    assert [(e["path"], e["extensions"]["code"]) for e in answer.errors] == [  # type: ignore[index]
        (["hidden"], "not-found"),
        (["wrong"], "content-invalid"),
    ]
    assert not answer.unexpected


async def test_when_the_service_cannot_answer_nothing_of_the_answer_is_given() -> None:
    with pytest.raises(DomainError) as caught:
        await ask("{hello unsure}")
    assert caught.value.code == "service-unavailable"


async def test_errors_are_in_the_language_of_the_reader() -> None:
    answer = await ask("{hidden wrong}", language="cy")
    assert [e["message"] for e in answer.errors] == [
        PROBLEMS["not-found"].title.cy,
        PROBLEMS["content-invalid"].title.cy,
    ]
    assert answer.errors[1]["extensions"]["errors"][0]["detail"] == "Mae hwn yn rhy hir."  # type: ignore[index]


@pytest.mark.parametrize("field", ["broken", "foreign", "unfit"])
async def test_a_fault_of_ours_is_masked_and_logged_by_place_only(field: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = await ask(f"{{hello {field}}}")
    assert answer.unexpected
    (error,) = answer.errors
    assert (error["path"], error["extensions"]["code"]) == ([field], "internal-error")  # type: ignore[index]
    assert SECRET not in json.dumps(answer.body())
    ours = [record for record in caplog.records if record.name.startswith(("api", "strawberry"))]
    assert [(record.name, record.message, record.exc_info) for record in ours] == [
        ("api.graphql.extensions", "graphql-fault", None)
    ]
    assert SECRET not in str(vars(ours[0]))


async def test_refusals_are_not_logged_as_faults(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await ask("{hidden wrong nothing}")
        await ask("{hidden wrong}")
        await refused("{")
    assert [record for record in caplog.records if record.name.startswith(("api", "strawberry"))] == []


async def test_other_extensions_see_only_what_passed_and_faults_in_them_are_masked() -> None:
    seen: list[str] = []

    class Unit(SchemaExtension):
        def on_execute(self) -> Iterator[None]:
            seen.append("open")
            yield
            seen.append("closed")

    class Failing(SchemaExtension):
        def on_execute(self) -> Iterator[None]:
            raise RuntimeError(SECRET)
            yield

    schema = SafeSchema(Query, extensions=[Unit])
    with pytest.raises(DomainError):
        await execute(schema, Question("{names(first:99)}", {}, None), context=None)
    assert seen == []
    assert (await execute(schema, Question("{hello}", {}, None), context=None)).data == {"hello": "hello world"}
    assert seen == ["open", "closed"]
    answer = await execute(SafeSchema(Query, extensions=[Failing]), Question("{hello}", {}, None), context=None)
    assert (answer.data, answer.unexpected) == (None, True)
    assert SECRET not in json.dumps(answer.body())


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ([{"query": "{hello}"}], "", "wrong-type"),
        ("{hello}", "", "wrong-type"),
        (None, "", "wrong-type"),
        ({}, "/query", "required"),
        ({"query": None}, "/query", "required"),
        ({"query": ""}, "/query", "required"),
        ({"query": ["{hello}"]}, "/query", "wrong-type"),
        ({"query": "{hello}", "variables": [1]}, "/variables", "wrong-type"),
        ({"query": "{hello}", "variables": "{}"}, "/variables", "wrong-type"),
        ({"query": "{hello}", "operationName": 5}, "/operationName", "wrong-type"),
    ],
)
def test_a_request_that_is_none_is_refused_by_its_member(body: object, pointer: str, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        read_question(body)
    assert (caught.value.code, caught.value.issues) == ("content-invalid", (FieldIssue(pointer, code),))


def test_a_request_is_read() -> None:
    body = {"query": "{hello}", "variables": None, "operationName": None, "extensions": {"a": 1}}
    assert read_question(body) == Question("{hello}", {}, None)
    assert read_question({"query": "q", "variables": {"a": 1}, "operationName": "A"}) == Question("q", {"a": 1}, "A")


def test_a_query_sent_again_is_neither_parsed_nor_validated(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Documents(SCHEMA.documents.schema)
    first = kept.prepare("{hello}")
    invalid = kept.prepare("{nowhere}")

    def never(*_: object, **__: object) -> None:
        pytest.fail("done twice")

    for work in ("parse", "validate", "check"):
        monkeypatch.setattr(documents_module, work, never)
    assert kept.prepare("{hello}", {"any": 1}) is first
    assert kept.prepare("{nowhere}") is invalid
    assert len(invalid.errors) == 1


def test_page_sizes_from_variables_are_measured_every_time() -> None:
    kept = Documents(SCHEMA.documents.schema)
    query = "query($n:Int!){names(first:$n)}"
    assert kept.prepare(query, {"n": 50}).errors == ()
    with pytest.raises(DomainError):
        kept.prepare(query, {"n": 51})
    assert kept.prepare(query, {"n": 1}).errors == ()


def test_documents_kept_are_bounded_by_length_and_oldest_use_goes_first() -> None:
    kept = Documents(SCHEMA.documents.schema, capacity=100)
    texts = [f"{{a{i}:hello{' ' * 20}}}" for i in range(10)]
    first = kept.prepare(texts[0])
    for text in texts[1:3]:
        kept.prepare(text)
    assert len(kept) == 3
    assert kept.prepare(texts[0]) is first
    kept.prepare(texts[3])
    assert len(kept) == 3
    assert kept.prepare(texts[0]) is first
    kept.prepare("{hello" + " " * 200 + "}")
    assert len(kept) == 0


def test_refused_documents_are_not_kept() -> None:
    kept = Documents(SCHEMA.documents.schema)
    for text in ("{", "{names(first:51)}", "{a:__typename b:__typename c:__typename d:__typename}"):
        with pytest.raises(DomainError):
            kept.prepare(text)
    assert len(kept) == 0
