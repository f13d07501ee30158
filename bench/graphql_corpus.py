"""The attack corpus: GraphQL bodies of at most 16 KiB, written for the small schema of `bench.graphql_toy`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from api.graphql.documents import SOURCE


@dataclass(frozen=True)
class Body:
    """One attack: its text, its variables, and the issue that must refuse it (None: may pass or be invalid)."""

    name: str
    query: str
    issue: str | None
    variables: dict[str, Any] | None = None


def _fill(unit: str, *, before: str = "", after: str = "", size: int = SOURCE) -> str:
    return before + unit * ((size - len(before) - len(after)) // len(unit)) + after


def _numbered(form: str, *, before: str = "", after: str = "", size: int = SOURCE) -> str:
    parts, length, i = [before], len(before) + len(after), 0
    while length + len(part := form.format(i=i)) <= size:
        parts.append(part)
        length += len(part)
        i += 1
    return "".join([*parts, after])


def chained(k: int, field: str = "friend") -> str:
    """Fragments that each spread the next one twice: 2^k steps for whoever follows them."""
    links = [
        f"fragment F{i} on Person {{ a: {field} {{ ...F{i + 1} }} b: {field} {{ ...F{i + 1} }} }}" for i in range(k)
    ]
    return "{ person { ...F0 } } " + " ".join(links) + f" fragment F{k} on Person {{ name }}"


def flat_chained(k: int) -> str:
    """The same without fields between: the response names all fall together."""
    links = [f"fragment F{i} on Person {{ ...F{i + 1} ...F{i + 1} }}" for i in range(k)]
    return "{ person { ...F0 } } " + " ".join(links) + f" fragment F{k} on Person {{ name }}"


def fan_out(*sizes: int) -> str:
    inner = "name"
    for size in reversed(sizes[1:]):
        inner = f"friends(first:{size}){{{inner}}}"
    return f"{{people(first:{sizes[0]}){{{inner}}}}}"


def _fragments() -> Iterator[Body]:
    for k in (8, 12, 16, 20, 24, 32, 40):
        yield Body(f"chained fragments {k}", chained(k), "query-fragments" if k > 9 else "query-aliases")
        yield Body(
            f"chained fragments without fields {k}", flat_chained(k), "query-fragments" if k > 9 else "query-fields"
        )
    yield Body(
        "fragment spreads", _fill("...F ", before="{person{", after="}} fragment F on Person{name}"), "query-tokens"
    )
    yield Body("30 spreads", "{person{" + "...F " * 30 + "}} fragment F on Person{name}", "query-fragments")
    yield Body("many fragments", _numbered(" fragment F{i} on Person{{name}}", before="{person{name}}"), "query-tokens")
    yield Body("cycle of one", "{person{...A}} fragment A on Person{friend{...A}}", "query-fragment-cycle")
    yield Body("cycle without fields", "{person{...A}} fragment A on Person{...A}", "query-fragment-cycle")
    yield Body(
        "cycle of three, not used",
        "{person{name}} fragment A on Person{...B} fragment B on Person{...C} fragment C on Person{friend{...A}}",
        "query-fragment-cycle",
    )
    yield Body("unknown fragment", "{person{...Nowhere}}", None)
    yield Body(
        "fragment twice", "{person{...A}} fragment A on Person{name} fragment A on Person{age}", "query-operations"
    )
    deep = " ".join(f"fragment D{i} on Person{{friend{{...D{i + 1}}}}}" for i in range(8))
    yield Body("depth through fragments", "{person{...D0}} " + deep + " fragment D8 on Person{name}", "query-depth")
    wide = " ".join(f"fragment W{i} on Person{{friends(first:9){{...W{i + 1}}}}}" for i in range(4))
    yield Body("cost through fragments", "{person{...W0}} " + wide + " fragment W4 on Person{name}", "query-cost")
    part = "fragment F{i} on Person{{name age tags friend{{name age tags friend{{name age}}}}}}"
    body = " ".join(part.format(i=i) for i in range(10))
    yield Body("ten fragments side by side", "{person{" + " ".join(f"...F{i}" for i in range(10)) + "}} " + body, None)
    yield Body(
        "inline fragments nested", _fill("...{", before="{", size=8000) + "person{name}" + "}" * 2001, "query-depth"
    )
    yield Body(
        "inline fragments side by side", _fill("...on Person{name}", before="{person{", after="}}"), "query-tokens"
    )


def _selections() -> Iterator[Body]:
    yield Body("aliases", _numbered("a{i}:name ", before="{person{", after="}}"), "query-tokens")
    yield Body("11 aliases", "{person{" + " ".join(f"a{i}:name" for i in range(11)) + "}}", "query-aliases")
    yield Body("aliased roots", _numbered("a{i}:person{{name}} ", before="{", after="}", size=2000), "query-aliases")
    yield Body(
        "4 roots", "{person{name} people(first:1){name} page(first:1){edges{node{name}}} anything{name}}", "query-roots"
    )
    yield Body("one field repeated", _fill("name ", before="{person{", after="}}"), "query-tokens")
    yield Body("one field 400 times", "{person{" + "name " * 400 + "}}", "query-repeats")
    yield Body(
        "one field 21 times, wide", "{person{" + ("friend{" + "name " * 2 + "age tags}") * 15 + "}}", "query-repeats"
    )
    yield Body("one field 20 times", "{person{" + "friend{name age tags} " * 20 + "}}", None)
    yield Body("deep selection", _fill("{friend", before="{person", size=8000), "query-depth")
    yield Body("deep and closed", "{person" + "{friend" * 1500 + "{name}" + "}" * 1501, "query-depth")
    yield Body("nine levels", "{person" + "{friend" * 7 + "{name}" + "}" * 8, "query-depth")
    yield Body("unknown fields", _numbered("f{i} ", before="{person{", after="}}"), "query-tokens")
    yield Body("240 unknown fields", "{person{" + " ".join(f"nme{i}" for i in range(240)) + "}}", None)
    yield Body("list fan-out", fan_out(40, 40, 40), "query-cost")
    yield Body("list fan-out to the budget", fan_out(22, 22), None)
    yield Body("first of a million", "{people(first:1000000){name}}", "query-page-size")
    yield Body("first of many digits", "{people(first:" + "9" * 16000 + "){name}}", "query-page-size")
    yield Body("first missing", "{people{name}}", "query-page-size")
    yield Body("first null", "{page(first:null){edges{node{name}}}}", "query-page-size")
    yield Body("first negative", "{people(first:-1){name}}", "query-page-size")
    yield Body("first by variable", "query($n:Int!){people(first:$n){name}}", "query-page-size", {"n": 10**6})
    yield Body("first by true", "query($n:Int!){people(first:$n){name}}", "query-page-size", {"n": True})
    yield Body("first by default", "query($n:Int=51){people(first:$n){name}}", "query-page-size", {})
    yield Body("last beside first", "{page(first:1,last:51){edges{node{name}}}}", "query-page-size")
    full = " ".join(f"a{i}:friend{{name age tags friend{{name age tags friend{{name age tags}}}}}}" for i in range(10))
    yield Body("all of ten aliases", "{person{" + full + "}}", None)


def _literals() -> Iterator[Body]:
    yield Body("nested lists", _fill("[", before="{people(first:1,where:", size=8000), "query-depth")
    yield Body("nested lists, closed", "{people(first:1,where:" + "[" * 8000 + "]" * 8000 + "){name}}", "query-depth")
    yield Body("nested objects", _fill("{also:", before="{people(first:1,where:"), "query-depth")
    yield Body(
        "brackets in pairs", _fill("[]", before="{people(first:1,where:{ids:[", after="]}){name}}"), "query-tokens"
    )
    yield Body("30 levels of object", "{people(first:1,where:" + "{also:" * 29 + "{}" + "}" * 29 + "){name}}", None)
    yield Body("long list", "{people(first:1,where:{ids:[" + "1 " * 900 + "]}){name}}", None)
    yield Body("long wrong list", "{people(first:1,where:{ids:[" + '"" ' * 900 + "]}){name}}", None)
    yield Body("many parts", "{people(first:1,where:{parts:[" + "{text:null}" * 190 + "]}){name}}", None)
    yield Body("many arguments", "{person(" + " ".join(f"a{i}:1" for i in range(300)) + "){name}}", None)
    yield Body("one argument repeated", "{person(" + "name:1 " * 300 + "){name}}", None)
    yield Body("huge string", _fill("z", before='{person(name:"', after='"){name}}'), None)
    yield Body("huge string of escapes", _fill("\\u0041", before='{person(name:"', after='"){name}}'), None)
    yield Body(
        "huge string of astral letters",
        _fill("\U0001f600", before='{person(name:"', after='"){name}}', size=SOURCE // 4),
        None,
    )
    yield Body("string without end", _fill('\\"', before='{person(name:"'), "query-syntax")
    yield Body("quotes", _fill('"'), "query-syntax")
    yield Body("strings", _fill('"" '), "query-syntax")
    yield Body("block string", _fill("\n  x", before='{person(name:"""', after='"""){name}}'), None)
    yield Body("block string of quotes", _fill('\\"""', before='{person(name:"""', after='"""){name}}'), None)
    yield Body("block string without end", _fill('"" \\"', before='{person(name:"""'), "query-syntax")
    yield Body("block strings without end", _fill('""""', before="{a(b:"), "query-syntax")
    yield Body("number", _fill("9", before="{person(name:", after="){name}}"), None)
    yield Body("long name", _fill("n", before="{person{", after="}}"), None)
    yield Body("long type", _fill("N", before="{person{...on ", after="{name}}}"), None)
    yield Body("lone surrogate", '{person(name:"\ud800"){name}}', "query-syntax")


def _documents() -> Iterator[Body]:
    yield Body("operations", _numbered("query Q{i}{{person{{name}}}}"), "query-tokens")
    yield Body("80 operations", _numbered("query Q{i}{{person{{name}}}}", size=1900), "query-operations")
    yield Body("subscription", "subscription{person{name}}", "query-operations")
    yield Body("types", "type A{a:Int} {person{name}}", "query-operations")
    yield Body("only a fragment", "fragment A on Person{name}", "query-operations")
    yield Body("directives", _fill("@skip(if:true)", before="{person{name ", after="}}"), "query-tokens")
    yield Body("200 bare directives", "{person{name " + "@a" * 200 + "}}", "query-directives")
    yield Body("directives on the operation", "query " + "@a" * 200 + "{person{name}}", "query-directives")
    yield Body("directives on a variable", "query($a:Int" + "@a" * 200 + "){person{name}}", "query-directives")
    yield Body("defer", "{person{...@defer{name}}}", None)
    yield Body("variables", _numbered("$v{i}:Int ", before="query(", after="){person{name}}"), "query-tokens")
    yield Body(
        "150 variables", "query(" + " ".join(f"$v{i}:Int" for i in range(150)) + "){person{name}}", "query-variables"
    )
    yield Body("type of a variable", _fill("[", before="query($a:"), "query-depth")
    yield Body("comments", _fill("#\n"), "query-tokens")
    yield Body("one comment", _fill("x", before="#", after="\n{person{name}}"), None)
    yield Body("comment of brackets", _fill("{", before="#", after="\n{person{name}}"), None)
    yield Body("commas", _fill(",", after="{person{name}}"), None)
    yield Body("line ends", _fill("\r\n", after="{person{name}}"), None)
    yield Body("byte order marks", _fill("\ufeff", after="{person{name}}", size=SOURCE // 3), None)
    yield Body("nothing", " ", "query-syntax")
    yield Body("braces", _fill("{}"), "query-tokens")
    yield Body("closing braces", _fill("}"), "query-syntax")
    yield Body("descriptions", _fill('"d"', after="{person{name}}"), "query-syntax")
    yield Body("too long", "{person{name}}" + " " * SOURCE, "too-long")


def _introspection() -> Iterator[Body]:
    yield Body("introspection", "{__schema{types{name}}}", "query-introspection")
    yield Body("introspection of a type", '{a:__type(name:"Person"){name}}', "query-introspection")
    yield Body(
        "introspection in a fragment",
        "{person{name}...F} fragment F on Query{__schema{types{name}}}",
        "query-introspection",
    )
    chain = "{__schema{types{fields{type" + "{ofType" * 7
    yield Body("deep ofType", chain + "{name}" + "}" * 11, "query-introspection")
    yield Body("deeper ofType", _fill("{ofType", before="{__schema{types"), "query-depth")


def _heaviest() -> Iterator[Body]:
    """Bodies just within the bounds, where validation itself is what takes the time."""
    rung = "name age tags friend{"
    deep = rung * 5 + "name" + "}" * 5
    parts = " ".join(f"fragment F{i} on Person{{{deep}}}" for i in range(10))
    yield Body("ten deep fragments", "{person{" + " ".join(f"...F{i}" for i in range(10)) + "}} " + parts, None)
    wide = "name age height weight shoe hat rank marks score steps "
    deep = (wide[: len(wide) // 2].rsplit(" ", 1)[0] + " friend{") * 4 + "name" + "}" * 4
    parts = " ".join(f"fragment F{i} on Person{{{deep}}}" for i in range(9))
    yield Body("nine deep wide fragments", "{person{" + " ".join(f"...F{i}" for i in range(9)) + "}} " + parts, None)
    yield Body("wide and repeated", "{person{" + f"friend{{{wide}}}" * 20 + "}}", None)
    deep = (wide + "friend{") * 6 + "name" + "}" * 6
    parts = " ".join(f"fragment F{i} on Person{{{deep}}}" for i in range(3))
    yield Body("three deep wide fragments", "{person{...F0 ...F1 ...F2}} " + parts, None)
    links = " ".join(f"fragment F{i} on Person{{name age ...F{i + 1} friend{{age ...F{i + 1}}}}}" for i in range(5))
    yield Body("branching chain", "{person{...F0}} " + links + " fragment F5 on Person{name age tags}", None)
    links = " ".join(f"fragment F{i} on Person{{name age tags ...F{i + 1} ...F{i + 1}}}" for i in range(9))
    yield Body("chain of nine", "{person{...F0}} " + links + " fragment F9 on Person{name age tags}", "query-fields")
    uses = "$v0 $v1 $v2 $v3 $v4 $v5 $v6 $v7 $v8 $v9 " * 44
    ten = " ".join(f"$v{i}:Int!" for i in range(10))
    yield Body("variables in a list", f"query({ten}){{people(first:1,where:{{ids:[{uses}]}}){{name}}}}", None, _TEN)
    spread = "people(first:1,where:{ids:[" + "$v0 $v1 $v2 $v3 " * 40 + "]}){name}"
    used = " ".join(f"fragment F{i} on Query{{{spread if i == 6 else f'...F{i + 1} ...F{i + 1}'}}}" for i in range(7))
    yield Body("variables through fragments", f"query({ten}){{...F0}} {used}", None, _TEN)
    yield Body("default lists", "query($v:[Int!]=[" + "1 " * 900 + "]){people(first:1,where:{ids:$v}){name}}", None)
    yield Body("parts with lists", "{people(first:1,where:{parts:[" + "{ids:[1]}" * 135 + "]}){name}}", None)
    yield Body("parts with words", "{people(first:1,where:{parts:[" + '{text:"a"}' * 190 + "]}){name}}", None)
    yield Body("parts of parts", "{people(first:1,where:" + "{parts:[" * 14 + "{}" * 400 + "]}" * 14 + "){name}}", None)
    yield Body("inline fragments", "{anything{" + "...on Person{friend{name age}}" * 20 + "}}", None)
    kinds = "...on Person{name}...on Place{name}" * 10
    yield Body("inline fragments of two kinds", "{anything{" + kinds + "}}", None)
    yield Body("inline fragments, empty", "{person{name" + "...{__typename}" * 20 + "}}", None)
    yield Body("empty selections", "{person{name " + "...{}" * 300 + "}}", None)
    yield Body("unknown types", "{person{name" + "...on Nothing{}" * 190 + "}}", None)
    long = {"ids": list(range(7000))}
    yield Body("long variable", "query($w:Filter){people(first:1,where:$w){name}}", None, {"w": long})
    wrong = {"ids": [""] * 4000}
    yield Body("long wrong variable", "query($w:Filter){people(first:1,where:$w){name}}", None, {"w": wrong})
    nested: dict[str, Any] = {}
    for _ in range(30):
        nested = {"parts": [nested]}
    yield Body("nested variable", "query($w:Filter){people(first:1,where:$w){name}}", None, {"w": nested})
    few: dict[str, Any] = {"parts": [{"text": "a"}] * 1000}
    yield Body("wide variable", "query($w:Filter){people(first:1,where:$w){name}}", None, {"w": few})


_TEN = {f"v{i}": i for i in range(10)}


def corpus() -> list[Body]:
    return [*_fragments(), *_selections(), *_literals(), *_documents(), *_introspection(), *_heaviest()]
