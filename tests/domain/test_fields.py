"""The field registry: deny by default, one table, and no row that nobody would miss."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import GRANTS, Purpose, Role
from domain.errors import DomainError
from domain.field_kinds import KINDS
from domain.field_lists import LISTS, ListOf
from domain.field_parts import Kind, Leaf, Parties, Relation, Row, Shown, leaves
from domain.field_table import CLASSES, ROWS
from domain.fields import REGISTRY, Registry, Viewer, uncovered
from domain.ids import AgencyCode
from tests.domain.field_oracle import ORACLE, class_expected, disagreements

US, THEM, THIRD = AgencyCode("newport-cc"), AgencyCode("gwent-police"), AgencyCode("abuhb")
WORKING = Purpose.ADULT_SAFEGUARDING


def viewer(role: Role, agency: AgencyCode = US, purpose: Purpose = WORKING) -> Viewer:
    return Viewer(agency, frozenset({role}), purpose)


def test_the_table_says_what_people_would_say() -> None:
    assert list(disagreements(REGISTRY)) == []


def test_every_class_has_a_line_a_row_a_field_and_an_expectation() -> None:
    used = {name for kind in KINDS for _, name in kind.paths()}
    assert set(CLASSES) == {row.field for row in ROWS} == used == set(ORACLE)
    assert {each for known in CLASSES.values() for each in known.within} <= set(CLASSES)


def test_every_kind_and_every_schema_stands_once_and_each_field_has_one_class() -> None:
    assert max(Counter(kind.name for kind in KINDS).values()) == 1
    assert max(Counter(view for kind in KINDS for view in kind.views).values()) == 1
    for kind in KINDS:
        paths = [path for path, _ in kind.paths()]
        twice = [path for path, number in Counter([*paths, *kind.parts]).items() if number > 1]
        assert twice == [], kind.name
        assert set(kind.parts.values()) <= set(REGISTRY.kinds), kind.name
        inside = [path for path in paths for other in paths if path.startswith(f"{other}.")]
        assert inside == [], kind.name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_field_is_of_the_class_that_people_would_give_it(kind: Kind) -> None:
    assert [(path, name) for path, name in kind.paths() if name != class_expected(kind.name, path)] == []


def weakened() -> Iterator[tuple[str, int, Row]]:
    """Every row by its place, made to show more in every way that it can."""
    for place, row in enumerate(ROWS):
        if row.shown is not Shown.FULL:
            yield "shows all", place, replace(row, shown=Shown.FULL)
        if row.needs is not None:
            yield "asks for no permission", place, replace(row, needs=None)
        for purpose in sorted(set(Purpose) - (row.purposes or set(Purpose))):
            yield f"serves {purpose.value}", place, replace(row, purposes=row.purposes | {purpose})
        for relation in sorted(set(Relation) - row.relations):
            yield f"serves a {relation.value}", place, replace(row, relations=row.relations | {relation})


def strengthened() -> Iterator[tuple[str, int, Row]]:
    """Every row by its place, made to show less."""
    for place, row in enumerate(ROWS):
        for relation in sorted(row.relations):
            yield f"forgets the {relation.value}", place, replace(row, relations=row.relations - {relation})


def cells(registry: Registry, name: str) -> list[Shown]:
    return [
        registry.shown_as(name, relation, frozenset({role}), purpose)
        for relation in Relation for role in Role for purpose in Purpose
    ]  # fmt: skip


@pytest.mark.parametrize("change", [weakened, strengthened])
def test_no_row_can_be_changed_without_being_missed(change: Callable[[], Iterator[tuple[str, int, Row]]]) -> None:
    survivors, killed = [], 0
    for how, place, row in change():
        mutant = Registry(KINDS, (*ROWS[:place], row, *ROWS[place + 1 :]), LISTS)
        if next(disagreements(mutant, [row.field]), None) is not None:
            killed += 1
        elif cells(mutant, row.field) != cells(REGISTRY, row.field):
            survivors.append((row.field, how))
    assert survivors == []
    assert killed >= len(ROWS)


def test_what_stands_in_no_row_is_absent() -> None:
    without = Registry(KINDS, (row for row in ROWS if row.field != "incident.content"), LISTS)
    document = {"id": "x", "ownerAgency": US, "content": {"factualAccount": "He shouted."}}
    assert without.show("incident", document, viewer(Role.SAFEGUARDING_LEAD)).document == {}
    assert REGISTRY.show("incident", document, viewer(Role.SAFEGUARDING_LEAD)).document == document


def test_the_relation_is_told_by_the_agencies_an_answer_names() -> None:
    request, event = REGISTRY.kinds["information-request"], REGISTRY.kinds["audit-event"]
    document = {"askingAgency": US, "holdingAgency": THEM}
    for agency, relation in ((US, Relation.OWNER), (THEM, Relation.OTHER_SIDE), (THIRD, Relation.STRANGER)):
        assert REGISTRY.relation_of(request, document, viewer(Role.SPOC, agency)) is relation
    mine = {"agency": US}
    for role, agency, relation in (
        (Role.DPO_IG, US, Relation.OWNER),
        (Role.DPO_IG, THEM, Relation.OTHER_SIDE),
        (Role.AUDITOR, THEM, Relation.OVERSEER),
    ):
        assert REGISTRY.relation_of(event, mine, viewer(role, agency)) is relation


REQUEST: dict[str, Any] = {
    "id": "r",
    "askingAgency": US,
    "holdingAgency": THEM,
    "asked": {"user": "ours", "at": "t"},
    "acknowledged": {"user": "theirs", "at": "t"},
    "clarifications": [{"question": "?", "asked": {"user": "theirs", "at": "t"}, "reply": "!", "replied": {"user": "ours", "at": "t"}}],
    "decisions": [{"items": [], "signed": {"user": "theirs", "at": "t"}, "post": "Head of service"}],
    "escalations": [
        {"byAgency": US, "reason": "Life.", "signed": {"user": "ours", "at": "t"}},
        {"byAgency": THEM, "reason": "Law.", "signed": {"user": "theirs", "at": "t"}},
    ],
    "notes": [{"note": "Ring on Monday.", "at": "t", "user": "x"}],
}  # fmt: skip


def users(value: object) -> list[str]:
    if isinstance(value, dict):
        return [v for k, v in value.items() if k == "user"] + [u for v in value.values() for u in users(v)]
    return [user for each in value for user in users(each)] if isinstance(value, list) else []


@pytest.mark.parametrize(("agency", "whose", "others"), [(US, "ours", "theirs"), (THEM, "theirs", "ours")])
def test_a_side_learns_the_post_and_the_day_and_not_which_of_the_others_people_it_was(
    agency: AgencyCode, whose: str, others: str
) -> None:
    shown = REGISTRY.show("information-request", REQUEST, viewer(Role.SPOC, agency)).document
    assert others not in users(shown)
    assert users(shown).count(whose) == users(REQUEST).count(whose)
    assert shown["decisions"][0]["post"] == "Head of service"  # type: ignore[index]  # a JSON document
    assert [each["signed"]["at"] for each in shown["escalations"]] == ["t", "t"]  # type: ignore[index, attr-defined, union-attr]  # a JSON document


def test_whoever_oversees_reads_no_notes_and_nothing_of_what_was_given() -> None:
    officer = viewer(Role.DPO_IG, purpose=Purpose.AUDIT_QUALITY)
    assert "notes" not in REGISTRY.show("information-request", REQUEST, officer).document
    given = {"givingAgency": US, "items": [{"item": "incidents", "facts": [{"heading": "h", "text": "t"}]}]}
    none = {"givingAgency": US, "items": [{"item": "incidents", "facts": []}]}
    hidden = {"givingAgency": US, "items": [{"item": "incidents", "facts": None}]}
    for document in (given, none):
        assert REGISTRY.show("disclosure", document, officer).document == hidden
    assert REGISTRY.show("disclosure", given, viewer(Role.SPOC)).document == given


def test_unknown_members_are_dropped_wherever_they_stand() -> None:
    document = {
        "id": "x", "ownerAgency": US, "secret": 1,
        "content": {"factualAccount": {"hidden": "in a value"}, "place": {"text": "here", "secret": 1}, "present": [{"name": "?"}]},
    }  # fmt: skip
    shown = REGISTRY.show("incident", document, viewer(Role.PRACTITIONER))
    assert shown.document == {"id": "x", "ownerAgency": US, "content": {"place": {"text": "here"}}}
    assert shown.is_cut


def test_a_stranger_is_given_nothing_and_entries_of_strangers_are_left_out() -> None:
    theirs = {"id": "x", "askingAgency": THEM, "holdingAgency": THIRD}
    assert REGISTRY.show("information-request", theirs, viewer(Role.SPOC)).document == {}
    page = {"requests": [theirs, {"id": "y", "askingAgency": US, "holdingAgency": THIRD}], "next": None}
    shown = REGISTRY.show("information-requests", page, viewer(Role.SPOC))
    assert [each["id"] for each in shown.document["requests"]] == ["y"]  # type: ignore[attr-defined]  # a JSON document
    assert shown.is_cut


def test_classes_are_those_of_what_is_there() -> None:
    seen = REGISTRY.show("flags-of-person", {"own": [], "shared": [], "contacts": []}, viewer(Role.PRACTITIONER))
    assert (seen.classes, seen.is_cut) == (set(), False)
    told = {"own": [], "shared": [], "contacts": [{"agency": THEM, "phone": "01632 960000"}]}
    assert REGISTRY.show("flags-of-person", told, viewer(Role.PRACTITIONER)).classes == {"flag.exists"}


def test_an_event_covers_the_classes_it_names_and_those_within() -> None:
    assert uncovered({"flag.standing", "flag.exists", "page.frame"}, {"flag.content"}) == frozenset()
    assert uncovered({"flag.content"}, {"flag.standing", "flag.precaution"}) == {"flag.content"}
    assert uncovered({"disclosure.content"}, {"disclosure.standing", "disclosure.basis"}) == {"disclosure.content"}


def test_a_list_is_not_asked_by_what_one_may_not_see_in_full() -> None:
    by = {"given": "items.facts.text", "state": "state", "mine": "basis.decided.user"}
    registry = Registry(
        KINDS,
        ROWS,
        {"list": ListOf("disclosure", "disclosedAt", by), "sorted": ListOf("disclosure", "items.facts.text")},
    )
    desk, officer = viewer(Role.SPOC), viewer(Role.DPO_IG, purpose=Purpose.AUDIT_QUALITY)
    assert registry.may_ask_by("list", ["given", "state", "limit"], desk)
    assert registry.may_ask_by("list", ["state"], officer)
    assert not registry.may_ask_by("list", ["given"], officer)
    assert not registry.may_ask_by("list", ["mine"], desk), "of a disclosure received it is hidden"
    assert not registry.may_ask_by("sorted", [], officer), "the order tells too"
    with pytest.raises(DomainError, match="filter-not-permitted"):
        registry.require("list", ["given"], officer)


def test_every_list_may_be_asked_as_it_stands_by_some_role() -> None:
    for name, listed in LISTS.items():
        asking = [
            role for role in Role if GRANTS[role]
            and any(REGISTRY.may_ask_by(name, listed.by, viewer(role, purpose=purpose)) for purpose in Purpose)
        ]  # fmt: skip
        assert asking, name


@pytest.mark.parametrize("shape", ["a{b", "a}b", "a{b}}", "a-b"])
def test_a_shape_with_a_slip_is_refused(shape: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        leaves(shape)


def test_a_star_takes_any_json_and_a_mask_may_be_named() -> None:
    kind = Kind("x", Parties("o"), {"page.frame": "o any*", "audit.request": "r"}, masks={"r": ""})
    other = Parties("o", otherwise=Relation.OTHER_SIDE)
    registry = Registry((kind, replace(kind, name="y", parties=other)), ROWS, {})
    document = {"o": US, "any": {"deep": [{"er": 1}]}, "r": "id"}
    assert registry.show("x", document, viewer(Role.DPO_IG)).document == document
    assert registry.show("y", document, viewer(Role.DPO_IG, THEM)).document == document | {"r": ""}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=8,
)


def filled(kind: str, data: st.DataObject, depth: int = 0) -> dict[str, Any]:
    """A document of a kind with every member that it may have, and some that it may not."""
    found = written(REGISTRY.members(kind), data, depth)
    parties = REGISTRY.kinds[kind].parties or Parties()
    names = [name for name in (parties.owner, parties.other) if name is not None]
    return found | {name: data.draw(st.sampled_from([US, THEM, THIRD])) for name in names}


def written(shape: Any, data: st.DataObject, depth: int) -> dict[str, Any]:
    document: dict[str, Any] = {"unheard-of": data.draw(JSON)}
    for name, place in shape.items():
        if isinstance(place, dict):
            document[name] = written(place, data, depth + 1)
        elif isinstance(place, Leaf):
            document[name] = f"{place.name}!"
        else:
            document[name] = [filled(place.kind, data, depth + 1)]
    return document


def classes_in(value: object) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(classes_in(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(classes_in(each) for each in value))
    return {value.removesuffix("!")} if isinstance(value, str) and value.endswith("!") else set()


@given(data=st.data())
def test_whatever_is_asked_no_field_leaves_that_the_expectations_do_not_grant(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(REGISTRY.kinds)))
    role, purpose = data.draw(st.sampled_from(list(Role))), data.draw(st.sampled_from(list(Purpose)))
    document = filled(kind, data)
    shown = REGISTRY.show(kind, document, viewer(role, purpose=purpose))
    granted = {
        name for name, expected in ORACLE.items()
        if any(expected.shown(relation, role.value, purpose.value) is Shown.FULL for relation in Relation)
    }  # fmt: skip
    assert classes_in(shown.document) <= granted
    assert classes_in(shown.document) <= shown.classes
    assert "unheard-of" not in str(shown.document)
    again = REGISTRY.show(kind, shown.document, viewer(role, purpose=purpose))
    assert again.document == shown.document, "what may be seen may be seen again"
