"""Flags over REST: every step of their life, each by somebody who may take it."""

from dataclasses import dataclass
from typing import Annotated, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query, Response

from api.conditions import IdempotencyKey, VersionToChange, etag
from api.cursors import cursor_of
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.adults import AdultContactBody
from api.schemas.challenges import ContestFlagBody, TellChallengerBody
from api.schemas.flag_duties import DutiesView, DutyQuery, owed_view
from api.schemas.flag_views import (
    FlagsOfPersonView,
    FlagStandingView,
    FlagView,
    HoldersView,
    SharedFlagView,
    flags_view,
    shared_view,
    standing_of,
    whole_flag,
)
from api.schemas.flags import (
    AnswerChallengeBody,
    CorrectFlagBody,
    DecideFlagBody,
    GroundMarkerBody,
    OfferCarerSupportBody,
    ProposeFlagBody,
    RaiseMarkerBody,
    RemoveFlagBody,
    ReviewFlagBody,
)
from domain.ids import FlagId, RecordId
from services import flags
from services.core.idempotency import Made, Once
from services.core.unit_of_work import UnitOfWork
from services.flags import OwnFlag, Step

router = guarded_router(prefix="/v1", tags=["Flags"])
Command = TypeVar("Command")


def _whole(unit: UnitOfWork, own: OwnFlag, response: Response) -> FlagView:
    response.headers["ETag"] = etag(own.flag.version)
    return whole_flag(own, unit.now)


@dataclass(frozen=True, slots=True)
class Taking:
    """A step that is asked for: on which flag, in the version that was read, at most once; and its answer."""

    unit: UnitOfWork
    flag_id: FlagId
    version: int
    once: Once
    response: Response

    def step(self, command: Command) -> Step[Command]:
        """Say what is to be done."""
        return Step(self.flag_id, self.version, command, self.once)

    def whole(self, made: Made[OwnFlag]) -> FlagView:
        """Show the flag to whoever may read its story."""
        return _whole(self.unit, made.value, self.response)

    def standing(self, made: Made[OwnFlag]) -> FlagStandingView:
        """Show where the flag stands, and not why."""
        flag = made.value.flag
        self.response.headers["ETag"] = etag(flag.version)
        return standing_of(flag, self.unit.now)


async def _taking(
    unit: Unit, flag_id: UUID, version: VersionToChange, once: IdempotencyKey, response: Response
) -> Taking:
    return Taking(unit, FlagId(flag_id), version, once, response)


Asked = Annotated[Taking, Depends(_taking)]


@router.post("/flags", status_code=201, operation_id="proposeFlag", summary="Propose a flag")
async def propose_flag(unit: Unit, once: IdempotencyKey, body: ProposeFlagBody, response: Response) -> FlagView:
    """Propose a flag on a person or a place, citing at least one incident; it warns nobody until it is decided."""
    made = await flags.propose_flag(unit, body.command(), once)
    response.headers["Location"] = f"/v1/flags/{made.value.flag.id}"
    return _whole(unit, made.value, response)


@router.post("/flags/markers", status_code=201, operation_id="raiseMarker", summary="Warn at once, provisionally")
async def raise_marker(unit: Unit, once: IdempotencyKey, body: RaiseMarkerBody, response: Response) -> FlagView:
    """Make a provisional marker that warns from now on, for 72 hours at most: for the Friday night.

    Your agency's checks show it in full; partners about to make contact are told to ring you. Add the evidence with
    `POST /v1/flags/{flag_id}/evidence`; somebody else decides, or it ends by itself.
    """
    made = await flags.mark(unit, body.command(), once)
    response.headers["Location"] = f"/v1/flags/{made.value.flag.id}"
    return _whole(unit, made.value, response)


@router.get("/flag-duties", operation_id="listFlagDuties", summary="See what is owed to your agency's flags")
async def list_flag_duties(unit: Unit, query: Annotated[DutyQuery, Query()], response: Response) -> DutiesView:
    """List flags with something to be done: a marker to decide, a review, a person to tell, a challenge to answer.

    The most urgent stands first, each duty with the roles before whom it was last put.
    """
    page = await flags.flag_duties(unit, query.position(), query.limit)
    following = None if page.next is None else cursor_of(page.next.due_at, page.next.id)
    if following is not None:
        kept = urlencode({"after": following, "limit": query.limit})
        response.headers["Link"] = f'</v1/flag-duties?{kept}>; rel="next"'
    return DutiesView(flags=[owed_view(owed, unit.now) for owed in page.owed], next=following)


@router.get("/flags/{flag_id}", operation_id="readFlag", summary="Read a flag")
async def read_flag(unit: Unit, flag_id: UUID, response: Response) -> FlagView | SharedFlagView:
    """Read your own flag whole, or what another agency's flag says to do where it is shared with yours."""
    found = await flags.read_flag(unit, FlagId(flag_id))
    if isinstance(found, OwnFlag):
        return _whole(unit, found, response)
    response.headers["ETag"] = etag(found.version)
    return shared_view(found)


@router.get("/persons/{person_id}/flags", operation_id="readFlagsOfPerson", summary="Read the flags on a person")
async def read_flags_of_person(unit: Unit, person_id: UUID) -> FlagsOfPersonView:
    """List your own flags on the person of one of your records, and what other agencies share about them.

    Before contact run a flag check instead: it also covers places and the people who may be there.
    """
    found = await flags.flags_of_person(unit, RecordId(person_id))
    return flags_view(found, unit.now)


@router.get("/flags/{flag_id}/recipients", operation_id="readFlagRecipients", summary="See who holds a flag of yours")
async def read_recipients(unit: Unit, flag_id: UUID) -> HoldersView:
    """List which agency received which version, what each holds now, what it was told of, and whether it answered.

    Of an ended flag it says until when it is kept, also to an officer who may not read its story.
    """
    return HoldersView.model_validate(await flags.recipients_of_flag(unit, FlagId(flag_id)))


@router.post("/flags/{flag_id}/evidence", operation_id="groundMarker", summary="Give a marker its evidence")
async def ground_marker(asked: Asked, body: GroundMarkerBody) -> FlagView:
    """Cite the incidents on which a provisional marker can be decided; whoever cites them does not decide."""
    return asked.whole(await flags.ground_marker(asked.unit, asked.step(body.command())))


@router.post("/flags/{flag_id}/decision", operation_id="decideFlag", summary="Decide a proposed flag")
async def decide_flag(asked: Asked, body: DecideFlagBody) -> FlagView:
    """Activate or decline a proposal, with reasons; whoever proposed it never decides it, from any account."""
    return asked.whole(await flags.decide_flag(asked.unit, asked.step(body.command())))


@router.post("/flags/{flag_id}/reviews", operation_id="reviewFlag", summary="Review an active flag")
async def review_flag(asked: Asked, body: ReviewFlagBody) -> FlagView:
    """Keep, reduce, correct or remove an active flag, having weighed the four points of a review."""
    return asked.whole(await flags.review_flag(asked.unit, asked.step(body.command())))


@router.post("/flags/{flag_id}/removal", operation_id="removeFlag", summary="Remove a flag")
async def remove_flag(asked: Asked, body: RemoveFlagBody) -> FlagView:
    """Remove a flag whose risk is no longer genuine; the record of its decisions stays with your agency."""
    return asked.whole(await flags.remove_flag(asked.unit, asked.step(body.command())))


@router.post("/flags/{flag_id}/challenges", operation_id="contestFlag", summary="Record that a flag is contested")
async def contest_flag(asked: Asked, body: ContestFlagBody) -> FlagStandingView:
    """Mark a flag as contested for every viewer until it is answered; restrict its use only with a reason.

    The answer says where the flag stands and not why: an officer who records a challenge may not read the story.
    """
    return asked.standing(await flags.contest_flag(asked.unit, asked.step(body.command())))


@router.post(
    "/flags/{flag_id}/challenges/messages",
    operation_id="tellChallenger",
    summary="Record what whoever contests a flag was told",
)
async def tell_challenger(asked: Asked, body: TellChallengerBody) -> FlagStandingView:
    """Record that the challenge was acknowledged, or that its outcome was told, also once the flag has ended.

    A challenge is acknowledged within 30 days and answered within a month of its receipt; both are chased.
    """
    return asked.standing(await flags.tell_challenger(asked.unit, asked.step(body.command())))


@router.post("/flags/{flag_id}/challenges/answer", operation_id="answerChallenge", summary="Answer a challenge")
async def answer_challenge(asked: Asked, body: AnswerChallengeBody) -> FlagView:
    """Answer the open challenge: uphold it, in part or not; by somebody who took no decision on the flag."""
    return asked.whole(await flags.answer_challenge(asked.unit, asked.step(body.command())))


@router.post("/flags/{flag_id}/corrections", operation_id="correctFlag", summary="Withdraw a flag made in error")
async def correct_flag(asked: Asked, body: CorrectFlagBody) -> FlagView:
    """Withdraw a flag entered in error or on the wrong person: from now on it warns about nobody."""
    return asked.whole(await flags.correct_flag(asked.unit, asked.step(body.command())))


@router.post(
    "/flags/{flag_id}/adult-contacts", operation_id="recordAdultContact", summary="Record that the adult was seen"
)
async def record_adult_contact(asked: Asked, body: AdultContactBody) -> FlagView:
    """Record who saw the adult at risk, when and how the adult was; it fulfils what the flag plans for the adult.

    A flag that limits contact must not leave the adult unseen. Partners are not told of this: it stays yours.
    """
    return asked.whole(await flags.record_adult_contact(asked.unit, asked.step(body.command())))


@router.post(
    "/flags/{flag_id}/carer-support", operation_id="offerCarerSupport", summary="Record what the carer was offered"
)
async def offer_carer_support(asked: Asked, body: OfferCarerSupportBody) -> FlagView:
    """Record what came of offering the carer support, where behaviour arises from a care need.

    The offer is owed within 28 days of a decision that made none, and again after each review; it is chased until then.
    """
    return asked.whole(await flags.offer_carer_support(asked.unit, asked.step(body.command())))
