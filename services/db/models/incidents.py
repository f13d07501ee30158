"""Incidents and their earlier versions."""

from sqlalchemy import Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.db.base import instant_column, metadata, owner_column, restricted_column, uuid_column

incidents = Table(
    "incidents",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    uuid_column("about_record"),
    Column("version", Integer, nullable=False),
    Column("grade", Text, nullable=True),
    instant_column("occurred_at"),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    Column("reason", Text, nullable=False),
    restricted_column(),
)

incident_versions = Table(
    "incident_versions",
    metadata,
    uuid_column("incident_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    Column("reason", Text, nullable=False),
    restricted_column(),
)
