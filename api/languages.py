"""The reader's language: English or Welsh, by `Accept-Language` (law 12, W-05)."""

from typing import Literal

from domain.problems import Bilingual

Language = Literal["en", "cy"]


def language_of(accept_language: str | None) -> Language:
    """Choose the language the reader prefers; English where neither is asked for (RFC 9110 12.5.4)."""
    if not accept_language:
        return "en"
    best: tuple[float, Language] = (0.0, "en")
    for part in accept_language.split(",")[:10]:
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().split("-", maxsplit=1)[0]
        if language in {"cy", "en"}:
            quality = _quality(parameters)
            if quality > best[0]:
                best = (quality, "cy" if language == "cy" else "en")
    return best[1]


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


def say(text: Bilingual, language: Language) -> str:
    """Pick one of the two."""
    return text.cy if language == "cy" else text.en
