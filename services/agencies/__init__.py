"""Agencies, their people, their systems, and what the register says of them."""

from services.agencies.coverage import Coverage, Desk
from services.agencies.known import unknown_agencies

__all__ = ["Coverage", "Desk", "unknown_agencies"]
