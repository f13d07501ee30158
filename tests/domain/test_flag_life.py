"""The life of a flag under any sequence of steps by anybody: what can never happen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.access import Principal
from domain.adult_view import AdultView
from domain.dates import add_months, local_date
from domain.errors import DomainError
from domain.flag_adults import AdultPlan, DutyState, limits_contact
from domain.flag_challenges import AuthorityCheck, Message
from domain.flag_changes import answer_challenge, contest, correct, remove, review
from domain.flag_codes import LIVE, TERMINAL, Badge, FlagState, RiskLevel
from domain.flag_decisions import DecideFlag
from domain.flag_follow_up import RecordAdultContact, TellChallenger, record_adult_contact, tell_challenger
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
)
from domain.flags import Flag, badges, decide, propose
from tests.domain.flag_samples import (
    ACTIVATE,
    DECLINE,
    FLAG,
    KEEP,
    MOTHER,
    NOW,
    SEEN,
    SON,
    TERMS,
    TOLD,
    WITHHELD,
    assessment,
    incident,
    person,
    proposal,
)

REFUSALS = {"proposer-cannot-decide", "flag-state-conflict", "appeal-needs-another", "content-invalid"}
HUMANS = st.builds(lambda number, account: person(number, account=account), st.integers(1, 4), st.integers(0, 2))
DAYS_TO_REVIEW = st.none() | st.sampled_from([-30, 0, 1, 90, 365, 366, 400])
DECISIONS = st.sampled_from([ACTIVATE, DECLINE, replace(ACTIVATE, notification=TOLD), replace(ACTIVATE, terms=None)])
RESTATED = replace(KEEP, assessment=assessment(RiskLevel.LOW), terms=TERMS)
REVIEWS = st.sampled_from([
    KEEP,
    replace(KEEP, notification=None),
    replace(RESTATED, outcome=ReviewOutcome.REDUCE),
    replace(RESTATED, outcome=ReviewOutcome.CORRECT, notification=WITHHELD),
    replace(KEEP, outcome=ReviewOutcome.REMOVE, adult_seen=()),
])  # fmt: skip
CHALLENGES = st.sampled_from([
    ContestFlag(Challenger.SUBJECT, "Not me.", channel="letter"),
    ContestFlag(
        Challenger.REPRESENTATIVE, "Not him.", restriction_reason="A brother of the same name.", channel="telephone",
        authority=AuthorityCheck("written-authority", "Letter seen and kept.", NOW.date()),
    ),
])  # fmt: skip
ANSWERS = st.sampled_from([
    AnswerChallenge(AnswerOutcome.NOT_UPHELD, "Witnessed."),
    AnswerChallenge(AnswerOutcome.UPHELD_IN_PART, "Provoked.", assessment(RiskLevel.LOW), TERMS),
    AnswerChallenge(AnswerOutcome.UPHELD, "An alibi."),
])  # fmt: skip
MESSAGES = st.sampled_from([
    TellChallenger(Message.ACKNOWLEDGEMENT, NOW.date(), "By letter"),
    TellChallenger(Message.OUTCOME, NOW.date(), "By letter", route_checked=True),
    TellChallenger(Message.OUTCOME, NOW.date(), "By letter"),
])  # fmt: skip
CONTACTS = st.builds(
    lambda adult, following: RecordAdultContact(
        seen_by="Her nurse", seen_on=NOW.date(), how_found="Well.", view=AdultView(own_words="Stay."), adult=adult,
        following=following,
    ),
    st.sampled_from([None, MOTHER, SON]), st.sampled_from([None, SEEN[0]]),
)  # fmt: skip
PLANS = st.sampled_from([(), SEEN, (replace(SEEN[0], adult=MOTHER),), (replace(SEEN[0], adult=SON),)])
CORRECTIONS = st.builds(CorrectFlag, st.sampled_from(CorrectionKind), st.just("Typed on the wrong record."))


def held(flag: Flag) -> tuple[object, ...]:
    """What others hold of a flag: everything that a precaution, its badges and its reach are made of."""
    return flag.state, flag.category, flag.terms, flag.review_on, flag.contested, flag.restricted


class FlagLife(RuleBasedStateMachine):
    """Anyone may try anything at any time; refusals change nothing."""

    @initialize(by=HUMANS, decider=st.none() | HUMANS)
    def someone_proposes_and_perhaps_someone_decides(self, by: Principal, decider: Principal | None) -> None:
        self.proposer = by.human
        self.at = NOW
        self.evidence = [incident()]
        self.flag = propose(FLAG, proposal(), self.evidence, by, self.at)
        self.before = self.flag
        if decider is not None:
            self.step(lambda: decide(self.flag, ACTIVATE, self.evidence, decider, self.at))

    def step(self, change: Callable[[], Flag], *, after: bool = False) -> None:
        """Take a step; `after` says that it may be taken on a flag that has ended."""
        self.before = self.flag
        refused = None
        try:
            self.flag = change()
        except DomainError as refusal:
            refused = refusal.code
        if refused is not None:
            assert refused in REFUSALS
            return
        assert self.flag.version == self.before.version + 1
        assert self.flag.changed.at == self.at
        assert after or self.before.state not in TERMINAL

    def planned(self, plans: tuple[AdultPlan, ...]) -> tuple[AdultPlan, ...]:
        """Plans move on with the days, or a machine of many years would only ever plan in the past."""
        return tuple(replace(plan, by=local_date(self.at) + timedelta(days=14)) for plan in plans)

    def in_days(self, days: int | None) -> date | None:
        return None if days is None else local_date(self.at) + timedelta(days=days)

    @rule(days=st.integers(1, 400))
    def time_passes(self, days: int) -> None:
        self.at += timedelta(days=days)
        self.before = self.flag

    @rule(command=DECISIONS, by=HUMANS, days=DAYS_TO_REVIEW, plans=PLANS)
    def someone_decides(
        self, command: DecideFlag, by: Principal, days: int | None, plans: tuple[AdultPlan, ...]
    ) -> None:
        command = replace(command, review_on=self.in_days(days), adult_seen=self.planned(plans))
        self.step(lambda: decide(self.flag, command, self.evidence, by, self.at))

    @rule(command=REVIEWS, by=HUMANS, days=DAYS_TO_REVIEW, plans=PLANS)
    def someone_reviews(
        self, command: ReviewFlag, by: Principal, days: int | None, plans: tuple[AdultPlan, ...]
    ) -> None:
        command = replace(command, review_on=self.in_days(days), adult_seen=self.planned(plans))
        self.step(lambda: review(self.flag, command, by, self.at))

    @rule(by=HUMANS)
    def someone_removes(self, by: Principal) -> None:
        self.step(lambda: remove(self.flag, RemoveFlag("He has moved away."), by, self.at))

    @rule(command=CHALLENGES, by=HUMANS)
    def someone_contests(self, command: ContestFlag, by: Principal) -> None:
        self.step(lambda: contest(self.flag, command, by, self.at))

    @rule(command=CONTACTS, by=HUMANS)
    def someone_sees_the_adult(self, command: RecordAdultContact, by: Principal) -> None:
        following = None if command.following is None else self.planned((command.following,))[0]
        command = replace(command, seen_on=local_date(self.at), following=following)
        self.step(lambda: record_adult_contact(self.flag, command, by, self.at))

    @rule(command=ANSWERS, by=HUMANS, plans=PLANS)
    def someone_answers(self, command: AnswerChallenge, by: Principal, plans: tuple[AdultPlan, ...]) -> None:
        command = replace(command, adult_seen=self.planned(plans))
        self.step(lambda: answer_challenge(self.flag, command, by, self.at))

    @rule(command=MESSAGES, by=HUMANS)
    def someone_is_told(self, command: TellChallenger, by: Principal) -> None:
        before = self.flag
        self.step(lambda: tell_challenger(self.flag, replace(command, on=local_date(self.at)), by, self.at), after=True)
        assert [replace(each, acknowledged=None, outcome_told=None) for each in self.flag.challenges] == [
            replace(each, acknowledged=None, outcome_told=None) for each in before.challenges
        ]

    @rule(command=CORRECTIONS, by=HUMANS)
    def someone_corrects(self, command: CorrectFlag, by: Principal) -> None:
        self.step(lambda: correct(self.flag, command, by, self.at))

    @invariant()
    def the_proposer_made_no_decision(self) -> None:
        decided = [] if self.flag.decision is None else [self.flag.decision.signed]
        heard = [challenge.answer.signed for challenge in self.flag.challenges if challenge.answer is not None]
        for signed in [*decided, *heard, *(held.signed for held in self.flag.reviews)]:
            assert signed.human != self.proposer
        if self.flag.ending is not None and self.flag.decision is not None:
            assert self.flag.ending.signed.human != self.proposer

    @invariant()
    def nobody_heard_an_appeal_against_themselves(self) -> None:
        for challenge in self.flag.challenges:
            if challenge.answer is not None and self.flag.decision is not None:
                assert challenge.answer.signed.human != self.flag.decision.signed.human

    @invariant()
    def a_live_flag_can_explain_itself(self) -> None:
        if self.flag.state not in LIVE:
            return
        assert self.flag.incidents
        assert self.flag.decision is not None
        assert self.flag.assessment is not None
        assert self.flag.terms is not None
        assert self.flag.notification is not None
        last = self.flag.reviews[-1].signed.at if self.flag.reviews else self.flag.decision.signed.at
        assert self.flag.review_on is not None
        assert local_date(last) < self.flag.review_on <= add_months(local_date(last), 12)

    @invariant()
    def an_ended_flag_stays_as_it_ended_and_warns_nobody(self) -> None:
        if self.before.state in TERMINAL:
            assert (held(self.flag), self.flag.ending) == (held(self.before), self.before.ending)
        if self.flag.state in TERMINAL:
            assert not self.flag.is_live
            assert badges(self.flag, self.at) == frozenset()
            assert (self.flag.ending is None) == (self.flag.state is FlagState.DECLINED)

    @invariant()
    def the_adult_is_planned_for_while_contact_is_limited(self) -> None:
        if not self.flag.is_live or self.flag.terms is None or not limits_contact(self.flag.terms.controls):
            return
        for adult in self.flag.adults.concerned:
            duty = self.flag.adults.latest(adult)
            assert duty is not None
            assert self.flag.adults.state(duty, self.at.date(), limited=True) is not DutyState.SUPERSEDED

    @invariant()
    def holders_are_told_of_every_change_to_what_they_hold(self) -> None:
        if self.before.is_live and held(self.flag) != held(self.before):
            assert self.flag.change is not None
        if self.before.is_live and self.flag.change is not None and self.flag != self.before:
            assert self.flag.change.withdraws == (not self.flag.is_live)

    @invariant()
    def a_challenge_is_shown_until_it_is_answered(self) -> None:
        unanswered = any(challenge.answer is None for challenge in self.flag.challenges)
        assert (Badge.CONTESTED in badges(self.flag, self.at)) == (unanswered and self.flag.is_live)


FlagLife.TestCase.settings = settings(max_examples=200, stateful_step_count=20, deadline=None)
TestFlagLife = cast("type", FlagLife.TestCase)
