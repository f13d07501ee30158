"""Plugins only: what they give stands in tests/fixtures."""

pytest_plugins = ["tests.fixtures.database", "tests.fixtures.service", "tests.fixtures.server", "tests.fixtures.line"]
