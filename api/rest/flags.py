"""Flags over REST: every step of their life, each by somebody who may take it."""

from uuid import UUID

from fastapi import Response

from api.conditions import IdempotencyKey, VersionToChange, etag
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.flag_views import (
    FlagsOfPersonView,
    FlagStandingView,
    FlagView,
    HoldersView,
    HolderView,
    SharedFlagView,
    flags_view,
    shared_view,
    standing_of,
    whole_flag,
)
from api.schemas.flags import (
    AnswerChallengeBody,
    ContestFlagBody,
    CorrectFlagBody,
    DecideFlagBody,
    ProposeFlagBody,
    RemoveFlagBody,
    ReviewFlagBody,
)
from domain.dates import local_date
from domain.flags import Flag
from domain.ids import FlagId, RecordId
from services import flags
from services.flags import SharedFlag

router = guarded_router(prefix="/v1", tags=["Flags"])


def _whole(unit: Unit, flag: Flag, response: Response) -> FlagView:
    response.headers["ETag"] = etag(flag.version)
    return whole_flag(flag, local_date(unit.now))


@router.post("/flags", status_code=201, operation_id="proposeFlag", summary="Propose a flag")
async def propose_flag(unit: Unit, once: IdempotencyKey, body: ProposeFlagBody, response: Response) -> FlagView:
    """Propose a flag on a person or a place, citing at least one incident; it warns nobody until it is decided."""
    made = await flags.propose_flag(unit, body.command(), once)
    response.headers["Location"] = f"/v1/flags/{made.value.id}"
    return _whole(unit, made.value, response)


@router.get("/flags/{flag_id}", operation_id="readFlag", summary="Read a flag")
async def read_flag(unit: Unit, flag_id: UUID, response: Response) -> FlagView | SharedFlagView:
    """Read your own flag whole, or what another agency's flag says to do where it is shared with yours."""
    flag = await flags.read_flag(unit, FlagId(flag_id))
    response.headers["ETag"] = etag(flag.version)
    return shared_view(flag) if isinstance(flag, SharedFlag) else whole_flag(flag, local_date(unit.now))


@router.get("/persons/{person_id}/flags", operation_id="readFlagsOfPerson", summary="Read the flags on a person")
async def read_flags_of_person(unit: Unit, person_id: UUID) -> FlagsOfPersonView:
    """List your own flags on the person of one of your records, and what other agencies share about them.

    Before contact run a flag check instead: it also covers places and the people who may be there.
    """
    found = await flags.flags_of_person(unit, RecordId(person_id))
    return flags_view(found, local_date(unit.now))


@router.get("/flags/{flag_id}/recipients", operation_id="readFlagRecipients", summary="See who holds a flag of yours")
async def read_recipients(unit: Unit, flag_id: UUID) -> HoldersView:
    """List which agency received which version, and whether it was shown to a person and acknowledged there."""
    held = await flags.recipients_of_flag(unit, FlagId(flag_id))
    return HoldersView(recipients=[HolderView.model_validate(holder) for holder in held])


@router.post("/flags/{flag_id}/decision", operation_id="decideFlag", summary="Decide a proposed flag")
async def decide_flag(
    unit: Unit, flag_id: UUID, version: VersionToChange, once: IdempotencyKey, body: DecideFlagBody, response: Response
) -> FlagView:
    """Activate or decline a proposal, with reasons; whoever proposed it never decides it, from any account."""
    made = await flags.decide_flag(unit, FlagId(flag_id), version, body.command(), once)
    return _whole(unit, made.value, response)


@router.post("/flags/{flag_id}/reviews", operation_id="reviewFlag", summary="Review an active flag")
async def review_flag(
    unit: Unit, flag_id: UUID, version: VersionToChange, once: IdempotencyKey, body: ReviewFlagBody, response: Response
) -> FlagView:
    """Keep, reduce, correct or remove an active flag, having weighed the four points of a review."""
    made = await flags.review_flag(unit, FlagId(flag_id), version, body.command(), once)
    return _whole(unit, made.value, response)


@router.post("/flags/{flag_id}/removal", operation_id="removeFlag", summary="Remove a flag")
async def remove_flag(
    unit: Unit, flag_id: UUID, version: VersionToChange, once: IdempotencyKey, body: RemoveFlagBody, response: Response
) -> FlagView:
    """Remove a flag whose risk is no longer genuine; the record of its decisions stays with your agency."""
    made = await flags.remove_flag(unit, FlagId(flag_id), version, body.command(), once)
    return _whole(unit, made.value, response)


@router.post("/flags/{flag_id}/challenges", operation_id="contestFlag", summary="Record that a flag is contested")
async def contest_flag(
    unit: Unit, flag_id: UUID, version: VersionToChange, once: IdempotencyKey, body: ContestFlagBody, response: Response
) -> FlagStandingView:
    """Mark a flag as contested for every viewer until it is answered; restrict its use only with a reason.

    The answer says where the flag stands and not why: an officer who records a challenge may not read the story.
    """
    made = await flags.contest_flag(unit, FlagId(flag_id), version, body.command(), once)
    response.headers["ETag"] = etag(made.value.version)
    return standing_of(made.value, local_date(unit.now))


@router.post("/flags/{flag_id}/challenges/answer", operation_id="answerChallenge", summary="Answer a challenge")
async def answer_challenge(
    unit: Unit,
    flag_id: UUID,
    version: VersionToChange,
    once: IdempotencyKey,
    body: AnswerChallengeBody,
    response: Response,
) -> FlagView:
    """Answer the open challenge: uphold it, in part or not; by somebody who took no decision on the flag."""
    made = await flags.answer_challenge(unit, FlagId(flag_id), version, body.command(), once)
    return _whole(unit, made.value, response)


@router.post("/flags/{flag_id}/corrections", operation_id="correctFlag", summary="Withdraw a flag made in error")
async def correct_flag(
    unit: Unit, flag_id: UUID, version: VersionToChange, once: IdempotencyKey, body: CorrectFlagBody, response: Response
) -> FlagView:
    """Withdraw a flag entered in error or on the wrong person: from now on it warns about nobody."""
    made = await flags.correct_flag(unit, FlagId(flag_id), version, body.command(), once)
    return _whole(unit, made.value, response)
