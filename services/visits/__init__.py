"""Visits: the sheet that a worker takes along."""

from services.visits.printing import print_sheet
from services.visits.use_cases import CheckDesk, issue_sheet
from services.visits.wording import PartText, parts_of

__all__ = ["CheckDesk", "PartText", "issue_sheet", "parts_of", "print_sheet"]
