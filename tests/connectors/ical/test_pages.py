"""Reading only the pages that changed says what reading the whole says, whatever became of them."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, cast

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from connectors.errors import ConnectorError
from connectors.ical import memory
from connectors.ical.document import Limits
from connectors.ical.index import Index, Skipped, add_skipped
from connectors.ical.memory import Memory
from connectors.ical.reading import Source, changes
from connectors.ical.sandbox import Budget, Sandbox
from connectors.port import Changes, Cursor
from tests.connectors.in_process import InThisProcess
from tests.make import BERLIN

PAGE_BYTES = 200
LIMITS = Limits(components=60)
MEMORY = Memory("file", "", "")
TODO = "BEGIN:VTODO\nSUMMARY:Write\nEND:VTODO\n"


def read(
    data: bytes, cursor: Cursor | None, limits: Limits = LIMITS, page_bytes: int = PAGE_BYTES
) -> tuple[Changes | str, list[int]]:
    """What a reading says, or why it fails, and how many bytes it read in each round."""
    reader = InThisProcess()
    source = Source(reader, io.BytesIO(data), BERLIN, limits, page_bytes)
    try:
        found = changes(source, cursor, MEMORY, lambda s: datetime.fromtimestamp(s, UTC))
    except ConnectorError as error:
        return f"{type(error).__name__} {error}", reader.read_bytes
    return found, reader.read_bytes


def without_pages(cursor: Cursor | None) -> Cursor | None:
    """The same memory, of which every reading is one of the whole."""
    last = memory.recalled(cursor)
    return last and memory.written(last, memory.digests_of(cursor))


def same(found: Changes | str, whole: Changes | str) -> bool:
    if isinstance(found, str) or isinstance(whole, str):
        return found == whole
    digests = [memory.digests_of(each.cursor) for each in (found, whole)]
    heads = [memory.recalled(each.cursor) for each in (found, whole)]
    told = [
        (each.changed, each.absent, each.quarantined, each.complete, each.content_as_of, each.total)
        for each in (found, whole)
    ]
    return digests[0] == digests[1] and heads[0] == heads[1] and told[0] == told[1]


# ------------------------------------------------------------------ documents and their edits


class Text(NamedTuple):
    """A document as parts that can be moved about, and how its lines end."""

    header: str
    blocks: tuple[str, ...]
    newline: str = "\r\n"
    ending: str = "END:VCALENDAR\n"

    def data(self) -> bytes:
        text = self.header + "".join(self.blocks) + self.ending
        return text.replace("\n", self.newline).encode()


def zone(offset: str) -> str:
    return (
        "BEGIN:VTIMEZONE\nTZID:Office\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        f"TZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\nEND:STANDARD\nEND:VTIMEZONE\n"
    )


HEADERS = st.sampled_from(
    [
        "BEGIN:VCALENDAR\nVERSION:2.0\n" + zone("+0330"),
        "BEGIN:VCALENDAR\nVERSION:2.0\n" + zone("+0330"),
        "BEGIN:VCALENDAR\nVERSION:2.0\n" + zone("+0430"),
        "BEGIN:VCALENDAR\nX-WR-TIMEZONE:Asia/Tokyo\n",
        "\ufeffBEGIN:VCALENDAR\n",
        "",
        "\n",
    ]
)
SERIES = tuple(f"series-{number}" for number in range(3))


@st.composite
def events(draw: st.DrawFn) -> str:
    """Most stand alone; some are of a series that has others elsewhere, some cannot be read."""
    uid = draw(st.one_of(*[st.integers(0, 60).map(str)] * 4, st.sampled_from(SERIES)))
    lines = ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:2026030{draw(st.integers(1, 9))}T080000Z"]
    if uid in SERIES:
        lines.append(f"RECURRENCE-ID:202603{draw(st.integers(10, 14))}T090000Z")
    start = st.sampled_from([":20260302T090000Z"] * 60 + [";TZID=Office:20260302T090000", ":never"])
    lines.append("DTSTART" + draw(start))
    lines.append(f"SUMMARY:{draw(st.sampled_from(['Coffee', 'Lunch', 'A walk ' * 20]))}")
    return "\n".join([*lines, "END:VEVENT", ""])


STRANGE = st.sampled_from(
    [
        TODO,
        "END:VCALENDAR\nBEGIN:VCALENDAR\nVERSION:2.0\n" + zone("+0330"),
        "END:VCALENDAR\nBEGIN:VCALENDAR\n" + zone("+0430"),
        zone("+0330"),
        "BEGIN:VTIMEZONE\nTZID:Open\n",
        "END:VTIMEZONE\n",
        "X-WR-TIMEZONE:Asia/Tokyo\n",
        "BEGIN:VEVENT\nUID:cut\nDTSTART:20260302T090000Z\n",
        "UID:headless\nDTSTART:20260302T090000Z\nEND:VEVENT\n",
        "begin:vevent\nUID:small\nDTSTART:20260302T090000Z\nend:vevent\n",
        "BEGIN:VEVENT \nUID:spaced\nDTSTART:20260302T090000Z\nEND:VEVENT\n",
        "BEGIN:VEVENT\nUID:twice\nDTSTART:20260302T090000Z\nend:vevent\nUID:x\nEND:VEVENT\n",
        "BEGIN:VEVENT\nDTSTART:20260302T090000Z\nSUMMARY:No name\nEND:VEVENT\n",
        "\n",
        "\0",
    ]
)
BLOCKS = st.one_of(*[events()] * 12, STRANGE)
TEXTS = st.builds(
    Text,
    HEADERS,
    st.lists(events(), min_size=25, max_size=50).map(tuple),
    st.sampled_from(["\r\n", "\n"]),
    st.just("END:VCALENDAR\n"),
)


@st.composite
def edited(draw: st.DrawFn, before: Text) -> Text:
    blocks = list(before.blocks)
    at, to = (draw(st.integers(0, len(blocks))) for _ in range(2))
    match draw(st.sampled_from("iiiirrrrddddmmccshnb")):
        case "i":
            blocks.insert(at, draw(BLOCKS))
        case "r":
            blocks[at : at + 1] = [draw(BLOCKS)]
        case "d":
            del blocks[at : at + draw(st.integers(1, 3))]
        case "m":
            moved = blocks[at : at + draw(st.integers(1, 8))]
            del blocks[at : at + len(moved)]
            blocks[to:to] = moved
        case "c":
            blocks[to:to] = blocks[at : at + draw(st.integers(1, 8))]
        case "s":
            blocks.reverse()
        case "h":
            return before._replace(header=draw(HEADERS))
        case "n":
            return before._replace(newline=draw(st.sampled_from(["\n", "\r\n", "\r"])))
        case "b":
            return before._replace(ending=draw(st.sampled_from(["", "END:VCALENDAR\n"])))
    return before._replace(blocks=tuple(blocks))


@st.composite
def histories(draw: st.DrawFn) -> list[bytes]:
    """A document, and what a few days of edits make of it."""
    text = draw(TEXTS)
    found = [text.data()]
    for _ in range(draw(st.integers(1, 5))):
        for _ in range(draw(st.integers(1, 3))):
            text = draw(edited(text))
        found.append(text.data())
    return found


@given(histories())
def test_reading_what_changed_says_what_reading_the_whole_says(versions: list[bytes]) -> None:
    cursor: Cursor | None = None
    for data in versions:
        found, rounds = read(data, cursor)
        whole, _ = read(data, without_pages(cursor), page_bytes=0)

        assert same(found, whole)
        event("in part" if rounds[-1] < len(data) else "whole")
        if not isinstance(found, str):
            cursor = found.cursor


# ------------------------------------------------------------------ what is read


def plain(number: int, title: str = "Coffee", start: str = ":20260302T090000Z") -> str:
    return (
        f"BEGIN:VEVENT\nUID:{number}\nDTSTAMP:20260301T080000Z\nDTSTART{start}\n"
        f"SUMMARY:{title}\nEND:VEVENT\n"
    )


def instance(day: int, title: str = "Coffee") -> str:
    return plain(-1, title, f":202603{day}T090000Z\nRECURRENCE-ID:202603{day}T090000Z")


MANY = Text("BEGIN:VCALENDAR\n", tuple(map(plain, range(300))))
WIDE = Limits()


def after(text: Text, blocks: Sequence[str], limits: Limits = WIDE) -> tuple[Changes, list[int]]:
    """What a second reading says, of ``blocks`` in place of those of ``text``; and bytes read."""
    first, _ = read(text.data(), None, limits)
    assert isinstance(first, Changes)
    found, rounds = read(text._replace(blocks=tuple(blocks)).data(), first.cursor, limits)
    assert isinstance(found, Changes)
    return found, rounds


@pytest.mark.parametrize(
    ("edit", "changed", "absent"),
    [
        (lambda blocks: [*blocks[:150], plain(150, "Lunch"), *blocks[151:]], ["150"], ()),
        (lambda blocks: [*blocks[:150], plain(1000), *blocks[150:]], ["1000"], ()),
        (lambda blocks: [plain(1000), *blocks], ["1000"], ()),
        (lambda blocks: [*blocks, plain(1000)], ["1000"], ()),
        (lambda blocks: blocks[:150] + blocks[151:], [], ("150",)),
        (lambda blocks: blocks[:150] + blocks[152:] + blocks[150:152], [], ()),
        (lambda blocks: [*blocks[:150], TODO, *blocks[150:]], [], ()),
    ],
    ids=["changed", "inserted", "first", "last", "deleted", "moved", "not an event"],
)
def test_of_a_large_document_little_is_read_when_little_changed(
    edit: Callable[[list[str]], list[str]], changed: list[str], absent: tuple[str, ...]
) -> None:
    found, rounds = after(MANY, edit(list(MANY.blocks)))

    assert [item.id for item in found.changed] == changed
    assert found.absent == absent
    assert len(rounds) == 1
    assert rounds[0] < len(MANY.data()) / 20


SECOND = "END:VCALENDAR\nBEGIN:VCALENDAR\n"
LONG_LINE = plain(0).replace("BEGIN:VEVENT", "BEGIN:VEVENT;X-A=1")


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (MANY, MANY._replace(header="BEGIN:VCALENDAR\nX-WR-TIMEZONE:Asia/Tokyo\n")),
        (MANY, MANY._replace(ending="")),
        (MANY, MANY._replace(newline="\n")),
        (
            MANY,
            MANY._replace(blocks=(*MANY.blocks[:150], SECOND + zone("+0430"), *MANY.blocks[150:])),
        ),
        (
            MANY._replace(blocks=(LONG_LINE, *MANY.blocks[1:])),
            MANY._replace(
                header="BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\n", blocks=(LONG_LINE, *MANY.blocks[1:])
            ),
        ),
    ],
    ids=["another zone", "cut off", "other lines", "two calendars", "a zone without an end"],
)
def test_what_bears_on_every_page_is_a_reason_to_read_them_all(before: Text, now: Text) -> None:
    first, _ = read(before.data(), None, WIDE)
    cursor = cast(Changes, first).cursor

    found, rounds = read(now.data(), cursor, WIDE)

    assert rounds[-1] == len(now.data())
    assert same(found, read(now.data(), without_pages(cursor), WIDE, page_bytes=0)[0])


def test_of_a_changed_instance_the_pages_of_its_series_are_read_and_no_others() -> None:
    blocks = [*MANY.blocks]
    for day, at in ((10, 50), (11, 150), (12, 250)):
        blocks[at] = instance(day)
    text = MANY._replace(blocks=tuple(blocks))

    other, rounds = after(text, [*blocks[:51], plain(51, "Lunch"), *blocks[52:]])
    moved, more_rounds = after(text, [*blocks[:150], instance(11, "Lunch"), *blocks[151:]])

    assert ([item.id for item in other.changed], len(rounds)) == (["51"], 1)
    assert [len(item.events) for item in moved.changed] == [3]
    assert len(more_rounds) == 2
    assert max(rounds + more_rounds) < len(text.data()) / 20


def test_a_uid_given_a_second_time_is_found_where_it_stands_already() -> None:
    found, rounds = after(MANY, [plain(200), *MANY.blocks])

    assert [len(item.events) for item in found.changed] == [2]
    assert found.total == 300
    assert max(rounds) < len(MANY.data()) / 20


def test_what_cannot_be_used_has_its_place_in_the_whole_document() -> None:
    blocks = [*MANY.blocks[:200], plain(200, start=":never"), *MANY.blocks[201:]]
    text = MANY._replace(blocks=tuple(blocks))

    found, rounds = after(text, blocks[1:])

    line = 2 + 6 * 199
    assert [each.place for each in found.quarantined] == [f"VEVENT 200 (line {line})"]
    assert max(rounds) < len(text.data()) / 20


def test_pages_that_are_not_read_count_against_the_limit() -> None:
    first, _ = read(MANY.data(), None, Limits(components=300))
    more = MANY._replace(blocks=(plain(1000), *MANY.blocks)).data()

    found, rounds = read(more, cast(Changes, first).cursor, Limits(components=300))

    assert "300 components" in str(found)
    assert len(rounds) == 2


class Fatal(io.BytesIO):
    """A document whose reader is killed whenever pages of it are passed over."""

    def __init__(self, sandbox: Sandbox, data: bytes) -> None:
        super().__init__(data)
        self.sandbox = sandbox

    def seek(self, place: int, whence: int = io.SEEK_SET, /) -> int:
        if place and self.sandbox._child:
            os.kill(self.sandbox._child._process.pid, signal.SIGKILL)
        return super().seek(place, whence)


@pytest.mark.skipif(os.name != "posix", reason="nothing kills a process like that")
def test_where_the_reading_of_pages_is_killed_the_whole_is_read() -> None:
    first, _ = read(MANY.data(), None, WIDE)
    changed = MANY._replace(blocks=(plain(0, "Lunch"), *MANY.blocks[1:])).data()

    with Sandbox("work", Budget()) as sandbox:
        source = Source(sandbox, Fatal(sandbox, changed), BERLIN, WIDE, PAGE_BYTES)
        found = changes(source, cast(Changes, first).cursor, MEMORY, lambda _: None)

    assert [item.id for item in found.changed] == ["0"]
    assert (found.total, found.absent) == (300, ())


def test_events_of_one_item_on_many_pages_are_put_in_order_once() -> None:
    compared = []

    class Place(int):
        def __lt__(self, other: int) -> bool:
            compared.append(other)
            return int(self) < other

    skipped = [Skipped(Place(at), 1, 1, [("one", f"digest {at}")]) for at in range(500)]
    found = Index(items={"one": [(250, 260, 0, "read")]})
    add_skipped(found, skipped, {})

    assert [start for start, *_ in found.items["one"]] == sorted([*range(500), 250])
    assert len(compared) < 20 * 500


def test_freshness_is_that_of_the_pages_not_read_too() -> None:
    stamped = plain(150).replace("20260301", "20260309")
    text = MANY._replace(blocks=(*MANY.blocks[:150], stamped, *MANY.blocks[151:]))

    found, _ = after(text, text.blocks[1:])

    assert found.content_as_of == datetime(2026, 3, 9, 8, tzinfo=UTC)


def test_a_cursor_without_some_of_its_parts_leads_to_a_reading_of_the_whole() -> None:
    first, _ = read(MANY.data(), None, WIDE)
    cursor = cast(Changes, first).cursor
    assert cursor
    lost = Cursor(cursor, dict(list(cursor.parts.items())[3:]))
    changed = MANY._replace(blocks=(plain(0, "Lunch"), *MANY.blocks[1:])).data()

    found, rounds = read(changed, lost, WIDE)

    assert isinstance(found, Changes)
    assert {"0"} <= {item.id for item in found.changed}
    assert (found.total, rounds) == (300, [len(changed)])


def test_of_events_that_are_all_alike_one_less_is_seen() -> None:
    text = MANY._replace(blocks=(plain(1),) * 2_000)

    found, _ = after(text, text.blocks[1:])

    assert [len(item.events) for item in found.changed] == [1_999]
