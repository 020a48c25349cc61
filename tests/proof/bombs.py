"""Calendars made to exhaust whoever reads them, one beside the other and beside a good one.

    python -m tests.proof.bombs --bombs 1000                 what `make soak` runs
    python -m tests.proof.bombs --seed 7 --only 123          one bomb once more

What a bomb holds follows from the seed and its number. A real run reads it as the owner's
configuration would have it read, in a child process with limits on time and memory.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from agent.reading import Outcome, Reading, read_all
from agent.settings import CalendarSettings, Settings, SourceKind
from agent.store.database import Database
from connectors.ical.document import Limits
from connectors.ical.sandbox import Budget
from connectors.ics.reader import IcsReader
from tests import make
from tests.connectors.contract import ONE
from tests.connectors.texts import vcalendar
from tests.proof.figures import record

SEED: Final = 20_260_301
TOGETHER: Final = 5
PATIENCE_S: Final = 90
MOST_MEMORY: Final = 200 * 1024 * 1024
NOW: Final = make.utc("2026-03-02 12:00")
BUDGET: Final = Budget(cpu_s=10, memory_bytes=512 * 1024 * 1024)
_DAY: Final = "20260302T090000Z"
_FREQUENCIES: Final = ("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_BY: Final = (
    "BYMONTH=" + ",".join(map(str, range(1, 13))),
    "BYMONTHDAY=" + ",".join(map(str, range(1, 32))),
    "BYYEARDAY=" + ",".join(map(str, range(1, 367))),
    "BYWEEKNO=" + ",".join(map(str, range(1, 54))),
    "BYDAY=" + ",".join(f"{n}{day}" for n in range(-53, 54) if n for day in ("MO", "SU")),
    "BYHOUR=" + ",".join(map(str, range(24))),
    "BYMINUTE=" + ",".join(map(str, range(60))),
    "BYSECOND=" + ",".join(map(str, range(60))),
    "BYSETPOS=" + ",".join(map(str, range(1, 366))),
)


class Heard(NamedTuple):
    """What became of one bomb; ``wrong`` is empty when all is well."""

    number: int
    kind: str
    outcome: Outcome
    wrong: str = ""


# ---------------------------------------------------------------- the bombs


def _event(chance: random.Random, *lines: str, uid: str = "bomb") -> str:
    start = chance.choice((_DAY, "19000101T000000Z", "00010101T000000Z", "99991231T235959Z"))
    body = "".join(f"{line}\r\n" for line in lines)
    return f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:{start}\r\n{body}END:VEVENT\r\n"


def _size(chance: random.Random, most: int) -> int:
    """Between a hundredth of it and all of it, evenly in its logarithm."""
    return int(most / 100 * 100 ** chance.random())


def _rule(chance: random.Random) -> str:
    frequency = chance.choice(_FREQUENCIES)
    ends = chance.choice(["", ";COUNT=1000000000", ";UNTIL=99991231T235959Z", ";COUNT=0"])
    interval = chance.choice(["", ";INTERVAL=0", ";INTERVAL=-1", f";INTERVAL={10**30}"])
    parts = "".join(f";{each}" for each in chance.sample(_BY, chance.randrange(5)))
    return f"RRULE:FREQ={frequency}{ends}{interval}{parts}"


def _rules(chance: random.Random) -> str:
    return "".join(
        _event(chance, *(_rule(chance) for _ in range(chance.randrange(1, 4))), uid=f"bomb-{each}")
        for each in range(_size(chance, 300))
    )


def _never(chance: random.Random) -> str:
    rule = chance.choice(("BYMONTH=2;BYMONTHDAY=30", "BYMONTH=4;BYMONTHDAY=31", "BYWEEKNO=54"))
    return "".join(
        _event(chance, f"RRULE:FREQ=YEARLY;{rule}", uid=f"bomb-{each}")
        for each in range(_size(chance, 3_000))
    )


def _events(chance: random.Random) -> str:
    count = _size(chance, 250_000)
    return "".join(_event(chance, uid=str(each)) for each in range(count))


def _series(chance: random.Random) -> str:
    count = _size(chance, 5_000)
    return "".join(_event(chance, "RRULE:FREQ=DAILY", uid=str(each)) for each in range(count))


def _dates(chance: random.Random) -> str:
    name = chance.choice(("EXDATE", "RDATE"))
    many = ",".join(f"2{each:07}T000000Z" for each in range(_size(chance, 200_000)))
    return _event(chance, f"{name}:{many}", "RRULE:FREQ=HOURLY")


def _overrides(chance: random.Random) -> str:
    future = chance.choice(("", ";RANGE=THISANDFUTURE"))
    count = _size(chance, 20_000)
    moments = (
        f"20{each % 100:02}{1 + each % 12:02}02T{each % 24:02}0000Z" for each in range(count)
    )
    return _event(chance, "RRULE:FREQ=HOURLY") + "".join(
        _event(chance, f"RECURRENCE-ID{future}:{each}") for each in moments
    )


def _crowd(chance: random.Random) -> str:
    many = (f"ATTENDEE;CN=x:mailto:{n}@example.com" for n in range(_size(chance, 150_000)))
    return _event(chance, *many)


def _parameters(chance: random.Random) -> str:
    parameter = chance.choice((';X="', ";CN=x", ';CN="x"', ";MEMBER=a,b"))
    return _event(chance, f"ATTENDEE{parameter * _size(chance, 2_000_000)}:mailto:a@example.com")


def _text(chance: random.Random) -> str:
    piece = chance.choice(("x", "\\", "\\n", "\r\n ", "é", "\0", "日", "\u202e"))
    return _event(chance, f"{chance.choice(('SUMMARY', 'X'))}:{piece * _size(chance, 8_000_000)}")


def _nested(chance: random.Random) -> str:
    name = chance.choice(("VCALENDAR", "VEVENT", "VALARM", "X", "VTIMEZONE"))
    count = _size(chance, 200_000)
    ends = f"END:{name}\r\n" * count if chance.random() < 0.5 else ""
    return f"BEGIN:{name}\r\n" * count + ends


def _alarms(chance: random.Random) -> str:
    alarm = "BEGIN:VALARM\r\nTRIGGER:-PT1S\r\nREPEAT:999999999\r\nDURATION:PT1S\r\nEND:VALARM"
    return _event(chance, *([alarm] * _size(chance, 50_000)))


def _zones(chance: random.Random) -> str:
    observance = (
        "BEGIN:STANDARD\r\nDTSTART:00010101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0100\r\n"
        f"{_rule(chance)}\r\nEND:STANDARD\r\n"
    )
    zone = f"BEGIN:VTIMEZONE\r\nTZID:Z\r\n{observance * _size(chance, 2_000)}END:VTIMEZONE\r\n"
    event = f"BEGIN:VEVENT\r\nUID:bomb\r\nDTSTART;TZID=Z:20260302T090000\r\n{_rule(chance)}\r\n"
    return f"{zone}{event}END:VEVENT\r\n"


def _lengths(chance: random.Random) -> str:
    length = chance.choice(("P99999999W", "PT" + "9" * 4_000 + "S", "P1DT" * 100_000, "-P9999999D"))
    return _event(chance, f"DURATION:{length}", _rule(chance))


KINDS: Final[tuple[Callable[[random.Random], str], ...]] = (
    *(_rules, _never, _events, _series, _dates, _overrides, _crowd, _parameters, _text, _nested),
    *(_alarms, _zones, _lengths),
)


def bomb(seed: int, number: int) -> tuple[str, bytes]:
    """What kind it is, and its bytes."""
    chance = random.Random(f"{seed} {number}")
    kind = KINDS[number % len(KINDS)]
    head, tail = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "END:VCALENDAR\r\n"
    return kind.__name__[1:], f"{head}{kind(chance)}{tail}".encode()


# ---------------------------------------------------------------- reading them


def heard(folder: Path, seed: int, numbers: range) -> Iterator[Heard]:
    """Read these bombs in one run into a new store, and a good calendar after them."""
    kinds = {}
    for number in numbers:
        kinds[number], data = bomb(seed, number)
        (folder / f"{number}.ics").write_bytes(data)
    (folder / "good.ics").write_bytes(vcalendar([ONE]))
    names = [*(str(number) for number in numbers), "good"]
    settings = _settings(folder, names)
    starts: dict[str, float] = {}
    with Database(folder / "state") as db:
        readers = {each: _reader(folder, each) for each in names}
        found = read_all(db, settings, readers, NOW, on_each=lambda each: _begins(starts, each))
        _begins(starts, "")
        titles = db.rows(
            "SELECT body FROM item i JOIN calendar c ON c.id = calendar AND name = 'good'"
        )
    moments = list(starts.values())
    took_s = {
        each: after - at for (each, at), after in zip(starts.items(), moments[1:], strict=False)
    }
    good = found[-1].outcome is Outcome.READ and len(titles) == 1
    for number, each in zip(numbers, found, strict=False):
        wrong = "" if good else "the good calendar beside it was not read"
        yield Heard(number, kinds[number], each.outcome, wrong or _wrong(each, took_s))


def _wrong(reading: Reading, took_s: dict[str, float]) -> str:
    if took_s[reading.calendar] > PATIENCE_S:
        return f"took {took_s[reading.calendar]:.0f} s"
    if "could not be read (" in reading.cause:
        return f"an error nobody foresaw: {reading.cause}"
    if reading.outcome is Outcome.FAILED and (not reading.cause or "\n" in reading.cause):
        return "failed without one plain line"
    return ""


def _begins(starts: dict[str, float], name: str) -> None:
    starts[name] = time.monotonic()


def _settings(folder: Path, names: list[str]) -> Settings:
    calendars = (
        CalendarSettings(each, SourceKind.ICS, folder / f"{each}.ics", synced=True)
        for each in names
    )
    return Settings(make.OWNER, tuple(calendars))


def _reader(folder: Path, name: str) -> IcsReader:
    path = folder / f"{name}.ics"
    return IcsReader(name, path, make.BERLIN, lambda: NOW, Limits(), BUDGET)


def explode(seed: int, count: int) -> list[Heard]:
    """So many bombs, a few together; the growth of this process is held to its bound."""
    before = _memory()
    done: list[Heard] = []
    for first in range(0, count, TOGETHER):
        with tempfile.TemporaryDirectory(prefix="fika-bombs-") as folder:
            numbers = range(first, min(first + TOGETHER, count))
            done += heard(Path(folder), seed, numbers)
    grown = _memory() - before
    if grown > MOST_MEMORY:
        done.append(Heard(count, "all", Outcome.READ, f"this process grew by {grown:,} bytes"))
    wrong = sum(bool(each.wrong) for each in done)
    read = sum(each.outcome is Outcome.READ for each in done[:count])
    record(
        "Resource bombs",
        count,
        seed=seed,
        violations=wrong,
        note=f"{read} read as far as they can be; {grown // 1024**2} MB more memory in the run",
    )
    return done


def _memory() -> int:
    """The most this process has used, in bytes; its children are not counted."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> int:
    words = argparse.ArgumentParser(description="Calendars made to exhaust whoever reads them.")
    words.add_argument("--bombs", type=int, default=50)
    words.add_argument("--seed", type=int, default=SEED)
    words.add_argument("--only", type=int, help="read just this one")
    said = words.parse_args()
    if said.only is None:
        done = explode(said.seed, said.bombs)
    else:
        with tempfile.TemporaryDirectory(prefix="fika-bombs-") as folder:
            done = list(heard(Path(folder), said.seed, range(said.only, said.only + 1)))
    for each in done:
        if each.wrong or said.only is not None:
            print(each)  # noqa: T201 - a program of its own
    print(f"{len(done)} bombs, {sum(bool(each.wrong) for each in done)} violations")  # noqa: T201 - see above
    return int(any(each.wrong for each in done))


if __name__ == "__main__":
    sys.exit(main())
