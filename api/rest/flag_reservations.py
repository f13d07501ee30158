"""Kinds of warning that an agency keeps to named roles, over REST."""

from typing import Annotated

from fastapi import Path, Response

from api.conditions import VersionToChange, etag
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.flag_reservations import ReservationView, ReserveCategoryBody
from domain.flag_reservations import Reservation
from services import flags

router = guarded_router(prefix="/v1", tags=["Flags"])
CategoryCode = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,60}$", description="A code of `flag-category`.")]
_PATH = "/flag-categories/{category}/reservation"


def _shown(reservation: Reservation, response: Response) -> ReservationView:
    response.headers["ETag"] = etag(reservation.version)
    return ReservationView.model_validate(reservation)


@router.get(_PATH, operation_id="readReservation", summary="See to which roles a kind of warning is kept")
async def read_reservation(unit: Unit, category: CategoryCode, response: Response) -> ReservationView:
    """Read which roles of your agency alone may raise and see this kind of warning, and who decided that and why."""
    return _shown(await flags.read_reservation(unit, category), response)


@router.put(_PATH, operation_id="reserveCategory", summary="Keep a kind of warning to named roles")
async def reserve_category(
    unit: Unit, category: CategoryCode, version: VersionToChange, body: ReserveCategoryBody, response: Response
) -> ReservationView:
    """Let only named roles raise and see this kind of warning of your agency, at once and for those there are.

    To everybody else such a flag does not exist, in your agency and in others; where a live danger is hidden, a check
    before a visit still says to ring your duty number.
    """
    roles = frozenset(body.roles)
    return _shown(await flags.reserve_category(unit, category, version, roles, body.reason), response)
