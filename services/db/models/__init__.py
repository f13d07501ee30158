"""Tables as SQLAlchemy Core knows them, one file per capability; importing this makes the metadata whole.

They are reflected in the migrations by hand and compared with the migrated database by a test, so a
column cannot exist in one place only.
"""

from services.db.base import metadata
from services.db.models import (
    agencies,
    alerts,
    audit,
    break_glass,
    confidentiality,
    conflicts,
    flag_imports,
    flags,
    incidents,
    issuers,
    persons,
    protocols,
    requests,
    sharing,
)

__all__ = [
    "agencies",
    "alerts",
    "audit",
    "break_glass",
    "confidentiality",
    "conflicts",
    "flag_imports",
    "flags",
    "incidents",
    "issuers",
    "metadata",
    "persons",
    "protocols",
    "requests",
    "sharing",
]
