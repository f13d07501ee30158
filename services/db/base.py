"""The metadata all tables hang on, and the column kinds they share.

Tables are Core tables: reads are selects mapped to frozen dataclasses, so no object of the
database floor can leave `services/` and no attribute can load lazily.
"""

from sqlalchemy import ARRAY, Column, MetaData, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP, UUID

metadata = MetaData(schema="rhannu")


def uuid_column(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[object]:
    """A random identifier."""
    return Column(name, UUID(as_uuid=True), primary_key=primary_key, nullable=nullable)


def owner_column(*, primary_key: bool = False) -> Column[str]:
    """The agency that entered the row and is its controller: what row security goes by (law 3)."""
    return Column("owner_agency", Text, primary_key=primary_key, nullable=False)


def instant_column(name: str, *, nullable: bool = False) -> Column[object]:
    """An instant, kept in UTC."""
    return Column(name, TIMESTAMP(timezone=True), nullable=nullable)


def restricted_column(name: str = "restricted_to") -> Column[object]:
    """Who alone may see the row, as role codes and account ids; null where it is open. The database keeps it."""
    return Column(name, ARRAY(Text), nullable=True)
