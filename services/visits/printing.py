"""A visit sheet as a printed document: the same words as the page's, laid out by `sheet.typ`."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict

from domain.problems import Language
from domain.visits import Sheet
from services.core.printing import Press
from services.visits.wording import TITLE, PartText, parts_of

_TEMPLATE = "visits/sheet.typ"


async def print_sheet(press: Press, sheet: Sheet, reader: Language) -> bytes:
    """Print a sheet as PDF/UA-1.

    Raises:
        DomainError: `service-unavailable`.
    """
    return await press.print(_TEMPLATE, await asyncio.to_thread(_content, sheet, reader), sheet.issued_at)


def _content(sheet: Sheet, reader: Language) -> dict[str, object]:
    parts = parts_of(sheet, reader)
    return {"title": _title(parts), "language": parts[0].language, "parts": [asdict(part) for part in parts]}


def _title(parts: Sequence[PartText]) -> str:
    return f"{TITLE.en} / {TITLE.cy}" if len(parts) > 1 else parts[0].title
