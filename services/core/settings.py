"""Settings, read once from the environment (prefix `RHANNU_`) and frozen.

Outside development every secret and address must be given: a default that works on a
developer's machine must never be what guards real people's data.
"""

import json
import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_SECRET_FILE_MODE = 0o600


class Settings(BaseSettings):
    """Everything the environment may say; field `x_y` is read from `RHANNU_X_Y`."""

    model_config = SettingsConfigDict(env_prefix="RHANNU_", frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Literal["development", "test", "production"] = "development"
    home: Path = Field(default=Path(".rhannu"), description="where a development machine keeps its database and keys")
    host: str = "127.0.0.1"
    port: int = 8000

    database_url: str | None = None
    worker_database_url: str | None = None
    auditor_database_url: str | None = None
    migrator_database_url: str | None = None
    pool_size: int = 10
    statement_timeout_ms: int = 2_000
    connect_timeout_seconds: float = Field(default=5.0, description="how long to try to reach the database")

    issuer: str = "http://127.0.0.1:8000"
    audience: str = "rhannu"
    context_key_file: Path | None = None
    match_key_file: Path | None = None
    signing_keys_file: Path | None = None
    key_set_hosts: str = Field(
        default="", description="hosts that key sets of clients and directories may be fetched from, by commas"
    )
    key_set_networks: str = Field(
        default="", description="networks that are not public in which such hosts may lie, by commas: 10.20.0.0/16"
    )

    check_seconds: float = Field(default=4.0, gt=0, description="longer, and the risk is unknown")
    duty_phone: str | None = Field(default=None, description="the region's number, for when no agency's is known")
    rate_limit_per_minute: int = Field(default=6_000, description="requests of one client to all processes together")
    token_rate_limit_per_minute: int = Field(
        default=600, description="token requests of one client from one address to one process"
    )
    telemetry: bool = Field(default=False, description="make spans, for an OpenTelemetry SDK beside us")

    @model_validator(mode="after")
    def _complete_outside_development(self) -> Self:
        if self.environment != "production":
            return self
        needed = (
            "database_url",
            "worker_database_url",
            "auditor_database_url",
            "context_key_file",
            "match_key_file",
            "signing_keys_file",
        )
        missing = [f"RHANNU_{name.upper()}" for name in needed if getattr(self, name) is None]
        if missing:
            message = f"production needs {', '.join(missing)}"
            raise ValueError(message)
        if not self.issuer.startswith("https://"):
            message = "production needs an https RHANNU_ISSUER"
            raise ValueError(message)
        return self

    @property
    def is_production(self) -> bool:
        """Say whether real people's data may be here."""
        return self.environment == "production"

    @property
    def public_url(self) -> str:
        """Where others find the service: at its issuer's address; on a developer's machine, at its port.

        The issuer stays the same on every port there, so that a token printed in one shell serves in another.
        """
        return self.issuer.rstrip("/") if self.is_production else f"http://{self.host}:{self.port}"

    @cached_property
    def context_key(self) -> bytes:
        """Key that signs who is asking, checked again inside the database."""
        return self._secret("context", self.context_key_file)

    @cached_property
    def match_key(self) -> bytes:
        """Key of the digests by which people are matched, so that no index holds a name."""
        return self._secret("match", self.match_key_file)

    @cached_property
    def signing_keys_path(self) -> Path:
        """Where the private keys of our own token issuer are."""
        return self.signing_keys_file or self.home / "signing-keys.json"

    def _secret(self, name: str, given: Path | None) -> bytes:
        if given is not None:
            key = given.read_bytes().strip()
            if len(key) < 32:
                message = f"the {name} key is shorter than 32 bytes"
                raise ValueError(message)
            return key
        path = self.home / "secrets.json"
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if name not in kept:
            kept[name] = secrets.token_hex(32)
            self.home.mkdir(parents=True, exist_ok=True)
            path.touch(mode=_SECRET_FILE_MODE)
            path.write_text(json.dumps(kept, indent=1))
        return kept[name].encode()


def load_settings() -> Settings:
    """Read the settings from the environment."""
    return Settings()
