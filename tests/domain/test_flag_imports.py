"""The rules of bringing in an older register: reading cells, finding who is meant, and what stands until a decision."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from domain.access import Role
from domain.dates import start_of_day
from domain.errors import DomainError
from domain.flag_codes import Badge, Category, FlagState
from domain.flag_decisions import ControlSentence, DecideFlag, DecisionOutcome
from domain.flag_duties import Duty, DutyKind, duties_of
from domain.flag_evidence import PersonSubject, PlaceSubject, ProposeFlag
from domain.flag_import_entries import PersonMeant, RegisterEntry, Said, Source, read_entry
from domain.flag_import_files import MOST_ROWS, RegisterRow, RowIssue, read_register
from domain.flag_import_mapping import (
    About,
    AboutRule,
    CategoryRule,
    ControlsOf,
    ControlsRule,
    DateColumn,
    DateFormat,
    Delimiter,
    Encoding,
    FileLayout,
    IdentifierColumn,
    RegisterMapping,
    SentenceLanguage,
    SentenceRule,
)
from domain.flag_import_plan import (
    KnownPerson,
    NewIds,
    OpenWarning,
    Picture,
    RowOutcome,
    RowPlan,
    as_approved,
    target_of_person,
    target_of_place,
)
from domain.flag_imports import (
    BeginImport,
    FlagImport,
    ImportState,
    approve,
    begin,
    cancel,
    conclude_check,
    legacy_flag,
    receive,
    state_on,
)
from domain.flags import Flag, badges, decide, may_be_newly_shared, propose
from domain.ids import FlagId, ImportId, RecordId
from domain.persons import Address, LocalIdentifier, NameKind, PersonContent, PersonName
from domain.visibility import facts_of
from tests.domain.flag_samples import ACTIVATE, INSPECTOR, NOW, OFFICER, SUPERINTENDENT, TODAY, incident, person

MAPPING = RegisterMapping(
    category=CategoryRule(fixed=Category.ANIMAL_HAZARD),
    controls=ControlsRule(column="C", values=(ControlsOf("dog in", ("animals-secured",)), ControlsOf("2", ("joint",))), separator="/"),
    sentence=SentenceRule(fixed=ControlSentence(en="Ask for the dog to be shut away.")),
    family="F", given="G", nhs_number="N", uprn="U", person_id="P",
    local_identifier=IdentifierColumn("L", "tenancy"),
    birth_date=DateColumn("B", DateFormat.SLASHES),
    recorded_on=DateColumn("R", DateFormat.ISO),
)  # fmt: skip
SAID = Said(("joint",), ControlSentence(en="Go in pairs."))
NUMBER, OTHER_NUMBER = "9434765919", "9434765870"
IDS = NewIds(RecordId(UUID(int=70)), FlagId(UUID(int=71)))
BORN = date(1950, 2, 3)


def read(mapping: RegisterMapping = MAPPING, **cells: str) -> tuple[RegisterEntry | None, list[tuple[str, str]]]:
    entry, issues = read_entry(RegisterRow(2, {"controls": "dog in", **cells}), mapping, TODAY)
    return entry, [(issue.field, issue.code) for issue in issues]


@pytest.mark.parametrize("fixed", [True, False])
def test_a_row_on_a_care_need_is_not_brought_in_with_words_of_blame(fixed: bool) -> None:
    harsh = ControlSentence(en="Violent when woken.")
    rule = SentenceRule(fixed=harsh) if fixed else SentenceRule(column="S", language=SentenceLanguage.EN)
    blaming = replace(MAPPING, category=CategoryRule(fixed=Category.CARE_NEED_BEHAVIOUR), sentence=rule)
    assert read(blaming, sentence="Violent when woken.")[1] == [("sentence", "blaming-word")]
    elsewhere = replace(blaming, category=MAPPING.category)
    assert ("sentence", "blaming-word") not in read(elsewhere, sentence="Violent when woken.")[1]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (DateFormat.ISO, "1950-02-03"),
        (DateFormat.ISO, "1950-2-3 00:00:00.000"),
        (DateFormat.SLASHES, "03/02/1950"),
        (DateFormat.SLASHES, "3/2/1950 00:00"),
        (DateFormat.HYPHENS, "03-02-1950"),
        (DateFormat.DOTS, "3.2.1950"),
        (DateFormat.DIGITS, "19500203"),
        (DateFormat.MONTH_NAME, "03-Feb-1950"),
        (DateFormat.MONTH_NAME, "3 FEB 1950"),
    ],
)
def test_a_day_is_read_in_the_form_stated(form: DateFormat, text: str) -> None:
    entry, issues = read(replace(MAPPING, birth_date=DateColumn("B", form)), birthDate=text)
    assert issues == []
    assert entry is not None
    assert entry.person is not None
    assert entry.person.content.birth_date == BORN


@pytest.mark.parametrize(
    ("form", "text", "code"),
    [
        (DateFormat.SLASHES, "1950-02-03", "date-format"),
        (DateFormat.SLASHES, "03/02/50", "date-format"),
        (DateFormat.SLASHES, "03/02/1950 09:30", "date-format"),
        (DateFormat.SLASHES, "c. 1950", "date-format"),
        (DateFormat.SLASHES, "3/2/19500", "date-format"),
        (DateFormat.SLASHES, "٠٣/٠٢/١٩٥٠", "date-format"),
        (DateFormat.SLASHES, "02/13/1950", "date-impossible"),
        (DateFormat.SLASHES, "29/02/1951", "date-impossible"),
        (DateFormat.SLASHES, "00/00/1950", "date-impossible"),
        (DateFormat.SLASHES, "01/01/0000", "date-impossible"),
        (DateFormat.DIGITS, "1950023", "date-format"),
        (DateFormat.MONTH_NAME, "03-Chw-1950", "date-format"),
        (DateFormat.SLASHES, "01/01/1889", "out-of-range"),
        (DateFormat.SLASHES, "10/03/2026", "in-future"),
    ],
)
def test_no_other_day_is_made_of_it(form: DateFormat, text: str, code: str) -> None:
    assert read(replace(MAPPING, birth_date=DateColumn("B", form)), birthDate=text) == (None, [("birthDate", code)])


def test_every_fault_of_a_row_is_told_at_once_each_field_once() -> None:
    entry, issues = read(
        controls="dog in/loose", nhsNumber="9434765918", family="x" * 101, personId="17", recordedOn="2026-03-10",
        localIdentifier=" ", birthDate="x",
    )  # fmt: skip
    assert entry is None
    assert sorted(issues) == [
        ("birthDate", "date-format"), ("controls", "value-unmapped"), ("family", "too-long"),
        ("localIdentifier", "too-short"), ("nhsNumber", "check-digit"), ("personId", "pattern"), ("recordedOn", "in-future"),
    ]  # fmt: skip


def test_controls_of_a_cell_are_added_up_without_repeats() -> None:
    entry, _ = read(controls="2/ DOG  in /2//", family="Pugh", given="Ann")
    assert entry is not None
    assert entry.said.controls == ("joint", "animals-secured")


def test_a_place_is_read_by_its_number_and_for_what_can_be_true_of_a_place() -> None:
    mapping = replace(MAPPING, about=AboutRule(fixed=About.PLACE))
    entry, _ = read(mapping, uprn="000100", family="Pugh")
    assert entry is not None
    assert (entry.uprn, entry.person) == ("100", None)
    assert read(mapping, uprn="10 Bont") == (None, [("uprn", "pattern")])
    behaviour = replace(mapping, category=CategoryRule(fixed=Category.HATE_ABUSE))
    assert read(behaviour, uprn="100") == (None, [("category", "inconsistent")])


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    heading = "F;G;N;U;P;L;B;R;C\n"
    raw = (heading + '\n;;;;;;;;\nPugh;Ann;;;;;;;"2\nlines"\nPugh;Siân;;;;;;;2\nshort\n').encode()
    rows = read_register(raw, FileLayout(Encoding.UTF_8, Delimiter.SEMICOLON), MAPPING)
    assert [(row.number, row.cells.get("given")) for row in rows] == [(4, "Ann"), (5, "Siân"), (6, None)]
    assert rows[2].issues == (RowIssue("", "row-shape"),)
    many = heading.encode() + b"x;;;;;;;;\n" * (MOST_ROWS + 1)
    with pytest.raises(DomainError) as refusal:
        read_register(many, FileLayout(Encoding.UTF_8, Delimiter.SEMICOLON), MAPPING)
    assert [(issue.pointer, issue.code) for issue in refusal.value.issues] == [("/rows", "too-many")]


def content(family: str = "Pugh", given: str = "Ann", birth: date | None = BORN, **more: str) -> PersonContent:
    local = more.get("local")
    return PersonContent(
        names=(PersonName(NameKind.USUAL, family, tuple(given.split())),) if family else (),
        birth_date=birth,
        nhs_number=more.get("nhs"),
        identifiers=() if local is None else (LocalIdentifier("tenancy", local),),
        addresses=(Address(line1="1", postcode="NP44 9ZZ"),) if "at" in more else (),
    )


def entry_of(meant: PersonContent, number: int = 2, record: int | None = None, said: Said = SAID) -> RegisterEntry:
    meaning = PersonMeant(None if record is None else RecordId(UUID(int=record)), meant)
    return RegisterEntry(number=number, category=Category.THREAT_VIOLENCE, said=said, source=Source(), person=meaning)


def plan(meant: PersonContent, *known: PersonContent, record: int | None = None) -> RowPlan:
    there = [
        KnownPerson(RecordId(UUID(int=number)), UUID(int=100 + number), each) for number, each in enumerate(known, 1)
    ]
    return Picture(there, {}).plan(entry_of(meant, record=record), IDS)


ONE = RecordId(UUID(int=1))
FULL = content(nhs=NUMBER, local="17")


@pytest.mark.parametrize(
    "meant",
    [
        content(nhs=NUMBER),
        content("", "", nhs=NUMBER),
        content(given="Ann Mary", nhs=NUMBER),
        content(family="pugh ", nhs=NUMBER),
        content("", "", None, local="17"),
        content(local="17"),
        content(local="17", nhs=NUMBER),
    ],
    ids=str,
)
def test_a_number_says_who_is_meant_where_nothing_contradicts(meant: PersonContent) -> None:
    found = plan(meant, FULL)
    assert (found.outcome, found.record_id, found.registers) == (RowOutcome.MADE, ONE, False)


@pytest.mark.parametrize(
    ("meant", "field", "code"),
    [
        (content(), "", "possible-match"),
        (content(given="Mary Ann"), "", "possible-match"),
        (content(local="18"), "", "possible-match"),
        (content(nhs=NUMBER, birth=date(1950, 3, 2)), "birthDate", "match-contradicted"),
        (content(nhs=NUMBER, birth=None), "birthDate", "required"),
        (content(family="Pugh-Rees", nhs=NUMBER), "family", "match-contradicted"),
        (content(given="Eira", nhs=NUMBER), "given", "match-contradicted"),
        (content(local="17", nhs=OTHER_NUMBER), "nhsNumber", "match-contradicted"),
        (content(local="17", birth=date(1950, 3, 2)), "birthDate", "match-contradicted"),
        (content("", "Ann"), "family", "required"),
        (content("Rees", "Ann", None), "birthDate", "required"),
        (content("Rees", ""), "given", "required"),
        (content("Rees", "", local="99"), "given", "required"),
    ],
    ids=str,
)
def test_what_is_not_sure_is_left_for_a_person_to_say(meant: PersonContent, field: str, code: str) -> None:
    found = plan(meant, FULL)
    assert found.outcome is RowOutcome.UNSURE
    assert RowIssue(field, code) in found.issues
    assert (found.record_id, found.flag_id, found.registers) == (None, None, False)


@pytest.mark.parametrize(
    "meant",
    [content(nhs=OTHER_NUMBER), content("Rees"), content("Rees", "", nhs=OTHER_NUMBER), content("Rees", "", at="1")],
    ids=str,
)
def test_somebody_unknown_is_registered_if_a_check_could_be_certain_of_them(meant: PersonContent) -> None:
    found = plan(meant, FULL)
    assert (found.outcome, found.record_id, found.registers) == (RowOutcome.MADE, IDS.record, True)


def test_numbers_that_lead_to_two_records_lead_to_a_question() -> None:
    first, second = content(local="17"), content("Rees", "Eira", date(1960, 1, 1), nhs=NUMBER)
    meant = content("", "", date(1960, 1, 1), local="17", nhs=NUMBER)
    assert plan(meant, first, second).issues == (RowIssue("", "match-conflict"),)
    undated = replace(second, birth_date=None)
    assert plan(content(local="17", nhs=NUMBER), first, undated).issues == (RowIssue("", "match-conflict"),)


def test_a_record_that_somebody_named_is_the_one_and_another_s_is_none() -> None:
    assert plan(content(), FULL, record=1).record_id == ONE
    assert plan(content(), FULL, record=2).issues == (RowIssue("personId", "not-found"),)


def test_rows_before_count_once_they_are_accepted() -> None:
    picture = Picture([], {})
    first = entry_of(content(local="17"))
    made = picture.plan(first, IDS)
    assert picture.plan(first, IDS).outcome is RowOutcome.MADE, "nothing was accepted"
    picture.accept(first, made)
    again = picture.plan(
        entry_of(content("", "", None, local="17"), 3), NewIds(RecordId(UUID(int=5)), FlagId(UUID(int=6)))
    )
    assert (again.outcome, again.same_as, again.flag_id) == (RowOutcome.ALREADY_THERE, 2, IDS.flag)
    assert (again.record_id, again.planned, again.registers) == (IDS.record, True, False)
    other = picture.plan(entry_of(content(local="17"), 4, said=replace(SAID, controls=("police-present",))), IDS)
    assert (other.outcome, other.same_as, other.issues) == (RowOutcome.UNSURE, 2, (RowIssue("", "row-differs"),))


def test_what_was_decided_here_counts_whatever_the_old_register_says() -> None:
    known = KnownPerson(ONE, UUID(int=101), FULL)
    decided = OpenWarning(FlagId(UUID(int=9)), None)
    picture = Picture([known], {(target_of_person(known.person), Category.THREAT_VIOLENCE): decided})
    found = picture.plan(entry_of(FULL), IDS)
    assert (found.outcome, found.flag_id, found.issues) == (RowOutcome.ALREADY_THERE, decided.flag_id, ())


def test_the_run_keeps_to_what_was_approved_or_less() -> None:
    made = RowPlan(outcome=RowOutcome.MADE, record_id=ONE, registers=False, flag_id=IDS.flag)
    there = replace(made, outcome=RowOutcome.ALREADY_THERE)
    assert as_approved(made, made) == made
    assert as_approved(made, there) == there
    for other in (replace(made, record_id=IDS.record), replace(made, registers=True)):
        assert as_approved(made, other).issues == (RowIssue("", "changed-since"),)
    assert as_approved(there, made).outcome is RowOutcome.UNSURE


def job(state: ImportState = ImportState.APPROVED) -> FlagImport:
    command = BeginImport("Old list", "Staff must be warned.", FileLayout(Encoding.UTF_8), MAPPING)
    begun = begin(ImportId(UUID(int=90)), command, OFFICER, NOW)
    if state is ImportState.AWAITING_FILE:
        return begun
    checked = conclude_check(receive(begun, "0" * 64, 1, OFFICER, NOW), OFFICER, NOW)
    return approve(checked, "Compared.", INSPECTOR, NOW) if state is ImportState.APPROVED else checked


def legacy() -> Flag:
    entry = RegisterEntry(
        number=7, category=Category.THREAT_VIOLENCE, said=SAID, source=Source(note="He shouted."),
        person=PersonMeant(None, FULL),
    )  # fmt: skip
    made = RowPlan(outcome=RowOutcome.MADE, record_id=RecordId(UUID(int=1)), flag_id=IDS.flag)
    return legacy_flag(job(), entry, made, OFFICER, NOW)


def test_no_human_who_brought_it_in_approves_whoever_did_which_part() -> None:
    checked = job(ImportState.CHECKED)
    sent = replace(checked, file=replace(checked.file, received=checked.created))  # type: ignore[type-var]  # it is there
    with pytest.raises(DomainError, match="proposer-cannot-decide"):
        approve(sent, "Fine.", person(1, account=5), NOW)
    other = receive(job(ImportState.AWAITING_FILE), "0" * 64, 1, INSPECTOR, NOW)
    assert other.importers == (OFFICER.human, INSPECTOR.human)
    for by in (OFFICER, INSPECTOR):
        with pytest.raises(DomainError, match="proposer-cannot-decide"):
            approve(conclude_check(other, OFFICER, NOW), "Fine.", by, NOW)
    assert approve(conclude_check(other, OFFICER, NOW), "Fine.", SUPERINTENDENT, NOW).state is ImportState.APPROVED


def test_an_import_left_lying_lapses_but_can_be_cancelled() -> None:
    checked = job(ImportState.CHECKED)
    assert state_on(checked, NOW + timedelta(days=30)) is ImportState.CHECKED
    late = NOW + timedelta(days=30, seconds=1)
    assert state_on(checked, late) is ImportState.LAPSED
    with pytest.raises(DomainError, match="import-state-conflict"):
        approve(checked, "Fine.", INSPECTOR, late)
    cancelled = cancel(checked, "Forgotten.", OFFICER, late)
    assert state_on(cancelled, late + timedelta(days=99)) is ImportState.CANCELLED


def test_a_legacy_flag_says_what_was_mapped_and_nothing_that_nobody_gave_it() -> None:
    flag = legacy()
    assert (flag.state, flag.incidents, flag.decision, flag.terms) == (FlagState.ACTIVE, (), None, None)
    assert flag.review_on == TODAY + timedelta(days=90)
    assert badges(flag, NOW) == {Badge.LEGACY_UNREVIEWED}
    assert flag.what_to_do == (SAID.controls, SAID.sentence)
    assert facts_of(flag).is_legacy
    assert not may_be_newly_shared(flag, TODAY)


def test_a_place_without_a_reason_of_its_own_has_that_of_the_import() -> None:
    entry = RegisterEntry(number=2, category=Category.ANIMAL_HAZARD, said=SAID, source=Source(), uprn="100")
    made = RowPlan(outcome=RowOutcome.MADE, target=target_of_place("100"), flag_id=IDS.flag)
    assert legacy_flag(job(), entry, made, OFFICER, NOW).subject == PlaceSubject("100", "Staff must be warned.")


def test_a_decision_makes_it_a_flag_like_others_and_cites_incidents_only_where_there_are_none() -> None:
    cited = incident()
    flag = decide(legacy(), replace(ACTIVATE, incidents=(cited.id,)), [cited], INSPECTOR, NOW)
    assert not flag.is_legacy
    assert [each.id for each in flag.incidents] == [cited.id]
    assert badges(flag, NOW) == frozenset()
    assert flag.what_to_do is not None
    assert flag.what_to_do[0] == ("joint", "check-in")
    with pytest.raises(DomainError, match="flag-state-conflict"):
        decide(flag, replace(ACTIVATE, incidents=(cited.id,)), [cited], INSPECTOR, NOW)
    declining = DecideFlag(outcome=DecisionOutcome.DECLINE, reason="No.", assessment=ACTIVATE.assessment)
    with pytest.raises(DomainError, match="flag-state-conflict"):
        decide(legacy(), declining, [], INSPECTOR, NOW)
    with pytest.raises(DomainError, match="proposer-cannot-decide"):
        decide(legacy(), replace(ACTIVATE, incidents=(cited.id,)), [cited], OFFICER, NOW)


def test_its_first_review_is_owed_by_the_ninetieth_day_and_put_before_more_roles_as_that_comes() -> None:
    due = start_of_day(TODAY + timedelta(days=90))
    assert duties_of(legacy()) == (Duty(DutyKind.REVIEW_LEGACY, due),)
    owed = Duty(DutyKind.REVIEW_LEGACY, due)
    decider, lead, dpo = Role.FLAG_DECISION_MAKER, Role.SAFEGUARDING_LEAD, Role.DPO_IG
    told = [owed.clock.told(due - timedelta(days=days)) for days in (29, 28, 7, 0)]
    assert told == [(), (decider,), (decider, lead), (decider, lead, dpo)]
    decided = decide(legacy(), replace(ACTIVATE, incidents=(incident().id,)), [incident()], INSPECTOR, NOW)
    assert DutyKind.REVIEW in {duty.kind for duty in duties_of(decided)}
    assert DutyKind.REVIEW_LEGACY not in {duty.kind for duty in duties_of(decided)}


def test_a_flag_that_cites_incidents_takes_no_more_with_its_decision() -> None:
    cited = incident()
    command = replace(ACTIVATE, incidents=(cited.id,))
    subject = PersonSubject(RecordId(UUID(int=1)))
    asked = ProposeFlag(subject, Category.THREAT_VIOLENCE, (cited.id,), "Colleagues will visit.")
    proposed = propose(IDS.flag, asked, [cited], OFFICER, NOW)
    with pytest.raises(DomainError) as refusal:
        decide(proposed, command, [cited], INSPECTOR, NOW)
    assert [(issue.pointer, issue.code) for issue in refusal.value.issues] == [("/incidents", "inconsistent")]
