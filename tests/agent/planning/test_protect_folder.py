"""Planning in a real folder of files, beside events that are not ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.planning.protect import ProtectReport, protect, refresh
from agent.planning.standing import Planning
from agent.store.database import Database
from connectors.ics.writer import FolderWriter
from policies.audit.cadence import standing
from policies.planning.agenda import AgendaFacts, Waiting
from policies.planning.block import Keep
from policies.rules import CadenceRules, Rules
from policies.slots.availability import Busy
from tests.make import BERLIN, OWNER, interval, person, utc

MONDAY = utc("2026-03-02 05:00")
FOREIGN = {
    "dentist.ics": (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:dentist\r\n"
        b"DTSTAMP:20260101T000000Z\r\nDTSTART:20260303T083000Z\r\nDTEND:20260303T093000Z\r\n"
        b"SUMMARY:Planning: relationships\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ),
    "fika-plan-copy.ics": b"not even a calendar\n",
    "notes.txt": b"X-FIKA:plan\n",
}


ANA = standing(person(), None, None, MONDAY.date(), CadenceRules())


class Home:
    """A ledger, a folder with other people's files in it, and one day's facts."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db, self.folder = db, folder
        self.busy: list[Busy] = []
        self.waiting: tuple[Waiting, ...] = ()
        for name, data in FOREIGN.items():
            (folder / name).write_bytes(data)

    def planning(self) -> Planning:
        facts = AgendaFacts(MONDAY.date(), BERLIN, (ANA,), self.waiting)
        return Planning(OWNER, Rules(), "work", lambda _: self.busy, (), lambda: facts)

    def protect(self) -> ProtectReport:
        writer = FolderWriter("work", self.folder)
        return protect(self.db, writer, self.planning(), MONDAY)

    def run(self) -> ProtectReport:
        report = self.protect()
        writer = FolderWriter("work", self.folder)
        assert refresh(self.db, writer, self.planning(), MONDAY).failures == ()
        return report

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    def text(self, period: str) -> bytes:
        """The one file of a period, its long lines whole again."""
        (data,) = self.own(period).values()
        return data.replace(b"\r\n ", b"")

    def own(self, period: str = "") -> dict[str, bytes]:
        return {
            name: data
            for name, data in self.files().items()
            if name not in FOREIGN and name.startswith(f"fika-plan-{period}")
        }

    def edit(self, period: str, before: bytes, after: bytes) -> bytes:
        """The owner's own program rewrites one of our files."""
        ((name, data),) = self.own(period).items()
        assert before in data
        (self.folder / name).write_bytes(data.replace(before, after))
        return self.files()[name]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    (tmp_path / "calendar").mkdir()
    with Database(tmp_path / "home") as db:
        yield Home(db, tmp_path / "calendar")


def test_slots_are_files_of_their_own_without_guests(home: Home) -> None:
    home.run()

    assert len(home.own()) == 4
    for data in home.own().values():
        assert b"X-FIKA" in data
        assert b"CLASS:PRIVATE" in data
        assert b"ATTENDEE" not in data
        assert b"ORGANIZER" not in data


def test_a_second_run_leaves_every_byte_as_it_is(home: Home) -> None:
    home.run()
    files = home.files()

    home.run()

    assert home.files() == files


def test_events_that_are_not_ours_are_the_same_bytes_whatever_happens(home: Home) -> None:
    home.run()
    home.busy = [Busy(interval("2026-03-09 08:00", "2026-03-09 10:00"))]
    home.waiting = (Waiting(3, ANA.person.id, "coffee", utc("2026-03-12 09:00")),)
    (home.folder / next(iter(home.own("2026-W12")))).unlink()

    report = home.run()

    assert (len(report.rebooked), len(report.lost), len(report.written)) == (1, 1, 1)
    assert {name: home.files()[name] for name in FOREIGN} == FOREIGN
    assert b"fika show 3" in home.text("first")
    assert home.run().written == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"SUMMARY:Planning", b"SUMMARY:My planning"),
        (
            b"END:VEVENT",
            b"BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nEND:VALARM\r\nEND:VEVENT",
        ),
        (b"END:VEVENT", b"CATEGORIES:Mine\r\nEND:VEVENT"),
        (b"\r\n", b"\n"),
    ],
)
def test_a_file_the_owner_changed_is_not_written_to_again(
    home: Home, before: bytes, after: bytes
) -> None:
    home.run()
    edited = home.edit("first", before, after)
    home.waiting = (Waiting(3, ANA.person.id, "coffee", utc("2026-03-12 09:00")),)

    home.run()
    home.run()

    assert next(iter(home.own("first").values())) == edited


def test_a_slot_that_became_a_meeting_is_left_alone(home: Home) -> None:
    home.run()
    invited = b"ATTENDEE:mailto:ana@example.com\r\nEND:VEVENT"
    edited = home.edit("2026-W11", b"END:VEVENT", invited)
    home.busy = [Busy(interval("2026-03-09 08:00", "2026-03-09 10:00"))]

    report = home.run()

    assert (report.rebooked, report.written) == ((), ())
    assert next(iter(home.own("2026-W11").values())) == edited


def test_a_folder_that_is_not_there_loses_nothing(home: Home) -> None:
    home.run()
    files = home.files()
    folder, away = home.folder, home.folder.with_name("unmounted")
    folder.rename(away)

    report = home.protect()

    assert all(isinstance(each, Keep) for each in report.decisions)
    assert [each.cause for each in report.failures] == ["its folder is not there"]
    away.rename(folder)
    home.run()
    assert home.files() == files
