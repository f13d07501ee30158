"""Information sharing protocols, their signatures, and the lanes that the database lays from both."""

from sqlalchemy import ARRAY, BigInteger, Column, Date, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, TSTZMULTIRANGE

from services.db.base import instant_column, metadata, owner_column, uuid_column

sharing_protocols = Table(
    "sharing_protocols",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("partners", ARRAY(Text), nullable=False),
    Column("review_due", Date, nullable=False),
    Column("runs_until", Date),
    instant_column("drafted_at"),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)

sharing_protocol_versions = Table(
    "sharing_protocol_versions",
    metadata,
    uuid_column("protocol_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("state", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)

protocol_signatures = Table(
    "protocol_signatures",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    uuid_column("protocol_id"),
    Column("post", Text, nullable=False),
    instant_column("signed_at"),
    uuid_column("signed_by"),
    uuid_column("signed_human"),
    instant_column("left_at", nullable=True),
    uuid_column("left_by", nullable=True),
    uuid_column("left_human", nullable=True),
    Column("left_reason", Text),
)

flow_lanes = Table(
    "flow_lanes",
    metadata,
    Column("id", BigInteger, primary_key=True),
    owner_column(),
    Column("recipient_agency", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    uuid_column("protocol_id"),
    Column("flow", Text, nullable=False),
    instant_column("valid_from"),
    instant_column("valid_until"),
)

flow_spans = Table(
    "flow_spans",
    metadata,
    owner_column(primary_key=True),
    Column("recipient_agency", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("spans", TSTZMULTIRANGE, nullable=False),
)

protocol_chases = Table(
    "protocol_chases",
    metadata,
    uuid_column("protocol_id", primary_key=True),
    owner_column(primary_key=True),
    Column("duty", Text, primary_key=True),
    Column("due_at", DateTime(timezone=True), primary_key=True),
    Column("rung", Integer, primary_key=True),
    Column("roles", ARRAY(Text), nullable=False),
    instant_column("chased_at"),
)
