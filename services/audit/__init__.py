"""The audit trail as data protection officers read it, and how it is filed."""

from services.audit.explaining import explain_event
from services.audit.filing import ensure_months, file_events
from services.audit.use_cases import export_events, query_events

__all__ = ["ensure_months", "explain_event", "export_events", "file_events", "query_events"]
