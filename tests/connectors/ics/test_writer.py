from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.errors import ChangedMeanwhile, NotAllowed, TemporarilyUnavailable
from connectors.ics.reader import IcsReader
from connectors.ics.writer import FolderWriter
from connectors.port import CalendarWriter, Written
from tests.connectors.contract import MOVED, ONE, SLOT, WINDOW, CalendarWriterContract
from tests.connectors.texts import vcalendar
from tests.make import BERLIN, utc

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files and signals")
FILE = f"{SLOT.uid}.ics"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "own"
    path.mkdir()
    return path


@pytest.fixture
def writer(folder: Path) -> FolderWriter:
    return FolderWriter("own", folder)


class TestFolder(CalendarWriterContract):
    @pytest.fixture
    def writer(self, folder: Path) -> CalendarWriter:
        return FolderWriter("own", folder)

    @pytest.fixture
    def foreign(self, folder: Path) -> Callable[[str], Callable[[], object]]:
        def make(uid: str) -> Callable[[], object]:
            path = folder / f"{uid}.ics"
            path.write_bytes(vcalendar([ONE._replace(uid=uid)]))
            return lambda: (path.read_bytes(), path.stat().st_mtime_ns)

        return make


def test_a_block_is_one_private_file_named_after_it(folder: Path, writer: FolderWriter) -> None:
    written = writer.create(SLOT)

    assert [path.name for path in folder.iterdir()] == [FILE]
    assert written.ref == FILE
    assert (folder / FILE).stat().st_mode & 0o777 == 0o600


def test_what_a_killed_writer_left_long_ago_is_cleared_away(
    folder: Path, writer: FolderWriter
) -> None:
    left, recent = folder / f".fika-{'0' * 16}.tmp", folder / f".fika-{'f' * 16}.tmp"
    others = [folder / name for name in (".fika-notes.tmp", "mine.tmp")]
    for each in (left, recent, *others):
        each.write_text("half a block")
    for each in (left, *others):
        os.utime(each, (0, 0))

    writer.create(SLOT)

    assert {path.name for path in folder.iterdir()} == {
        FILE,
        *(each.name for each in (recent, *others)),
    }


def test_a_block_never_names_a_guest(folder: Path, writer: FolderWriter) -> None:
    writer.create(SLOT)

    text = (folder / FILE).read_bytes().upper()
    assert b"ATTENDEE" not in text
    assert b"ORGANIZER" not in text


def test_a_block_is_read_as_what_it_is(folder: Path, writer: FolderWriter) -> None:
    writer.create(SLOT)

    reader = IcsReader("own", folder, BERLIN, lambda: utc("2100-01-01 00:00"))
    event = reader.changes(None, WINDOW).changed[0].events[0]
    assert (event.uid, event.summary, event.busy) == (SLOT.uid, SLOT.title, True)
    assert event.marker == SLOT.marker


@pytest.mark.parametrize(
    "uid", ["../../escape", "a/b", ".hidden", "x" * 300, "Grüße", "nul\0", "con:1", "", "a\nb"]
)
def test_a_uid_that_is_no_plain_name_becomes_one(
    folder: Path, writer: FolderWriter, uid: str
) -> None:
    from dataclasses import replace

    written = writer.create(replace(SLOT, uid=uid))

    assert [path.name for path in folder.iterdir()] == [written.ref]
    assert written.ref.endswith(".ics")
    assert written.ref.isascii()
    found = writer.find(uid)
    assert found is not None
    assert found.written == written


def test_a_changed_block_keeps_the_permissions_its_file_has(
    folder: Path, writer: FolderWriter
) -> None:
    written = writer.create(SLOT)
    (folder / FILE).chmod(0o640)

    writer.update(written, MOVED)

    assert (folder / FILE).stat().st_mode & 0o777 == 0o640


def test_other_files_stay_byte_for_byte_as_they_are(folder: Path, writer: FolderWriter) -> None:
    others = [folder / name for name in ("one.ics", "notes.txt", ".hidden", "half.ics.tmp")]
    for path in others:
        path.write_bytes(vcalendar([ONE]))
        path.chmod(0o604)
    before = [(path.read_bytes(), path.stat()) for path in others]

    changed = writer.update(writer.create(SLOT), MOVED)
    writer.delete(changed)

    assert [(path.read_bytes(), path.stat()) for path in others] == before


def test_a_block_its_owner_edited_is_theirs(folder: Path, writer: FolderWriter) -> None:
    written = writer.create(SLOT)
    path = folder / FILE
    path.write_bytes(path.read_bytes().replace(b"SUMMARY:Planning", b"SUMMARY:Dentist!"))
    edited = path.read_bytes()

    for act in (lambda: writer.update(written, MOVED), lambda: writer.delete(written)):
        with pytest.raises(ChangedMeanwhile):
            act()
    assert path.read_bytes() == edited
    found = writer.find(SLOT.uid)
    assert found is not None
    assert found.event is not None
    assert found.event.title.startswith("Dentist!")
    assert found.written.etag != written.etag


def test_a_block_without_our_mark_is_no_longer_ours(folder: Path, writer: FolderWriter) -> None:
    writer.create(SLOT)
    path = folder / FILE
    path.write_bytes(path.read_bytes().replace(b"X-FIKA", b"X-OTHER"))
    import hashlib

    version = Written(FILE, hashlib.sha256(path.read_bytes()).hexdigest())

    assert writer.find(SLOT.uid) is None
    with pytest.raises(ChangedMeanwhile):
        writer.update(version, MOVED)
    with pytest.raises(ChangedMeanwhile):
        writer.delete(version)
    assert path.exists()


def test_a_block_that_somebody_was_invited_to_is_left_alone(
    folder: Path, writer: FolderWriter
) -> None:
    writer.create(SLOT)
    path = folder / FILE
    invited = b"ATTENDEE:mailto:ana@example.com\r\nEND:VEVENT"
    path.write_bytes(path.read_bytes().replace(b"END:VEVENT", invited))
    before = path.read_bytes()

    found = writer.find(SLOT.uid)
    assert found is not None
    assert found.event is None
    with pytest.raises(ChangedMeanwhile, match="guests"):
        writer.update(found.written, MOVED)
    with pytest.raises(ChangedMeanwhile, match="guests"):
        writer.delete(found.written)
    assert path.read_bytes() == before


def test_a_damaged_block_is_ours_and_unreadable(folder: Path, writer: FolderWriter) -> None:
    writer.create(SLOT)
    path = folder / FILE
    path.write_bytes(path.read_bytes().replace(b"DTSTART", b"XTSTART"))

    found = writer.find(SLOT.uid)

    assert found is not None
    assert found.event is None


@posix
@pytest.mark.parametrize("target", ["outside.ics", "gone.ics", FILE])
def test_a_link_is_never_followed(folder: Path, writer: FolderWriter, target: str) -> None:
    outside = folder.parent / "outside.ics"
    ours = FolderWriter("own", folder).create(SLOT)
    (folder / FILE).rename(outside)
    (folder / FILE).symlink_to(folder / target if target == FILE else folder.parent / target)
    before = outside.read_bytes()

    assert writer.find(SLOT.uid) is None
    for act in (
        lambda: writer.create(SLOT),
        lambda: writer.update(ours, MOVED),
        lambda: writer.delete(ours),
    ):
        with pytest.raises(ChangedMeanwhile):
            act()
    assert outside.read_bytes() == before
    assert (folder / FILE).is_symlink()


@pytest.mark.parametrize("ref", ["../own/" + FILE, "/etc/passwd", "..", ".", "", ".hidden.ics"])
def test_a_reference_leads_nowhere_but_into_the_folder(
    folder: Path, writer: FolderWriter, ref: str
) -> None:
    etag = writer.create(SLOT).etag

    with pytest.raises(ChangedMeanwhile):
        writer.update(Written(ref, etag), MOVED)
    if ref != ".hidden.ics":
        with pytest.raises(ChangedMeanwhile):
            writer.delete(Written(ref, etag))
    assert (folder / FILE).exists()


@posix
def test_a_pipe_or_a_folder_in_our_place_does_not_stop_us(
    folder: Path, writer: FolderWriter
) -> None:
    os.mkfifo(folder / FILE)
    assert writer.find(SLOT.uid) is None
    with pytest.raises(ChangedMeanwhile):
        writer.create(SLOT)
    (folder / FILE).unlink()
    (folder / FILE).mkdir()
    assert writer.find(SLOT.uid) is None
    with pytest.raises(ChangedMeanwhile):
        writer.create(SLOT)


@pytest.mark.parametrize(
    ("make", "words", "remedy"),
    [
        (lambda path: path.write_bytes(vcalendar()), "one file", "folder"),
        (lambda path: None, "not there", "create"),
        (lambda path: path.symlink_to("nowhere"), "not there", "create"),
    ],
)
def test_only_a_folder_can_be_written_to(
    tmp_path: Path, make: Callable[[Path], object], words: str, remedy: str
) -> None:
    path = tmp_path / "calendar.ics"
    make(path)
    writer = FolderWriter("own", path)

    for act in (
        lambda: writer.create(SLOT),
        lambda: writer.find(SLOT.uid),
        lambda: writer.delete(Written(FILE, "")),
    ):
        with pytest.raises(NotAllowed, match=words) as caught:
            act()
        assert remedy in caught.value.remedy


@posix
def test_a_full_disk_leaves_nothing_half_written(folder: Path, writer: FolderWriter) -> None:
    import resource

    written = writer.create(SLOT)
    before = (folder / FILE).read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(TemporarilyUnavailable, match="nothing was written"):
            writer.update(written, MOVED)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert [path.name for path in folder.iterdir()] == [FILE]
    assert (folder / FILE).read_bytes() == before


@posix
@pytest.mark.skipif(os.geteuid() == 0, reason="everything is permitted to root")
def test_a_folder_that_may_not_be_written_is_named(folder: Path, writer: FolderWriter) -> None:
    folder.chmod(0o500)
    try:
        with pytest.raises(NotAllowed, match="not permitted"):
            writer.create(SLOT)
    finally:
        folder.chmod(0o700)


KILLED = """
import os, signal, sys
from pathlib import Path
from connectors.ics.writer import FolderWriter
from tests.connectors.contract import MOVED, SLOT

step, seen = int(sys.argv[2]), 0

def die(event, arguments):
    global seen
    if arguments and str(arguments[0]).startswith(sys.argv[1]):
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

writer = FolderWriter("own", Path(sys.argv[1]))
sys.addaudithook(die)
found = writer.find(SLOT.uid)
writer.update(found.written, MOVED) if found else writer.create(SLOT)
"""


@pytest.mark.proof
@posix
def test_a_process_killed_at_any_step_leaves_the_old_block_or_the_new(
    folder: Path, writer: FolderWriter
) -> None:
    for begin in (None, SLOT):
        for step in range(1, 30):
            for path in folder.iterdir():
                path.unlink()
            if begin:
                writer.create(begin)
            ended = subprocess.run(
                [sys.executable, "-c", KILLED, str(folder), str(step)],
                cwd=Path(__file__).parents[3],
                check=False,
            ).returncode

            found = writer.find(SLOT.uid)
            assert (found and found.event) in (begin, MOVED if begin else SLOT)
            left = [path.name for path in folder.iterdir() if path.name != FILE]
            assert all(name.startswith(".fika-") for name in left)
            if ended == 0:
                break
            assert ended == -signal.SIGKILL
        assert step > 5
        assert found
        assert found.event == (MOVED if begin else SLOT)
