"""The field registry: what leaves of each field, decided in one place for every channel (laws 3, 4, 7 and 8).

REST, GraphQL, exports and printed forms hand their answers to `show`, which keeps what a row of the table grants and
drops the rest, unknown fields too. Lists ask `may_ask_by` whether they may be narrowed and ordered. The documents and
docs/field-registry.md are printed from the same table.

To add a kind of answer:

1. Write its `Kind` in the module of its family (`field_kinds` names them): the schema that writes it in `views`, who
   is owner and other side in `parties`, and its fields by class. Entries of a page are a kind of their own, in `parts`.
2. Give each new class a line in `CLASSES` and at least one row in `ROWS` (`field_table`), and say the class in the
   `fields` of the audit event where the answer is made (`unit.record`). An answer with a class that its event does not
   name is withheld.
3. Name the fields by which its list is narrowed and ordered in `field_lists`.
4. Print `python -m api.cli openapi` and `python -m api.field_page`, and add what you expect to the table of
   tests/domain/field_oracle.py. What you forgot fails there and in tests/contract/test_fields.py.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import cast

from domain.access import Principal, Purpose, Role, permissions_of
from domain.errors import DomainError
from domain.field_kinds import KINDS
from domain.field_lists import LISTS, ListOf
from domain.field_parts import Kind, Leaf, Part, Relation, Row, Shape, Shown
from domain.field_table import CLASSES, ROWS
from domain.ids import AgencyCode

__all__ = ["CLASSES", "REGISTRY", "Disclosed", "Registry", "Relation", "Shown", "Viewer", "uncovered", "viewer_of"]

Document = dict[str, object]
_GONE = object()
_NOT_OWNERS = frozenset({Relation.RECIPIENT, Relation.OTHER_SIDE})
_PLAIN = frozenset({str, int, bool, float, type(None)})


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who reads: for which agency, in which roles, for which purpose."""

    agency: AgencyCode
    roles: frozenset[Role]
    purpose: Purpose


def viewer_of(principal: Principal) -> Viewer:
    """Take from a principal what decides which fields are shown."""
    return Viewer(principal.agency, principal.roles, principal.purpose)


@dataclass(slots=True)
class Disclosed:
    """What leaves of an answer, of which classes, and whether anything was left out or masked."""

    document: Document = field(default_factory=dict[str, object])
    classes: set[str] = field(default_factory=set[str])
    is_cut: bool = False


class Registry:
    """Kinds of answers and the table that decides on their fields; compiled per reader and kept."""

    def __init__(self, kinds: Iterable[Kind], rows: Iterable[Row], lists: Mapping[str, ListOf]) -> None:
        self.kinds = {kind.name: kind for kind in kinds}
        self.rows = tuple(rows)
        self.lists = lists
        self._by_class: dict[str, list[Row]] = {}
        for row in self.rows:
            self._by_class.setdefault(row.field, []).append(row)
        # One cache per registry, so that a test may weaken a copy of the table.
        self.shown_as = cache(self._shown_as)
        self.shape = cache(self._compiled)
        self.members = cache(self._written_out)

    @cached_property
    def by_view(self) -> dict[str, str]:
        """Find a kind by the name of a schema that writes it."""
        return {view: kind.name for kind in self.kinds.values() for view in kind.views}

    def _shown_as(self, name: str, relation: Relation, roles: frozenset[Role], purpose: Purpose) -> Shown:
        held = permissions_of(roles)
        fitting = (row.shown for row in self._by_class.get(name, ()) if row.fits(relation, held, purpose))
        return max(fitting, default=Shown.ABSENT)

    def relation_of(
        self, kind: Kind, document: Mapping[str, object], viewer: Viewer, inherited: Relation = Relation.STRANGER
    ) -> Relation:
        """Say how a reader stands to an answer, by the agencies that it names."""
        parties = kind.parties
        if parties is None:
            return inherited
        if parties.owner is not None and document.get(parties.owner) == viewer.agency:
            return Relation.OWNER
        if parties.other is not None and document.get(parties.other) == viewer.agency:
            return Relation.OTHER_SIDE
        return parties.otherwise if parties.overseers.isdisjoint(viewer.roles) else Relation.OVERSEER

    def show(
        self, kind: str, document: Mapping[str, object], viewer: Viewer, relation: Relation | None = None
    ) -> Disclosed:
        """Keep of an answer what the reader may see; the relation is told from the answer unless it is given."""
        disclosed = Disclosed()
        shown = self._of_kind(kind, document, viewer, disclosed, relation)
        disclosed.document = cast("Document", shown) if isinstance(shown, dict) else {}
        return disclosed

    def _of_kind(
        self,
        name: str,
        document: Mapping[str, object],
        viewer: Viewer,
        disclosed: Disclosed,
        relation: Relation | None = None,
        inherited: Relation = Relation.STRANGER,
    ) -> object:
        found = relation or self.relation_of(self.kinds[name], document, viewer, inherited)
        shape = self.shape(name, found, viewer.roles, viewer.purpose)
        shown = self._inside(shape, document, (viewer, found), disclosed)
        return _GONE if document and not shown else shown

    def _inside(
        self, shape: Shape, document: Mapping[str, object], by: tuple[Viewer, Relation], disclosed: Disclosed
    ) -> Document:
        kept: Document = {}
        for name, value in document.items():
            place = shape.get(name)
            shown = _GONE if place is None else self._member(place, value, by, disclosed)
            if shown is _GONE:
                disclosed.is_cut = True
            else:
                kept[name] = shown
        return kept

    def _member(
        self, place: "Leaf | Part | Shape", value: object, by: tuple[Viewer, Relation], disclosed: Disclosed
    ) -> object:
        if isinstance(place, Leaf):
            return _leaf(place, value, disclosed)
        if isinstance(value, list):
            entries = [self._below(place, each, by, disclosed) for each in cast("list[object]", value)]
            return [each for each in entries if each is not _GONE]
        shown = self._below(place, value, by, disclosed)
        return None if shown is _GONE and isinstance(place, Part) else shown

    def _below(self, place: "Part | Shape", value: object, by: tuple[Viewer, Relation], disclosed: Disclosed) -> object:
        if value is None:
            return None
        if not isinstance(value, dict):
            disclosed.is_cut = True
            return _GONE
        document = cast("Document", value)
        if isinstance(place, Part):
            shown = self._of_kind(place.kind, document, by[0], disclosed, inherited=by[1])
            disclosed.is_cut |= shown is _GONE
            return shown
        return self._inside(place, document, by, disclosed)

    def _written_out(self, name: str) -> Shape:
        """Write out the members of a kind with their classes, as if all were shown."""
        kind = self.kinds[name]
        shape: Shape = {}
        for path, class_name in kind.paths():
            mask = next((kind.masks[each] for each in _prefixes(path) if each in kind.masks), None)
            _put(shape, path.removesuffix("*"), Leaf(class_name, Shown.FULL, mask, path.endswith("*")))
        for path, part in kind.parts.items():
            _put(shape, path, Part(part))
        return shape

    def _compiled(self, name: str, relation: Relation, roles: frozenset[Role], purpose: Purpose) -> Shape:
        """Write out for one reader what becomes of each member of a kind."""

        def decided(place: "Leaf | Part | Shape") -> "Leaf | Part | Shape":
            if isinstance(place, Leaf):
                return replace(place, shown=self.shown_as(place.name, relation, roles, purpose))
            return place if isinstance(place, Part) else {member: decided(below) for member, below in place.items()}

        return {member: _folded(decided(place)) for member, place in self.members(name).items()}

    def may_ask_by(self, operation: str, parameters: Iterable[str], viewer: Viewer) -> bool:
        """Say whether a reader sees in full, of whatever entry, every field that a list is ordered and narrowed by."""
        listed = self.lists.get(operation)
        if listed is None:
            return True
        kind = self.kinds[listed.kind]
        class_of = dict(kind.paths())
        wanted = {listed.order, *(listed.by[each] for each in parameters if each in listed.by)}
        return all(
            self.shown_as(class_of[path], relation, viewer.roles, viewer.purpose) is Shown.FULL
            for path in wanted
            for relation in self.relations_of(kind, viewer)
        )

    def relations_of(self, kind: Kind, viewer: Viewer) -> frozenset[Relation]:
        """List how a reader may stand to entries of a kind, before any is looked at."""
        if kind.parties is None:
            return frozenset(Relation)
        overseeing = not kind.parties.overseers.isdisjoint(viewer.roles)
        standing = kind.parties.relations - {kind.parties.otherwise if overseeing else Relation.OVERSEER}
        return standing - {Relation.STRANGER}

    def require(self, operation: str, parameters: Iterable[str], viewer: Viewer) -> None:
        """Refuse a list that would be narrowed or ordered by what the reader may not see, whatever is in it.

        Raises:
            DomainError: `filter-not-permitted`.
        """
        if not self.may_ask_by(operation, parameters, viewer):
            raise DomainError("filter-not-permitted")


def _leaf(place: Leaf, value: object, disclosed: Disclosed) -> object:
    if place.shown is Shown.FULL and (place.is_open or _is_plain(value)):
        if value is not None and value not in ([], ""):
            disclosed.classes.add(place.name)
        return value
    disclosed.is_cut = True
    return place.mask if place.shown is Shown.MASKED else _GONE


def _is_plain(value: object) -> bool:
    """Say whether a value is no container but a list of values, so that nothing unknown hides in it."""
    if type(value) in _PLAIN:
        return True
    if isinstance(value, (list, tuple)):
        return not any(isinstance(each, (dict, list)) for each in cast("list[object]", value))
    return not isinstance(value, dict)


def _put(shape: Shape, path: str, place: "Leaf | Part") -> None:
    *above, name = path.split(".")
    for each in above:
        shape = cast("Shape", shape.setdefault(each, {}))
    shape[name] = place


def _prefixes(path: str) -> Iterator[str]:
    steps = path.split(".")
    return (".".join(steps[:end]) for end in range(1, len(steps) + 1))


def _folded(place: "Leaf | Part | Shape") -> "Leaf | Part | Shape":
    """Hide as a whole what is hidden in all its fields, so that not even how many there are is told."""
    if not isinstance(place, dict):
        return place
    below: Shape = {name: _folded(each) for name, each in place.items()}
    hidden = [each for each in below.values() if isinstance(each, Leaf) and each.shown is not Shown.FULL]
    if len(hidden) < len(below):
        return below
    most = max(hidden, key=lambda each: each.shown)
    return Leaf(most.name, most.shown, most.mask)


def uncovered(classes: Iterable[str], said: Iterable[str]) -> frozenset[str]:
    """Name the classes shown of which an event says nothing, itself or by a class that holds them."""
    named = frozenset(said)
    return frozenset(name for name in classes if CLASSES[name].is_evidence and not _is_covered(name, named))


def _is_covered(name: str, named: frozenset[str]) -> bool:
    return name in named or any(_is_covered(each, named) for each in CLASSES[name].within)


SHARED_CLASSES = frozenset(row.field for row in ROWS if not row.relations.isdisjoint(_NOT_OWNERS))
"""Classes that anybody but the owner of a record is ever shown."""

REGISTRY = Registry(KINDS, ROWS, LISTS)
"""The registry that every channel obeys."""
