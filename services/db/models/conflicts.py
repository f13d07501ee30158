"""Declared conflicts of interest, and every version of each."""

from sqlalchemy import Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.db.base import instant_column, metadata, owner_column, uuid_column

conflict_declarations = Table(
    "conflict_declarations",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("version", Integer, nullable=False),
    uuid_column("user_id"),
    uuid_column("human_id"),
    uuid_column("record_id"),
    Column("kind", Text, nullable=False),
    instant_column("declared_at"),
    instant_column("until_at", nullable=True),
    instant_column("ended_at", nullable=True),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)

conflict_declaration_versions = Table(
    "conflict_declaration_versions",
    metadata,
    uuid_column("declaration_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)
