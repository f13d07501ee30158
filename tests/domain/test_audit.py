"""What an event comes to, and how much of it each onlooker sees."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from domain.audit import AuditEvent, EventFilter, EventKind, Onlooker, kind_of
from domain.audit import visible_part as part
from domain.audit_actions import OPERATIONS, AuditAction, Operation
from domain.dates import local_date, start_of_day
from domain.errors import DomainError
from domain.ids import AgencyCode, EventId, RecordId, UserId

MINE, THEIRS, FLAG, OTHER = (RecordId(uuid.uuid4()) for _ in range(4))
POLICE = AgencyCode("gwent-police")
EVENT = AuditEvent(
    id=EventId(uuid.uuid4()), at=datetime(2026, 11, 23, tzinfo=UTC), agency=AgencyCode("abuhb"),
    user=UserId(uuid.uuid4()), client="abuhb-system", action="flag.checked", operation="consultation", outcome="ok",
    purpose="staff-safety-visit", roles=("practitioner",), subjects=(MINE, THEIRS),
    owners=(POLICE, AgencyCode("pobl")), named=(POLICE,), records=(f"flag:{FLAG}:2", f"flag:{OTHER}:1"), hinted=(f"flag:{OTHER}:9",),
    fields=("flag.precaution",), request="theirs", reason="",
)  # fmt: skip
OWN = frozenset({f"person:{MINE}", f"flag:{FLAG}"})


@pytest.mark.parametrize(
    ("action", "outcome", "kind"),
    [
        ("flag.checked", "ok", EventKind.MATCHED),
        ("check.displayed", "ok", EventKind.DISPLAYED),
        ("check.acknowledged", "ok", EventKind.ACKNOWLEDGED),
        ("flag.read", "ok", EventKind.READ),
        ("person.registered", "ok", EventKind.CHANGED),
        ("audit.detail-erased", "ok", EventKind.CHANGED),
        ("audit.exported", "ok", EventKind.TRAIL_READ),
        ("audit.read", "denied", EventKind.REFUSED),
        ("flag.checked", "error", EventKind.REFUSED),
        ("flag.checked", "empty", EventKind.NOTHING_FOUND),
        ("person.read", "not-found", EventKind.NOTHING_FOUND),
        ("summary.read+flag.checked", "ok", EventKind.READ),
        ("summary.read+flag.proposed", "ok", EventKind.CHANGED),
        ("of.tomorrow", "ok", EventKind.READ),
    ],
)
def test_a_match_by_a_machine_is_not_a_look_by_a_human(action: str, outcome: str, kind: EventKind) -> None:
    assert kind_of(action, outcome) is kind


def test_every_action_is_one_of_the_six_operations() -> None:
    assert set(OPERATIONS) == set(AuditAction)
    assert OPERATIONS[AuditAction.DETAIL_ERASED] is Operation.ERASURE


def test_of_anothers_access_only_what_concerns_ones_own_records() -> None:
    seen = part(EVENT, Onlooker(POLICE, False, OWN))
    assert (seen.subjects, seen.records, seen.hinted) == ((MINE,), (f"flag:{FLAG}:2",), ())
    assert (seen.owners, seen.fields) == ((POLICE,), ("flag.precaution",))
    assert replace(
        seen, subjects=EVENT.subjects, records=EVENT.records, hinted=EVENT.hinted, owners=EVENT.owners, request="theirs"
    ) == EVENT  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "records", "hinted", "told"),
    [
        (("flag.precaution", "flag.exists"), (f"flag:{FLAG}:2",), (f"flag:{OTHER}:9",), ("flag.precaution",)),
        (("flag.precaution", "flag.exists"), (f"flag:{FLAG}:2",), (f"flag:{FLAG}:9",), ("flag.precaution", "flag.exists")),
        (("flag.precaution", "flag.content"), (f"flag:{FLAG}:2", f"flag:{OTHER}:1"), (), ("flag.precaution",)),
        (("information-request.standing", "item.health"), (f"flag:{FLAG}:2", f"information-request:{OTHER}:1"), (), ("information-request.standing",)),
        (("information-request.standing", "item.health"), (f"flag:{FLAG}:2", f"confidentiality-override:{OTHER}"), (), ("information-request.standing", "item.health")),
    ],
)  # fmt: skip
def test_the_classes_of_anothers_act_tell_nothing_of_records_that_are_not_ones_own(
    fields: tuple[str, ...], records: tuple[str, ...], hinted: tuple[str, ...], told: tuple[str, ...]
) -> None:
    """`flag.exists` would say that somebody else warns of this person, `item.health` what a third agency was asked."""
    event = replace(EVENT, fields=fields, records=records, hinted=hinted)
    assert part(event, Onlooker(POLICE, False, OWN)).fields == told
    assert part(event, Onlooker(EVENT.agency, False, OWN)).fields == fields
    assert part(event, Onlooker(POLICE, True, OWN)).fields == fields


def test_of_ones_own_access_all_but_the_names_of_what_was_hidden_and_who_was_only_weighed() -> None:
    assert part(EVENT, Onlooker(EVENT.agency, False, frozenset())) == replace(EVENT, hinted=(), owners=(POLICE,))


def test_the_boards_auditor_sees_every_reference() -> None:
    assert part(EVENT, Onlooker(AgencyCode("gwent-safeguarding"), True, frozenset())) == EVENT


def test_a_reading_of_the_trail_gives_only_the_person_asked_about() -> None:
    reading = replace(EVENT, action="audit.read")
    assert part(reading, Onlooker(POLICE, True, OWN)).subjects == ()
    assert part(reading, Onlooker(POLICE, True, OWN, THEIRS)).subjects == (THEIRS,)
    assert part(reading, Onlooker(POLICE, False, OWN, THEIRS)).subjects == ()


def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(DomainError) as refusal:
        EventFilter(from_day=date(2026, 2, 1), to_day=date(2026, 1, 31))
    assert refusal.value.issues[0].pointer == "/to"


@pytest.mark.parametrize("day", [date(2026, 1, 5), date(2026, 3, 29), date(2026, 3, 30), date(2026, 7, 1),
                                 date(2026, 10, 25), date(2026, 10, 26)])  # fmt: skip
def test_a_day_begins_at_local_midnight(day: date) -> None:
    start = start_of_day(day)
    assert local_date(start) == day
    assert local_date(datetime.fromtimestamp(start.timestamp() - 1, UTC)) < day
