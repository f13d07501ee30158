"""Declared conflicts of interest: declare, list, end. The unit of work and the flag check hold them (ADR 0017)."""

from services.conflicts.use_cases import declare_conflict, end_conflict, list_conflicts

__all__ = ["declare_conflict", "end_conflict", "list_conflicts"]
