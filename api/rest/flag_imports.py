"""Bringing in an older register over REST: begin, send the file, dry run, approval by another, run."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Body, Query, Response

from api.conditions import IdempotencyKey, VersionToChange, etag
from api.requests import CSV
from api.routing import Unit, csv_router
from api.routing import router as guarded_router
from api.schemas.flag_imports import (
    BeginImportBody,
    FlagImportsView,
    FlagImportView,
    ImportRowsView,
    ImportsQuery,
    RowsQuery,
    StatementBody,
    cursor_of,
    import_view,
    row_view,
)
from domain.ids import ImportId
from services import flags
from services.flags import ImportStep, SeenImport

_PREFIX = "/v1/flag-imports"
router = guarded_router(prefix=_PREFIX, tags=["Older registers"])
file_router = csv_router(prefix=_PREFIX, tags=["Older registers"])


def _shown(seen: SeenImport, response: Response) -> FlagImportView:
    response.headers["ETag"] = etag(seen.job.version)
    return import_view(seen)


@router.post("", status_code=201, operation_id="beginFlagImport", summary="Begin to bring in an older register")
async def begin_flag_import(
    unit: Unit, once: IdempotencyKey, body: BeginImportBody, response: Response
) -> FlagImportView:
    """Say what register it is, why it comes in, how its file is written and what each column means; nothing is guessed.

    Then send the file, make the dry run, let somebody who decides on flags approve it, and run it.
    """
    made = await flags.begin_import(unit, body.command(), once)
    response.headers["Location"] = f"{_PREFIX}/{made.value.job.id}"
    return _shown(made.value, response)


@router.get("", operation_id="listFlagImports", summary="List your imports of older registers")
async def list_flag_imports(unit: Unit, query: Annotated[ImportsQuery, Query()], response: Response) -> FlagImportsView:
    """List your agency's imports, those last changed first, each with where it stands and how far it is."""
    page = await flags.list_imports(unit, query.position(), query.limit)
    if page.next is not None:
        following = urlencode({"limit": query.limit, "after": cursor_of(page.next)})
        response.headers["Link"] = f'<{_PREFIX}?{following}>; rel="next"'
    return FlagImportsView(imports=[import_view(seen) for seen in page.imports])


@router.get("/{import_id}", operation_id="readFlagImport", summary="See how far an import is")
async def read_flag_import(unit: Unit, import_id: UUID, response: Response) -> FlagImportView:
    """Read where an import stands, how many rows were checked and worked off, and what they come to."""
    return _shown(await flags.read_import(unit, ImportId(import_id)), response)


@file_router.put("/{import_id}/file", operation_id="sendRegisterFile", summary="Send the file of an older register")
async def send_register_file(
    unit: Unit,
    import_id: UUID,
    version: VersionToChange,
    body: Annotated[bytes, Body(media_type=CSV)],
    response: Response,
) -> FlagImportView:
    """Send the file as it was exported, 20,000 rows and 8 MiB at most, in the encoding that you stated.

    A heading names the columns. Of each row only what the mapping names is kept, and only until the import is over.
    """
    return _shown(await flags.receive_register(unit, ImportId(import_id), version, body), response)


@router.post("/{import_id}/dry-run", operation_id="checkFlagImport", summary="Make the dry run, some rows at a time")
async def check_flag_import(unit: Unit, import_id: UUID, once: IdempotencyKey, response: Response) -> FlagImportView:
    """Work out what would become of the next 100 rows; call it until `state` is `checked`. Nothing is made.

    Interrupted at any point, it goes on from the last row that was told.
    """
    return _shown((await flags.check_import(unit, ImportId(import_id), once)).value, response)


@router.post("/{import_id}/approval", operation_id="approveFlagImport", summary="Approve what the dry run told")
async def approve_flag_import(
    unit: Unit, import_id: UUID, version: VersionToChange, once: IdempotencyKey, body: StatementBody, response: Response
) -> FlagImportView:
    """Approve, with a reason, that what the dry run told is made; never by somebody who brought the register in.

    The warnings made are live for your agency at once, and tell partners who are about to make contact to ring you.
    """
    step = ImportStep(ImportId(import_id), version, body.reason, once)
    return _shown((await flags.approve_import(unit, step)).value, response)


@router.post("/{import_id}/run", operation_id="runFlagImport", summary="Make what was approved, some rows at a time")
async def run_flag_import(unit: Unit, import_id: UUID, once: IdempotencyKey, response: Response) -> FlagImportView:
    """Make the warnings of the next 100 rows; call it until `state` is `done`.

    A slice is made wholly or not at all, so that an interruption at any point loses nothing and doubles nothing. The
    run comes to what the dry run told, or to less where your records have changed meanwhile.
    """
    return _shown((await flags.run_import(unit, ImportId(import_id), once)).value, response)


@router.post("/{import_id}/cancellation", operation_id="cancelFlagImport", summary="Stop an import")
async def cancel_flag_import(
    unit: Unit, import_id: UUID, version: VersionToChange, once: IdempotencyKey, body: StatementBody, response: Response
) -> FlagImportView:
    """Stop an import where it stands and erase what its rows say. Warnings that it made stay, to be reviewed."""
    step = ImportStep(ImportId(import_id), version, body.reason, once)
    return _shown((await flags.cancel_import(unit, step)).value, response)


@router.get("/{import_id}/rows", operation_id="listFlagImportRows", summary="See what becomes of each row")
async def list_flag_import_rows(
    unit: Unit, import_id: UUID, query: Annotated[RowsQuery, Query()], response: Response
) -> ImportRowsView:
    """List rows by their number in your file: what each comes to and what is wrong with it, never its values."""
    page = await flags.import_rows(unit, ImportId(import_id), query.outcome, query.after, query.limit)
    if page.next is not None:
        kept = query.model_dump(mode="json", by_alias=True, exclude_none=True) | {"after": page.next}
        response.headers["Link"] = f'<{_PREFIX}/{import_id}/rows?{urlencode(kept)}>; rel="next"'
    return ImportRowsView(rows=[row_view(row) for row in page.rows])
