"""Documents that people print, keep and read: tagged PDF (PDF/UA-1), in the reader's language (ADR 0009)."""

from services.core.printing.press import Press
from services.core.printing.words import is_printable, printable

__all__ = ["Press", "is_printable", "printable"]
