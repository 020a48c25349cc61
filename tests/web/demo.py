"""The invented year of `fika demo` with a mail server, so that its proposals can be sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from agent.app import App
from agent.cli.daily import demo as demonstration
from agent.cli.root import cli
from tests.agent.model_channel import MovableClock
from tests.servers.smtp import SmtpServer
from tests.web.house import House

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@contextmanager
def demo(folder: Path) -> Iterator[House]:
    """On a Monday morning in March, after the first daily run."""
    home, clock = folder / "state", MovableClock(NOW)
    demonstration._build(home, clock)
    for path in home.rglob("*"):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    with SmtpServer().running() as server:
        config = home / "config.toml"
        text = config.read_text("utf-8").replace('path = "', 'synced = true\npath = "')
        mail = f'[mail]\nhost = "localhost"\nport = {server.port}\nencryption = "none"\n'
        config.write_text(f"{text}\n{mail}", "utf-8")
        for words in (("people", "import", str(home / "people.toml"), "--yes"), ("run",)):
            app = App(home, clock)
            with redirect_stdout(StringIO()):
                cli.main(list(words), prog_name="fika", standalone_mode=False, obj=app)
            app.close()
        app = App(home, clock)
        yield House(home, home / "calendars" / "work", server, app.settings, clock)
