"""`fika find-time`: when a group can meet, from calendars or from plain lists of busy times."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from agent.app import App
from agent.cli.completing import PERSON
from agent.cli.owner import settings_if_any
from agent.cli.values import AS_JSON, choice, chosen
from agent.days import YEARS, read_day
from agent.errors import UsageProblem
from agent.terminal import say
from policies.people.person import Format
from policies.text import shown

if TYPE_CHECKING:
    from agent.proposing.find_time import Own
    from connectors.busy_file import KnownPerson

T = TypeVar("T")

_FINEST, _COARSEST = timedelta(minutes=5), timedelta(days=1)
_FARTHEST, _LONGEST = timedelta(weeks=26), timedelta(hours=24)
_ANY: Final = timedelta()


@click.command("find-time")
@click.argument("words", nargs=-1, metavar="")
@click.option(
    "--with", "addresses", multiple=True, type=PERSON, metavar="WHO",
    help="Who must come; repeat for more.",
)  # fmt: skip
@click.option("--length", metavar="45m", help="How long.  [default: as the format, else 30m]")
@click.option("--within", metavar="3w", help="How far ahead to look.  [default: your horizon, 3w]")
@click.option(
    "--from",
    "start",
    metavar="DAY",
    help="Look from then on: 2026-03-02, 2026-03-02T13:00, Friday, 2w.",
)
@click.option(
    "--format", "kind", type=choice(Format), help="Keep to its length, hours and way there."
)
@click.option(
    "--hours",
    multiple=True,
    metavar="WHO=HOURS",
    help="me='Mon-Fri 08:00-18:00'; no WHO: where unknown.",
)
@click.option(
    "--zone",
    "zones",
    multiple=True,
    metavar="WHO=ZONE",
    help="a@example.com=Asia/Tokyo; no WHO: where unknown.",
)
@click.option("--notice", metavar="48h", help="Nothing sooner.  [default: your minimum notice]")
@click.option("--buffer", metavar="15m", help="Free before and after.  [default: your buffer]")
@click.option("--grid", metavar="15m", help="Times begin on these steps.  [default: your grid]")
@click.option("--busy", "file", metavar="FILE", help="JSON with busy times, - for standard input.")
@click.option(
    "--without-me", is_flag=True, help="Only for the others: your calendars are not read."
)
@click.option(
    "--top",
    type=click.IntRange(1, 1_000),
    default=5,
    show_default=True,
    help="So many of the best.",
)
@click.option("--every", is_flag=True, help="Every time that suits, in order.")
@AS_JSON
@click.pass_obj
def find_time(
    app: App,
    /,
    *,
    words: tuple[str, ...],
    addresses: tuple[str, ...],
    length: str | None,
    within: str | None,
    start: str | None,
    kind: str | None,
    hours: tuple[str, ...],
    zones: tuple[str, ...],
    notice: str | None,
    buffer: str | None,
    grid: str | None,
    file: str | None,
    without_me: bool,
    top: int,
    every: bool,
    as_json: bool,
) -> None:
    """When a group of people can meet, the best times first, on everyone's clock.

    Looks at your own calendars, at what the services you are signed in to show of others, at your
    list of people, and at the busy times in FILE. With FILE it needs no configuration. Nothing is
    sent or written. WHO is a mail address, a name on your list or in FILE, or me.
    """  # fmt: skip
    from agent.cli.proposing import find_time_view as view
    from agent.proposing import find_time as finding
    from connectors.busy_file import who
    from policies.hours import parse_hours

    if words:
        people = " ".join(f"--with {shlex.quote(shown(each))}" for each in words)
        raise UsageProblem("people are named after --with", f"fika find-time {people}")
    own = _own(app)
    by_zone = dict(_pairs(zones, _zone))
    usual = by_zone.get("") or (own.settings.owner.zone if own else "UTC")
    request = finding.Request(
        addresses=tuple(_checked("--with", who, each) for each in addresses),
        known=_known(file, usual),
        length=_length("--length", length, _FINEST, _LONGEST),
        within=_length("--within", within, _FINEST, _FARTHEST),
        start=None
        if start is None
        else _checked("--from", lambda text: _start(text, usual, app.clock.now()), start),
        notice=_length("--notice", notice, _ANY, _FARTHEST),
        grid=_length("--grid", grid, _FINEST, _COARSEST),
        buffer=_length("--buffer", buffer, _ANY, _LONGEST),
        format=Format(chosen(kind)) if kind else None,
        zones=by_zone,
        hours=dict(_pairs(hours, parse_hours)),
        without_me=without_me,
    )
    answer = finding.find_time(request, app.clock.now(), own)
    most = None if every else top
    if as_json:
        click.echo(view.as_json(answer, top=most))
    else:
        say(view.as_text(answer, top=most))


def _own(app: App) -> Own | None:
    """What Fika knows; ``None`` before there is a configuration."""
    from agent.proposing.find_time import Own

    settings = settings_if_any(app)
    return Own(app.store, settings, app.services.free_busy()) if settings else None


def _known(file: str | None, zone: str) -> tuple[KnownPerson, ...]:
    from connectors.busy_file import LARGEST, parse

    if file is None:
        return ()
    try:
        if file == "-":
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(file).open("rb") as opened:
                data = opened.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise UsageProblem(f"--busy: {shown(file)} is too large", "16 MiB are read at most")
        return parse(data.decode(), zone)
    except OSError as error:
        raise UsageProblem(
            f"--busy: {shown(file)}: {error.strerror}",
            "name a file you may read, or - for standard input",
        ) from error
    except ValueError as error:
        cause = (
            "it is not UTF-8 text"
            if isinstance(error, UnicodeDecodeError)
            else shown(str(error), 300)
        )
        raise UsageProblem(f"--busy: {cause}", "docs/find-time.md describes the form") from error


def _pairs(given: tuple[str, ...], read: Callable[[str], T]) -> list[tuple[str, T]]:
    """``WHO=VALUE``, or a value alone for everyone of whom nothing else is known."""
    from connectors.busy_file import who

    found = []
    for each in given:
        name, equals, value = each.partition("=")
        key = _checked(each, who, name) if equals else ""
        found.append((key, _checked(each, read, value if equals else each)))
    return found


def _zone(text: str) -> str:
    from policies.hours import is_zone

    if not is_zone(text):
        raise ValueError(f"there is no time zone {text!r}; write for example Europe/Berlin")
    return text


def _length(name: str, text: str | None, least: timedelta, most: timedelta) -> timedelta | None:
    from policies.hours import parse_length, written_length

    if text is None:
        return None
    length = _checked(name, parse_length, text)
    if not least <= length <= most:
        bounds = f"from {written_length(least)} to {written_length(most)}"
        raise UsageProblem(f"{name} {shown(text)} is out of bounds", f"it may be {bounds}")
    return length


def _start(text: str, zone: str, now: datetime) -> datetime:
    """A moment, or the first of a day."""
    from policies.wall import WallTime, absolute, local_date, moment

    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or len(text) <= len("2026-03-02"):
        return moment(absolute(read_day(text, local_date(now, zone), ahead=True), zone))
    if at.year not in YEARS:
        raise ValueError(f"the year must be from {YEARS[0]} to {YEARS[-1]}")
    return at if at.tzinfo else moment(absolute(WallTime(at, zone), zone))


def _checked(name: str, read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise UsageProblem(f"{shown(name)}: {shown(str(error), 300)}") from error
