"""Who opens a sealed door, for how long, who judges it, and how the right is lost and given back (R-04)."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.access import GRANTS, PURPOSES, Permission, Principal, Purpose, Role
from domain.audit import GIVES_FLAGS, EventKind, kind_of
from domain.audit_actions import OPERATIONS, AuditAction, Operation
from domain.break_glass import (
    BreakGlassGrant,
    BreakGlassNotice,
    OpenBreakGlass,
    RestoreBreakGlass,
    ReviewBreakGlass,
    ReviewOutcome,
    Standing,
    acknowledge,
    check_opening,
    check_reading,
    check_standing,
    duties_of_break_glass,
    restore,
    review,
    window_of,
)
from domain.duties import next_moment
from domain.errors import DomainError
from domain.flag_decisions import sign
from domain.ids import (
    AgencyCode,
    BreakGlassId,
    BreakGlassNoticeId,
    BreakGlassRestorationId,
    ClientId,
    HumanId,
    PersonId,
    RecordId,
    UserId,
)

AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
PERSON = PersonId(uuid.uuid4())
COMMAND = OpenBreakGlass(
    RecordId(uuid.uuid4()), "immediate-danger-to-worker", "A nurse is in the house and the line is dead."
)
NOTHING = Standing(is_open=False, overdue=0, is_misused=False)


def human(*roles: Role, is_team: bool = False) -> Principal:
    return Principal(
        client=ClientId("gwent-police-system"), agency=AgencyCode("gwent-police"), user=UserId(uuid.uuid4()),
        human=HumanId(uuid.uuid4()), roles=frozenset(roles or {Role.DUTY_MANAGER}), scopes=frozenset(),
        purpose=Purpose.BREAK_GLASS, is_team=is_team,
    )  # fmt: skip


def granted(by: Principal, at: datetime = AT) -> BreakGlassGrant:
    window = window_of(at)
    return BreakGlassGrant(
        id=BreakGlassId(uuid.uuid4()), owner_agency=by.agency, opening=COMMAND, person=PERSON, opened=sign(by, at),
        expires_at=window.expires_at, review_due_at=window.review_due_at,
    )  # fmt: skip


def code_of(refusal: pytest.ExceptionInfo[DomainError]) -> tuple[str, list[tuple[str, str]]]:
    return refusal.value.code, [(issue.pointer, issue.code) for issue in refusal.value.issues]


JUSTIFIED = ReviewBreakGlass(ReviewOutcome.JUSTIFIED, "The log bears it out.")


def test_it_lasts_an_hour_and_is_reviewed_within_two_working_days() -> None:
    window = window_of(AT)
    assert window.expires_at - window.opened_at == timedelta(minutes=60)
    assert window.review_due_at == datetime(2026, 11, 27, tzinfo=UTC)


@pytest.mark.parametrize(
    ("by", "is_refused"),
    [
        (human(), False),
        (human(is_team=True), True),
        (human(Role.SYSTEM_CLIENT), True),
        (human(Role.DUTY_MANAGER, Role.SYSTEM_CLIENT), True),
    ],
    ids=["human", "team", "system", "system with a role"],
)
def test_only_a_named_human_opens(by: Principal, is_refused: bool) -> None:
    if not is_refused:
        check_opening(COMMAND, by)
        return
    with pytest.raises(DomainError, match="break-glass-needs-a-person"):
        check_opening(COMMAND, by)


@pytest.mark.parametrize(
    ("words", "issue"),
    [
        ("x" * 20, "says-nothing"),
        ("Aa aA aa aa aa aa aa aa", "says-nothing"),
        ("." * 40, "says-nothing"),
        ("He shouts at her now", None),
        ("He shouts at her no", "too-short"),
        ("   He shouts at her no    ", "too-short"),
        ("He" + " " * 40 + "shouts", "too-short"),
        ("He shouts" + "\u200b" * 40, "too-short"),
        (" " * 30, "too-short"),
        ("x" * 2001, "too-long"),
    ],
)
def test_a_justification_says_something_in_twenty_characters(words: str, issue: str | None) -> None:
    command = replace(COMMAND, justification=words)
    if issue is None:
        check_opening(command, human())
        return
    with pytest.raises(DomainError) as refusal:
        check_opening(command, human())
    assert ("/justification", issue) in code_of(refusal)[1]


def test_the_reason_is_of_the_list() -> None:
    with pytest.raises(DomainError) as refusal:
        check_opening(replace(COMMAND, reason_code="curious"), human())
    assert code_of(refusal) == ("content-invalid", [("/reasonCode", "code-unknown")])


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (NOTHING, None),
        (replace(NOTHING, overdue=1), None),
        (replace(NOTHING, overdue=2), "break-glass-withheld"),
        (replace(NOTHING, is_misused=True), "break-glass-withheld"),
        (replace(NOTHING, is_open=True), "break-glass-already-open"),
        (replace(NOTHING, is_open=True, overdue=2), "break-glass-withheld"),
    ],
)
def test_the_right_is_lost_by_two_overdue_reviews_or_one_misuse(standing: Standing, code: str | None) -> None:
    if code is None:
        check_standing(standing)
        return
    with pytest.raises(DomainError, match=code):
        check_standing(standing)


def test_its_human_alone_reads_under_it_from_any_account_and_for_its_hour() -> None:
    by = human()
    grant = granted(by)
    last = grant.expires_at - timedelta(microseconds=1)
    other_account = replace(by, user=UserId(uuid.uuid4()))
    linked_later = replace(human(), former=frozenset({by.human}))
    for reader in (by, other_account, linked_later):
        check_reading(grant, PERSON, reader, last)
        with pytest.raises(DomainError, match="break-glass-expired"):
            check_reading(grant, PERSON, reader, grant.expires_at)
    for at in (AT, grant.expires_at):
        with pytest.raises(DomainError, match="not-found"):
            check_reading(grant, PERSON, human(), at)
    with pytest.raises(DomainError, match="break-glass-expired"):
        check_reading(grant, PersonId(uuid.uuid4()), by, AT)


def test_a_review_is_somebody_else_s_stands_and_ends_what_was_open() -> None:
    by, officer = human(), human(Role.DPO_IG)
    grant = granted(by)
    for same in (by, replace(officer, human=by.human), replace(officer, former=frozenset({by.human}))):
        with pytest.raises(DomainError, match="break-glass-needs-another"):
            review(grant, JUSTIFIED, same, AT)
    with pytest.raises(DomainError, match="content-invalid"):
        review(grant, replace(JUSTIFIED, reason=" "), officer, AT)
    judged = review(grant, JUSTIFIED, officer, AT)
    assert (grant.version, judged.version, grant.is_open(AT), judged.is_open(AT)) == (1, 2, True, False)
    with pytest.raises(DomainError, match="break-glass-expired"):
        check_reading(judged, PERSON, by, AT)
    with pytest.raises(DomainError, match="break-glass-reviewed"):
        review(judged, JUSTIFIED, human(Role.DPO_IG), AT)


def test_a_review_is_overdue_when_its_days_are_over_and_nobody_has_made_it() -> None:
    grant = granted(human())
    due = grant.review_due_at
    assert not grant.is_overdue(due - timedelta(microseconds=1))
    assert grant.is_overdue(due)
    assert not review(grant, JUSTIFIED, human(), due).is_overdue(due)


def test_a_review_is_put_before_officers_and_a_day_late_before_duty_managers() -> None:
    due = granted(human()).review_due_at
    (duty,) = duties_of_break_glass(due)
    day = timedelta(days=1)
    assert next_moment([duty.clock], None) == due - day
    told = [duty.clock.told(due + offset) for offset in (-day - timedelta(seconds=1), -day, timedelta(0), day)]
    assert told == [(), (Role.DPO_IG,), (Role.DPO_IG,), (Role.DPO_IG, Role.DUTY_MANAGER)]
    assert next_moment([duty.clock], due + day) is None


def notice(opened: BreakGlassGrant | None) -> BreakGlassNotice:
    return BreakGlassNotice(
        id=BreakGlassNoticeId(uuid.uuid4()), owner_agency=AgencyCode("abuhb"), grant=BreakGlassId(uuid.uuid4()),
        opened_at=AT, opening_agency=AgencyCode("gwent-police"), told_at=AT, version=1,
        opened_by=None if opened is None else opened.opened, acknowledged_at=None, acknowledged_by=None,
    )  # fmt: skip


def test_nobody_acknowledges_the_notice_of_their_own_opening_and_the_first_stands() -> None:
    by, officer = human(), human(Role.DPO_IG)
    with pytest.raises(DomainError, match="break-glass-needs-another"):
        acknowledge(notice(granted(by)), replace(officer, human=by.human), AT)
    seen = acknowledge(notice(granted(by)), officer, AT)
    assert (seen.version, seen.acknowledged_at, seen.acknowledged_by) == (2, AT, officer.user)
    with pytest.raises(DomainError, match="break-glass-reviewed"):
        acknowledge(seen, human(Role.DPO_IG), AT)
    assert acknowledge(notice(None), officer, AT).version == 2


def test_the_right_is_given_back_to_somebody_else_who_misused_it_with_a_reason() -> None:
    by, officer, new_id = human(), human(Role.DPO_IG), BreakGlassRestorationId(uuid.uuid4())
    command = RestoreBreakGlass(by.user, "He was trained again.")
    misuse = review(granted(by), replace(JUSTIFIED, outcome=ReviewOutcome.UNJUSTIFIED), officer, AT)
    given = restore(new_id, command, [misuse], officer, AT)
    assert (given.user, given.human, given.restored.user) == (by.user, by.human, officer.user)
    refused = [
        (command, [misuse], replace(officer, human=by.human), "break-glass-needs-another"),
        (replace(command, user=officer.user), [], officer, "break-glass-needs-another"),
        (command, [], officer, "break-glass-not-withheld"),
        (replace(command, reason=" "), [misuse], officer, "content-invalid"),
    ]
    for asked, misuses, who, code in refused:
        with pytest.raises(DomainError, match=code):
            restore(new_id, asked, misuses, who, AT)


def test_its_purpose_serves_opening_and_reading_and_nothing_else_anywhere() -> None:
    served = {permission for permission, purposes in PURPOSES.items() if Purpose.BREAK_GLASS in purposes}
    assert served == {Permission.BREAK_GLASS_OPEN, Permission.BREAK_GLASS_READ}
    assert PURPOSES[Permission.BREAK_GLASS_OPEN] == {Purpose.BREAK_GLASS}


def test_no_role_both_opens_and_judges() -> None:
    judging = {Permission.BREAK_GLASS_REVIEW, Permission.BREAK_GLASS_OVERSEE}
    both = [role for role, may in GRANTS.items() if Permission.BREAK_GLASS_OPEN in may and judging & may]
    assert both == []
    assert {role for role, may in GRANTS.items() if Permission.BREAK_GLASS_OPEN in may} == {Role.DUTY_MANAGER}


def test_what_is_read_behind_a_door_was_before_somebody_s_eyes_and_makes_no_holder() -> None:
    read = AuditAction.BREAK_GLASS_WARNINGS_READ
    assert kind_of(read, "ok") is EventKind.DISPLAYED
    assert read not in GIVES_FLAGS
    assert OPERATIONS[read] is Operation.CONSULTATION
    assert OPERATIONS[AuditAction.BREAK_GLASS_OPENED] is Operation.COLLECTION
    assert OPERATIONS[AuditAction.BREAK_GLASS_REVIEWED] is Operation.ALTERATION
