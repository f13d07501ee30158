"""Prints documents, a few at a time, each in a process of its own (ADR 0009).

What a document needs of memory is given back when its process ends, and a document that takes too long, or
breaks the library, takes nothing else with it: the service that answers checks must not notice.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from datetime import datetime
from pathlib import Path

import structlog

from domain.errors import DomainError
from services.core.printing.words import all_printable

_PROGRAM = Path(__file__).with_name("program.py")
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH")
"""All of the environment that the program gets: the rest holds keys and addresses."""
_HEAVY = 256 * 1024
"""Bytes of content from which documents are printed one at a time: some hundred pages take some hundred MB."""
_log = structlog.get_logger()


class Press:
    """The places where documents are printed; who finds no place even to wait is told so at once."""

    def __init__(self, *, presses: int = 2, waiting: int = 4, seconds: float = 30.0) -> None:
        self._presses = asyncio.Semaphore(presses)
        self._heavy = asyncio.Lock()
        self._room = presses + waiting
        self._inside = 0
        self._seconds = seconds

    async def print(self, template: str, content: Mapping[str, object], at: datetime) -> bytes:
        """Print content with a template, named by its path below `services/`; `at` is the document's date.

        Raises:
            DomainError: `service-unavailable` when it took too long or failed, or too many documents wait.
        """
        if self._inside >= self._room:
            raise DomainError("service-unavailable")
        self._inside += 1
        try:
            job = await asyncio.to_thread(_job, template, content, at)
            async with self._heavy if len(job) > _HEAVY else nullcontext(), self._presses:
                return await self._run(job)
        finally:
            self._inside -= 1

    async def _run(self, job: bytes) -> bytes:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(_PROGRAM),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=environment,
        )  # fmt: skip
        try:
            printed, _ = await asyncio.wait_for(program.communicate(job), self._seconds)
        except TimeoutError as late:
            _log.error("document.late")
            raise DomainError("service-unavailable") from late
        finally:
            if program.returncode is None:
                with suppress(ProcessLookupError):
                    program.kill()
                await program.wait()
        if program.returncode != 0 or not printed:
            _log.error("document.failed", code=program.returncode)
            raise DomainError("service-unavailable")
        return printed


def _job(template: str, content: Mapping[str, object], at: datetime) -> bytes:
    """Write what the program reads; a long list takes a while, so others are served meanwhile."""
    return json.dumps({"template": template, "content": all_printable(content), "at": int(at.timestamp())}).encode()
