"""Requests for information, what was disclosed, and decisions not to share."""

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.db.base import instant_column, metadata, owner_column, restricted_column, uuid_column

information_requests = Table(
    "information_requests",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("holding_agency", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    uuid_column("asked_by"),
    uuid_column("asked_human"),
    instant_column("asked_at"),
    instant_column("due_at"),
    instant_column("chase_at", nullable=True),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
)

information_request_versions = Table(
    "information_request_versions",
    metadata,
    uuid_column("request_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("holding_agency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
)

information_request_notes = Table(
    "information_request_notes",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    uuid_column("request_id"),
    Column("note", Text, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
)

information_request_matches = Table(
    "information_request_matches",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    owner_column(),
    uuid_column("request_id"),
    uuid_column("record_id"),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    uuid_column("recorded_human"),
    restricted_column(),
)

disclosures = Table(
    "disclosures",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("recipient_agency", Text, nullable=False),
    uuid_column("request_id"),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    uuid_column("asked_by"),
    uuid_column("asked_human"),
    instant_column("disclosed_at"),
    Column("given_version", Integer, nullable=False),
    Column("seen_version", Integer, nullable=False),
    instant_column("chase_at", nullable=True),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
    restricted_column("restricted_there"),
)

disclosure_versions = Table(
    "disclosure_versions",
    metadata,
    uuid_column("disclosure_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("recipient_agency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
    restricted_column("restricted_there"),
)

not_sharing_decisions = Table(
    "not_sharing_decisions",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("version", Integer, nullable=False),
    Column("reason_code", Text, nullable=False),
    instant_column("decided_at"),
    instant_column("answered_at", nullable=True),
    instant_column("chase_at", nullable=True),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
)

not_sharing_decision_versions = Table(
    "not_sharing_decision_versions",
    metadata,
    uuid_column("decision_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
)

sharing_chases = Table(
    "sharing_chases",
    metadata,
    uuid_column("thing_id", primary_key=True),
    owner_column(),
    Column("duty", Text, primary_key=True),
    Column("due_at", DateTime(timezone=True), primary_key=True),
    Column("rung", Integer, primary_key=True),
    Column("roles", ARRAY(Text), nullable=False),
    instant_column("chased_at"),
)
