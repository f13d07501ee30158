"""Agencies, their people, their systems, and what the register says of them."""

from services.agencies.directory import Directory, DutyContact
from services.agencies.known import agency_names, unknown_agencies

__all__ = ["Directory", "DutyContact", "agency_names", "unknown_agencies"]
