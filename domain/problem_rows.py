"""What a problem is, for the registry in `domain.problems` and the parts it is made of."""

from dataclasses import dataclass

from domain.bilingual import Bilingual
from domain.errors import Kind


@dataclass(frozen=True, slots=True)
class Problem:
    """What the code means and what the reader should do next."""

    kind: Kind
    title: Bilingual
    detail: Bilingual


def row(kind: Kind, title: tuple[str, str], detail: tuple[str, str]) -> Problem:
    """Write a problem as its kind, its title and what to do next, each in English and Welsh."""
    return Problem(kind, Bilingual(*title), Bilingual(*detail))
