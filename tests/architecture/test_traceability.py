"""Markers name requirements that exist, and the printed page is up to date."""

from tests.architecture import traceability


def test_every_marker_names_a_requirement() -> None:
    assert set(traceability.markers()) - set(traceability.requirements()) == set()


def test_the_page_is_printed_from_the_markers() -> None:
    page = traceability.PAGE.read_text(encoding="utf-8")
    assert page == traceability.render(), "run: python -m tests.architecture.traceability"
