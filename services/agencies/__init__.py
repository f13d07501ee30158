"""Agencies, their people, their systems, and what the register says of them."""

from services.agencies.known import unknown_agencies

__all__ = ["unknown_agencies"]
