"""One text in both languages of the service, which are equal (law 12)."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "cy"]
"""The two languages of the service."""


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in both languages of the service."""

    en: str
    cy: str

    def said(self, language: Language) -> str:
        """Give the text in one of them."""
        return self.cy if language == "cy" else self.en
