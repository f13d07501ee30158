"""Agencies, their people, their systems, and what the register says of them."""

from services.agencies.coverage import Coverage, Desk
from services.agencies.known import agency_names, unknown_agencies

__all__ = ["Coverage", "Desk", "agency_names", "unknown_agencies"]
