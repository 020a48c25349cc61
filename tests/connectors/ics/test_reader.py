from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.errors import (
    ConnectorError,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
)
from connectors.ical.document import Limits
from connectors.ics.reader import IcsReader
from connectors.port import Changes, Cursor
from tests.connectors.contract import ONE, THREE, TWO, WINDOW, CalendarReaderContract, titles
from tests.connectors.texts import Meeting, vcalendar
from tests.make import BERLIN, utc
from tests.servers.audit import watched_events

NOW = utc("2026-03-02 09:00")


def far_off() -> datetime:
    """Long from now, so that no file is too young to be trusted."""
    return utc("2100-01-01 00:00")


def reader(
    path: Path,
    *,
    zone: str = BERLIN,
    now: Callable[[], datetime] = far_off,
    limits: Limits | None = None,
) -> IcsReader:
    return IcsReader("work", path, zone, now, limits or Limits())


def read(
    path: Path,
    cursor: Cursor | None = None,
    *,
    zone: str = BERLIN,
    now: Callable[[], datetime] = far_off,
    limits: Limits | None = None,
) -> Changes:
    return reader(path, zone=zone, now=now, limits=limits).changes(cursor, WINDOW)


def put(path: Path, *meetings: Meeting, at: datetime = NOW) -> Path:
    path.write_bytes(vcalendar(meetings))
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def pipe(path: Path) -> Path:
    """A named pipe that nobody will ever write to."""
    os.mkfifo(path)
    return path


@contextmanager
def children() -> Iterator[list[str]]:
    """The processes started meanwhile."""
    with watched_events("subprocess.Popen") as started:
        yield started


class File:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "calendar.ics"

    def holds(self, *meetings: Meeting, broken: int = 0) -> None:
        self.path.write_bytes(vcalendar(meetings, broken=broken))

    def fails(self) -> None:
        self.path.unlink()

    def reader(self) -> IcsReader:
        return reader(self.path)


class Vdir:
    """One item a file, as vdirsyncer keeps it; what did not change is not written again."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "vdir"
        self.path.mkdir()

    def holds(self, *meetings: Meeting, broken: int = 0) -> None:
        texts = {f"{each.uid}.ics": vcalendar([each]) for each in meetings}
        whole = vcalendar(broken=broken)
        if broken:
            texts["broken.ics"] = whole
        for path in self.path.iterdir():
            if path.name not in texts:
                path.unlink()
        for name, text in texts.items():
            path = self.path / name
            if not path.exists() or path.read_bytes() != text:
                path.write_bytes(text)

    def fails(self) -> None:
        self.path.rename(self.path.with_name("unmounted"))

    def reader(self) -> IcsReader:
        return reader(self.path)


class TestFile(CalendarReaderContract):
    @pytest.fixture
    def service(self, tmp_path: Path) -> File:
        return File(tmp_path)


class TestFolder(CalendarReaderContract):
    @pytest.fixture
    def service(self, tmp_path: Path) -> Vdir:
        return Vdir(tmp_path)


def test_an_unchanged_source_starts_no_process(tmp_path: Path) -> None:
    file = put(tmp_path / "one.ics", ONE)
    folder = tmp_path / "vdir"
    folder.mkdir()
    put(folder / "two.ics", TWO)
    cursors = [read(path).cursor for path in (file, folder)]

    with children() as started:
        again = [read(path, cursor) for path, cursor in zip((file, folder), cursors, strict=True)]
    assert [each.unchanged for each in again] == [True, True]
    assert started == []


def test_a_file_that_was_only_touched_starts_no_process(tmp_path: Path) -> None:
    put(tmp_path / "one.ics", ONE)
    put(tmp_path / "two.ics", TWO)
    first = read(tmp_path)
    put(tmp_path / "two.ics", TWO, at=NOW + timedelta(days=1))

    with children() as started:
        again = read(tmp_path, first.cursor)
    assert again.unchanged
    assert started == []


def test_of_a_folder_one_changed_file_is_read(tmp_path: Path) -> None:
    for n in range(50):
        put(tmp_path / f"{n}.ics", Meeting(f"{n}@example.com"))
    first = read(tmp_path)
    put(tmp_path / "7.ics", Meeting("7@example.com", "Moved"), at=NOW + timedelta(days=1))

    with children() as started:
        second = read(tmp_path, first.cursor)
    assert titles(second) == ["Moved"]
    assert len(started) == 1


def test_of_a_large_file_only_what_changed_is_read(tmp_path: Path) -> None:
    meetings = [Meeting(f"{n}@example.com") for n in range(5_000)]
    path = put(tmp_path / "one.ics", *meetings)
    first = read(path)
    meetings[1_000] = Meeting("1000@example.com", "Moved", stamp="20260302T080000Z")
    del meetings[3_000], meetings[4_000:]
    put(path, *meetings)

    second = read(path, first.cursor)
    path.unlink()
    path.mkdir()
    put(path / "two.ics", *meetings[:10])
    third = read(path, second.cursor)

    assert (titles(second), len(second.absent), second.total) == (["Moved"], 1_000, 4_000)
    assert second.cursor
    assert first.cursor
    new = second.cursor.parts.keys() - first.cursor.parts.keys()
    assert 1 <= len(new) <= 3 < len(second.cursor.parts)
    assert len(third.absent) == 3_990


@pytest.mark.parametrize("place", [".", "one.ics"])
def test_a_change_within_the_grain_of_the_clock_is_seen(tmp_path: Path, place: str) -> None:
    path = put(tmp_path / "one.ics", ONE._replace(title="Early"))
    at = datetime.now(UTC)
    first = read(tmp_path / place, now=lambda: at)
    with path.open("r+b") as file:  # same inode, same size, and the time set back
        file.write(path.read_bytes().replace(b"Early", b"Later"))
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))

    second = read(tmp_path / place, first.cursor, now=lambda: at)

    assert titles(second) == ["Later"]


@pytest.mark.parametrize("place", [".", "one.ics"])
def test_a_file_that_has_stood_for_a_while_is_not_looked_into(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "one.ics", ONE)
    young = read(tmp_path / place, now=lambda: datetime.now(UTC))
    settled = read(tmp_path / place, young.cursor)

    monkeypatch.delattr("hashlib.file_digest")
    again = read(tmp_path / place, settled.cursor)
    assert [each.unchanged for each in (young, settled, again)] == [False, True, True]
    with pytest.raises(AttributeError):
        read(tmp_path / place, young.cursor)


def test_another_zone_for_times_without_one_is_another_reading(tmp_path: Path) -> None:
    floating = ONE._replace(start="20260302T090000")
    for path in (put(tmp_path / "one.ics", floating), tmp_path):
        first = read(path)
        second = read(path, first.cursor, zone="Asia/Tokyo")

        assert [item.id for item in second.changed] == [ONE.uid]
        assert read(path, second.cursor, zone="Asia/Tokyo").unchanged


@pytest.mark.parametrize(
    ("break_it", "error", "words"),
    [
        (lambda path: path.unlink(), TemporarilyUnavailable, "nothing at its path"),
        (lambda path: path.write_bytes(b""), TemporarilyUnavailable, "empty"),
        (lambda path: path.write_bytes(b"\n"), UnreadableAnswer, "no calendar"),
        (lambda path: path.write_bytes(b"\0\xff\xfe" * 50), UnreadableAnswer, "no calendar"),
        (lambda path: path.write_text("<html>Sign in</html>"), UnreadableAnswer, "no calendar"),
        (lambda path: (path.unlink(), path.mkdir()), TemporarilyUnavailable, "empty folder"),
        (lambda path: (path.unlink(), pipe(path)), NotAllowed, "no regular file"),
        (lambda path: (path.unlink(), path.symlink_to("/dev/zero")), NotAllowed, "no regular"),
        (lambda path: (path.unlink(), path.symlink_to(path)), NotAllowed, "leads back"),
        (lambda path: (path.unlink(), path.symlink_to("gone")), TemporarilyUnavailable, "nothing"),
        (lambda path: path.write_bytes(b"x" * 100_001), NotAllowed, "larger than 100,000 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_and_loses_nothing(
    tmp_path: Path, break_it: Callable[[Path], object], error: type[ConnectorError], words: str
) -> None:
    path = put(tmp_path / "one.ics", ONE)
    limits = Limits(bytes=100_000)
    first = read(path, limits=limits)
    break_it(path)

    with pytest.raises(error, match=words) as caught:
        read(path, first.cursor, limits=limits)
    assert caught.value.remedy
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    assert read(put(path, ONE), first.cursor, limits=limits).unchanged


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is permitted to root")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    put(tmp_path / "one.ics", ONE).chmod(0)

    with pytest.raises(NotAllowed, match="not permitted"):
        read(tmp_path / "one.ics")


def test_a_file_that_is_written_while_we_read_it_is_read_another_time(tmp_path: Path) -> None:
    path = put(tmp_path / "one.ics", *(Meeting(f"{n}@example.com") for n in range(5_000)))
    stopped = threading.Event()

    def write() -> None:
        while not stopped.wait(0.002):
            with path.open("ab") as file:
                file.write(b"\r\n")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with pytest.raises(TemporarilyUnavailable, match="being written"):
            read(path)
    finally:
        stopped.set()
        writer.join()


def test_a_file_that_breaks_off_loses_nothing(tmp_path: Path) -> None:
    path = put(tmp_path / "one.ics", ONE, TWO, THREE)
    whole = path.read_bytes()
    for place in (path, tmp_path):
        path.write_bytes(whole)
        first = read(place)
        path.write_bytes(whole[: whole.index(b"BEGIN:VEVENT", whole.index(b"two@")) + 30])

        second = read(place, first.cursor)

        assert not second.complete
        assert (second.absent, second.total) == ((), 3)
        assert "breaks off" in str(second.quarantined)


def test_freshness_is_the_newest_change_of_the_file_or_stamp_inside(tmp_path: Path) -> None:
    old_stamp = ONE._replace(stamp="20250601T000000Z")
    copied = put(tmp_path / "copied.ics", ONE, at=utc("2024-05-05 05:05"))
    edited = put(tmp_path / "edited.ics", old_stamp, at=NOW)
    ahead = put(tmp_path / "ahead.ics", ONE._replace(stamp="20990101T000000Z"), at=NOW)

    def now() -> datetime:
        return utc("2026-03-05 00:00")

    assert read(copied, now=now).content_as_of == utc("2026-03-01 08:00")
    assert read(edited, now=now).content_as_of == NOW
    assert read(ahead, now=now).content_as_of == NOW
    assert read(copied, read(copied).cursor, now=now).content_as_of == utc("2026-03-01 08:00")


def test_a_file_changed_in_the_very_second_it_is_read_is_fresh(tmp_path: Path) -> None:
    changed = utc("2026-03-05 00:00") + timedelta(milliseconds=124)
    just_now = put(tmp_path / "just.ics", ONE._replace(stamp="20250601T000000Z"), at=changed)

    def now() -> datetime:
        return changed + timedelta(milliseconds=600)

    assert read(just_now, now=now).content_as_of == utc("2026-03-05 00:00")


def test_files_of_a_folder_are_told_apart_by_ending_and_dot(tmp_path: Path) -> None:
    put(tmp_path / "one.ics", ONE)
    put(tmp_path / "EXPORT.ICS", TWO)
    put(tmp_path / ".hidden.ics", THREE)
    put(tmp_path / "half.ics.tmp", THREE)
    put(tmp_path / "notes.txt", THREE)
    (tmp_path / "inside").mkdir()
    put(tmp_path / "inside" / "three.ics", THREE)

    assert {item.id for item in read(tmp_path).changed} == {ONE.uid, TWO.uid}


def test_a_folder_of_folders_is_several_calendars(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    put(tmp_path / "work" / "one.ics", ONE)

    with pytest.raises(NotAllowed, match="folders inside") as caught:
        read(tmp_path)
    assert "of its own" in caught.value.remedy


def test_an_empty_folder_is_an_empty_calendar(tmp_path: Path) -> None:
    first = read(tmp_path)

    assert (first.total, first.complete, first.changed) == (0, True, ())
    assert read(tmp_path, first.cursor).unchanged


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no calendar"),
        lambda path: path.write_bytes(b"x" * 300_000),
        pipe,
        lambda path: path.symlink_to(path),
        lambda path: path.symlink_to("gone.ics"),
        lambda path: path.mkdir(),
    ],
)
def test_one_bad_file_of_a_folder_is_named_and_the_others_are_read(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    put(tmp_path / "one.ics", ONE)
    bad = put(tmp_path / "two.ics", TWO)
    limits = Limits(bytes=200_000)
    first = read(tmp_path, limits=limits)
    bad.unlink()
    make(bad)
    put(tmp_path / "three.ics", THREE)

    second = read(tmp_path, first.cursor, limits=limits)
    again = read(tmp_path, second.cursor, limits=limits)

    assert [item.id for item in second.changed] == [THREE.uid]
    if bad.is_dir():
        assert second.absent == (TWO.uid,)
    else:
        assert (second.absent, second.complete, second.total) == ((), False, 3)
        assert [each.place for each in second.quarantined] == ["two.ics"]
    assert (again.unchanged, again.quarantined) == (True, second.quarantined)


def test_a_bad_file_that_is_mended_is_read_again(tmp_path: Path) -> None:
    path = put(tmp_path / "one.ics", ONE)
    first = read(tmp_path)
    path.write_bytes(b"no calendar")
    second = read(tmp_path, first.cursor)
    put(path, ONE._replace(title="Mended"))

    third = read(tmp_path, second.cursor)

    assert (titles(third), third.quarantined, third.complete) == (["Mended"], (), True)


def test_a_file_given_up_is_tried_again_under_other_limits(tmp_path: Path) -> None:
    put(tmp_path / "many.ics", *(Meeting(f"{n}@example.com") for n in range(20)))
    tight = Limits(components=10)
    first = read(tmp_path, limits=tight)
    with children() as started:
        again = read(tmp_path, first.cursor, limits=tight)

    wider = read(tmp_path, again.cursor)

    assert (first.total, len(first.quarantined), started) == (0, 1, [])
    assert (len(wider.changed), wider.quarantined) == (20, ())


def test_a_folder_beyond_the_limits_is_refused_whole(tmp_path: Path) -> None:
    for n in range(4):
        put(tmp_path / f"{n}.ics", *(Meeting(f"{n}-{m}@example.com") for m in range(4)))

    with pytest.raises(NotAllowed, match="16 entries"):
        read(tmp_path, limits=Limits(components=10))
    with pytest.raises(NotAllowed, match="1,000 bytes together"):
        read(tmp_path, limits=Limits(bytes=1000))


def test_of_one_uid_in_two_files_the_newer_counts_and_the_other_is_named(tmp_path: Path) -> None:
    older = ONE._replace(title="Older", stamp="20260101T000000Z")
    newer = ONE._replace(title="Newer", stamp="20260201T000000Z")
    put(tmp_path / "b.ics", older, TWO, at=NOW + timedelta(days=9))
    put(tmp_path / "a.ics", newer)
    put(tmp_path / "b.ics", older, at=NOW + timedelta(days=9))

    first = read(tmp_path)
    (tmp_path / "a.ics").unlink()
    second = read(tmp_path, first.cursor)

    assert (titles(first), first.total) == (["Newer"], 1)
    assert [each.place for each in first.quarantined] == ["b.ics (repeats)"]
    assert "a.ics" in first.quarantined[0].reason
    assert (titles(second), second.absent, second.quarantined) == (["Older"], (), ())


def test_a_renamed_file_changes_nothing(tmp_path: Path) -> None:
    path = put(tmp_path / "one.ics", ONE)
    first = read(tmp_path)
    path.rename(tmp_path / "other.ics")

    second = read(tmp_path, first.cursor)

    assert (second.changed, second.absent, second.total) == ((), (), 1)


def test_a_file_may_become_a_folder_and_a_folder_a_file(tmp_path: Path) -> None:
    path = put(tmp_path / "calendar", ONE, TWO)
    as_file = read(path)
    path.unlink()
    path.mkdir()
    put(path / "one.ics", ONE)
    put(path / "three.ics", THREE)
    as_folder = read(path, as_file.cursor)
    for each in path.iterdir():
        each.unlink()
    path.rmdir()
    as_file_again = read(put(path, ONE), as_folder.cursor)

    assert as_folder.absent == (TWO.uid,)
    assert THREE.uid in {item.id for item in as_folder.changed}
    assert as_file_again.absent == (THREE.uid,)


@pytest.mark.parametrize(
    "cursor", ['["1 UTC /cal/","t1",""]\n{"/cal/1.ics":["1",true,[]]}', '[1,"t","",{},{}]', "none"]
)
def test_a_file_may_take_the_place_of_a_calendar_elsewhere(tmp_path: Path, cursor: str) -> None:
    found = read(put(tmp_path / "work.ics", ONE), Cursor(cursor))

    assert [item.id for item in found.changed] == [ONE.uid]
    assert found.absent == ()


def test_a_file_name_of_any_bytes_can_be_reported(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9\n\x1b.ics"
    Path(os.fsdecode(name)).write_bytes(b"no calendar")

    first = read(tmp_path)

    str(first.cursor).encode()
    first.quarantined[0].place.encode()
    assert read(tmp_path, first.cursor).unchanged


@pytest.mark.parametrize("seed", range(2))
def test_following_a_folder_leads_to_what_a_first_reading_finds(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    mirror: dict[str, str] = {}
    cursor: Cursor | None = None
    for step in range(8):
        for _ in range(chance.randrange(1, 4)):
            path = tmp_path / f"{chance.choice('abc')}.ics"
            if chance.random() < 0.25:
                path.unlink(missing_ok=True)
                continue
            some = chance.sample(range(5), chance.randrange(1, 4))
            stamp = f"202601{chance.randrange(1, 4):02}T000000Z"
            meetings = [
                Meeting(f"{n}@example.com", f"Version {chance.randrange(3)}", stamp=stamp)
                for n in some
            ]
            put(path, *meetings, at=NOW + timedelta(hours=chance.randrange(3)))
        changes = read(tmp_path, cursor)
        cursor = changes.cursor
        mirror.update({item.id: item.events[0].summary for item in changes.changed})
        for key in changes.absent:
            del mirror[key]

        afresh = read(tmp_path)
        assert mirror == {item.id: item.events[0].summary for item in afresh.changed}, step
        assert (changes.total, changes.quarantined) == (afresh.total, afresh.quarantined)
