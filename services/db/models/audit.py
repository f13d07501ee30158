"""The audit trail's tables, as the auditor's and the worker's roles read them; nobody writes through these."""

from sqlalchemy import Column, Date, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA

from services.db.base import instant_column, metadata, uuid_column

pending = Table(
    "pending",
    metadata,
    uuid_column("event_id", primary_key=True),
    instant_column("occurred_at"),
    Column("body", Text, nullable=False),
    schema="audit",
)

event = Table(
    "event",
    metadata,
    Column("occurred_at", instant_column("occurred_at").type, primary_key=True),
    uuid_column("event_id", primary_key=True),
    Column("agency", Text, nullable=False),
    uuid_column("user_id"),
    Column("action", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("owners", ARRAY(Text), nullable=False),
    Column("body", Text, nullable=False),
    schema="audit",
)

subject = Table(
    "subject",
    metadata,
    uuid_column("subject", primary_key=True),
    Column("occurred_at", instant_column("occurred_at").type, primary_key=True),
    uuid_column("event_id", primary_key=True),
    schema="audit",
)

detail = Table(
    "detail",
    metadata,
    uuid_column("event_id", primary_key=True),
    Column("salt", BYTEA, nullable=True),
    Column("detail", Text, nullable=True),
    Column("erase_on", Date, nullable=False),
    uuid_column("erased_by_event", nullable=True),
    schema="audit",
)
