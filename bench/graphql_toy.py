"""A small schema with every shape that a cost rule must know: lists, pages, interfaces, inputs within inputs."""

import strawberry

from api.graphql.extensions import SafeSchema
from api.graphql.limits import Limits


@strawberry.input
class Filter:
    text: str | None = None
    ids: list[int] | None = None
    parts: list["Filter"] | None = None
    also: "Filter | None" = None


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Place(Named):
    postcode: str = "NP20 1AA"


@strawberry.type
class Person(Named):
    age: int = 40
    height: int = 170
    weight: int = 70
    steps: int = 1
    shoe: int = 5
    hat: int = 7
    rank: int = 1
    marks: int = 9
    score: int = 3
    tags: list[str] = strawberry.field(default_factory=lambda: ["a", "b"])

    @strawberry.field
    def friend(self) -> "Person":
        return Person(name=self.name)

    @strawberry.field
    def friends(self, first: int) -> list["Person"]:
        return [Person(name=f"{self.name}{i}") for i in range(first)]

    @strawberry.field
    def places(self) -> list[Place]:
        return [Place(name="home"), Place(name="work")]


@strawberry.type
class Edge:
    node: Person


@strawberry.type
class Connection:
    edges: list[Edge]


@strawberry.type
class Query:
    @strawberry.field
    def person(self, name: str = "Ann") -> Person:
        return Person(name=name)

    @strawberry.field
    def people(self, first: int, where: Filter | None = None) -> list[Person]:  # noqa: ARG002 -- asked for its shape
        return [Person(name=f"p{i}") for i in range(first)]

    @strawberry.field
    def page(self, first: int | None = None, last: int | None = None) -> Connection:
        return Connection(edges=[Edge(node=Person(name="e")) for _ in range(first or last or 0)])

    @strawberry.field
    def anything(self) -> list[Named]:
        return [Place(name="home"), Person(name="Ann")]


def toy(limits: Limits | None = None) -> SafeSchema:
    return SafeSchema(Query, types=(Place, Person), limits=limits)
