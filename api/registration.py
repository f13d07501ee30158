"""What registering a system needs to know of the application: from where key sets may be fetched."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from api.requests import state_of
from services.core.key_sources import FetchPolicy


async def fetching_policy(request: Request) -> FetchPolicy:
    """Give the hosts that key sets may be fetched from."""
    return state_of(request).fetch_policy


FetchingPolicy = Annotated[FetchPolicy, Depends(fetching_policy)]
