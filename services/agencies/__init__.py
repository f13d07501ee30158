"""Agencies, their people, their systems, and what the register says of them."""

from services.agencies.directory import Covered, Directory, DutyContact
from services.agencies.known import agency_names, unknown_agencies

__all__ = ["Covered", "Directory", "DutyContact", "agency_names", "unknown_agencies"]
