"""The reader's language: English or Welsh, by `Accept-Language` (law 12, W-05)."""

from domain.problems import Bilingual, Language

__all__ = ["Language", "language_of", "quality_of", "say"]


def language_of(accept_language: str | None) -> Language:
    """Choose the language the reader prefers; English where neither is asked for (RFC 9110 12.5.4)."""
    if not accept_language:
        return "en"
    best: tuple[float, Language] = (0.0, "en")
    for part in accept_language.split(",")[:10]:
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().split("-", maxsplit=1)[0]
        if language in {"cy", "en"}:
            quality = quality_of(parameters)
            if quality > best[0]:
                best = (quality, "cy" if language == "cy" else "en")
    return best[1]


def quality_of(parameters: str) -> float:
    """Read the weight of a choice, one where none is said, none where it is no number (RFC 9110 12.4.2)."""
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


def say(text: Bilingual, language: Language) -> str:
    """Pick one of the two."""
    return text.said(language)
