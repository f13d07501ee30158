"""The address of the next page (RFC 8288)."""

from urllib.parse import urlencode

from starlette.responses import Response

from api.schemas.paging import PageQuery


def link_next(response: Response, path: str, query: PageQuery, following: str | None) -> None:
    """Give the address of the next page, where there is one (RFC 8288)."""
    if following is not None:
        kept = query.model_dump(mode="json", by_alias=True, exclude_none=True) | {"after": following}
        response.headers["Link"] = f'<{path}?{urlencode(kept)}>; rel="next"'
