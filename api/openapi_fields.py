"""What the field registry says, in the OpenAPI document: the class of every field, and which may be left out.

`x-field-class` names the class, or the classes where one schema serves in several places. A member that some caller of
some operation is not given is not `required` here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from fastapi.routing import APIRoute

from api.disclosing import kinds_of
from domain.access import PURPOSES, Permission, roles_with
from domain.field_lists import LISTS, PAGING
from domain.field_parts import Leaf, Part, Relation, Shape, Shown
from domain.fields import REGISTRY, Viewer
from domain.ids import AgencyCode

Json = dict[str, Any]
KEY = "x-field-class"
_ANY = AgencyCode("")


@dataclass(slots=True)
class FieldNotes:
    """What was found of the schemas: the classes of each member, and which may be left out."""

    schemas: Json
    classes: dict[tuple[str, str], set[str]] = field(default_factory=dict[tuple[str, str], set[str]])
    optional: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def read(self, route: APIRoute, permission: Permission) -> None:
        """Look through what one operation gives to those who may ask it."""
        for kind in kinds_of(route.response_model):
            view = next(each for each in REGISTRY.kinds[kind].views if _component(self.schemas, each))
            for shape in _seen(kind, permission):
                self._note(_component(self.schemas, view), shape, permission)

    def _note(self, name: str, shape: Shape, permission: Permission) -> None:
        for member, schema in self.schemas[name].get("properties", {}).items():
            place = shape.get(member)
            if place is None:
                continue
            self.classes.setdefault((name, member), set()).update(_classes(place))
            if isinstance(place, Leaf):
                if place.shown is Shown.ABSENT:
                    self.optional.add((name, member))
                continue
            below = _seen(place.kind, permission) if isinstance(place, Part) else [place]
            for each in below:
                for component in _components(schema):
                    self._note(component, each, permission)

    def write(self) -> None:
        """Put what was found into the schemas."""
        for (name, member), classes in self.classes.items():
            named = sorted(classes)
            self.schemas[name]["properties"][member][KEY] = named[0] if len(named) == 1 else named
        for name, member in self.optional:
            required = self.schemas[name].get("required", [])
            self.schemas[name]["required"] = [each for each in required if each != member]


def _seen(kind: str, permission: Permission) -> list[Shape]:
    """Give what becomes of a kind for whoever may ask, each different case once."""
    found: dict[tuple[Shown, ...], Shape] = {}
    names = sorted({name for _, name in REGISTRY.kinds[kind].paths()})
    for viewer, relation in _readers(kind, permission):
        case = tuple(REGISTRY.shown_as(name, relation, viewer.roles, viewer.purpose) for name in names)
        if case not in found:
            found[case] = REGISTRY.shape(kind, relation, viewer.roles, viewer.purpose)
    return list(found.values())


def _readers(kind: str, permission: Permission) -> Iterator[tuple[Viewer, Relation]]:
    for role in roles_with(permission):
        for purpose in PURPOSES[permission]:
            viewer = Viewer(_ANY, frozenset({role}), purpose)
            for relation in REGISTRY.relations_of(REGISTRY.kinds[kind], viewer):
                yield viewer, relation


def _classes(place: "Leaf | Part | Shape") -> set[str]:
    if isinstance(place, Leaf):
        return {place.name}
    shape = REGISTRY.members(place.kind) if isinstance(place, Part) else place
    return set[str]().union(*(_classes(each) for each in shape.values()))


def _component(schemas: Json, view: str) -> str:
    """Find a schema by its class, whose name stands behind its module where two have the same."""
    return next((name for name in sorted(schemas) if name.split("__")[-1] == view), "")


def _components(schema: object) -> set[str]:
    """Name the schemas a member refers to, itself, in a list or beside null."""
    if isinstance(schema, list):
        return set[str]().union(*(_components(each) for each in cast("list[object]", schema)))
    if not isinstance(schema, dict):
        return set()
    members = cast("Json", schema)
    found = {members["$ref"].rpartition("/")[2]} if "$ref" in members else set[str]()
    return found | _components(members.get("anyOf")) | _components(members.get("items"))


def add_field_classes(schemas: Json, routes: Iterable[tuple[APIRoute, Permission]]) -> None:
    """Write into the schemas what the registry says of them."""
    notes = FieldNotes(schemas)
    for route, permission in routes:
        notes.read(route, permission)
    notes.write()


def with_field_class(operation: str | None, parameter: Json) -> Json:
    """Say of a parameter of a list by which class of field it narrows."""
    listed = LISTS.get(operation or "")
    name = parameter.get("name", "")
    if listed is None or parameter.get("in") != "query":
        return parameter
    path = listed.order if name in PAGING else listed.by.get(name)
    classes = dict(REGISTRY.kinds[listed.kind].paths())
    return parameter if path is None else {**parameter, KEY: classes[path]}
