"""The pages of the OpenAPI document load our own files and nothing else."""

import hashlib
import re
from urllib.parse import urljoin

import httpx
import pytest
from fastapi import FastAPI

from api.docs_pages import STATIC, mount_documents

PAGES = ("/docs", "/docs/reference")
VENDORED = re.compile(r"^\S+ +\S+ +\S+ +([0-9a-f]{64})  (\S+)$", re.MULTILINE)


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI(docs_url=None, redoc_url=None, title="Rhannu")
    mount_documents(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://rhannu.test")


@pytest.mark.parametrize("page", PAGES)
async def test_every_address_on_a_page_is_ours_and_answers(client: httpx.AsyncClient, page: str) -> None:
    answer = await client.get(page)
    assert answer.status_code == 200
    addresses = re.findall(r'(?:href|src|data-document)="([^"#]+)"', answer.text)
    assert len(addresses) >= 8
    for address in addresses:
        assert "//" not in address
        assert (await client.get(urljoin(page, address))).status_code == 200, address


@pytest.mark.parametrize("page", PAGES)
async def test_the_policy_forbids_scripts_in_the_page_and_there_are_none(client: httpx.AsyncClient, page: str) -> None:
    answer = await client.get(page)
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert not re.search(r"https?:|\*", answer.headers["content-security-policy"])
    assert re.findall(r"<script(?![^>]*\bsrc=)", answer.text) == []
    assert not re.search(r"\son\w+=", answer.text)


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_speaks_both_languages_and_marks_them(client: httpx.AsyncClient, page: str) -> None:
    text = (await client.get(page)).text
    assert '<html lang="en">' in text
    assert 'lang="cy">Cyfeirlyfr yr API<' in text
    assert text.count('aria-current="page"') == 1


def test_vendored_files_are_the_ones_that_were_fetched() -> None:
    listed = {name: digest for digest, name in VENDORED.findall((STATIC / "VERSIONS.txt").read_text("utf-8"))}
    found = {
        str(path.relative_to(STATIC)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("swagger-ui", "redoc")
        for path in (STATIC / folder).iterdir()
    }
    assert listed == found


async def test_nothing_outside_the_folder_is_served(client: httpx.AsyncClient) -> None:
    for path in ("/docs/static/../docs_pages.py", "/docs/static/%2e%2e/docs_pages.py", "/docs/static/absent.js"):
        assert (await client.get(path)).status_code == 404
