"""What the program says on the invented year of `fika demo`, on a fixed day."""  # noqa: INP001 - see generate.py

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console
from rich.text import Text

from agent.app import App
from agent.cli.daily import demo as demonstration
from agent.cli.root import cli
from agent.clock import FixedClock
from policies.pictures.map import By

NOW: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
WIDTH: Final = 96
_TEXT_WIDTH: Final = 140
_PICTURE_WIDTH: Final = 118
PICTURED: Final = "audit", "--priority", "a"
_ESCAPE: Final = re.compile(r"\x1b\[[0-9;]*m")


class Demo(NamedTuple):
    """A state folder with the invented year, and what the first daily run on it said."""

    home: Path
    first_run: str


@cache
def _demo() -> Demo:
    folder = Path(tempfile.mkdtemp(prefix="fika-docs-")) / "state"
    demonstration._build(folder, FixedClock(NOW))  # noqa: SLF001 - the same year as the demo's
    for path in folder.rglob("*"):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    said("people", "import", str(folder / "people.toml"), "--yes", home=folder)
    said("plan", "import", str(folder / "plan.toml"), "--yes", home=folder)
    said("log", demonstration.REMEMBERED, "--yes", home=folder)
    return Demo(folder, said("run", home=folder))


def said(*words: str, home: Path | None = None, width: int = _TEXT_WIDTH) -> str:
    """What a command writes to a terminal so wide, colours included."""
    out = io.StringIO()
    terminal = {"FORCE_COLOR": "1", "COLUMNS": str(width), "TERM": "xterm"}
    with _environment(terminal), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        app = App(home=home or _demo().home, clock=FixedClock(NOW))
        cli.main(list(words), prog_name="fika", standalone_mode=False, obj=app)
    return out.getvalue()


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    unwanted = ("NO_COLOR", "COLORTERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
    before = dict(os.environ)
    try:
        os.environ.update(values)
        for name in unwanted:
            os.environ.pop(name, None)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def of(*words: str, most: int | None = None) -> Callable[[], str]:
    """A command and its answer, as text; of a long one the first lines."""

    def text() -> str:
        lines = said(*words).splitlines()
        cut = [] if most is None or len(lines) <= most else ["…"]
        return _answer(" ".join(words), "\n".join([*lines[:most], *cut]))

    return text


def first_run() -> str:
    """The daily run, the first time."""
    return _answer("run", _demo().first_run)


def log_line() -> str:
    """What one line of the diary is understood as, on a copy of the year."""
    with tempfile.TemporaryDirectory(prefix="fika-docs-") as folder:
        home = shutil.copytree(_demo().home, Path(folder) / "state")
        line = "coffee with Pieter; promised the benchmark figures by Friday; he introduced Yuki"
        return _answer(f'log "{line}"', said("log", line, "--yes", home=home))


def no_time() -> str:
    """What stands in the way of a group, and the ways out, from a file of busy times alone."""
    known = {"hours": "Mon-Fri 09:00-17:00", "busy": []}
    ana = {"address": "ana@example.com", "name": "Ana Silva", "zone": "Europe/Berlin", **known}
    ken = {"address": "ken@example.net", "zone": "Asia/Tokyo", **known}
    with tempfile.TemporaryDirectory(prefix="fika-docs-") as folder:
        (group := Path(folder) / "group.json").write_text(json.dumps({"people": [ana, ken]}))
        words = ("--length", "45m", "--within", "1w", "--from", "2026-03-02")
        text = said("find-time", "--busy", str(group), *words, home=Path(folder) / "state")
        return _answer(" ".join(("find-time --busy group.json", *words)), text)


def _answer(words: str, text: str) -> str:
    return block(f"$ fika {words}\n{_ESCAPE.sub('', text)}")


def agenda() -> str:
    """The text of the first planning slot, as it stands in the owner's calendar."""
    from connectors.ical.write import read_own_event

    (path,) = (_demo().home / "calendars" / "work").glob("fika-plan-first-*")
    event = read_own_event(path.read_bytes())
    return block(f"{event.title}\n\n{event.text}" if event else "")


def block(text: str, kind: str = "text") -> str:
    """Text as it stands, in a page."""
    lines = (line.rstrip() for line in text.strip("\n").split("\n"))
    return f"```{kind}\n" + "\n".join(lines) + "\n```"


def picture() -> str:
    """The audit as it looks on a terminal; fonts are the reader's own, nothing is fetched."""
    screen = Console(
        record=True,
        width=_PICTURE_WIDTH,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    screen.print(Text(f"$ fika {' '.join(PICTURED)}", "bold"))
    screen.print(Text.from_ansi(said(*PICTURED, width=_PICTURE_WIDTH).rstrip()), no_wrap=True)
    drawn = screen.export_svg(
        title="fika", code_format=_DRAWING, unique_id="fika", font_aspect_ratio=0.6
    )
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def drawings() -> dict[str, str]:
    """The pictures of the report, by name."""
    from agent.pictures.gallery import pictures
    from agent.relationships import audit

    app = App(home=_demo().home, clock=FixedClock(NOW))
    lines = audit.lines(app.store, app.settings, NOW)
    drawn = pictures(app.store, app.settings, lines, NOW, By.RELATION)
    app.close()
    return {each.name: each.svg() for each in drawn if each.name != "planning"}


_DRAWING: Final = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>What fika audit shows on a terminal</title>
<style>
.{unique_id}-matrix {{
  font-family: Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
}}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" \
clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def clear() -> None:
    """Remove the invented year."""
    shutil.rmtree(_demo().home.parent, ignore_errors=True)
