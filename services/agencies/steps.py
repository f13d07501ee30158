"""What the use cases of the register have in common: a step from the version read, and a request put to somebody."""

from dataclasses import dataclass

from domain.agencies import Standing
from domain.agency_changes import Change, Thing
from domain.agency_requests import RegisterRequest
from services.agencies.changes import ChangeLog
from services.agencies.request_repository import RequestRepository
from services.agencies.trail import content_of_request
from services.core.idempotency import Once
from services.core.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Step:
    """How something is to stand from now on, why, in which version it was read, and the key of the request."""

    standing: Standing
    reason: str
    read_version: int
    once: Once


async def put_request(unit: UnitOfWork, request: RegisterRequest) -> RegisterRequest:
    """Store a request that waits for a second person, and log that it was made.

    Raises:
        DomainError: `register-state-conflict` when the same waits already.
    """
    await RequestRepository(unit).ask(request)
    act = Change(Thing.REQUEST, str(request.id), 1, "asked", content_of_request(request), request.reason)
    await ChangeLog(unit).note(act)
    return request
