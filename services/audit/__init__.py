"""The audit trail as data protection officers read it, and how it is filed."""

from services.audit.use_cases import export_events, query_events

__all__ = ["export_events", "query_events"]
