"""Which address each login role uses: given one by one, or derived from an administrator's in development."""

from dataclasses import dataclass

from services.core.settings import Settings
from services.db import embedded
from services.db.bootstrap import url_for

DATABASE = "rhannu"


@dataclass(frozen=True, slots=True)
class Doors:
    """One address per login role; `admin` only where roles and databases may be created."""

    app: str
    worker: str
    auditor: str
    migrator: str
    admin: str | None = None


def doors_from(admin_url: str, database: str = DATABASE) -> Doors:
    """Derive every role's address from an administrator's, for a server that trusts the local user."""

    def door(role: str) -> str:
        return url_for(admin_url, role=role, database=database)

    return Doors(
        door("rhannu_app"), door("rhannu_worker"), door("rhannu_auditor"), door("rhannu_migrator"), admin=admin_url
    )


def doors_of(settings: Settings) -> Doors:
    """Find the addresses: from the settings, or from the embedded server of this home.

    Raises:
        RuntimeError: no address was given and no embedded server runs.
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
        return doors_from(given)
    return Doors(
        given,
        _with_driver(settings.worker_database_url),
        _with_driver(settings.auditor_database_url),
        _with_driver(settings.migrator_database_url or given),
    )


def _with_driver(url: str) -> str:
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+asyncpg://" + url.removeprefix(scheme)
    return url
