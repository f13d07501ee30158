"""The pages on which people read the OpenAPI document, served from our own files only.

Agencies' networks block content delivery networks, and a page of a safeguarding service should call
nobody else anyway. The content security policy makes that certain: a viewer that tries to fetch
something from elsewhere (ReDoc's maker's logo, say) is stopped in the browser. Addresses are
relative, so that the pages work behind any path prefix.
"""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from domain.problems import Bilingual

STATIC: Final = Path(__file__).resolve().parent / "static"

DOCUMENTS_CSP: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # both viewers write style elements and attributes
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "worker-src blob:",  # ReDoc searches in a worker it makes itself
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

_TRY: Final = Bilingual("Try the API", "Rhowch gynnig ar yr API")
_REFERENCE: Final = Bilingual("API reference", "Cyfeirlyfr yr API")
_DOCUMENT: Final = Bilingual("OpenAPI document", "Dogfen OpenAPI")
_SKIP: Final = Bilingual("Skip to the document", "Neidio i'r ddogfen")
_NO_SCRIPT: Final = Bilingual(
    "This page needs JavaScript. The document itself is readable without it:",
    "Mae angen JavaScript ar y dudalen hon. Gellir darllen y ddogfen ei hun hebddo:",
)


@dataclass(frozen=True, slots=True)
class _Page:
    """What differs between the pages; `root` and `here` are relative addresses seen from the page."""

    viewer: str
    title: Bilingual
    root: str
    here: str
    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    around: str


_SWAGGER: Final = _Page(
    viewer="swagger-ui",
    title=_TRY,
    root="",
    here="docs/",
    styles=("swagger-ui/swagger-ui.css", "docs.css"),
    scripts=("swagger-ui/swagger-ui-bundle.js", "docs-init.js"),
    around="div",  # Swagger UI brings a main landmark of its own
)
_REDOC: Final = _Page(
    viewer="redoc",
    title=_REFERENCE,
    root="../",
    here="",
    styles=("docs.css",),
    scripts=("redoc/redoc.standalone.js", "docs-init.js"),
    around="main",
)


def _both(text: Bilingual) -> str:
    """Show a text in both languages, each marked, so that the page suits every reader (law 12)."""
    return f'{escape(text.en)} <span aria-hidden="true">·</span> <span lang="cy">{escape(text.cy)}</span>'


def _link(page: _Page, address: str, text: Bilingual) -> str:
    """Give one entry of the navigation, marked when it is the page itself."""
    current = ' aria-current="page"' if text == page.title else ""
    return f'<a href="{page.root}{address}"{current}>{_both(text)}</a>'


def _render(page: _Page) -> str:
    """Write the page around a viewer; what the viewer itself says is in English."""
    static = f"{page.here}static"
    styles = "\n".join(f'<link rel="stylesheet" href="{static}/{name}">' for name in page.styles)
    scripts = "\n".join(f'<script src="{static}/{name}" defer></script>' for name in page.scripts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(page.title.en)} · {escape(page.title.cy)} - Rhannu</title>
<link rel="icon" type="image/svg+xml" href="{static}/favicon.svg">
{styles}
{scripts}
</head>
<body>
<a class="skip" href="#viewer">{_both(_SKIP)}</a>
<header class="frame">
<strong>Rhannu</strong>
<nav aria-label="Documents">
{_link(page, "docs", _TRY)}
{_link(page, "docs/reference", _REFERENCE)}
{_link(page, "openapi.json", _DOCUMENT)}
</nav>
</header>
<noscript><p class="notice">{_both(_NO_SCRIPT)} <a href="{page.root}openapi.json">openapi.json</a></p></noscript>
<{page.around}>
<div id="viewer" tabindex="-1" data-viewer="{page.viewer}" data-document="{page.root}openapi.json"></div>
</{page.around}>
</body>
</html>
"""


def swagger_page() -> str:
    """Give the page on which a reader tries the API, as seen from `/docs`."""
    return _render(_SWAGGER)


def redoc_page() -> str:
    """Give the page on which a reader reads the API from top to bottom, as seen from `/docs/reference`."""
    return _render(_REDOC)


def _response(content: str) -> HTMLResponse:
    headers = {"Content-Security-Policy": DOCUMENTS_CSP, "Cache-Control": "no-cache"}
    return HTMLResponse(content, headers=headers)


async def _swagger(_request: Request) -> HTMLResponse:
    return _response(swagger_page())


async def _redoc(_request: Request) -> HTMLResponse:
    return _response(redoc_page())


def mount_documents(app: FastAPI) -> None:
    """Serve `/docs`, `/docs/reference` and `/docs/static/`; the app itself serves `/openapi.json`.

    Make the app with `docs_url=None, redoc_url=None`: FastAPI's own pages load their viewers from a
    content delivery network.
    """
    app.add_route("/docs", _swagger, include_in_schema=False)
    app.add_route("/docs/reference", _redoc, include_in_schema=False)
    app.mount("/docs/static", StaticFiles(directory=STATIC), name="documents")
