"""What the field registry is made of: relations, how much is shown, rows of the table, and the shape of an answer.

A shape is written as its members, with braces around what lies within: `id content{place{text uprn} grade}`. Lists are
transparent: `items{item facts{text}}` is the same whether `items` holds one or many. A star takes any JSON below it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TypeAlias

from domain.access import Permission, Purpose, Role


class Relation(StrEnum):
    """How the reader's agency stands to what is read."""

    OWNER = "owner"
    """It entered the record, or the act is its own: the controller (law 3)."""
    OTHER_SIDE = "other-side"
    """It is the other of two named agencies, or its records were touched by another's act."""
    RECIPIENT = "recipient"
    """The record was shared with it, or addressed to it."""
    OVERSEER = "overseer"
    """It is the Board, in a role that oversees all agencies."""
    STRANGER = "stranger"
    """None of these."""


class Shown(IntEnum):
    """How much of a field leaves, in rising order; what is in no row is absent."""

    ABSENT = 0
    """The member is not there, whatever its value."""
    MASKED = 1
    """The member is there with the same value for everybody, null unless the kind names another."""
    FULL = 2
    """As it is."""


@dataclass(frozen=True, slots=True)
class FieldClass:
    """Fields that are shown or hidden together, under the name that an audit event says in `fields`.

    An event that names a class of `within` tells of this one too: who is given a whole flag was given its standing.
    Where `is_evidence` is false nothing personal is in it: a page's cursor, the number of a duty desk.
    """

    name: str
    meaning: str
    within: tuple[str, ...] = ()
    is_evidence: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: a class of field, to whom, and how much.

    `needs` are permissions of which the roles held carry at least one; None asks for none. `purposes` are those for
    which the row holds; None is all of them. Of several rows that fit, the one that shows most counts.
    """

    field: str
    relations: frozenset[Relation]
    shown: Shown
    needs: frozenset[Permission] | None = None
    purposes: frozenset[Purpose] | None = None

    def fits(self, relation: Relation, permissions: frozenset[Permission], purpose: Purpose) -> bool:
        """Say whether the row speaks of such a reader."""
        return (
            relation in self.relations
            and (self.needs is None or not self.needs.isdisjoint(permissions))
            and (self.purposes is None or purpose in self.purposes)
        )


@dataclass(frozen=True, slots=True)
class Parties:
    """Where an answer says whose it is: the member that names the owner, and the one that names the other side.

    `otherwise` is how a reader stands who is neither, or who reads what names nobody, since the store gives it to its
    owner alone. A role of `overseers` stands above that.
    """

    owner: str | None = None
    other: str | None = None
    otherwise: Relation = Relation.STRANGER
    overseers: frozenset[Role] = frozenset()

    @property
    def relations(self) -> frozenset[Relation]:
        """List how a reader of it may stand."""
        named = {Relation.OWNER} if self.owner else set[Relation]()
        named |= {Relation.OTHER_SIDE} if self.other else set[Relation]()
        named |= {Relation.OVERSEER} if self.overseers else set[Relation]()
        return frozenset(named | {self.otherwise})


OWN = Parties(otherwise=Relation.OWNER)
"""Named nowhere in the answer: row security gives it to its owner and to nobody else."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of answer, or of a part that several answers hold.

    `classes` gives the shape by class; `parts` the members that are another kind, whose relation is told anew; `masks`
    what stands in a masked member, by its path; `views` the names of the schemas that write it. Without `parties` the
    relation is that of what it is part of.
    """

    name: str
    parties: Parties | None
    classes: Mapping[str, str]
    parts: Mapping[str, str] = field(default_factory=dict[str, str])
    views: tuple[str, ...] = ()
    masks: Mapping[str, object] = field(default_factory=dict[str, object])

    def paths(self) -> Iterator[tuple[str, str]]:
        """List every field with its class; a star at its end takes whatever lies below."""
        for name, shape in self.classes.items():
            for path in leaves(shape):
                yield path, name


_WORD = re.compile(r"[{}]|[A-Za-z][A-Za-z0-9]*\*?")


def leaves(shape: str) -> list[str]:
    """Write a shape out as the paths of its fields, parted by dots.

    Raises:
        ValueError: the braces do not match.
    """
    found: list[str] = []
    above: list[str] = []
    words = _WORD.findall(shape)
    for place, word in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else ""
        if word == "}":
            above.pop()
        elif following == "{":
            above.append(word)
        elif word != "{":
            found.append(".".join((*above, word)))
    if above or "".join(words) != re.sub(r"\s", "", shape):
        message = "a shape whose braces do not match"
        raise ValueError(message)
    return found


@dataclass(frozen=True, slots=True)
class Leaf:
    """What becomes of one member: its class, how much is shown, what stands in its place, whether it is any JSON."""

    name: str
    shown: Shown
    mask: object = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A member that is another kind."""

    kind: str


Shape: TypeAlias = "dict[str, Leaf | Part | Shape]"
"""The members of an answer, and what lies within them."""
