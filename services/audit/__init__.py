"""The audit trail as data protection officers read it, and how it is filed."""

from services.audit.explaining import explain_event
from services.audit.use_cases import export_events, query_events

__all__ = ["explain_event", "export_events", "query_events"]
