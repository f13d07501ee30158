"""Access alerts, the budgets they go by, and whose access is to be weighed."""

from sqlalchemy import ARRAY, Column, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.db.base import instant_column, metadata, owner_column, uuid_column

access_alerts = Table(
    "access_alerts",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    uuid_column("user_id"),
    uuid_column("human_id"),
    instant_column("window_start"),
    instant_column("window_end"),
    instant_column("raised_at"),
    instant_column("reviewed_at", nullable=True),
    instant_column("chase_at", nullable=True),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)

access_alert_versions = Table(
    "access_alert_versions",
    metadata,
    uuid_column("alert_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)

access_alert_chases = Table(
    "access_alert_chases",
    metadata,
    uuid_column("alert_id", primary_key=True),
    owner_column(),
    Column("duty", Text, primary_key=True),
    Column("due_at", DateTime(timezone=True), primary_key=True),
    Column("rung", Integer, primary_key=True),
    Column("roles", ARRAY(Text), nullable=False),
    instant_column("chased_at"),
)

access_budgets = Table(
    "access_budgets",
    metadata,
    owner_column(primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("daily", Integer, nullable=False),
    Column("weekly", Integer, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    uuid_column("recorded_human"),
)

access_watch = Table(
    "access_watch",
    metadata,
    uuid_column("user_id", primary_key=True),
    instant_column("from_at"),
    instant_column("due_at"),
)
