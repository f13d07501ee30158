"""Agencies, their people, their systems, and what the register says of them.

Here stand the look-ups that other capabilities make; what administrators do is in `services.agencies.administration`.
"""

from services.agencies.agreements import deciding_agencies
from services.agencies.directory import Covered, Directory, DutyContact
from services.agencies.known import agency_names, agency_types, unknown_agencies

__all__ = [
    "Covered",
    "Directory",
    "DutyContact",
    "agency_names",
    "agency_types",
    "deciding_agencies",
    "unknown_agencies",
]
