"""Bring a database to the newest migration, and give the gate its key."""

import hashlib
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config

from services.db.bootstrap import dsn

_PROJECT = Path(__file__).parents[2]
_HMAC_BLOCK = 64


def alembic_config(url: str) -> Config:
    """Build Alembic's configuration from pyproject, for one database."""
    config = Config(toml_file=str(_PROJECT / "pyproject.toml"))
    config.set_main_option("script_location", str(_PROJECT / "alembic"))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate up; runs an event loop of its own, so call it from plain code or a thread."""
    command.upgrade(alembic_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Migrate down, for tests and for a release that must be taken back."""
    command.downgrade(alembic_config(url), revision)


async def set_context_key(migrator_url: str, key: bytes) -> None:
    """Store the padded halves of the context key where only the gate can read them (RFC 2104)."""
    block = (hashlib.sha256(key).digest() if len(key) > _HMAC_BLOCK else key).ljust(_HMAC_BLOCK, b"\0")
    inner = bytes(byte ^ 0x36 for byte in block)
    outer = bytes(byte ^ 0x5C for byte in block)
    connection = await asyncpg.connect(dsn(migrator_url))
    try:
        await connection.execute("SET ROLE rhannu_owner")
        await connection.execute(
            "INSERT INTO access.context_key (inner_pad, outer_pad) VALUES ($1, $2) "
            "ON CONFLICT (only_row) DO UPDATE SET inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad",
            inner,
            outer,
        )
    finally:
        await connection.close()
