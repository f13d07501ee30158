"""Headers that make a change safe: `If-Match`, `ETag`, `Idempotency-Key` (RFC 9110 13.1.1)."""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header
from starlette.requests import Request

from domain.errors import DomainError
from services.core.idempotency import Once

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_ETAG = re.compile(r'"v([1-9][0-9]{0,8})"')


def etag(version: int) -> str:
    """Write a version as a strong entity tag."""
    return f'"v{version}"'


async def version_to_change(
    if_match: Annotated[
        str | None, Header(description='The `ETag` of the version you read, for example `"v3"`.')
    ] = None,
) -> int:
    """Read which version the caller changes.

    Raises:
        DomainError: `if-match-missing`, or `version-stale` for what is no tag of ours.
    """
    if if_match is None:
        raise DomainError("if-match-missing")
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise DomainError("version-stale")
    return int(match.group(1))


async def once_of(
    request: Request,
    idempotency_key: Annotated[
        str | None, Header(description="New for each thing you create; the same when you try again.")
    ] = None,
) -> Once:
    """Read the key and digest what makes this request that request: method, path, body, condition.

    Raises:
        DomainError: `idempotency-key-missing`.
    """
    if idempotency_key is None or not _KEY.fullmatch(idempotency_key):
        raise DomainError("idempotency-key-missing")
    digest = hashlib.sha256()
    for part in (request.method.encode(), request.url.path.encode(), request.headers.get("if-match", "").encode()):
        digest.update(len(part).to_bytes(4, "big") + part)
    digest.update(await request.body())
    return Once(idempotency_key, digest.digest())


VersionToChange = Annotated[int, Depends(version_to_change)]
IdempotencyKey = Annotated[Once, Depends(once_of)]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which version a step starts from, and the key that makes it act once."""

    version: int
    once: Once


async def conditions_of(version: VersionToChange, once: IdempotencyKey) -> Conditions:
    """Read both headers of a step."""
    return Conditions(version, once)


StepConditions = Annotated[Conditions, Depends(conditions_of)]
