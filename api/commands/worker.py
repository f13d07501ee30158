"""`rhannu worker`."""

import asyncio
import signal

import typer

from api.commands import console
from services.core.telemetry import configure_logging
from services.worker import run_worker

app = typer.Typer(add_completion=False)


@app.command()
def worker() -> None:
    """File the audit trail and run the clocks, until stopped."""
    configure_logging()

    async def work() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, stop.set)
        await run_worker(console.settings(), stop)

    asyncio.run(work())
