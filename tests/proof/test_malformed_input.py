"""Thousands of inputs nobody should have written, through every door there is.

Each ends in an answer or in one clear line, soon, and costs no other: in every calendar two good
events stand around the damage and have to be found again. A failing input is named by the seed of
its batch and its number in it.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
import stamina

from agent.clock import FixedClock
from agent.config.load import load
from agent.errors import FikaError
from agent.reading import Outcome, Reading, read_all
from agent.sending.followup import take_replies
from agent.settings import CalendarSettings, Settings, SourceKind
from agent.store import people as listed
from agent.store.database import Database
from agent.wiring import Services
from connectors.errors import ConnectorError, NotAllowed, UnreadableAnswer
from connectors.feed.reader import FeedReader
from connectors.http import Web, address
from connectors.ical.document import Limits
from connectors.ical.memory import Memory
from connectors.ical.reading import Source, changes
from connectors.ical.reply import NotAReply
from connectors.ics.reader import IcsReader
from connectors.people.files import FileKind, people_file, people_text
from connectors.port import CalendarReader, Changes, Cursor
from policies.interval import Interval
from policies.people.importing import Rules, plan
from policies.text import visible
from tests.connectors.in_process import InThisProcess
from tests.make import BERLIN, OWNER, utc
from tests.proof import corpus, malformed
from tests.proof.hostile import raw
from tests.proof.household import Household, days_from_now, vcalendar, vevent
from tests.proof.warm import ROOT
from tests.servers.feeds import FeedServer

pytestmark = pytest.mark.proof

NOW = utc("2026-03-02 09:00")
GOOD = (
    "BEGIN:VEVENT\r\nUID:sentinel-{0}@example.com\r\nDTSTAMP:20260301T080000Z\r\n"
    "DTSTART:20260310T090000Z\r\nDURATION:PT30M\r\nSUMMARY:Good\r\n"
    "ATTENDEE:mailto:ana@example.com\r\nORGANIZER:mailto:olle@example.com\r\nEND:VEVENT\r\n"
)
FOUND_AGAIN = [(f"sentinel-{each}@example.com", 1_773_133_200) for each in ("a", "b")]
SETTINGS = Settings(OWNER, (CalendarSettings("work", SourceKind.ICS, Path("work")),))
SOON_S = 20.0  # for one input; they take some milliseconds

MANY = re.compile(r"[0-9]+ problems?( in |$)")
"""Begins what lists every mistake in a file at once, each on a line of its own."""

Record = Callable[[str, object], None]
T = TypeVar("T")


def around(damage: bytes) -> bytes:
    """A calendar with a good event before and after the damage."""
    before = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{GOOD.format('a')}X-DAMAGE:1\r\n".encode()
    return before + damage + f"\r\n{GOOD.format('b')}END:VCALENDAR\r\n".encode()


@contextmanager
def soon(what: object) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < SOON_S, what


def tried(
    call: Callable[[], T], what: object, *kinds: type[ConnectorError | FikaError | NotAReply]
) -> T | None:
    """What a call answers; ``None`` where it refuses, in a line, with an error of these kinds."""
    with soon(what):
        try:
            return call()
        except kinds as error:
            refusal = error
    cause = str(refusal) if isinstance(refusal, NotAReply) else refusal.cause
    first, *others = cause.split("\n")
    assert first.strip(), what
    assert not others or MANY.match(first), what
    assert raw(visible(cause).encode()) == [], what
    return None


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database(tmp_path_factory.mktemp("empty") / "state") as db:
        yield db


# ------------------------------------------------------------------ calendars


@dataclass(frozen=True)
class Damaged:
    """The reader of documents without its child process, for the sake of thousands."""

    data: bytes

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        source = Source(InThisProcess(), io.BytesIO(self.data), BERLIN, Limits(), 0)
        return changes(source, None, Memory("file", "", ""), lambda _: None)


def read_into(db: Database, reader: CalendarReader) -> Reading:
    with soon(reader):
        (reading,) = read_all(db, SETTINGS, {"work": reader}, NOW)
    assert reading.outcome is Outcome.READ, reading
    return reading


def sentinels(db: Database) -> list[tuple[str, int]]:
    return db.rows(
        "SELECT key, start_s FROM occurrence JOIN item ON item.id = item"
        " WHERE key LIKE 'sentinel%' ORDER BY key"
    )


@pytest.mark.parametrize("seed", range(10))
def test_damage_in_a_calendar_never_costs_the_good_events_around_it(
    empty: Database, seed: int, record_property: Record
) -> None:
    record_property("malformed calendars", 500)
    for number, damage in enumerate(islice(malformed.calendars(seed), 500)):
        with empty.copy() as db:
            reading = read_into(db, Damaged(around(damage)))

            assert sentinels(db) == FOUND_AGAIN, (seed, number)
            assert all(raw(each.reason.encode()) == [] for each in reading.quarantined)


@pytest.mark.parametrize("seed", range(100, 104))
def test_the_reader_in_its_child_process_finds_the_same(
    empty: Database, tmp_path: Path, seed: int, record_property: Record
) -> None:
    """Through files on disk, forty in a folder, and each in a child under limits."""
    record_property("malformed calendars, in a child process", 40)
    for number, damage in enumerate(islice(malformed.calendars(seed), 40)):
        own = around(damage).replace(b"sentinel-", b"sentinel-%d-" % number)
        (tmp_path / f"{number}.ics").write_bytes(own)

    with empty.copy() as db:
        read_into(db, IcsReader("work", tmp_path, BERLIN, lambda: NOW))
        found = {uid for uid, _ in sentinels(db)}
    assert len(found) == 80


@pytest.mark.parametrize(
    "damage",
    [
        *(f"BEGIN:VEVENT\r\nUID:x\r\nDTSTART:20200101T090000Z\r\nRRULE:{rule.decode('latin-1')}"
          "\r\nEND:VEVENT".encode("latin-1") for rule in corpus.RULES),
        b"BEGIN:VEVENT\r\nUID:x\r\nDTSTART:20260310T090000Z\r\n"
        + b"".join(b"ATTENDEE:mailto:%d@example.com\r\n" % each for each in range(100_000))
        + b"END:VEVENT",
        b"BEGIN:VEVENT\r\nUID:x\r\nDTSTART:20260310T090000Z\r\nRDATE:"
        + b",".join(b"20260310T090000Z" for _ in range(100_000)) + b"\r\nEND:VEVENT",
        b"BEGIN:VALARM\r\n" * 50_000,
        b"BEGIN:VEVENT\r\nBEGIN:VALARM\r\n" * 20_000,
        b"BEGIN:VEVENT\r\nSUMMARY:" + b"x\r\n " * 500_000 + b"\r\nEND:VEVENT",
    ],
)  # fmt: skip
def test_what_is_known_to_hang_other_readers_is_read_soon(empty: Database, damage: bytes) -> None:
    with empty.copy() as db:
        read_into(db, Damaged(around(damage)))

        assert sentinels(db) == FOUND_AGAIN


# ------------------------------------------------------------------ people, settings, answers


@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_list_of_people_is_read_as_far_as_it_goes_or_refused_in_a_line(
    tmp_path: Path, seed: int, record_property: Record
) -> None:
    """What could be read can be written, and is read again without loss."""
    record_property("malformed lists of people", 400)
    for number, (ending, data) in enumerate(islice(malformed.people(seed), 400)):
        path = tmp_path / f"people{ending}"
        path.write_bytes(data)
        found = tried(
            people_file(path, None, {}).people, (seed, number), UnreadableAnswer, NotAllowed
        )
        if found is None:
            continue
        added = plan((), found.people, Rules(today=date(2026, 3, 2))).added
        (tmp_path / "written.toml").write_text(people_text(added, FileKind.TOML), "utf-8")
        again = people_file(tmp_path / "written.toml", None, {}).people()
        assert [each.person for each in again.people] == list(added), (seed, number)


@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_configuration_can_be_used_or_has_all_its_problems_named(
    tmp_path: Path, seed: int, record_property: Record
) -> None:
    record_property("malformed configurations", 300)
    for number, data in enumerate(islice(malformed.configurations(seed), 300)):
        path = tmp_path / "config.toml"
        path.write_bytes(data)
        settings = tried(partial(load, path), (seed, number), FikaError)
        if settings is not None:
            with Services(settings, tmp_path, FixedClock(NOW)) as services:
                services.readers()
                services.sending()


def test_a_damaged_answer_is_taken_for_what_it_says_or_for_none(
    empty: Database, record_property: Record
) -> None:
    record_property("malformed answers of guests", 600)
    with empty.copy() as db:
        for number, data in enumerate(islice(malformed.answers(0), 600)):
            taken = tried(partial(take_replies, db, SETTINGS, data, NOW), number, NotAReply)
            assert taken is None or taken.answered == (), number
            assert taken is None or raw("".join(taken.refused).encode()) == [], number
        assert listed.everyone(db) == ()


# ------------------------------------------------------------------ the web


@pytest.fixture
def server() -> Iterator[FeedServer]:
    stamina.set_testing(True, attempts=1)
    with FeedServer(b"").running() as running:
        yield running
    stamina.set_testing(False)


def local(host: str, _port: int) -> tuple[str, ...]:
    if host != "feeds.example.com":
        raise OSError("there is no other host")
    return ("127.0.0.1",)


def test_whatever_a_server_answers_is_an_answer_or_an_error_with_a_name(
    server: FeedServer, record_property: Record
) -> None:
    record_property("malformed answers of a web server", 500)
    tls = httpx.create_ssl_context()
    web = Web("work", timedelta(seconds=5), 1_000_000, lambda: NOW, "feeds.example.com", local, tls)
    here = address("work", server.url(host="feeds.example.com"))
    for number, answer in enumerate(islice(malformed.web_answers(0), 500)):
        server.faults.clear()
        server.faults.append(lambda reply, answer=answer: reply.raw(answer))  # type: ignore[misc]
        got = tried(partial(web.get, here, {}), number, ConnectorError)
        if got is not None:
            got.body.close()


def test_a_feed_from_such_a_server_is_read_or_fails_alone(
    server: FeedServer, empty: Database, record_property: Record
) -> None:
    record_property("malformed feeds", 40)
    feed = FeedReader(
        "work", server.url(host="feeds.example.com"), BERLIN, lambda: NOW,
        deadline=timedelta(seconds=5), allow_private_host=True, resolve=local,
    )  # fmt: skip
    for number, answer in enumerate(islice(malformed.web_answers(1), 40)):
        server.faults.clear()
        server.faults.append(lambda reply, answer=answer: reply.raw(answer))  # type: ignore[misc]
        with empty.copy() as db, soon(number):
            (reading,) = read_all(db, SETTINGS, {"work": feed}, NOW)
        assert "please report" not in reading.remedy, (number, reading)
        assert reading.outcome in {Outcome.READ, Outcome.UNCHANGED} or reading.cause


# ------------------------------------------------------------------ the command line


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Household:
    made = Household(tmp_path_factory.mktemp("house"))
    made.configure()
    guests = [(f"met{number}@example.com", f"Met {number}") for number in range(4)]
    events = (
        vevent(f"past-{number}", days_from_now(-30 - number), "Coffee", [guests[number % 4]])
        for number in range(40)
    )
    (made.work / "past.ics").write_bytes(vcalendar(events))
    since: dict[str, object] = {"priority": "A", "listed_on": "2020-01-01"}
    made.people(*({"name": name, "addresses": [place], **since} for place, name in guests))
    assert made.fika("run").code == 0
    return made


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """Where command lines are run, deep enough for ``..``, with the files they may name."""
    made = tmp_path / "a" / "b" / "c" / "here"
    (made / "folder").mkdir(parents=True)
    (made / "good.csv").write_text("name,email\nBo,bo@example.com\n")
    for name in ("bad.ics", "bad.db", "bad.json"):
        (made / name).write_bytes(b"\xff\x00 no such thing")
    return made


def around_them(workplace: Path, home: Path) -> Mapping[str, str]:
    own = {"HOME": str(workplace), "EDITOR": "true", "VISUAL": "true", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **own, "FIKA_HOME": str(home)}


@pytest.mark.parametrize("seed", range(2))
def test_any_command_line_ends_in_an_exit_code_and_never_in_an_internal_error(
    house: Household, workplace: Path, seed: int, record_property: Record
) -> None:
    record_property("random command lines", 400)
    done = subprocess.run(
        [sys.executable, "-m", "tests.proof.command_lines", str(seed), "400"],
        stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=300, cwd=workplace,
        env=around_them(workplace, house.home),
    )  # fmt: skip

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 400
    for words, code, out, err, took_s in lines:
        assert code in range(6), words
        assert out or err or code == 0, words
        assert "Traceback" not in out + err, words
        exported = words[:2] == ["people", "export"] or words[0] == "export"
        assert exported or raw(out.encode(), crlf=True) == [], words
        assert raw(err.encode()) == [], words
        assert took_s < SOON_S, words


def test_so_does_the_program_as_it_is_started(
    house: Household, workplace: Path, record_property: Record
) -> None:
    record_property("programs started on such files", 30)
    for name in ("bad.ics", "bad.db", "bad.json", "folder", "nosuch", "good.csv"):
        for command in ("people import", "import-reply", "restore", "export", "people show"):
            words = [*command.split(), name]
            done = subprocess.run(
                [sys.executable, "-m", "agent", *words],
                stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60,
                cwd=workplace, env=around_them(workplace, house.home),
            )  # fmt: skip
            assert done.returncode in range(6), words
            assert b"Traceback" not in done.stderr, words
            assert done.stderr.count(b"\n") <= 4, words
