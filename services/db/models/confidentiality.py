"""Terms agreed with families, their versions, and each time they were set aside."""

from sqlalchemy import Column, Date, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.db.base import instant_column, metadata, owner_column, restricted_column, uuid_column

confidentiality_terms = Table(
    "confidentiality_terms",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    uuid_column("record_id"),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("review_on", Date, nullable=False),
    instant_column("agreed_at"),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
)

confidentiality_term_versions = Table(
    "confidentiality_term_versions",
    metadata,
    uuid_column("terms_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("state", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
)

confidentiality_overrides = Table(
    "confidentiality_overrides",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    uuid_column("terms_id"),
    Column("target", Text, nullable=False),
    uuid_column("target_id"),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
)
