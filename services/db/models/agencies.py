"""The register: agencies, people who act for them, and their systems."""

from sqlalchemy import Boolean, Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.db.base import instant_column, metadata, owner_column, uuid_column

agencies = Table(
    "agencies",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_en", Text, nullable=False),
    Column("name_cy", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("duty_phone", Text, nullable=False),
    instant_column("registers_fed_at", nullable=True),
    instant_column("suspended_at", nullable=True),
    instant_column("created_at"),
    Column("version", Integer, nullable=False),
)

humans = Table(
    "humans",
    metadata,
    uuid_column("id", primary_key=True),
    instant_column("suspended_at", nullable=True),
    instant_column("created_at"),
    uuid_column("merged_into", nullable=True),
)

users = Table(
    "users",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    uuid_column("human_id"),
    Column("is_team", Boolean, nullable=False),
    Column("display_name", Text, nullable=False),
    instant_column("suspended_at", nullable=True),
    instant_column("left_at", nullable=True),
    instant_column("created_at"),
    Column("version", Integer, nullable=False),
)

user_roles = Table(
    "user_roles",
    metadata,
    uuid_column("user_id", primary_key=True),
    owner_column(primary_key=True),
    Column("role", Text, primary_key=True),
    Column("valid_from", instant_column("valid_from").type, primary_key=True),
    instant_column("valid_to", nullable=True),
    uuid_column("id"),
    Column("version", Integer, nullable=False),
    instant_column("assigned_at"),
)

clients = Table(
    "clients",
    metadata,
    Column("id", Text, primary_key=True),
    owner_column(),
    Column("name", Text, nullable=False),
    Column("key_set", JSONB(none_as_null=True), nullable=True),
    Column("key_set_url", Text, nullable=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("acting_for", ARRAY(Text), nullable=False),
    instant_column("suspended_at", nullable=True),
    instant_column("created_at"),
    Column("version", Integer, nullable=False),
    Column("former_key_set", JSONB(none_as_null=True), nullable=True),
    Column("former_key_set_url", Text, nullable=True),
    instant_column("former_until", nullable=True),
)

register_requests = Table(
    "register_requests",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("confirming_agency", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    uuid_column("asked_by"),
    uuid_column("asked_human"),
    instant_column("asked_at"),
    uuid_column("decided_by", nullable=True),
    uuid_column("decided_human", nullable=True),
    instant_column("decided_at", nullable=True),
    Column("decision_reason", Text, nullable=True),
    uuid_column("user_id", nullable=True),
    uuid_column("other_user_id", nullable=True),
    Column("for_agency", Text, nullable=True),
    Column("role", Text, nullable=True),
    Column("client_id", Text, nullable=True),
    instant_column("valid_from", nullable=True),
    instant_column("valid_to", nullable=True),
)

agreements = Table(
    "agreements",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("party_agency", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("client_id", Text, nullable=True),
    Column("version", Integer, nullable=False),
    instant_column("valid_from"),
    instant_column("valid_to", nullable=True),
    instant_column("suspended_at", nullable=True),
    Column("suspended_by", Text, nullable=True),
    instant_column("ended_at", nullable=True),
)

register_changes = Table(
    "register_changes",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("thing", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("change", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("reason", Text, nullable=True),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)
