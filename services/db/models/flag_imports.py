"""Imports of older registers, their versions, and their rows."""

from sqlalchemy import Boolean, Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB

from services.db.base import instant_column, metadata, owner_column, uuid_column

flag_imports = Table(
    "flag_imports",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("checked_to", Integer, nullable=False),
    Column("made_to", Integer, nullable=False),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)

flag_import_versions = Table(
    "flag_import_versions",
    metadata,
    uuid_column("import_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("state", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)

flag_import_rows = Table(
    "flag_import_rows",
    metadata,
    uuid_column("import_id", primary_key=True),
    Column("number", Integer, primary_key=True),
    owner_column(),
    Column("cells", JSONB(none_as_null=True), nullable=True),
    Column("digests", ARRAY(BYTEA), nullable=True),
    Column("target", Text, nullable=True),
    Column("category", Text, nullable=True),
    Column("expected", Text, nullable=True),
    Column("outcome", Text, nullable=True),
    Column("issues", JSONB, nullable=False),
    uuid_column("record_id", nullable=True),
    Column("registers", Boolean, nullable=False),
    Column("planned", Boolean, nullable=False),
    uuid_column("flag_id", nullable=True),
    Column("same_as", Integer, nullable=True),
)
