"""`rhannu serve`."""

import typer
import uvicorn

from api.commands import console

app = typer.Typer(add_completion=False)


@app.command()
def serve() -> None:
    """Serve the API on RHANNU_HOST and RHANNU_PORT, one process."""
    settings = console.settings()
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
    )
