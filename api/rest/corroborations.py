"""Corroborations over REST."""

from uuid import UUID

from fastapi import Response

from api.conditions import IdempotencyKey, VersionToChange, etag
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.corroborations import (
    CorroborateFlagBody,
    CorroborationsView,
    CorroborationView,
    WithdrawCorroborationBody,
)
from domain.ids import CorroborationId, FlagId
from services import flags

router = guarded_router(prefix="/v1", tags=["Flags"])


@router.post(
    "/flags/{flag_id}/corroborations",
    status_code=201,
    operation_id="corroborateFlag",
    summary="Say that your agency holds the same concern",
)
async def corroborate_flag(
    unit: Unit, flag_id: UUID, once: IdempotencyKey, body: CorroborateFlagBody, response: Response
) -> CorroborationView:
    """Bear out another agency's flag that you may see, from incidents of your own about the same person or place.

    Its owner learns which agency, the day and the kind of behaviour, and weighs it at the next review; nobody else
    learns anything, and your incidents stay yours.
    """
    made = await flags.corroborate_flag(unit, body.command(FlagId(flag_id)), once)
    response.headers["ETag"] = etag(made.value.version)
    return CorroborationView.model_validate(made.value)


@router.get("/flags/{flag_id}/corroborations", operation_id="readCorroborations", summary="See how you bear out a flag")
async def read_corroborations(unit: Unit, flag_id: UUID) -> CorroborationsView:
    """List what your own agency recorded about another's flag; what bears out a flag of yours stands in the flag."""
    found = await flags.own_corroborations(unit, FlagId(flag_id))
    return CorroborationsView(corroborations=[CorroborationView.model_validate(each) for each in found])


@router.post(
    "/corroborations/{corroboration_id}/withdrawal",
    operation_id="withdrawCorroboration",
    summary="Take a corroboration back",
)
async def withdraw_corroboration(
    unit: Unit,
    corroboration_id: UUID,
    version: VersionToChange,
    once: IdempotencyKey,
    body: WithdrawCorroborationBody,
    response: Response,
) -> CorroborationView:
    """Withdraw what your agency bore out; the flag's owner learns that it was withdrawn and when, and not why."""
    made = await flags.withdraw_corroboration(unit, CorroborationId(corroboration_id), version, body.reason, once)
    response.headers["ETag"] = etag(made.value.version)
    return CorroborationView.model_validate(made.value)
