"""Flag check against the bare handler, alternating in one run; ratios are what counts (`make bench`).

    python -m bench.flag_check [--seconds 5] [--rounds 5]

One uvicorn process each, pinned to the first processor; PostgreSQL and the load share the other. wrk makes
the load where it is installed, else the bundled client, which is told.
"""

import argparse
import asyncio
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import data, protocols, seed
from services.core.doors import doors_from
from services.core.identity import TokenIssuer
from services.core.settings import Settings
from services.core.signing import signing_keys
from services.core.token_claims import SubjectType
from services.db import bootstrap, embedded, migrate

HOME = Path(os.environ.get("RHANNU_BENCH_HOME", ".rhannu/bench")).resolve()
CLIENTS = 16


def prepare() -> tuple[str, embedded.Server]:
    """Start the server, migrate, load the region."""
    server = embedded.start(HOME, memory="1GB")  # as a server sized for its data; both sides read from it
    admin = server.url()

    async def databases() -> str:
        await bootstrap.ensure_roles(admin)
        return await bootstrap.ensure_database(admin, "rhannu_bench")

    url = asyncio.run(databases())
    migrator = bootstrap.url_for(url, role="rhannu_migrator")
    migrate.upgrade(migrator)
    asyncio.run(migrate.set_context_key(migrator, Settings(home=HOME).context_key))
    asyncio.run(seed.register(url))
    started = time.monotonic()
    asyncio.run(data.load(url))
    lanes = asyncio.run(protocols.sign_up(url))
    print(f"data ready in {time.monotonic() - started:.0f} s, {lanes} lanes of {protocols.PROTOCOLS} protocols")
    return admin, server


def lua(folder: Path, name: str, body: str) -> str:
    path = folder / name
    path.write_text(body)
    return str(path)


def scripts(folder: Path, token: str) -> dict[str, str]:
    """wrk scripts: people are drawn at random from the flagged ones, the same way on both sides."""
    md5 = Path(__file__).with_name("ids.txt")
    if not md5.exists():
        ids = [f"{hashlib.md5(f'{kind}{n}'.encode()).hexdigest()}" for kind in "pr" for n in range(1, 20001)]  # noqa: S324
        md5.write_text("\n".join(ids))
    head = (
        f'local ids = {{}} for line in io.lines("{md5}") do ids[#ids+1] = line end '
        "math.randomseed(7) local function uuid(h) return h:sub(1,8)..'-'..h:sub(9,12)..'-'..h:sub(13,16)..'-'..h:sub(17,20)..'-'..h:sub(21) end "
    )
    post = (
        'wrk.method = "POST" wrk.headers["Content-Type"] = "application/json" '
        f'wrk.headers["Authorization"] = "Bearer {token}" wrk.headers["Purpose-Of-Use"] = "staff-safety-visit" '
    )
    return {
        "bare": lua(
            folder,
            "bare.lua",
            head + "request = function() return wrk.format('GET', '/flags/'..uuid(ids[math.random(20000)])) end",
        ),
        "check": lua(
            folder,
            "check.lua",
            head + post + "request = function() return wrk.format(nil, '/v1/flag-checks', nil, "
            '\'{"entries":[{"reference":"1","personId":"\'..uuid(ids[20000+math.random(20000)])..\'"}]}\') end',
        ),
        "hundred": lua(
            folder,
            "hundred.lua",
            head + post + "request = function() local t = {} for i = 1, 100 do "
            't[i] = \'{"reference":"\'..i..\'","personId":"\'..uuid(ids[20000+math.random(20000)])..\'"}\' end '
            "return wrk.format(nil, '/v1/flag-checks', nil, '{\"entries\":['..table.concat(t, ',')..']}') end",
        ),
        "identity": lua(
            folder,
            "identity.lua",
            head + post + "request = function() return wrk.format(nil, '/v1/flag-checks', nil, "
            '\'{"entries":[{"reference":"1","identity":{"family":"Bench","given":"A\'..math.random(20000)..\'","birthDate":"1950-01-01"}}]}\') end',
        ),
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(app: str, environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run one server on a free port of loopback for as long as it is needed, and no longer."""
    port = free_port()
    command = [
        "taskset", "-c", "0", sys.executable, "-m", "uvicorn", app, "--port", str(port), "--loop", "uvloop", "--http",
        "httptools", "--no-access-log", "--log-level", "warning", *(["--factory"] if "create" in app else []),
    ]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        wait_for(process, f"http://127.0.0.1:{port}/openapi.json")
        yield process, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def wait_for(process: subprocess.Popen[bytes], address: str) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=5).read(1)  # noqa: S310 - our own address, http
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = "a server did not start"
    raise RuntimeError(message)


def prove(port: int, token: str) -> None:
    """Ask once and look: a check that tells nobody anything would be fast for the wrong reason."""
    record = uuid.UUID(hashlib.md5(b"r1").hexdigest())  # noqa: S324 - how the bench names people
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/flag-checks",
        data=json.dumps({"entries": [{"personId": str(record)}]}).encode(),
        headers={
            "Content-Type": "application/json", "Authorization": f"Bearer {token}",
            "Purpose-Of-Use": "staff-safety-visit",
        },
    )  # fmt: skip
    answer = json.loads(urllib.request.urlopen(asked, timeout=10).read())  # noqa: S310 - our own address, http
    entry = answer["entries"][0]
    if entry["outcome"] != "warnings" or len(entry["warnings"]) != data.WARNINGS:
        raise RuntimeError(f"the check tells {entry['outcome']}, {len(entry['warnings'])} warnings")


def load(script: str, port: int, seconds: int) -> float:
    """Requests per second; any answer that is no success stops the run, since a fast refusal proves nothing."""
    finished = subprocess.run(
        [
            "taskset",
            "-c",
            "1",
            "wrk",
            "-t1",
            f"-c{CLIENTS}",
            f"-d{seconds}s",
            "--latency",
            "-s",
            script,
            f"http://127.0.0.1:{port}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    if "Non-2xx" in finished.stdout:
        raise RuntimeError(finished.stdout)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", finished.stdout)
    p99 = re.search(r"99%\s+(\S+)", finished.stdout)
    print(f"    {Path(script).stem:9} {float(rate[1]):8.0f}/s  p99 {p99[1]}")  # type: ignore[index]
    return float(rate[1])  # type: ignore[index]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: no figures were taken")
    admin, server = prepare()
    subprocess.run(["taskset", "-a", "-p", "-c", "1", str(server.pid)], capture_output=True, check=False)
    settings = Settings(home=HOME)
    issuer = TokenIssuer(settings.issuer, settings.audience, signing_keys(settings), time.time)
    doors = doors_from(admin, "rhannu_bench")
    ours = {
        "RHANNU_HOME": str(HOME), "RHANNU_DATABASE_URL": doors.app, "RHANNU_WORKER_DATABASE_URL": doors.worker,
        "RHANNU_AUDITOR_DATABASE_URL": doors.auditor, "RHANNU_RATE_LIMIT_PER_MINUTE": "1000000000",
    }  # fmt: skip
    bare = {"BENCH_DSN": bootstrap.dsn(bootstrap.url_for(admin, database="rhannu_bench"))}
    figures: dict[str, list[float]] = {}
    try:
        with (
            serve("bench.baseline:app", bare) as (_, bare_port),
            serve("api.app:create_app", ours) as (process, port),
            tempfile.TemporaryDirectory() as folder,
        ):
            for _ in range(options.rounds):
                token, _life = issuer.issue(seed.CLIENT, seed.AGENCY, str(seed.USER), SubjectType.HUMAN, seed.SCOPES)
                prove(port, token)
                for name, script in scripts(Path(folder), token).items():
                    at = bare_port if name == "bare" else port
                    figures.setdefault(name, []).append(load(script, at, options.seconds))
            memory = Path(f"/proc/{process.pid}/status").read_text()
    finally:
        embedded.stop(HOME, server)
    report(figures, memory)


def report(figures: dict[str, list[float]], memory: str) -> None:
    ratio = [check / bare for check, bare in zip(figures["check"], figures["bare"], strict=True)]
    people = [100 * hundred / check for hundred, check in zip(figures["hundred"], figures["check"], strict=True)]
    identity = [each / bare for each, bare in zip(figures["identity"], figures["bare"], strict=True)]
    print(json.dumps({
        "check / bare handler": [round(min(ratio), 3), round(statistics.median(ratio), 3), round(max(ratio), 3)],
        "people/s of 100-person checks / single checks": round(statistics.median(people), 1),
        "identity-resolving check / bare handler": round(statistics.median(identity), 3),
        "server resident KiB": int(re.search(r"VmRSS:\s+(\d+)", memory)[1]),  # type: ignore[index]
    }, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
