"""What the service remembers of requests: idempotency keys."""

from sqlalchemy import Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import BYTEA

from services.db.base import instant_column, metadata, owner_column, uuid_column

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    owner_column(primary_key=True),
    Column("client_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", BYTEA, nullable=False),
    uuid_column("resource", nullable=True),
    Column("version", Integer, nullable=True),
    Column("status", Integer, nullable=False),
    instant_column("created_at"),
)
