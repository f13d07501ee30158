"""No body of 16 KiB may hold the loop, and what fits the bounds is answered as the library would."""

from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    get_introspection_query,
    graphql,
)
from graphql.language import NameNode, OperationType, SelectionSetNode
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis_graphql import queries

from api.graphql.documents import SOURCE, read
from api.graphql.extensions import Question, execute
from api.graphql.limits import INTROSPECTION, Cost, Limits, check
from api.graphql.shapes import shapes_of
from bench.graphql_bodies import hold
from bench.graphql_corpus import chained, corpus, flat_chained
from bench.graphql_toy import toy
from domain.errors import DomainError, FieldIssue
from domain.issues import ISSUES
from domain.problems import PROBLEMS
from tests.graphql.fitting import fitted

SCHEMA = toy()
CORE: GraphQLSchema = SCHEMA.documents.schema
CORPUS = {body.name: body for body in corpus()}
GUARD_MS = 500


def cost(query: str, variables: dict[str, Any] | None = None, limits: Limits | None = None) -> Cost:
    return check(read(query), variables, limits=limits or Limits(), shapes=shapes_of(CORE))


def issue(query: str, variables: dict[str, Any] | None = None, limits: Limits | None = None) -> FieldIssue:
    with pytest.raises(DomainError) as refused:
        cost(query, variables, limits)
    assert refused.value.code in PROBLEMS
    (found,) = refused.value.issues
    assert found.code in ISSUES
    return found


@pytest.mark.parametrize("name", CORPUS)
async def test_attack_is_answered_at_once_and_as_expected(name: str) -> None:
    body = CORPUS[name]
    assert len(body.query.encode("utf-8", "surrogatepass")) <= SOURCE or body.issue is not None
    milliseconds, verdict = await hold(body)
    assert milliseconds < GUARD_MS
    if body.issue is None:
        assert verdict in {"invalid", "accepted and executed"}
    else:
        assert verdict == body.issue


@pytest.mark.parametrize("k", range(12, 41, 4))
def test_chained_fragments_cost_no_more_than_their_length(k: int) -> None:
    wide = Limits(fragments=100, spreads=200, aliases=10**15, selected=10**15, depth=100, budget=10**15)
    measured = cost(flat_chained(min(k, 29)), limits=wide)
    assert measured.fields == 2 ** min(k, 29) + 1
    assert issue(flat_chained(k)).code == "query-fragments"
    assert issue(chained(k)).code == "query-fragments"


@pytest.mark.parametrize(
    ("query", "total", "fields", "depth"),
    [
        ("{person{name}}", 2, 2, 2),
        ("{person{name age}}", 3, 3, 2),
        ("{people(first:3){name}}", 6, 2, 2),
        ("{people(first:3){friends(first:4){name}}}", 27, 3, 3),
        ("{people(last:3,first:2){name}}", 6, 2, 2),
        ("{people(first:0){name}}", 2, 2, 2),
        ("{person{tags}}", 11, 2, 2),
        ("{page(first:5){edges{node{name}}}}", 20, 4, 4),
        ("{page(last:5,first:null){edges{node{name}}}}", 20, 4, 4),
        ("{anything{name ...on Person{friend{name}}}}", 40, 4, 3),
        ("{person{...A friend{...A}}} fragment A on Person{name age}", 6, 6, 3),
        ("{people(first:2){...A}} fragment A on Person{friends(first:5){name}}", 22, 3, 3),
        ("{__typename}", 1, 1, 1),
        ("{nothing{such}}", 2, 2, 2),
    ],
)
def test_cost_is_weight_times_the_lists_around(query: str, total: int, fields: int, depth: int) -> None:
    assert cost(query) == Cost(total=total, fields=fields, depth=depth, aliases=0, varies=False)


def test_weights_and_lengths_can_be_given_by_field() -> None:
    shapes = shapes_of(CORE, weights={"Person.friend": 5}, lengths={"Person.places": 3}, assumed=7)
    found = check(read("{person{friend{name} places{name} tags}}"), None, limits=Limits(), shapes=shapes)
    assert found.total == 1 + (5 + 1) + 3 * 2 + 7


@pytest.mark.parametrize(
    ("query", "variables", "total"),
    [
        ("query($n:Int!){people(first:$n){name}}", {"n": 7}, 14),
        ("query($n:Int=7){people(first:$n){name}}", {}, 14),
        ("query($n:Int=7){people(first:$n){name}}", None, 14),
        ("query($n:Int=50){people(first:$n){name}}", {"n": 7}, 14),
        ("query($n:Int,$m:Int){page(first:$n,last:$m){edges{node{name}}}}", {"n": None, "m": 2}, 8),
    ],
)
def test_page_sizes_are_taken_from_the_variables(query: str, variables: dict[str, Any] | None, total: int) -> None:
    found = cost(query, variables)
    assert (found.total, found.varies) == (total, True)


@pytest.mark.parametrize("value", [51, -1, 10**30, True, "5", 5.0, [5], {"a": 5}])
def test_a_page_size_out_of_bounds_is_named_by_its_variable(value: object) -> None:
    found = issue("query($n:Int!){people(first:$n){name}}", {"n": value})
    assert found == FieldIssue("/variables/n", "query-page-size")


@pytest.mark.parametrize(
    "given", ["", "(first:null)", "(first:51)", "(first:-1)", "(first:1.0)", '(first:"1")', "(first:$n)"]
)
def test_a_list_without_a_fair_page_size_is_refused(given: str) -> None:
    assert issue(f"query($n:Int){{people{given}{{name}}}}", {}) == FieldIssue("/query", "query-page-size")


def test_every_bound_holds_exactly() -> None:
    at = {
        "query-depth": ("{person" + "{friend" * 6 + "{name}" + "}" * 7, "{person" + "{friend" * 7 + "{name}" + "}" * 8),
        "query-aliases": (_aliases(10), _aliases(11)),
        "query-roots": (
            "{person{name}" * 1 + "a:__typename b:__typename}",
            "{person{name} a:__typename b:__typename c:__typename}",
        ),
        "query-cost": ("{people(first:50){friends(first:9){name} age}}", "{people(first:50){friends(first:10){name}}}"),
        "query-repeats": ("{person{" + "name " * 21 + "}}", "{person{" + "name " * 22 + "}}"),
        "query-directives": ("{person{name" + "@a" * 10 + "}}", "{person{name" + "@a" * 11 + "}}"),
        "query-variables": (_variables(20), _variables(21)),
        "query-fields": (_fields(249), _fields(250)),
        "query-fragments": (_spreads(20), _spreads(21)),
    }
    for code, (within, beyond) in at.items():
        cost(within)
        assert issue(beyond).code == code


def _aliases(n: int) -> str:
    return "{person{" + " ".join(f"a{i}:name" for i in range(n)) + "}}"


def _variables(n: int) -> str:
    return "query(" + " ".join(f"$v{i}:Int" for i in range(n)) + "){person{name}}"


def _fields(n: int) -> str:
    return "{person{" + " ".join(f"f{i}" for i in range(n)) + "}}"


def _spreads(n: int) -> str:
    return "{person{" + "...A " * n + "}} fragment A on Person{name}"


def test_root_fields_are_counted_through_fragments() -> None:
    parts = (
        "fragment A on Query{a1:__typename a2:__typename} fragment B on Query{...on Query{b1:__typename b2:__typename}}"
    )
    assert issue("{...A ...B} " + parts).code == "query-roots"
    assert cost("{...A ...A __typename} fragment A on Query{a1:__typename a2:__typename}").fields == 5


def test_unspread_fragments_are_measured_too() -> None:
    assert issue("{person{name}} fragment A on Query{people(first:50){friends(first:50){name}}}").code == "query-cost"
    assert issue("{person{name}} fragment A on Person{friend{...A}}").code == "query-fragment-cycle"


def test_a_tree_that_no_text_made_cannot_exhaust_the_stack() -> None:
    node = SelectionSetNode(selections=())
    for _ in range(5_000):
        node = SelectionSetNode(selections=(FieldNode(name=NameNode(value="friend"), selection_set=node),))
    operation = OperationDefinitionNode(operation=OperationType.QUERY, selection_set=node)
    with pytest.raises(DomainError) as refused:
        check(DocumentNode(definitions=(operation,)), None, limits=Limits(), shapes=shapes_of(CORE))
    assert refused.value.issues == (FieldIssue("/query", "query-depth"),)


def test_brackets_in_strings_and_comments_do_not_count_as_nesting() -> None:
    assert cost('{person(name:"' + "{[(" * 100 + '"){name}}').total == 2
    assert cost('{person(name:"""' + "{[(" * 100 + ' \\""" {{ """){name}}').total == 2
    assert cost('{person(name:"\\"' + "{[(" * 100 + '"){name}} #' + "{" * 100).total == 2


def test_brackets_after_a_string_count_again() -> None:
    for text in ('""', '"\\\\"', '""""""', '"""\\"""', '"""\\""""""', "#\n"):
        with pytest.raises(DomainError) as refused:
            read("{a(b:" + text + ("," if text != '"""\\"""' else '""",') + "[" * 40)
        assert refused.value.issues[0].code == "query-depth", text


@pytest.mark.parametrize(
    "query", ["{__schema{types{name}}}", '{__type(name:"Person"){name}}', "{person{name} __schema{types{name}}}"]
)
def test_the_schema_is_not_asked_unless_allowed(query: str) -> None:
    assert issue(query).code == "query-introspection"


async def test_the_usual_introspection_passes_where_allowed() -> None:
    schema = toy(limits=Limits(introspection=INTROSPECTION))
    for query in (get_introspection_query(), get_introspection_query(descriptions=False)):
        answer = await execute(schema, Question(query, {}, None), context=None)
        plain = await graphql(schema.documents.schema, query)
        assert answer.errors == ()
        assert answer.data == plain.data


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{person{name} __schema{types{name}}}", "query-introspection"),
        ("{__schema{types{name}} person{name}}", "query-introspection"),
        ("{__schema{types{fields{type" + "{ofType" * 12 + "{name}" + "}" * 16, "query-depth"),
        ("{a:__schema{types{name}}}", "query-aliases"),
        ('{__schema{types{name}} __type(name:"A"){name}}', "query-roots"),
    ],
)
def test_introspection_has_bounds_of_its_own(query: str, code: str) -> None:
    assert issue(query, limits=Limits(introspection=INTROSPECTION)).code == code


def test_introspection_that_goes_round_is_left_to_the_rule_of_the_library() -> None:
    schema = toy(limits=Limits(introspection=INTROSPECTION))
    assert schema.documents.prepare("{__schema{types{fields{type{fields{type{fields{name}}}}}}}}").errors


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(query=queries(str(SCHEMA)))
async def test_what_fits_is_answered_as_the_library_answers(query: str) -> None:
    text = fitted(query)
    try:
        SCHEMA.documents.prepare(text)
    except DomainError as refused:
        event(refused.issues[0].code)
        assume(False)
    event("accepted")
    answer = await execute(SCHEMA, Question(text, {}, None), context=None)
    plain = await graphql(CORE, text)
    assert answer.data == plain.data
    assert len(answer.errors) == len(plain.errors or [])
    assert not answer.unexpected
