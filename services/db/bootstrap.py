"""Roles and databases: what must exist before the first migration, on any server.

The same bootstrap runs on the embedded server and on a real one. No role of it is a superuser or
passes by row security; those that own code or data cannot log in.

    rhannu_owner      owns schemas, tables
    rhannu_gate       owns the functions that verify who is asking
    rhannu_matcher    owns the functions that look across agencies for the flag check (ADR 0004)
    rhannu_recorder   owns the one function that writes the audit trail
    rhannu_registrar  owns the functions that change the register where two agencies, or the Board, are concerned
    rhannu_migrator   logs in for Alembic, acts as the owner
    rhannu_app, rhannu_worker, rhannu_auditor   log in for the service, own nothing
"""

import asyncpg
from sqlalchemy.engine import make_url

NOLOGIN_ROLES = ("rhannu_owner", "rhannu_gate", "rhannu_matcher", "rhannu_recorder", "rhannu_registrar")
LOGIN_ROLES = ("rhannu_migrator", "rhannu_app", "rhannu_worker", "rhannu_auditor")
META_SCHEMA = "rhannu_meta"


def dsn(url: str) -> str:
    """Turn one of our addresses into the driver's own."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


def url_for(
    admin_url: str, *, role: str | None = None, database: str | None = None, password: str | None = None
) -> str:
    """Derive another role's or database's address from the administrator's."""
    parts = make_url(admin_url)
    if role is not None:
        parts = parts.set(username=role, password=password)
    if database is not None:
        parts = parts.set(database=database)
    return parts.render_as_string(hide_password=False)


async def ensure_roles(admin_url: str, *, password: str | None = None) -> None:
    """Create the roles that are missing and set every role to what this page says; safe to repeat."""
    connection = await asyncpg.connect(dsn(admin_url))
    try:
        for role in NOLOGIN_ROLES:
            await _ensure_role(connection, role, "NOLOGIN")
        for role in LOGIN_ROLES:
            await _ensure_role(connection, role, "LOGIN")
            if password is not None:
                literal = await connection.fetchval("SELECT quote_literal($1::text)", password)
                await connection.execute(f"ALTER ROLE {role} PASSWORD {literal}")
        await _relate_roles(connection)
    finally:
        await connection.close()


async def _relate_roles(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Let the migrator act as the owner, the owner give functions away, and bound the service's sessions."""
    for role in NOLOGIN_ROLES:
        await connection.execute(f"GRANT {role} TO rhannu_migrator")
        if role != "rhannu_owner":
            await connection.execute(f"GRANT {role} TO rhannu_owner")
    for role in ("rhannu_app", "rhannu_worker", "rhannu_auditor"):
        await connection.execute(f"ALTER ROLE {role} SET synchronous_commit = 'on'")
        await connection.execute(f"ALTER ROLE {role} SET search_path = ''")
        await connection.execute(f"ALTER ROLE {role} SET idle_in_transaction_session_timeout = '30s'")


async def _ensure_role(connection: "asyncpg.Connection[asyncpg.Record]", role: str, login: str) -> None:
    exists = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if exists else "CREATE"
    await connection.execute(
        f"{verb} ROLE {role} {login} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT"
    )


async def ensure_database(admin_url: str, database: str, *, template: str | None = None) -> str:
    """Create the database if it is missing, owned by `rhannu_owner`; give its administrator's address."""
    connection = await asyncpg.connect(dsn(admin_url))
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
            source = f" TEMPLATE {template}" if template else " TEMPLATE template0 ENCODING 'UTF8'"
            await connection.execute(f"CREATE DATABASE {database} OWNER rhannu_owner{source}")
    finally:
        await connection.close()
    url = url_for(admin_url, database=database)
    await _close_to_public(url, database)
    return url


async def _close_to_public(url: str, database: str) -> None:
    connection = await asyncpg.connect(dsn(url))
    try:
        await connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        await connection.execute(f"GRANT CONNECT ON DATABASE {database} TO {', '.join(LOGIN_ROLES)}")
        await connection.execute(f"GRANT CREATE ON DATABASE {database} TO rhannu_owner")
        await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {META_SCHEMA} AUTHORIZATION rhannu_owner")
    finally:
        await connection.close()
