"""Telling the story of one flag through the use cases, step by step and day by day."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from random import Random

from domain.access import Purpose, Role
from domain.adult_view import AdultView
from domain.dates import local_date
from domain.flag_challenges import Message
from domain.flag_codes import NotifyKind, RiskLevel
from domain.flag_decisions import DecideFlag, DecisionOutcome, Notification, notify_due_by
from domain.flag_evidence import PersonSubject, PlaceSubject, ProposeFlag
from domain.flag_follow_up import RecordAdultContact, TellChallenger
from domain.flag_reviews import (
    AnswerChallenge,
    AnswerOutcome,
    Challenger,
    ContestFlag,
    CorrectFlag,
    CorrectionKind,
    RemoveFlag,
    ReviewFlag,
    ReviewOutcome,
    Weighing,
)
from domain.flags import Flag
from services.core.idempotency import Made, Once
from services.core.unit_of_work import UnitOfWork
from services.demo.actors import Actor, Stage, decider, once, worker
from services.demo.flags import Fate, FlagStory
from services.demo.incidents import enter_incident
from services.demo.people import Records
from services.demo.warnings import THREAT, adult_seen, assessment, terms
from services.flags import (
    OwnFlag,
    Step,
    answer_challenge,
    contest_flag,
    correct_flag,
    decide_flag,
    propose_flag,
    record_adult_contact,
    remove_flag,
    review_flag,
    tell_challenger,
)

_Step = Callable[[UnitOfWork, Once], Awaitable[Made[OwnFlag]]]

_CALM = Weighing(
    seriousness="Words only; nobody was touched.",
    time_passed="Nothing like it has been recorded since.",
    conduct="Visits since have been polite and have gone as agreed.",
    unusual_stress="It was the week of a bereavement.",
)
_SERIOUS = Weighing(
    seriousness="A threat to injure, said twice and to somebody's face.",
    time_passed="Some months, with little contact in between.",
    conduct="Two calls since ended with raised voices.",
    unusual_stress="None is known of.",
)


class Telling:
    """One story as it is told: every step signed by whoever takes it, on its day."""

    def __init__(self, stage: Stage, records: Records, story: FlagStory) -> None:
        self._stage = stage
        self._records = records
        self._story = story
        self._chance = Random(f"rhannu-telling-{story.household.number}")

    async def tell(self) -> Flag:
        """Tell the story from its incidents to its end; give the flag as it stood when it was decided, or proposed."""
        flag = await self._propose()
        if self._story.fate is Fate.PROPOSED:
            return flag
        flag = await self._see_adult(await self._decide(flag))
        await self._go_on(flag)
        return flag

    async def _go_on(self, flag: Flag) -> None:
        match self._story.fate:
            case Fate.KEPT | Fate.REDUCED | Fate.REVIEWED_AWAY:
                await self._review(flag)
            case Fate.RESTRICTED:
                await self._contest(flag, 9)
            case Fate.CONTESTED:
                await self._say(await self._contest(flag, 9), Message.ACKNOWLEDGEMENT, 6)
            case Fate.UPHELD:
                heard = await self._say(await self._contest(flag, 140), Message.ACKNOWLEDGEMENT, 136)
                await self._say(await self._answer(heard), Message.OUTCOME, 118)
            case Fate.REMOVED:
                await self._remove(flag)
            case Fate.IN_ERROR | Fate.WRONG_PERSON:
                await self._correct(flag)
            case _:
                return

    async def _act(self, actor: Actor, at: datetime, step: str, run: _Step) -> Flag:
        name = f"{self._story.name}-{step}"
        made = await self._stage.act(actor, at, name, lambda unit: run(unit, once(name)))
        return made.value.flag

    def _at(self, days_ago: int) -> datetime:
        return self._records.moment(days_ago, self._chance)

    async def _propose(self) -> Flag:
        story, household = self._story, self._story.household
        cited = [await enter_incident(self._stage, self._records, planned) for planned in story.incidents]
        about = self._records.of(story.owner, story.incidents[0].about)
        place = PlaceSubject(household.uprn, "The danger is of the place and does not go with any one person.")
        subject = place if story.kind.is_place else PersonSubject(about)
        reason = "It may happen again to whoever calls there next."
        command = ProposeFlag(subject, story.kind.category, tuple(cited), reason)
        at = self._at(story.days_ago + (0 if story.fate is Fate.PROPOSED else 3))
        return await self._act(worker(story.owner), at, "proposed", lambda unit, key: propose_flag(unit, command, key))

    async def _decide(self, flag: Flag) -> Flag:
        story, at = self._story, self._at(self._story.days_ago)
        if story.fate is Fate.DECLINED:
            reason = "It was said in distress and not meant for anybody; a talk with the family is arranged instead."
            told = assessment(story.kind, level=RiskLevel.LOW)
            command = DecideFlag(outcome=DecisionOutcome.DECLINE, reason=reason, assessment=told)
        else:
            command = DecideFlag(
                outcome=DecisionOutcome.ACTIVATE,
                reason="The account is specific, dated and witnessed; whoever calls next needs to know what to do.",
                assessment=assessment(story.kind),
                category=story.kind.category,
                terms=terms(story.kind, story.owner, story.recipients),
                notification=self._notification(local_date(at), flag.obtained_on),
                adult_seen=adult_seen(local_date(at)),
            )
        return await self._act(
            decider(story.owner),
            at,
            "decided",
            lambda unit, key: decide_flag(unit, Step(flag.id, flag.version, command, key)),
        )

    async def _see_adult(self, flag: Flag) -> Flag:
        days_ago = self._story.seen_days_ago
        if days_ago is None:
            return flag
        at = self._at(days_ago)
        command = RecordAdultContact(
            seen_by="The worker whom the adult knows best",
            seen_on=local_date(at),
            how_found="Well enough, and glad to be asked; no marks were seen.",
            view=AdultView(own_words="Come on a Tuesday, then we can talk."),
        )
        return await self._act(
            worker(self._story.owner), at, "adult-seen",
            lambda unit, key: record_adult_contact(unit, Step(flag.id, flag.version, command, key)),
        )  # fmt: skip

    def _notification(self, today: date, obtained_on: date) -> Notification:
        if self._story.kind is THREAT and self._chance.random() < 0.5:
            reason = "A letter to this address would reach the adult first and may lead to violence against the adult."
            return Notification(NotifyKind.WITHHELD_RISK, reason=reason)
        if self._chance.random() < 0.4:
            by = min(today + timedelta(days=9), notify_due_by(obtained_on))
            return Notification(NotifyKind.TO_BE_TOLD, on=max(today, by), route_checked=True)
        how = "In person at the office, with a letter in the language of choice."
        return Notification(NotifyKind.TOLD, on=today, how=how, route_checked=True)

    async def _review(self, flag: Flag) -> Flag:
        story = self._story
        at = self._at(story.days_ago - 175)
        outcome = {Fate.KEPT: ReviewOutcome.KEEP, Fate.REDUCED: ReviewOutcome.REDUCE}.get(
            story.fate, ReviewOutcome.REMOVE
        )
        reducing = outcome is ReviewOutcome.REDUCE
        command = ReviewFlag(
            outcome=outcome,
            weighing=_SERIOUS if outcome is ReviewOutcome.KEEP else _CALM,
            reason="Reviewed with the worker who calls there and a colleague who does not.",
            assessment=assessment(story.kind, level=RiskLevel.LOW) if reducing else None,
            terms=terms(story.kind, story.owner, story.recipients) if reducing else None,
            notification=None if outcome is ReviewOutcome.REMOVE else _told_now(local_date(at)),
            adult_seen=() if outcome is ReviewOutcome.REMOVE else adult_seen(local_date(at)),
        )
        return await self._act(
            decider(story.owner), at, "reviewed",
            lambda unit, key: review_flag(unit, Step(flag.id, flag.version, command, key)),
        )  # fmt: skip

    async def _contest(self, flag: Flag, days_ago: int) -> Flag:
        restricted = self._story.fate is Fate.RESTRICTED
        command = ContestFlag(
            Challenger.SUBJECT,
            "I was not at home on that day; it was somebody else at the door.",
            "There is a hospital letter for that day, which is being looked into." if restricted else None,
            "telephone",
        )
        lead = Actor(self._story.owner, Role.SAFEGUARDING_LEAD, Purpose.FLAG_GOVERNANCE)
        return await self._act(
            lead, self._at(days_ago), "contested",
            lambda unit, key: contest_flag(unit, Step(flag.id, flag.version, command, key)),
        )  # fmt: skip

    async def _say(self, flag: Flag, message: Message, days_ago: int) -> Flag:
        at = self._at(days_ago)
        command = TellChallenger(message, local_date(at), "By letter, in the language of choice.", route_checked=True)
        lead = Actor(self._story.owner, Role.SAFEGUARDING_LEAD, Purpose.FLAG_GOVERNANCE)
        return await self._act(
            lead, at, f"told-{message.value}",
            lambda unit, key: tell_challenger(unit, Step(flag.id, flag.version, command, key)),
        )  # fmt: skip

    async def _answer(self, flag: Flag) -> Flag:
        command = AnswerChallenge(
            AnswerOutcome.UPHELD, "The hospital confirms that the person was an in-patient on that day."
        )
        return await self._act(
            decider(self._story.owner, 2), self._at(120), "answered",
            lambda unit, key: answer_challenge(unit, Step(flag.id, flag.version, command, key)),
        )  # fmt: skip

    async def _remove(self, flag: Flag) -> Flag:
        command = RemoveFlag("The person concerned has moved away for good and the adult has had no trouble since.")
        return await self._act(
            decider(self._story.owner), self._at(30), "removed",
            lambda unit, key: remove_flag(unit, Step(flag.id, flag.version, command, key)),
        )  # fmt: skip

    async def _correct(self, flag: Flag) -> Flag:
        wrong = self._story.fate is Fate.WRONG_PERSON
        kind = CorrectionKind.WRONG_PERSON if wrong else CorrectionKind.ENTERED_IN_ERROR
        reason = (
            "It was the neighbour of the same family name, as the worker confirmed from the photograph."
            if wrong
            else "The incident belongs to another address; the number was misread in the note."
        )
        command = CorrectFlag(kind, reason)
        return await self._act(
            decider(self._story.owner), self._at(self._story.days_ago - 2), "corrected",
            lambda unit, key: correct_flag(unit, Step(flag.id, flag.version, command, key)),
        )  # fmt: skip


def _told_now(today: date) -> Notification:
    how = "By letter, in the language of choice, to an address agreed beforehand."
    return Notification(NotifyKind.TOLD, on=today, how=how, route_checked=True)
