"""Registered directories, their versions, and the logins of users in them."""

from sqlalchemy import Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.db.base import instant_column, metadata, owner_column, uuid_column

issuers = Table(
    "issuers",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("version", Integer, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject_claim", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("algorithms", ARRAY(Text), nullable=False),
    Column("required_claims", JSONB, nullable=False),
    Column("key_set", JSONB, nullable=True),
    Column("key_set_url", Text, nullable=True),
    instant_column("suspended_at", nullable=True),
    instant_column("created_at"),
    uuid_column("created_by"),
)

issuer_versions = Table(
    "issuer_versions",
    metadata,
    uuid_column("issuer_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    Column("reason", Text, nullable=False),
)

user_logins = Table(
    "user_logins",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    uuid_column("issuer_id"),
    uuid_column("user_id"),
    Column("subject", Text, nullable=False),
    Column("version", Integer, nullable=False),
    instant_column("valid_from"),
    instant_column("valid_to", nullable=True),
    instant_column("created_at"),
    uuid_column("created_by"),
    uuid_column("created_by_human"),
    uuid_column("confirmed_by", nullable=True),
    instant_column("confirmed_at", nullable=True),
    uuid_column("ended_by", nullable=True),
    Column("end_reason", Text, nullable=True),
)
