"""Flags, their versions, whom they warn about, who received them, resolved checks, and letters about flags."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.db.base import instant_column, metadata, owner_column, restricted_column, uuid_column

flags = Table(
    "flags",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("category", Text, nullable=False),
    uuid_column("record_id", nullable=True),
    Column("uprn", Text, nullable=True),
    uuid_column("person_id", nullable=True),
    Column("twin", Boolean, nullable=False),
    Column("recipients", ARRAY(Text), nullable=False),
    Column("household", Boolean, nullable=False),
    Column("places", Boolean, nullable=False),
    Column("is_alerting", Boolean, nullable=False),
    Column("review_on", Date, nullable=True),
    Column("contested", Boolean, nullable=False),
    Column("restricted", Boolean, nullable=False),
    instant_column("lapses_at", nullable=True),
    Column("is_legacy", Boolean, nullable=False),
    Column("reserved_for", ARRAY(Text), nullable=True),
    instant_column("duty_at", nullable=True),
    instant_column("chase_at", nullable=True),
    instant_column("silent_at", nullable=True),
    Column("content_until", Date, nullable=True),
    Column("trail_until", Date, nullable=True),
    Column("precaution", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
)

category_reservations = Table(
    "category_reservations",
    metadata,
    owner_column(primary_key=True),
    Column("category", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("roles", ARRAY(Text), nullable=False),
    Column("reason", Text, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)

corroborations = Table(
    "corroborations",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    uuid_column("flag_id"),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("last_on", Date, nullable=True),
    Column("kinds", ARRAY(Text), nullable=False),
    instant_column("since"),
    instant_column("withdrawn_at", nullable=True),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)

corroboration_versions = Table(
    "corroboration_versions",
    metadata,
    uuid_column("corroboration_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("state", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)

flag_versions = Table(
    "flag_versions",
    metadata,
    uuid_column("flag_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("state", Text, nullable=False),
    Column("change", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
)

flag_incidents = Table(
    "flag_incidents",
    metadata,
    uuid_column("flag_id", primary_key=True),
    uuid_column("incident_id", primary_key=True),
    owner_column(),
    restricted_column(),
)

flag_targets = Table(
    "flag_targets",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    uuid_column("flag_id"),
    owner_column(),
    uuid_column("person_id", nullable=True),
    Column("uprn", Text, nullable=True),
    Column("via", Text, nullable=False),
    Column("valid_from", Date, nullable=True),
    Column("valid_to", Date, nullable=True),
    restricted_column(),
)

flag_recipients = Table(
    "flag_recipients",
    metadata,
    uuid_column("flag_id", primary_key=True),
    Column("flag_version", Integer, primary_key=True),
    Column("agency", Text, primary_key=True),
    owner_column(),
    instant_column("matched_at"),
    uuid_column("matched_event"),
    instant_column("displayed_at", nullable=True),
    uuid_column("displayed_event", nullable=True),
    instant_column("acknowledged_at", nullable=True),
    uuid_column("acknowledged_event", nullable=True),
    restricted_column(),
)

check_resolutions = Table(
    "check_resolutions",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    uuid_column("check_id"),
    Column("entry_reference", Text, nullable=False),
    uuid_column("record_id", nullable=True),
    Column("method", Text, nullable=False),
    Column("note", Text, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
)

flag_chases = Table(
    "flag_chases",
    metadata,
    uuid_column("flag_id", primary_key=True),
    owner_column(),
    Column("duty", Text, primary_key=True),
    Column("due_at", DateTime(timezone=True), primary_key=True),
    Column("rung", Integer, primary_key=True),
    Column("roles", ARRAY(Text), nullable=False),
    instant_column("chased_at"),
    restricted_column(),
)

notices = Table(
    "notices",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    Column("sender_agency", Text, nullable=False),
    uuid_column("flag_id"),
    uuid_column("about", nullable=True),
    Column("held_version", Integer, nullable=False),
    Column("flag_version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    instant_column("made_at"),
    instant_column("due_at"),
    instant_column("chase_at", nullable=True),
    instant_column("acknowledged_at", nullable=True),
    uuid_column("acknowledged_by", nullable=True),
    Column("outcome", Text, nullable=True),
)

notice_chases = Table(
    "notice_chases",
    metadata,
    uuid_column("notice_id", primary_key=True),
    owner_column(),
    Column("rung", Integer, primary_key=True),
    Column("roles", ARRAY(Text), nullable=False),
    instant_column("chased_at"),
)

letter_templates = Table(
    "letter_templates",
    metadata,
    owner_column(primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)

flag_notices = Table(
    "flag_notices",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    uuid_column("flag_id"),
    Column("flag_version", Integer, nullable=False),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
)
