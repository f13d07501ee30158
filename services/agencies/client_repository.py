"""Every query of an agency's systems and their keys."""

from typing import Any

from sqlalchemy import Row, insert, select, update

from domain.agency_systems import Client, ClientKeys, FormerKeys
from domain.errors import DomainError
from domain.ids import AgencyCode, ClientId
from domain.paging import Listed
from services.core.unit_of_work import UnitOfWork
from services.db.models.agencies import clients
from services.db.paging import listed, listed_of


class ClientRepository:
    """Systems of the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def client(self, client_id: ClientId, *, lock: bool = False) -> Client:
        """Find a system of one's own agency.

        Raises:
            DomainError: `not-found`, for another agency's as for none.
        """
        query = select(clients).where(clients.c.id == client_id)
        row = (await self._unit.run(query.with_for_update() if lock else query)).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _client(row)

    async def clients(self, after: str | None, limit: int) -> Listed[Client]:
        """List the agency's systems by id."""
        rows = (await self._unit.run(listed(select(clients), clients.c.id, after, limit))).all()
        return listed_of(rows, limit, _client, lambda client: client.id)

    async def add_client(self, client: Client) -> None:
        """Store a new system.

        Raises:
            DomainError: `code-taken`.
        """
        await self._unit.run(
            insert(clients).values(
                id=client.id,
                owner_agency=client.owner_agency,
                created_at=client.registered_at,
                acting_for=[],
                **_client_values(client),
            )
        )

    async def replace_client(self, client: Client) -> None:
        """Store the next version of a system.

        Raises:
            DomainError: `version-stale`.
        """
        query = update(clients).where(clients.c.id == client.id, clients.c.version == client.version - 1)
        changed = await self._unit.run(query.values(**_client_values(client)).returning(clients.c.version))
        if changed.one_or_none() is None:
            raise DomainError("version-stale")


def _client_values(client: Client) -> dict[str, Any]:
    former = ClientKeys() if client.former is None else client.former.keys
    return {
        "name": client.name,
        "key_set": client.keys.key_set,
        "key_set_url": client.keys.key_set_url,
        "former_key_set": former.key_set,
        "former_key_set_url": former.key_set_url,
        "former_until": None if client.former is None else client.former.until,
        "scopes": sorted(client.scopes),
        "suspended_at": client.suspended_at,
        "version": client.version,
    }


def _client(row: Row[Any]) -> Client:
    former = None
    if row.former_until is not None:
        former = FormerKeys(ClientKeys(row.former_key_set, row.former_key_set_url), row.former_until)
    return Client(
        id=ClientId(row.id),
        owner_agency=AgencyCode(row.owner_agency),
        name=row.name,
        keys=ClientKeys(row.key_set, row.key_set_url),
        scopes=frozenset(row.scopes),
        acting_for=tuple(map(AgencyCode, row.acting_for)),
        version=row.version,
        registered_at=row.created_at,
        former=former,
        suspended_at=row.suspended_at,
    )
