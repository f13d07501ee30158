"""Who is meant: weighing what a question and the records agree on (matching rules of a check).

The rule of the house is that a typing error is never an all-clear: whatever agrees in part and contradicts
in part asks for more (`refine`), and only a question that nothing resembles finds nobody. Being wrong the
other way would tell one person's story under another's name, so two who fit are as uncertain as none.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from domain.identifiers import canonical_nhs_number, canonical_postcode, canonical_uprn
from domain.identity_keys import EXACT_KINDS, Identity, MatchKind
from domain.ids import PersonId
from domain.text import fold

_SAME_FAMILY = frozenset({MatchKind.FAMILY_BIRTH, MatchKind.FAMILY_BIRTH_NUMBERED})
_GIVEN_AGREES = frozenset({MatchKind.NHS_BIRTH, MatchKind.FAMILY_BIRTH_GIVEN, MatchKind.FAMILY_BIRTH_UNGIVEN})
_NUMBER_ALIKE = frozenset({MatchKind.NHS_BIRTH, MatchKind.NHS, MatchKind.NHS_DIGITS_BIRTH})


class Certainty(StrEnum):
    """How sure it is who is meant."""

    CERTAIN = "certain"
    REFINE = "refine"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who is meant, and who else might be.

    `possible` beside a certain person are near misses that nothing tells apart for sure: perhaps the same
    human in another agency's record with a slip in it. A check must not answer `no-warning-known` for the
    certain person while one of them is warned of (law 10); it answers `refine`. Beside `refine` they are
    the candidates, for the duty desk only.
    """

    certainty: Certainty
    person: PersonId | None = None
    possible: frozenset[PersonId] = frozenset()


def sufficient(query: Identity) -> bool:
    """Say whether a question holds enough to be answered at all.

    Enough is an NHS number and birth date, or family name and birth date with one of given name, postcode
    (with or without the first line) and UPRN. A number that fails its check digit spoils the rest: somebody
    mistyped, and it is not for us to say what. Nothing less is even looked for, so that the answer to it
    says nothing about anybody.
    """
    if query.birth_date is None:
        return False
    if query.nhs_number is not None:
        return canonical_nhs_number(query.nhs_number) is not None
    if not fold(query.family or ""):
        return False
    placed = canonical_postcode(query.postcode or "") or canonical_uprn(query.uprn or "")
    return bool(fold(query.given or "") or placed)


def resolve(query: Identity, matches: Mapping[PersonId, AbstractSet[MatchKind]]) -> Resolution:
    """Decide who is meant.

    Args:
        query: what was asked.
        matches: for every person some record of whom shares a key with the question, the kinds of all
            shared keys of all that person's records, near kinds among them.
    """
    if not sufficient(query):
        return Resolution(Certainty.REFINE, possible=frozenset(matches))
    fitting = [person for person, kinds in matches.items() if _fits(query, kinds)]
    if len(fitting) == 1:
        person = fitting[0]
        by_number = MatchKind.NHS_BIRTH in matches[person]
        others = {
            other for other, kinds in matches.items() if other != person and not (by_number and _numbered_apart(kinds))
        }
        return Resolution(Certainty.CERTAIN, person, frozenset(others))
    if matches:
        return Resolution(Certainty.REFINE, possible=frozenset(matches))
    return Resolution(Certainty.UNKNOWN)


def _fits(query: Identity, kinds: AbstractSet[MatchKind]) -> bool:
    """Say whether a person agrees by a sufficient route and contradicts nothing that was asked.

    An address that differs contradicts nobody: people move. Names and numbers do:

    * another NHS number than the one asked with is another human's, even if the name is the same;
    * the number and birth date under another family name may be a line taken from the wrong row;
    * family name, birth date and place under another given name may be a twin.
    """
    if not kinds & EXACT_KINDS:
        return False
    if MatchKind.NHS_BIRTH in kinds:
        return not fold(query.family or "") or bool(kinds & _SAME_FAMILY)
    if query.nhs_number is not None and MatchKind.FAMILY_BIRTH_NUMBERED in kinds:
        return False
    return not fold(query.given or "") or bool(kinds & _GIVEN_AGREES)


def _numbered_apart(kinds: AbstractSet[MatchKind]) -> bool:
    """Say whether a namesake's record bears an NHS number that is no slip of the one asked with."""
    return MatchKind.FAMILY_BIRTH_NUMBERED in kinds and not kinds & _NUMBER_ALIKE
