"""Plugins only: what they give stands where it is named."""

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.service",
    "tests.fixtures.server",
    "tests.fixtures.openid_provider",
    "tests.fixtures.exchange",
    "tests.fixtures.line",
    "tests.security.crowd",
]
