"""The parent of a development machine's processes: one start, one stop, nothing left behind.

It owns the embedded database and the children; whatever ends first, everything ends. A lock in the home
directory keeps a second parent from stopping the first one's database.
"""

import asyncio
import fcntl
import os
import signal
import subprocess  # the children are this same program
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from services.core.settings import Settings
from services.db import embedded

Children = list["subprocess.Popen[bytes]"]

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_LOOK_SECONDS = 0.2


class StoppedError(KeyboardInterrupt):
    """Somebody asked for the end: Ctrl-C, or SIGTERM."""


class PartEndedError(Exception):
    """A child ended by itself, or never became ready."""


@contextmanager
def stoppable() -> Generator[None]:
    """Turn the first Ctrl-C or SIGTERM into `StoppedError`, at any point of the start; later ones change nothing.

    An event loop under way is cancelled instead of torn: raised within the driver's compiled code, an exception
    crashed the process or left it waiting for ever.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        for sign in before:
            signal.signal(sign, signal.SIG_IGN)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise StoppedError from None
        loop.call_soon_threadsafe(_cancel_all, loop)

    before = {sign: signal.signal(sign, stop) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except asyncio.CancelledError:
        raise StoppedError from None
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()


@contextmanager
def sole_parent(home: Path) -> Generator[None]:
    """Be the only parent of this home.

    Raises:
        BlockingIOError: another one runs.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "parent.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


@contextmanager
def own_database(settings: Settings) -> Generator[None]:
    """Run the embedded server, unless an address of another one was given."""
    if settings.database_url is not None:
        yield
        return
    try:
        embedded.start(settings.home)
        yield
    finally:
        server = embedded.find(settings.home)
        if server is not None:
            embedded.stop(settings.home, server)


@contextmanager
def children(commands: tuple[str, ...]) -> Generator[Children]:
    """Run some of our own commands, each in a session of its own, so that Ctrl-C reaches them through us alone."""
    started: Children = []
    try:
        for command in commands:
            arguments = [sys.executable, "-m", "api.cli", command]
            started.append(subprocess.Popen(arguments, start_new_session=True, env=dict(os.environ)))
        yield started
    finally:
        _end(started)


def _end(started: Children) -> None:
    for child in started:
        child.terminate()
    for child in started:
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_until_ready(settings: Settings, started: Children) -> None:
    """Wait until the service says that it can answer safely.

    Raises:
        PartEndedError: it does not come to that.
    """
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - compared, not bound
    address = f"http://{host}:{settings.port}/health/ready"
    deadline = time.monotonic() + _START_SECONDS
    _watch(started, lambda: _answers(address) or time.monotonic() > deadline)
    if not _answers(address):
        raise PartEndedError


def wait_until_stopped(started: Children) -> None:
    """Wait for as long as all children live.

    Raises:
        PartEndedError: one of them ended by itself.
        StoppedError: somebody asked for the end.
    """
    _watch(started, lambda: False)


def _watch(started: Children, is_enough: Callable[[], bool]) -> None:
    while not is_enough():
        if any(child.poll() is not None for child in started):
            raise PartEndedError
        time.sleep(_LOOK_SECONDS)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address, http
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
