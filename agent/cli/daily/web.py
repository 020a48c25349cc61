"""`fika web`: serve the page, and the link that opens it."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from socket import socket

import click

from agent.app import App
from agent.cli.values import Whole
from agent.errors import UsageProblem

_LOWEST, _HIGHEST = 1024, 65_535


@click.command()
@click.option(
    "--port",
    type=Whole(_LOWEST, _HIGHEST),
    help="Of this machine; any that is free, if left out.",
)
@click.option(
    "--socket",
    "path",
    type=click.Path(path_type=Path),
    help="Serve on a Unix socket instead; --port is then the one you forward to it.",
)
@click.pass_obj
def web(app: App, *, port: int | None, path: Path | None) -> None:
    """Serve the page where you approve, on this machine only, and print the link to it.

    The link works once, within ten minutes. While the page is served, `fika web` in another
    terminal prints a new one. Stop it with Ctrl-C.
    """
    if path is not None and port is None:
        raise UsageProblem("--socket needs --port", "name the port that you forward to the socket")
    from agent.web.entry import ServedAlready, serving
    from agent.web.server import LOOPBACK, on_path, on_port

    _ = app.settings, app.store  # what is wrong with either is said now, not by each page
    try:
        with serving(app.home) as told, on_path(path) if path else on_port(port or 0) as bound:
            host = f"{LOOPBACK}:{port or bound.getsockname()[1]}"
            told(host)
            _tell(app, host)
            _serve(app, bound, host)
    except ServedAlready as other:
        if not other.address:
            raise
        _tell(app, other.address)


def _serve(app: App, bound: socket, host: str) -> None:
    """Until Ctrl-C, or until we are told to end."""
    from agent.web.app import page
    from agent.web.server import server

    opened = partial(App, home=app.home, clock=app.clock, load=app.load)
    with suppress(KeyboardInterrupt):
        server(page(opened, host)).run([bound])
    click.echo("The page is closed.")


def _tell(app: App, host: str) -> None:
    """The link with a code in its fragment, which no browser sends anywhere by itself."""
    from agent.web.entry import VALID, new_code

    link = f"http://{host}/#{new_code(app.home, app.clock.now())}"
    minutes = int(VALID.total_seconds()) // 60
    click.echo(f"Open this within {minutes} minutes; it works once:\n\n  {link}\n")
