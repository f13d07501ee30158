"""What a flag check needs, entered in the registry of measured use cases (ADR 0004)."""

from domain.access import Permission
from domain.audit_actions import AuditAction
from services.core.use_case import measured

PERMISSION = measured("flags.run_check", Permission.CHECK_RUN, AuditAction.FLAG_CHECKED)
