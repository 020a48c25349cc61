"""Files made to exhaust whoever reads them: each ends in one clear answer, and the others go on."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.errors import NotAllowed
from connectors.ical.document import Limits
from connectors.ical.sandbox import Budget
from connectors.ics.reader import IcsReader
from connectors.port import Changes
from tests.connectors.contract import ONE, WINDOW
from tests.connectors.texts import BROKEN, vcalendar
from tests.make import BERLIN, utc

MIB = 1024 * 1024
EVENT = "BEGIN:VEVENT\r\nUID:{0}\r\nDTSTART:20260302T090000Z\r\n{1}END:VEVENT\r\n"
EVERY_DAY = "RRULE:FREQ=DAILY\r\nEXDATE:" + ",".join(["20260302T090000Z"] * 4_000) + "\r\n"
CROWD = "".join(f"ATTENDEE:mailto:{n}@example.com\r\n" for n in range(1_000))


def read(path: Path, limits: Limits | None = None, budget: Budget | None = None) -> Changes:
    reader = IcsReader(
        "work",
        path,
        BERLIN,
        lambda: utc("2100-01-01 00:00"),
        limits or Limits(),
        budget or Budget(),
    )
    return reader.changes(None, WINDOW)


def events(count: int, content: str) -> bytes:
    return vcalendar(inside="".join(EVENT.format(n, content) for n in range(count)))


@pytest.mark.parametrize(
    ("make", "components", "words"),
    [
        (lambda: events(300_000, ""), 200_000, "200,000 components"),
        (lambda: b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 300_000, 200_000, "components"),
        (lambda: events(50, EVERY_DAY), 19_000, "190,000 attendees and single dates"),
        (lambda: events(200, CROWD), 19_000, "190,000 attendees and single dates"),
    ],
)
def test_more_than_a_calendar_can_hold_is_refused_with_the_setting_that_allows_it(
    tmp_path: Path, make: Callable[[], bytes], components: int, words: str
) -> None:
    bomb = tmp_path / "bomb.ics"
    bomb.write_bytes(make())

    with pytest.raises(NotAllowed, match=words) as caught:
        read(bomb, Limits(components))
    assert "limits." in caught.value.remedy


@pytest.mark.parametrize(
    "content",
    [
        b"BEGIN:X\r\n" * 100_000 + b"END:X\r\n" * 100_000,
        b"BEGIN:VCALENDAR\r\n" * 100_000,
        b"X" * 20 * MIB,
        b"BEGIN:VEVENT\r\nSUMMARY:" + b"x\r\n " * MIB + b"\r\nEND:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nDESCRIPTION:" + b"\\" * 10 * MIB + b"\r\nEND:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nDTSTART" + b';TZID="' * MIB + b":x\r\nEND:VEVENT\r\n",
        EVENT.format(1, EVERY_DAY * 500).encode(),
        BROKEN.encode() * 100_000,
        CROWD.encode() * 100,
    ],
    ids=[
        "nested",
        "calendars",
        "a line",
        "folds",
        "escapes",
        "quotes",
        "dates",
        "broken",
        "attendees",
    ],
)
def test_a_strange_file_ends_soon_and_costs_no_other(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bomb.ics").write_bytes(vcalendar()[:17] + content + vcalendar()[17:])
    (tmp_path / "one.ics").write_bytes(vcalendar([ONE]))
    started = time.monotonic()

    found = read(tmp_path)

    assert ONE.uid in {item.id for item in found.changed}
    assert len(found.quarantined) <= 201
    assert time.monotonic() - started < 20


def test_a_file_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "bomb.ics").open("wb") as file:
        file.truncate(2**40)

    with pytest.raises(NotAllowed, match="larger than 67,108,864 bytes"):
        read(tmp_path / "bomb.ics")


def test_a_file_that_takes_too_long_is_given_up_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.ics").write_bytes(vcalendar([ONE]))
    (tmp_path / "bomb.ics").write_bytes(events(190_000, "SUMMARY:" + "\\, " * 30 + "\r\n"))
    (tmp_path / "z.ics").write_bytes(vcalendar([ONE._replace(uid="two@example.com")]))

    found = read(tmp_path, budget=Budget(cpu_s=1, margin_s=60))

    assert {item.id for item in found.changed} == {ONE.uid, "two@example.com"}
    assert [each.place for each in found.quarantined] == ["bomb.ics"]
    assert "1 s of computing" in found.quarantined[0].reason
    assert not found.complete


@pytest.mark.proof
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_run_itself_stays_small_whatever_a_child_reads(tmp_path: Path) -> None:
    (tmp_path / "dates.ics").write_bytes(events(510, EVERY_DAY))
    (tmp_path / "broken.ics").write_bytes(vcalendar() + BROKEN.encode() * 100_000)
    (tmp_path / "line.ics").write_bytes(b"X" * 60 * MIB)
    script = (
        "import resource, sys; from pathlib import Path; from tests.connectors.ics import"
        " test_bombs as bombs; before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        " found = bombs.read(Path(sys.argv[1]), bombs.Limits(bytes=2**30));"
        " print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )

    grown = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[3],
    ).stdout
    assert int(grown) / 1024 < 100
