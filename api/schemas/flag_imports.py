"""Bodies and views of bringing in an older register."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.common import Body, SignatureView, View, listed
from api.schemas.flag_checks import SaidView
from api.schemas.flags import SentenceBody
from api.schemas.incidents import Codes, Line, Reason
from domain.errors import DomainError, FieldIssue
from domain.flag_codes import Category
from domain.flag_import_mapping import About, DateFormat, Delimiter, Encoding, RegisterMapping, SentenceLanguage
from domain.flag_import_plan import RowOutcome, RowPlan
from domain.flag_imports import BeginImport, ImportState
from domain.issues import ISSUES
from services.core.codec import from_document
from services.flags import ImportRow, SeenImport

_CURSOR = re.compile(r"([1-9][0-9]{0,16})\.([0-9a-f]{32})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Column = Annotated[Line, Field(description="The heading of a column of your file.")]
Value = Annotated[Line, Field(description="A value as your register writes it; case and spaces make no difference.")]


class LayoutBody(Body):
    """How the file is written."""

    encoding: Encoding
    delimiter: Delimiter = Delimiter.COMMA


class DateColumnBody(Body):
    """A column of days; years have four digits, and midnight after the day is passed over."""

    column: Column
    format: DateFormat


class IdentifierColumnBody(Body):
    """A column of numbers by which one of your systems knows people, and that system as your records name it."""

    column: Column
    system: Line


class AboutOfBody(Body):
    """What one value says a row is about."""

    value: Value
    about: About


class AboutBody(Body):
    """Whether rows are about people or places: by a column, or all alike."""

    column: Column | None = None
    values: Annotated[list[AboutOfBody], Field(max_length=200)] = []
    fixed: About | None = None


class CategoryOfBody(Body):
    """The category that one value means."""

    value: Value
    category: Category


class CategoryBody(Body):
    """The category: by a column, or the same for every row."""

    column: Column | None = None
    values: Annotated[list[CategoryOfBody], Field(max_length=200)] = []
    fixed: Category | None = None


class ControlsOfBody(Body):
    """The controls that one value means."""

    value: Value
    controls: Annotated[Codes, listed("visit-control")]


class ControlsBody(Body):
    """What to do: by a column, whose cells may hold several values between separators, or the same for every row."""

    column: Column | None = None
    values: Annotated[list[ControlsOfBody], Field(max_length=200)] = []
    separator: Annotated[str, Field(max_length=1)] | None = None
    fixed: Annotated[Codes, listed("visit-control")] = []


class SentenceOfBody(SentenceBody):
    """The plain sentence that one value stands for."""

    value: Value


class SentenceRuleBody(Body):
    """The one plain sentence: a column's own words in a language, by a coded column, or the same for every row.

    Never map the register's account of what happened here: front-line readers of other agencies may see this.
    """

    column: Column | None = None
    language: SentenceLanguage | None = None
    values: Annotated[list[SentenceOfBody], Field(max_length=200)] = []
    fixed: SentenceBody | None = None


class MappingBody(Body):
    """Which column is which field. Columns not named here are dropped when the file is received."""

    category: CategoryBody
    controls: ControlsBody
    sentence: SentenceRuleBody
    about: AboutBody = AboutBody(fixed=About.PERSON)
    person_id: Annotated[
        Column | None, Field(description="Ids of your records here, to say who is meant where a row was unsure.")
    ] = None
    local_identifier: IdentifierColumnBody | None = None
    nhs_number: Column | None = None
    birth_date: DateColumnBody | None = None
    family: Column | None = None
    given: Column | None = None
    line1: Column | None = None
    town: Column | None = None
    postcode: Column | None = None
    uprn: Column | None = None
    reference: Annotated[Column | None, Field(description="Your register's own reference of the row.")] = None
    raised_by: Annotated[Column | None, Field(description="Who raised it, in your register's words.")] = None
    raised_on: Annotated[Column | None, Field(description="When, in your register's words.")] = None
    recorded_on: Annotated[DateColumnBody | None, Field(description="When your register first held it.")] = None
    note: Annotated[Column | None, Field(description="Your register's own text, for your readers of narrative.")] = None


class BeginImportBody(Body):
    """A register to bring in: its name, why, how its file is written, and what its columns mean."""

    register_name: Line
    reason: Reason
    layout: LayoutBody
    mapping: MappingBody

    def command(self) -> BeginImport:
        """Give the command to begin."""
        return from_document(BeginImport, self.model_dump())


class StatementBody(Body):
    """Why."""

    reason: Reason


class StatementView(View):
    """What somebody decided, why and when."""

    reason: str
    signed: SignatureView


class RegisterFileView(View):
    """The file received: its SHA-256 in hexadecimal and how many rows it has."""

    digest: str
    rows: int
    received: SignatureView


class CountsView(View):
    """How many rows came to what."""

    made: int
    already_there: int
    refused: int
    unsure: int


class ProgressView(View):
    """How far the import is: of how many rows the dry run has told, and how many were worked off."""

    rows: int
    checked: int
    worked: int
    expected: CountsView
    outcome: CountsView


class FlagImportView(View):
    """One version of an import. What it says of people is in its rows, by row number and code only."""

    id: UUID
    owner_agency: str
    version: int
    state: ImportState
    register_name: str
    reason: str
    layout: LayoutBody
    mapping: MappingBody
    created: SignatureView
    file: RegisterFileView | None
    progress: ProgressView
    approved: StatementView | None
    cancelled: StatementView | None


class FlagImportsView(View):
    """A page of imports, those last changed first."""

    imports: list[FlagImportView]


class RowIssueView(View):
    """What is wrong in a row: in which field (the row as a whole where it is empty), by code and in plain words."""

    field: str
    code: str
    detail: SaidView


class ImportRowView(View):
    """One row: what the dry run says will come of it, and what came of it.

    `sameAs` is the earlier row that says so already; `personId` is your record, `flagId` the warning, once there.
    """

    row: Annotated[int, Field(description="Counted as your spreadsheet counts: the heading is row 1.")]
    category: Category | None
    expected: RowOutcome | None
    outcome: RowOutcome | None
    issues: list[RowIssueView]
    same_as: int | None
    registers: Annotated[bool, Field(description="Whether the person is registered by this row.")]
    person_id: UUID | None
    flag_id: UUID | None


class ImportRowsView(View):
    """A page of rows in the order of the file."""

    rows: list[ImportRowView]


class RowsQuery(Body):
    """Which rows, and how many at a time."""

    outcome: Annotated[
        RowOutcome | None, Field(description="Only rows that came to this, or are expected to until they are made.")
    ] = None
    after: Annotated[int, Field(ge=0, le=2_000_000, description="The row after which the page begins.")] = 0
    limit: Annotated[int, Field(ge=1, le=500, description="How many rows at most.")] = 100


class ImportsQuery(Body):
    """How many imports at a time, and where to go on."""

    after: Annotated[str | None, Field(max_length=64, description="Where the page before ended.")] = None
    limit: Annotated[int, Field(ge=1, le=50, description="How many imports at most.")] = 20

    def position(self) -> tuple[datetime, UUID] | None:
        """Read where to go on.

        Raises:
            DomainError: `parameter-invalid` for what is no cursor of ours.
        """
        if self.after is None:
            return None
        match = _CURSOR.fullmatch(self.after)
        if match is None:
            raise DomainError("parameter-invalid", [FieldIssue("/after", "pattern")])
        return _EPOCH + timedelta(microseconds=int(match.group(1))), UUID(match.group(2))


def cursor_of(position: tuple[datetime, UUID]) -> str:
    """Write where a page of imports ended: microseconds and an import's id, nothing about people."""
    at, import_id = position
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}.{import_id.hex}"


def import_view(seen: SeenImport) -> FlagImportView:
    """Show an import."""
    job = seen.job
    return FlagImportView(
        id=job.id,
        owner_agency=job.owner_agency,
        version=job.version,
        state=seen.state,
        register_name=job.register_name,
        reason=job.reason,
        layout=LayoutBody.model_validate(asdict(job.layout)),
        mapping=mapping_body(job.mapping),
        created=SignatureView.model_validate(job.created),
        file=None if job.file is None else RegisterFileView.model_validate(job.file),
        progress=_progress(seen),
        approved=None if job.approved is None else StatementView.model_validate(job.approved),
        cancelled=None if job.cancelled is None else StatementView.model_validate(job.cancelled),
    )


def mapping_body(mapping: RegisterMapping) -> MappingBody:
    """Show a mapping as it was sent."""
    return MappingBody.model_validate(asdict(mapping))


def row_view(row: ImportRow) -> ImportRowView:
    """Show a row: a record or a warning is named only once it is there."""
    plan = row.expected or RowPlan(outcome=RowOutcome.REFUSED)
    is_there = row.outcome in {RowOutcome.MADE, RowOutcome.ALREADY_THERE} or (
        row.expected is not None and row.expected.outcome is not RowOutcome.MADE and plan.same_as is None
    )
    return ImportRowView(
        row=row.number,
        category=row.category,
        expected=None if row.expected is None else row.expected.outcome,
        outcome=row.outcome,
        issues=[
            RowIssueView(field=each.field, code=each.code, detail=SaidView(**asdict(ISSUES[each.code])))
            for each in plan.issues
        ],
        same_as=plan.same_as,
        registers=plan.registers,
        person_id=None if plan.planned else plan.record_id,
        flag_id=plan.flag_id if is_there else None,
    )


def _progress(seen: SeenImport) -> ProgressView:
    expected, outcome = seen.progress.expected, seen.progress.outcome
    return ProgressView(
        rows=0 if seen.job.file is None else seen.job.file.rows,
        checked=sum(expected.values()),
        worked=sum(outcome.values()),
        expected=_counts(expected),
        outcome=_counts(outcome),
    )


def _counts(counted: Mapping[RowOutcome, int]) -> CountsView:
    return CountsView(
        made=counted[RowOutcome.MADE],
        already_there=counted[RowOutcome.ALREADY_THERE],
        refused=counted[RowOutcome.REFUSED],
        unsure=counted[RowOutcome.UNSURE],
    )
