"""Person records, what they are matched by, where they live, and dated links between them."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, Identity, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from services.db.base import instant_column, metadata, owner_column, restricted_column, uuid_column

persons = Table("persons", metadata, uuid_column("id", primary_key=True))

person_records = Table(
    "person_records",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    uuid_column("person_id", nullable=True),
    Column("version", Integer, nullable=False),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    Column("reason", Text, nullable=False),
    restricted_column(),
)

person_record_versions = Table(
    "person_record_versions",
    metadata,
    uuid_column("record_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("content", JSONB, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    Column("reason", Text, nullable=False),
    restricted_column(),
)

person_keys = Table(
    "person_keys",
    metadata,
    Column("digest", BYTEA, primary_key=True),
    uuid_column("record_id", primary_key=True),
    owner_column(),
    restricted_column(),
)

person_identifiers = Table(
    "person_identifiers",
    metadata,
    owner_column(primary_key=True),
    Column("digest", BYTEA, primary_key=True),
    uuid_column("record_id"),
    Column("scope", Uuid, primary_key=True, server_default=text("'00000000-0000-0000-0000-000000000000'")),
    restricted_column(),
)

person_places = Table(
    "person_places",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    uuid_column("record_id"),
    owner_column(),
    Column("uprn", Text, nullable=False),
    Column("sealed", Boolean, nullable=False),
    Column("valid_from", Date, nullable=True),
    Column("valid_to", Date, nullable=True),
    restricted_column(),
)

relationships = Table(
    "relationships",
    metadata,
    uuid_column("id", primary_key=True),
    owner_column(),
    uuid_column("from_record"),
    uuid_column("to_record", nullable=True),
    Column("to_uprn", Text, nullable=True),
    Column("kind", Text, nullable=False),
    Column("valid_from", Date, nullable=True),
    Column("valid_to", Date, nullable=True),
    Column("version", Integer, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
    restricted_column(),
)

record_links = Table(
    "record_links",
    metadata,
    uuid_column("id", primary_key=True),
    uuid_column("record_id"),
    owner_column(),
    uuid_column("person_id"),
    uuid_column("previous_person_id", nullable=True),
    Column("rule", Text, nullable=False),
    instant_column("linked_at"),
    instant_column("reviewed_at", nullable=True),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=True),
    uuid_column("reviewed_by", nullable=True),
    restricted_column(),
)

record_link_reviews = Table(
    "record_link_reviews",
    metadata,
    uuid_column("link_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    instant_column("reviewed_at"),
    uuid_column("reviewed_by"),
)

record_separations = Table(
    "record_separations",
    metadata,
    uuid_column("record_id", primary_key=True),
    Column("digest", BYTEA, primary_key=True),
    owner_column(),
)

person_restrictions = Table(
    "person_restrictions",
    metadata,
    uuid_column("record_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    owner_column(),
    Column("roles", ARRAY(Text), nullable=False),
    Column("users", ARRAY(Uuid), nullable=False),
    Column("reason_code", Text, nullable=True),
    Column("reason", Text, nullable=False),
    instant_column("recorded_at"),
    uuid_column("recorded_by"),
)
