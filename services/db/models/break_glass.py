"""Sealed doors that were opened, who was told, what was made of it, and whose right was given back."""

from sqlalchemy import ARRAY, Column, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from services.db.base import instant_column, metadata, owner_column, uuid_column

break_glass_grants = Table(
    "break_glass_grants",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("version", Integer, nullable=False),
    uuid_column("record_id"),
    uuid_column("person_id"),
    Column("reason_code", Text, nullable=False),
    Column("justification", Text, nullable=False),
    uuid_column("opened_by"),
    uuid_column("opened_human"),
    instant_column("opened_at"),
    instant_column("expires_at"),
    instant_column("review_due_at"),
    instant_column("reviewed_at", nullable=True),
    uuid_column("reviewed_by", nullable=True),
    uuid_column("reviewed_human", nullable=True),
    Column("outcome", Text),
    Column("review_reason", Text),
    instant_column("chase_at", nullable=True),
)

break_glass_notices = Table(
    "break_glass_notices",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("grant_id", UUID(as_uuid=True), nullable=False),
    Column("opening_agency", Text, nullable=False),
    instant_column("opened_at"),
    uuid_column("opened_by", nullable=True),
    uuid_column("opened_human", nullable=True),
    instant_column("told_at"),
    Column("version", Integer, nullable=False),
    instant_column("acknowledged_at", nullable=True),
    uuid_column("acknowledged_by", nullable=True),
)

break_glass_restorations = Table(
    "break_glass_restorations",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    uuid_column("user_id"),
    uuid_column("human_id"),
    Column("reason", Text, nullable=False),
    instant_column("restored_at"),
    uuid_column("restored_by"),
    uuid_column("restored_human"),
)

break_glass_chases = Table(
    "break_glass_chases",
    metadata,
    uuid_column("grant_id", primary_key=True),
    owner_column(),
    Column("duty", Text, primary_key=True),
    Column("due_at", DateTime(timezone=True), primary_key=True),
    Column("rung", Integer, primary_key=True),
    Column("roles", ARRAY(Text), nullable=False),
    instant_column("chased_at"),
)
