"""The register: agencies, people who act for them, and their systems."""

from sqlalchemy import Boolean, Column, Table, Text
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
)

humans = Table(
    "humans",
    metadata,
    uuid_column("id", primary_key=True),
    instant_column("suspended_at", nullable=True),
    instant_column("created_at"),
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
)

user_roles = Table(
    "user_roles",
    metadata,
    uuid_column("user_id", primary_key=True),
    owner_column(primary_key=True),
    Column("role", Text, primary_key=True),
    Column("valid_from", instant_column("valid_from").type, primary_key=True),
    instant_column("valid_to", nullable=True),
)

clients = Table(
    "clients",
    metadata,
    Column("id", Text, primary_key=True),
    owner_column(),
    Column("name", Text, nullable=False),
    Column("key_set", JSONB, nullable=True),
    Column("key_set_url", Text, nullable=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("acting_for", ARRAY(Text), nullable=False),
    instant_column("suspended_at", nullable=True),
    instant_column("created_at"),
)
