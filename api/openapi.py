"""The OpenAPI document: what integrators read first, so it is written for them (see also docs/)."""

from fastapi import FastAPI

DESCRIPTION = """Shared risk flags for agencies that visit the same people."""
TAGS: list[dict[str, str]] = []


def install(app: FastAPI) -> None:
    """Give the application its own document builder."""
    _ = app
