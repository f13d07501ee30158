"""Words of blame and punishment, which behaviour that arises from a care need never calls for (F-05).

What travels with such a warning and what the person is told of it are held against this one list, in both languages.
"""

import re

from domain.problems import Language
from domain.text import fold

_WORD = re.compile(r"[^\W\d_]+")
_BLAMING: dict[Language, tuple[str, ...]] = {
    "en": (
        "abus", "aggress", "assault", "attack", "criminal", "hostil", "intimidat", "offen", "perpetrat", "prosecut",
        "punish", "sanction", "threat", "violen",
    ),
    "cy": (
        "bygwth", "bygyth", "fygwth", "fygyth", "camdri", "gamdri", "chamdri", "cosb", "gosb", "chosb", "erlyn",
        "gelyniaeth", "elyniaeth", "sancsi", "trais", "drais", "thrais", "treisgar", "dreisgar", "threisgar", "trosedd",
        "drosedd", "throsedd", "tramgwydd", "dramgwydd", "thramgwydd", "ymosod",
    ),
}  # fmt: skip
"""Beginnings of words, folded, mutated ones too, that have no place in what is said of a care need (F-05)."""


def is_blaming(text: str, language: Language) -> bool:
    """Say whether a text uses words of blame or punishment, which behaviour from a care need never calls for."""
    return any(word.startswith(_BLAMING[language]) for word in map(fold, _WORD.findall(text)))
