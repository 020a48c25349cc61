"""A whole household: a state folder, calendars, people, and the real command line on them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from tests.proof import warm

OWNER = "olle@example.com"
PATIENCE_S = 120


class Said(NamedTuple):
    """What a command ended with and wrote, byte by byte."""

    words: tuple[str, ...]
    code: int
    out: bytes
    err: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.out)


class Household:
    """``home`` is the state folder; ``work`` and ``extra`` are folders of calendars beside it.

    ``entry`` is what the interpreter is told to run: the command line, unless a test starts it
    in a way of its own, see `tests.proof.warm`. ``said`` is all that was ever said.
    """

    def __init__(self, folder: Path, entry: Sequence[str] = ("-m", "agent")) -> None:
        self.home = folder / "home"
        self.work = folder / "calendars" / "work"
        self.extra = folder / "calendars" / "extra"
        self.entry = tuple(entry)
        self.said: list[Said] = []
        self.environment: dict[str, str] = {}
        self.home.mkdir(mode=0o700, parents=True)
        self.work.mkdir(parents=True)
        self.extra.mkdir()

    def configure(self, *, name: str = "Olle Owner", further: str = "") -> None:
        """Two folder calendars, the first to write to, and what ``further`` adds."""
        text = f"""
[owner]
name = {toml(name)}
addresses = ["{OWNER}"]
zone = "Europe/Stockholm"
hours = "Mon-Fri 08:00-18:00"

[[calendar]]
name = "work"
path = "../calendars/work"
synced = true

[[calendar]]
name = "extra"
path = "../calendars/extra"
synced = true

[write]
calendar = "work"
{further}
"""
        (self.home / "config.toml").write_text(text, "utf-8")

    def people(self, *tables: dict[str, object]) -> Said:
        """Import these people from a file of Fika's own."""
        file = self.home.parent / "people.toml"
        rows = ("\n".join(f"{k} = {toml(v)}" for k, v in each.items()) for each in tables)
        file.write_text("".join(f"[[person]]\n{row}\n" for row in rows), "utf-8")
        return self.fika("people", "import", str(file), "--yes")

    def fika(self, *words: str, stdin: bytes = b"", **environment: str) -> Said:
        around = {**os.environ, "FIKA_HOME": str(self.home), **self.environment, **environment}
        said = Said(words, *warm.run([*self.entry, *words], around, stdin, PATIENCE_S))
        self.said.append(said)
        return said


def toml(value: object) -> str:
    """A text, a list of texts or a truth as TOML writes it; like JSON, but for one control."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def days_from_now(days: float, hour: int = 9) -> datetime:
    """That many days from today, at this hour in UTC."""
    today = datetime.now(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    return today + timedelta(days=days)


def vevent(
    uid: str,
    start: datetime,
    title: str,
    guests: Iterable[tuple[str, str]] = (),
    *,
    minutes: int = 30,
    further: Iterable[str] = (),
) -> str:
    """A meeting of the owner with these guests, pairs of an address and a name; all accepted."""
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DURATION:PT{minutes}M",
        f"SUMMARY:{escaped(title)}",
        f"ORGANIZER:mailto:{OWNER}",
        *(
            f'ATTENDEE;PARTSTAT=ACCEPTED;CN="{quoted(name)}":mailto:{address}'
            for address, name in guests
        ),
        *further,
        "END:VEVENT",
    ]
    return "\r\n".join(lines) + "\r\n"


def vcalendar(events: Iterable[str]) -> bytes:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Proof//EN\r\n"
    return f"{head}{''.join(events)}END:VCALENDAR\r\n".encode("utf-8", "surrogatepass")


def escaped(text: str) -> str:
    """As a TEXT value (RFC 5545, 3.3.11); characters that end a line are those of the format."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\n", "\\n").replace("\r", "")


def quoted(text: str) -> str:
    return text.replace('"', "'").replace("\n", "^n").replace("\r", "")
