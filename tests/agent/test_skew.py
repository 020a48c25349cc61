"""The clock of this machine beside that of its calendars' services, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.app import App
from agent.cli.root import cli
from agent.exits import Exit
from agent.store import skew
from agent.store.database import Database
from tests.proof.household import OWNER, vcalendar
from tests.servers import feeds
from tests.servers.common import Clock
from tests.servers.dav_provider import Radicale
from tests.servers.feeds import FeedServer, Reply
from tests.servers.folder import FeedAndMail, FolderAndMail
from tests.servers.google.provider import Google
from tests.servers.graph.provider import Outlook
from tests.servers.provider import Provider

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CONFIG = f"""[owner]
name = "Olle"
addresses = ["{OWNER}"]
zone = "Europe/Berlin"
"""


@dataclass
class Home:
    """``clock`` goes on, as a machine's does, ahead of it by as much as a test says."""

    path: Path
    clock: Clock

    def fika(self, *words: str, code: Exit = Exit.OK) -> str:
        app = App(self.path, self.clock)
        result = CliRunner().invoke(cli, words, obj=app, standalone_mode=False)
        app.close()
        if result.exception:
            raise result.exception
        assert (result.return_value or 0) == code, result.output
        return result.output

    def ahead(self, *calendars: str) -> timedelta:
        with Database(self.path) as db:
            return skew.ahead(db, calendars)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = tmp_path / "home"
    made.mkdir(0o700)
    return Home(made, Clock())


def about(told: timedelta, expected: timedelta) -> bool:
    return abs(told - expected) < MINUTE


@pytest.mark.parametrize(
    ("kind", "off"),
    [
        (FeedAndMail, 15 * MINUTE),
        (Radicale, -15 * MINUTE),
        (Google, 15 * MINUTE),
        (Outlook, -15 * MINUTE),
        (FolderAndMail, timedelta()),
    ],
)
def test_reading_notes_what_each_kind_of_service_tells(
    home: Home,
    kind: type[Provider],
    off: timedelta,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider, place = kind(), tmp_path / "provider"
    place.mkdir(0o700)
    home.clock.forward(off)

    with provider.running(place):
        for name, value in provider.environment().items():
            monkeypatch.setenv(name, value)
        (home.path / "config.toml").write_text(CONFIG + provider.configuration())
        provider.sign_in(home.path)
        home.fika("run", code=Exit.DEGRADED if off else Exit.OK)
    assert about(home.ahead("work", "team"), off)


@dataclass
class TwoFeeds(Home):
    """An owner with two calendars at two services."""

    one: FeedServer
    other: FeedServer

    def needs_you(self, code: Exit = Exit.OK) -> list[str]:
        said = json.loads(self.fika("run", "--json", code=code))
        return [line for each in said["sections"] if each["urgent"] for line in each["lines"]]


@pytest.fixture
def two(home: Home) -> Iterator[TwoFeeds]:
    with ExitStack() as stack:
        servers = [stack.enter_context(FeedServer(vcalendar([])).running()) for _ in range(2)]
        made = TwoFeeds(home.path, home.clock, *servers)
        calendars = (
            f'[[calendar]]\nname = "{name}"\nurl = "{server.url()}"\nallow_private_host = true\n'
            for name, server in zip(("one", "other"), servers, strict=True)
        )
        (home.path / "config.toml").write_text("\n".join((CONFIG, *calendars)))
        yield made


def gone(reply: Reply) -> None:
    """For good, and without saying when."""
    reply.raw(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


SET = "set it (on Linux: timedatectl set-ntp true), then fika run"


@pytest.mark.parametrize(
    ("off", "said", "code"),
    [
        (90, "", Exit.OK),
        (-90, "", Exit.OK),
        (185, "3m ahead of your calendars' services, and beyond 10m nothing is sent", Exit.OK),
        (-185, "3m behind your calendars' services, and beyond 10m nothing is sent", Exit.OK),
        (905, "15m ahead of your calendars' services, so nothing is sent", Exit.DEGRADED),
        (-905, "15m behind your calendars' services, so nothing is sent", Exit.DEGRADED),
    ],
)
def test_a_clock_that_is_off_is_said_with_what_to_do(
    two: TwoFeeds, off: int, said: str, code: Exit
) -> None:
    two.clock.forward(timedelta(seconds=off))

    line = f"this machine's clock is {said}: {SET}"
    assert two.needs_you(code) == ([line] if said else [])
    assert json.loads(two.fika("run", "--json", code=code))["news"] is (code is not Exit.OK)
    digest = two.fika("digest")
    assert (line in " ".join(digest.split())) is bool(said)
    looked = {each["subject"]: each for each in json.loads(two.fika("doctor", "--json", code=code))}
    level = {Exit.OK: "note" if said else "well", Exit.DEGRADED: "wrong"}[code]
    assert looked["clock"]["level"] == level
    assert (looked["clock"]["remedy"] == SET) is bool(said)


def test_one_service_with_a_wrong_clock_stops_nobody(two: TwoFeeds) -> None:
    two.other.clock.forward(3 * DAY)

    assert two.needs_you() == []
    assert two.ahead("other") < -2 * DAY


def test_an_answer_from_a_cache_is_no_witness(two: TwoFeeds) -> None:
    two.one.always = feeds.body(vcalendar([]), age=30)
    two.other.clock.forward(-15 * MINUTE)

    (line,) = two.needs_you(Exit.DEGRADED)
    assert "15m ahead" in line


def test_it_holds_until_an_answer_shows_otherwise(two: TwoFeeds) -> None:
    two.clock.forward(15 * MINUTE)
    two.needs_you(Exit.DEGRADED)
    two.one.always = two.other.always = gone
    assert any("15m ahead" in each for each in two.needs_you(Exit.DEGRADED))

    two.one.clock.forward(15 * MINUTE)
    two.one.always = None
    assert not any("clock" in each for each in two.needs_you(Exit.DEGRADED))


def test_what_a_service_told_before_it_fell_silent_does_not_outweigh_who_speaks_now(
    two: TwoFeeds,
) -> None:
    two.needs_you()
    two.one.always = gone
    two.clock.forward(15 * MINUTE)

    assert any("15m ahead" in each for each in two.needs_you(Exit.DEGRADED))


def test_a_calendar_that_tells_no_time_any_more_holds_nothing_back(two: TwoFeeds) -> None:
    two.clock.forward(15 * MINUTE)
    two.needs_you(Exit.DEGRADED)
    for name in ("one", "other"):
        (two.path / f"{name}.ics").write_bytes(vcalendar([]))
    files = (f'[[calendar]]\nname = "{name}"\npath = "{name}.ics"\n' for name in ("one", "other"))
    (two.path / "config.toml").write_text("\n".join((CONFIG, *files)))

    assert two.needs_you() == []


def test_a_calendar_that_is_configured_no_more_is_no_witness(two: TwoFeeds) -> None:
    two.other.clock.forward(15 * MINUTE)
    two.one.clock.forward(20 * MINUTE)
    assert any("15m behind" in each for each in two.needs_you(Exit.DEGRADED))
    config = (two.path / "config.toml").read_text().partition('[[calendar]]\nname = "other"')[0]
    (two.path / "config.toml").write_text(config)

    assert "20m behind" in two.fika("digest")


def test_a_rehearsal_of_another_day_compares_no_clock(two: TwoFeeds) -> None:
    day = (datetime.now(UTC) + 30 * DAY).date().isoformat()

    assert "clock" not in two.fika("run", "--dry-run", "--day", day)


def test_nothing_is_sent_while_the_clock_is_off_and_it_goes_out_when_it_is_right(
    home: Home, tmp_path: Path
) -> None:
    google = Google(Clock())
    with google.running(tmp_path):
        (home.path / "config.toml").write_text(CONFIG + google.configuration())
        google.sign_in(home.path)
        home.fika("people", "add", "Gia Guest", "--address", "gia@example.org", "--priority", "a")
        begin = datetime.now(UTC) - 60 * DAY
        google.server.put(
            {
                "summary": "Coffee",
                "start": {"dateTime": begin.isoformat()},
                "end": {"dateTime": (begin + 60 * MINUTE).isoformat()},
                "attendees": [{"email": "gia@example.org", "responseStatus": "accepted"}],
            }
        )
        home.fika("run")
        (home.path / "STOP").touch()
        home.fika("approve", "1", "--yes")
        (home.path / "STOP").unlink()
        google.server.service.clock.forward(-15 * MINUTE)

        said = " ".join(home.fika("run", code=Exit.DEGRADED).split())
        assert "this machine's clock is 15m ahead of your calendars' services" in said
        assert not google.outbox()

        google.server.service.clock.forward(15 * MINUTE)
        home.fika("run")
        assert [each.recipient for each in google.outbox()] == ["gia@example.org"]
