"""A challenge on the wire: who raises it, how it came, who may speak, what is told when, and what comes of it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, SignatureView, View, listed
from api.schemas.incidents import Code, Line, Reason
from domain.flag_challenges import AuthorityCheck, Message
from domain.flag_follow_up import TellChallenger
from domain.flag_reviews import AnswerOutcome, Challenge, Challenger, ContestFlag


class AuthorityBody(Body):
    """That whoever speaks for the person may: which authority it is, how you checked it, and when."""

    authority: Annotated[Code, listed("representative-authority")]
    how: Line
    checked_on: date

    def value(self) -> AuthorityCheck:
        """Give the check as the rules know it."""
        return AuthorityCheck(self.authority, self.how, self.checked_on)


class ContestFlagBody(Body):
    """Who contests the flag, how that reached you, and why; with a reason its use is restricted until answered."""

    challenger: Challenger
    grounds: Reason
    channel: Annotated[Code, listed("contact-channel")]
    received_on: Annotated[date | None, Field(description="Today where it is left out; the clocks run from it.")] = None
    authority: Annotated[AuthorityBody | None, Field(description="Needed from a representative.")] = None
    restriction_reason: Reason | None = None

    def command(self) -> ContestFlag:
        """Give the command to contest."""
        return ContestFlag(
            self.challenger,
            self.grounds,
            self.restriction_reason,
            self.channel,
            self.received_on,
            None if self.authority is None else self.authority.value(),
        )


class TellChallengerBody(Body):
    """Whoever contested the flag was told that it is looked into, or what came of it: when and how."""

    message: Message
    on: date
    how: Line
    route_checked: Annotated[
        bool, Field(description="That the way was checked: reading, language, and who else opens it. For the outcome.")
    ] = False

    def command(self) -> TellChallenger:
        """Give the command to record it."""
        return TellChallenger(self.message, self.on, self.how, self.route_checked)


class AnswerView(View):
    """The answer to a challenge."""

    outcome: AnswerOutcome
    reason: str
    signed: SignatureView


class AuthorityView(View):
    """An authority to speak for the person, as it was checked."""

    authority: str
    how: str
    checked_on: date
    checked_by: UUID


class ToldView(View):
    """What was told, when, and who recorded it."""

    on: date
    how: str
    recorded_at: AwareDatetime
    recorded_by: UUID


class ChallengeView(View):
    """Accuracy contested, by when it is acknowledged and answered, and what came of it."""

    challenger: Challenger
    grounds: str
    raised: SignatureView
    received_on: date
    channel: str
    authority: AuthorityView | None
    restriction_reason: str | None
    acknowledge_by: date
    acknowledged: ToldView | None
    answer_by: date
    answer: AnswerView | None
    outcome_told: ToldView | None


def challenge_view(challenge: Challenge) -> ChallengeView:
    """Show one challenge and its clocks."""
    received = challenge.received
    representation = received.representation
    authority = None
    if representation is not None:
        check = representation.check
        authority = AuthorityView(
            authority=check.authority,
            how=check.how,
            checked_on=check.checked_on,
            checked_by=representation.checked_by,
        )
    told = (challenge.acknowledged, challenge.outcome_told)
    acknowledged, outcome_told = (None if each is None else ToldView.model_validate(each) for each in told)
    return ChallengeView(
        challenger=challenge.challenger,
        grounds=challenge.grounds,
        raised=SignatureView.model_validate(challenge.raised),
        received_on=received.received_on,
        channel=received.channel,
        authority=authority,
        restriction_reason=challenge.restriction_reason,
        acknowledge_by=received.acknowledge_by,
        acknowledged=acknowledged,
        answer_by=received.answer_by,
        answer=None if challenge.answer is None else AnswerView.model_validate(challenge.answer),
        outcome_told=outcome_told,
    )
