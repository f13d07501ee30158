"""Which address each login role uses: given one by one, or derived from an administrator's in development."""

import hashlib
import re
from dataclasses import dataclass, field

from sqlalchemy.engine import make_url

from services.core.settings import Settings
from services.db import embedded
from services.db.bootstrap import url_for

DATABASE = "rhannu"
_MAINTENANCE = frozenset({"postgres", "template1"})
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Doors:
    """One address per login role; `admin` only where roles and databases may be created."""

    app: str
    worker: str
    auditor: str
    migrator: str
    admin: str | None = None
    database: str = DATABASE
    role_password: str | None = field(default=None, repr=False)


def doors_from(admin_url: str, database: str = DATABASE) -> Doors:
    """Derive every role's address from an administrator's.

    Where the administrator has a password, the roles have one made from it; in production each is given its own.
    """
    secret = make_url(admin_url).password
    password = None if secret is None else hashlib.sha256(f"rhannu roles {secret}".encode()).hexdigest()

    def door(role: str) -> str:
        return url_for(admin_url, role=role, database=database, password=password)

    return Doors(
        door("rhannu_app"),
        door("rhannu_worker"),
        door("rhannu_auditor"),
        door("rhannu_migrator"),
        admin=admin_url,
        database=database,
        role_password=password,
    )


def doors_of(settings: Settings) -> Doors:
    """Find the addresses: from the settings, or from the embedded server of this home.

    Raises:
        RuntimeError: no address was given and no embedded server runs, or the database's name is not plain.
    """
    given = settings.database_url
    if given is None:
        server = embedded.find(settings.home)
        if server is None:
            message = "no database: set RHANNU_DATABASE_URL, or start one with `rhannu run`"
            raise RuntimeError(message)
        return doors_from(server.url())
    given = _with_driver(given)
    if settings.worker_database_url is None or settings.auditor_database_url is None:
        return doors_from(given, _database_in(given))
    return Doors(
        given,
        _with_driver(settings.worker_database_url),
        _with_driver(settings.auditor_database_url),
        _with_driver(settings.migrator_database_url or given),
    )


def _database_in(admin_url: str) -> str:
    """Take the database that the address names, unless it is the one that every server has for its upkeep."""
    named = make_url(admin_url).database or "postgres"
    if named in _MAINTENANCE:
        return DATABASE
    if not _PLAIN_NAME.fullmatch(named):
        message = "the database of RHANNU_DATABASE_URL needs a plain name: small letters, digits and underscores"
        raise RuntimeError(message)
    return named


def _with_driver(url: str) -> str:
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+asyncpg://" + url.removeprefix(scheme)
    return url
