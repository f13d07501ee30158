"""Cases: what the capabilities below hold about one person, put side by side."""

from services.cases.use_cases import person_summary

__all__ = ["person_summary"]
