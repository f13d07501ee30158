"""Connections that are gone: after a restart or a failover of the database every pool is full of them.

Nobody asks a connection whether it lives before it is used, since that would cost every request a round trip.
Whoever finds on the first statement that it does not begins once more on a fresh one.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")

_LOST_STATES = ("08", "57P")
"""SQLSTATE classes of a conversation that is over: connection exceptions, and a server that goes down or comes up."""


def is_lost(error: BaseException | None) -> bool:
    """Say whether an error means that the connection is gone, or was told to go.

    `InternalClientError` is the driver's word for a connection that has read the server's farewell and not yet its
    end. An answer that is late is no loss: what was asked may still be going on.
    """
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_lost(error.orig.__cause__))
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "").startswith(_LOST_STATES)
    if isinstance(error, TimeoutError):
        return False
    return isinstance(error, (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError))


async def once_more(begin: Callable[[], Awaitable[T]]) -> T:
    """Do something, and once more if the connection it began on was lost; only for what has done nothing by then."""
    try:
        return await begin()
    except Exception as error:
        if not is_lost(error):
            raise
        return await begin()
