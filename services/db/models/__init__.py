"""Tables as SQLAlchemy Core knows them, one file per capability; importing this makes the metadata whole.

They are reflected in the migrations by hand and compared with the migrated database by a test, so a
column cannot exist in one place only.
"""

from services.db.base import metadata
from services.db.models import (
    agencies,
    audit,
    confidentiality,
    flag_imports,
    flags,
    incidents,
    issuers,
    persons,
    requests,
    sharing,
)

__all__ = [
    "agencies",
    "audit",
    "confidentiality",
    "flag_imports",
    "flags",
    "incidents",
    "issuers",
    "metadata",
    "persons",
    "requests",
    "sharing",
]
