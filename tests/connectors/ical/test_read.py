from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.calendars import calendar, touched
from connectors.ical import document
from connectors.ical.document import Document, Limits, NotACalendar, TooLarge
from connectors.port import Quarantined
from policies.calendar.event import Event, Span
from policies.calendar.recurrence import expand
from policies.wall import CustomZone, WallTime, When, absolute, local_datetime, seconds
from tests.make import utc, wall

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = ("apple", "broken", "dialects", "google", "google_utc_series", "many_calendars", "outlook")
LIMITS = Limits()
HOME = "Europe/Stockholm"


def read(data: bytes, known: Mapping[str, str] | None = None) -> Document:
    return document.read(data, known or {}, zone=HOME, limits=LIMITS)


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.ics").read_bytes()


def events(data: bytes) -> list[Event]:
    return [event for item in read(data).items for event in item.events]


def vcalendar(*lines: str) -> bytes:
    return "\r\n".join(("BEGIN:VCALENDAR", *lines, "END:VCALENDAR", "")).encode()


def vevent(*lines: str, start: str = "DTSTART:20260302T090000Z") -> tuple[str, ...]:
    return ("BEGIN:VEVENT", *([start] if start else []), *lines, "END:VEVENT")


def only(*lines: str, start: str = "DTSTART:20260302T090000Z") -> Event:
    return events(vcalendar(*vevent("UID:a", *lines, start=start)))[0]


def in_utc(event: Event) -> Event:
    """A zone of the calendar's own has hundreds of onsets: say the moment instead."""
    if isinstance(event.start, WallTime) and isinstance(event.start.zone, CustomZone):
        start = local_datetime(absolute(event.start, "UTC"), "UTC")
        return replace(event, start=WallTime(start, "UTC"))
    return event


@pytest.mark.parametrize("name", NAMES)
def test_exports_are_read_as_their_writers_mean_them(name: str) -> None:
    expected = import_module(f"tests.connectors.ical.fixtures.{name}_expected")

    result = read(fixture(name))

    assert tuple(in_utc(event) for item in result.items for event in item.events) == (
        expected.EXPECTED
    )
    assert result.quarantined == getattr(expected, "QUARANTINED", ())


def test_files_joined_with_their_byte_order_marks_stay_apart() -> None:
    mark = b"\xef\xbb\xbf"
    data = fixture("many_calendars").replace(b"BEGIN:VCALENDAR", mark + b"BEGIN:VCALENDAR")

    assert events(data) == events(fixture("many_calendars"))


def test_an_unknown_zone_is_never_read_as_a_floating_time() -> None:
    result = read(fixture("outlook"))

    assert "nobody-knows-where" in result.digests
    assert "nobody-knows-where" not in {item.id for item in result.items}


ALL_DAY = ("X-MICROSOFT-CDO-ALLDAYEVENT:TRUE",)


@pytest.mark.parametrize(
    ("start", "lines", "expected"),
    [
        ("20260302T000000", (*ALL_DAY, "DURATION:PT24H"), (date(2026, 3, 2), Span(1, 0))),
        ("20260328T000000", (*ALL_DAY, "DTEND:20260330T000000"), (date(2026, 3, 28), Span(2, 0))),
        ("20260302T000000", ALL_DAY, (date(2026, 3, 2), Span(1, 0))),
        (
            "20260302T090000",
            (*ALL_DAY, "DURATION:PT24H"),
            (wall("2026-03-02 09:00", HOME), Span(0, 86_400)),
        ),
        (
            "20260302T000000",
            (*ALL_DAY, "DURATION:PT23H59M59S"),
            (wall("2026-03-02 00:00", HOME), Span(0, 86_399)),
        ),
    ],
)
def test_what_outlook_calls_all_day_is_whole_days_if_it_is(
    start: str, lines: tuple[str, ...], expected: tuple[When, Span]
) -> None:
    event = only(*lines, start=f"DTSTART:{start}")

    assert (event.start, event.span) == expected


def test_the_exceptions_of_an_all_day_series_are_days_as_well() -> None:
    lines = ("RRULE:FREQ=WEEKLY", "EXDATE:20260309T000000", "RDATE:20260310T000000")

    recurrence = only(*ALL_DAY, *lines, start="DTSTART:20260302T000000").recurrence

    assert recurrence is not None
    assert recurrence.excluded == (date(2026, 3, 9),)
    assert recurrence.extra == ((date(2026, 3, 10), None),)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("DTEND:20260301",), "its end is before its start"),
        (
            ("RDATE;VALUE=PERIOD:20260303/20260304T100000Z",),
            "it starts with a day and ends with a time, or the reverse",
        ),
        (("RDATE:20260303T100000Z/soon",), "a date or time in no form we know"),
        (("RRULE:FREQ=DAILY;" + "X" * 10_001,), "a recurrence rule in no form we know"),
    ],
)
def test_what_cannot_be_is_said_why(lines: tuple[str, ...], reason: str) -> None:
    result = read(vcalendar(*vevent("UID:a", *lines, start="DTSTART;VALUE=DATE:20260302")))

    assert [each.reason for each in result.quarantined] == [reason]


@pytest.mark.parametrize("lines", [("RRULE:",), ("RDATE:",), ("EXDATE:20260302T090000Z",)])
def test_empty_rules_make_no_series(lines: tuple[str, ...]) -> None:
    assert only(*lines).recurrence is None


# ------------------------------------------------------------------ encodings and line ends


def _bytes_of(text: str) -> list[tuple[str, bytes]]:
    crlf = text.replace("\n", "\r\n")
    return [
        ("LF", text.encode()),
        ("CRLF", crlf.encode()),
        ("CR", text.replace("\n", "\r").encode()),
        ("a carriage return too many", text.replace("\n", "\r\r\n").encode()),
        ("byte order mark", b"\xef\xbb\xbf" + crlf.encode()),
        ("UTF-16", crlf.encode("utf-16")),
        ("NULs", crlf.replace("Weekly", "Wee\0kly").encode() + b"\0\0"),
        ("each line ended twice", crlf.replace("\r\n", "\r\n\r\n").encode()),
        ("no last line end", crlf.strip().encode()),
        ("blank lines before", ("\r\n\r\n" + crlf).encode()),
        ("spaces before", ("  \t" + crlf).encode()),
        ("tabs for folds", text.replace("\n ", "\n\t").encode()),
    ]


@pytest.mark.parametrize(
    ("how", "data"), _bytes_of(fixture("google").decode()), ids=lambda value: str(value)[:26]
)
def test_encodings_and_line_ends_change_nothing(how: str, data: bytes) -> None:
    assert events(data) == events(fixture("google"))


def test_lines_folded_inside_a_character_are_joined_before_they_are_decoded() -> None:
    data = vcalendar(*vevent("UID:a", "SUMMARY:Łódź")).replace(b"\xc5\x81", b"\xc5\r\n \x81")

    assert events(data)[0].summary == "Łódź"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_one_line_in_an_old_encoding_does_not_spoil_the_others(encoding: str) -> None:
    summary, location = "SUMMARY:Café Größe".encode(encoding), "LOCATION:Łódź".encode()
    data = vcalendar(*vevent("UID:a", "S", "L")).replace(b"\r\nS\r\nL", b"\r\n%b\r\n%b")
    data = data.replace(b"%b", summary, 1).replace(b"%b", location, 1)

    event = events(data)[0]

    assert (event.summary, event.location) == ("Café Größe", "Łódź")


def test_a_line_of_ten_megabytes_is_read() -> None:
    event = only("SUMMARY:" + "x" * 10_000_000)

    assert event.summary == "x" * 1_000


# ------------------------------------------------------------------ identity and versions


def test_an_event_without_a_uid_keeps_its_id_from_export_to_export() -> None:
    first = read(vcalendar(*vevent("SUMMARY:A", "DTSTAMP:20260101T000000Z", "SEQUENCE:1")))
    later = read(vcalendar(*vevent("SUMMARY:A", "DTSTAMP:20260201T000000Z", "SEQUENCE:2")))
    other = read(vcalendar(*vevent("SUMMARY:B", "DTSTAMP:20260101T000000Z", "SEQUENCE:1")))

    assert list(first.digests) == list(later.digests) != list(other.digests)
    assert first.items[0].events[0].uid == first.items[0].id


@pytest.mark.parametrize("uid", ["UID:", "UID: ", "UID;X=1:"])
def test_an_empty_uid_is_none(uid: str) -> None:
    assert next(iter(read(vcalendar(*vevent(uid))).digests)).startswith("no-uid-")


def test_uids_are_found_wherever_they_stand() -> None:
    folded = "UID:040000008200E00074C5B7101A82E0080000\r\n 0000A0B1"
    after_alarm = ("BEGIN:VALARM", "UID:alarm", "END:VALARM", "UID:event")

    ids = read(
        vcalendar(
            *vevent(folded), *vevent("uid:lower"), *vevent("UID;X-A=b:odd"), *vevent(*after_alarm)
        )
    ).digests

    assert list(ids) == [
        "040000008200E00074C5B7101A82E00800000000A0B1",
        "lower",
        "odd",
        "event",
    ]


def test_a_uid_of_megabytes_becomes_a_short_id() -> None:
    (key,) = read(vcalendar(*vevent("UID:" + "u" * 5_000_000))).digests

    assert key.startswith("long-uid-")
    assert len(key) < 60


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (("SEQUENCE:1", "LAST-MODIFIED:20260201T000000Z"), ("SEQUENCE:2",)),
        (("LAST-MODIFIED:20260201T000000Z",), ("LAST-MODIFIED:20260202T000000Z",)),
        (("DTSTAMP:20260201T000000Z",), ("DTSTAMP:20260202T000000Z",)),
    ],
)
@pytest.mark.parametrize("new_first", [True, False])
def test_of_two_versions_of_an_event_the_newer_takes_place(
    old: tuple[str, ...], new: tuple[str, ...], new_first: bool
) -> None:
    versions = [vevent("UID:a", "SUMMARY:old", *old), vevent("UID:a", "SUMMARY:new", *new)]
    if new_first:
        versions.reverse()

    (item,) = read(vcalendar(*versions[0], *versions[1])).items
    expansion = expand(item, 0, seconds(utc("2030-01-01 00:00")), HOME, 10)

    assert [each.event.summary for each in expansion.occurrences] == ["new"]


def test_masters_come_before_overrides() -> None:
    override = vevent("UID:a", "RECURRENCE-ID:20260309T090000Z")
    master = vevent("UID:a", "RRULE:FREQ=WEEKLY")

    (item,) = read(vcalendar(*override, *master)).items

    assert [event.recurrence_id is None for event in item.events] == [True, False]


def test_overrides_without_a_master_are_an_item() -> None:
    (item,) = read(vcalendar(*vevent("UID:a", "RECURRENCE-ID:20260302T080000Z"))).items

    assert item.events[0].recurrence_id == wall("2026-03-02 08:00", "UTC")


# ------------------------------------------------------------------ reading again


def test_nothing_is_read_again_that_did_not_change() -> None:
    first = read(fixture("google"))

    again = read(fixture("google"), first.digests)

    assert again.items == ()
    assert again.digests == first.digests
    assert (again.total, again.newest_s) == (first.total, first.newest_s)


def test_a_new_time_of_export_alone_changes_nothing() -> None:
    data = fixture("google")
    exported_later = data.replace(b"DTSTAMP:20260301T101500Z", b"DTSTAMP:20260305T120000Z")

    again = read(exported_later, read(data).digests)

    assert again.items == ()
    assert again.newest_s == seconds(utc("2026-03-05 12:00"))


def test_only_what_changed_is_read_again() -> None:
    data = calendar(400)
    first = read(data)
    changed = touched(data, 0.01)

    again = read(changed, first.digests)
    afresh = {item.id: item for item in read(changed).items}

    assert 1 <= len(again.items) <= 5
    assert all(item == afresh[item.id] for item in again.items)
    assert again.digests == {key: item.etag for key, item in afresh.items()}


def test_what_left_the_document_leaves_its_digests() -> None:
    both = read(vcalendar(*vevent("UID:a"), *vevent("UID:b")))

    one = read(vcalendar(*vevent("UID:b")), both.digests)

    assert list(one.digests) == ["b"]
    assert one.items == ()


def test_a_single_event_that_becomes_a_series_with_an_override_is_read_whole() -> None:
    master = vevent("UID:a", "RRULE:FREQ=WEEKLY")
    first = read(vcalendar(*master, *vevent("UID:b")))
    data = vcalendar(*master, *vevent("UID:a", "RECURRENCE-ID:20260309T090000Z"), *vevent("UID:b"))

    again = read(data, first.digests)

    assert [item.id for item in again.items] == ["a"]
    assert len(again.items[0].events) == 2
    assert again.digests == read(data).digests


def test_another_definition_of_a_zone_is_another_version_of_every_event() -> None:
    data = fixture("many_calendars")
    moved = data.replace(b"-0800", b"-0700")

    again = read(moved, read(data).digests)

    assert {"head-office-of-the-second"} <= {item.id for item in again.items}
    assert [in_utc(event).start for item in again.items for event in item.events][-2] == wall(
        "2026-07-02 16:00", "UTC"
    )


def test_the_definition_of_a_well_known_zone_does_not_matter() -> None:
    data = fixture("google")

    again = read(data.replace(b"TZOFFSETTO:+0200", b"TZOFFSETTO:+0900"), read(data).digests)

    assert again.items == ()


def test_another_default_zone_is_another_version_of_every_event() -> None:
    data = vcalendar(*vevent("UID:a", start="DTSTART:20260302T090000"))
    known = read(data).digests

    again = document.read(data, known, zone="Asia/Tokyo", limits=LIMITS)

    assert again.items[0].events[0].start == wall("2026-03-02 09:00", "Asia/Tokyo")
    assert again.items[0].etag != known["a"]


def test_what_cannot_be_read_is_told_of_each_time() -> None:
    data = fixture("broken")
    first = read(data)

    again = read(data, first.digests)

    assert again.quarantined == first.quarantined
    assert again.items == ()
    assert again.digests == first.digests
    assert "unknown-zone" in again.digests


def test_an_item_is_read_as_far_as_it_can_be() -> None:
    broken = vevent("UID:a", "RECURRENCE-ID:20260309T090000Z", start="DTSTART:soon")
    data = vcalendar(*vevent("UID:a", "RRULE:FREQ=WEEKLY"), *broken)

    result = read(data)
    mended = read(data.replace(b"soon", b"20260309T100000Z"), result.digests)

    assert [len(item.events) for item in result.items] == [1]
    assert [len(item.events) for item in mended.items] == [2]
    assert result.items[0].etag != mended.items[0].etag


# ------------------------------------------------------------------ documents that break off


def test_an_event_without_its_beginning_is_not_taken_for_part_of_the_one_before() -> None:
    good = vevent("UID:good", "ATTENDEE:mailto:ana@example.com")
    headless = vevent("UID:b", "RRULE:FREQ=DAILY", "ATTENDEE:mailto:eve@example.com")[1:]

    result = read(vcalendar(*good, *headless))

    assert [event for item in result.items for event in item.events] == events(vcalendar(*good))
    assert [each.reason for each in result.quarantined] == ["it has no BEGIN:VEVENT"]
    assert not result.complete


def test_lines_that_have_run_together_cost_only_the_event_they_are_in() -> None:
    data = vcalendar(*vevent("UID:a"), *vevent("UID:b"), *vevent("UID:c"))
    joined = data.replace(b"END:VEVENT\r\nBEGIN:VEVENT", b"END:VEVENTBEGIN:VEVENT", 1)

    first = read(joined)

    assert list(first.digests) == ["a", "c"]
    assert [each.reason for each in first.quarantined] == ["it has no BEGIN:VEVENT"]
    assert read(joined, first.digests).items == ()


def test_an_event_that_ends_twice_is_not_read_as_one() -> None:
    lines = ("BEGIN:VEVENT", "UID:a", "DTSTART:20260302T090000Z", "end:vevent", "UID:b")

    result = read(vcalendar(*lines, "RRULE:FREQ=DAILY", "END:VEVENT", *vevent("UID:c")))

    assert [item.id for item in result.items] == ["c"]
    assert [each.reason for each in result.quarantined] == ["it ends more than once"]


def test_of_a_document_cut_anywhere_all_whole_events_are_read() -> None:
    data = fixture("google").replace(b"\n", b"\r\n")
    whole = {event.uid + str(event.recurrence_id): event for event in events(data)}

    for end in range(30, len(data) - len(b"END:VCALENDAR\r\n"), 7):
        try:
            result = read(data[:end])
        except NotACalendar:
            continue
        ends = data[:end].count(b"END:VEVENT")
        read_events = [event for item in result.items for event in item.events]
        assert len(read_events) == ends
        assert not result.complete
        assert all(whole[each.uid + str(each.recurrence_id)] == each for each in read_events)


def test_a_whole_document_is_complete() -> None:
    assert read(fixture("google")).complete
    assert read(fixture("many_calendars")).complete


def test_a_calendar_that_never_ends_before_the_next_is_not_complete() -> None:
    data = fixture("many_calendars").replace(b"END:VCALENDAR\n", b"", 1)

    result = read(data)

    assert not result.complete
    assert result.total == 5


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\0\0",
        b"<!doctype html><title>Sign in</title>",
        b"BEGIN:VCARD\r\nEND:VCARD\r\n",
    ],
)
def test_what_holds_no_calendar_is_refused(data: bytes) -> None:
    with pytest.raises(NotACalendar):
        read(data)


def test_a_calendar_without_events_is_empty() -> None:
    result = read(vcalendar("VERSION:2.0"))

    assert (result.items, result.total, result.complete) == ((), 0, True)


def test_bare_events_without_a_calendar_are_read() -> None:
    assert [event.uid for event in events("\n".join(vevent("UID:a")).encode())] == ["a"]


# ------------------------------------------------------------------ limits and bombs


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(TooLarge, match="bytes"):
        document.read(fixture("google"), {}, zone=HOME, limits=Limits(bytes=100))


@pytest.mark.parametrize(
    "data",
    [
        vcalendar(*(line for number in range(20) for line in vevent(f"UID:{number}"))),
        vcalendar(*(["BEGIN:VTODO", "END:VTODO"] * 20)),
        vcalendar(*(["BEGIN:VEVENT"] * 20)),
    ],
)
def test_too_many_components_are_refused(data: bytes) -> None:
    with pytest.raises(TooLarge, match="components"):
        document.read(data, {}, zone=HOME, limits=Limits(components=10))


def test_of_a_hundred_thousand_attendees_two_thousand_are_kept() -> None:
    lines = (f"ATTENDEE;CN=P{number}:mailto:p{number}@example.com" for number in range(100_000))

    assert len(only(*lines).attendees) == 2_000


BOMBS = {
    "nested components": ["BEGIN:X"] * 50_000,
    "nested alarms": ["BEGIN:VALARM"] * 50_000 + ["END:VALARM"] * 50_000,
    "a parameter of quotes": ["ATTENDEE;CN=" + '"' * 500_001 + ":mailto:a@example.com"],
    "a million parameters": ["ATTENDEE" + ";A=b" * 250_000 + ":mailto:a@example.com"],
    "a million exceptions": ["RRULE:FREQ=DAILY", "EXDATE:" + "20260302T090000Z," * 60_000],
    "a million folds": ["DESCRIPTION:" + "x\r\n " * 1_000_000],
    "a rule of megabytes": ["RRULE:FREQ=DAILY;BYDAY=" + "MO," * 1_000_000],
    "a long sequence": ["SEQUENCE:" + "9" * 1_000_000],
    "a long duration": ["DURATION:P" + "9" * 1_000_000 + "D"],
    "carriage returns": ["SUMMARY:" + "\r" * 1_000_000 + "x"],
    "escapes": ["SUMMARY:" + "\\n" * 1_000_000],
    "empty lines": [""] * 500_000,
    "a zone of megabytes": ["DTEND;TZID=" + "A/" * 500_000 + "B:20260302T090000"],
}


@pytest.mark.parametrize("lines", BOMBS.values(), ids=BOMBS)
def test_a_bomb_costs_little_and_no_other_event(lines: list[str]) -> None:
    result = read(vcalendar(*vevent("UID:bomb", *lines), *vevent("UID:other")))

    assert "other" in {item.id for item in result.items}
    assert len(result.digests) == 2


def test_a_thousand_unreadable_events_cost_no_other() -> None:
    broken = (vevent(f"UID:{number}", start="DTSTART:never") for number in range(1_500))

    result = read(vcalendar(*(line for each in broken for line in each), *vevent("UID:other")))

    assert len(result.quarantined) == 1_500
    assert [item.id for item in result.items] == ["other"]


def test_an_error_nobody_foresaw_costs_one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> int:
        if text == "13":
            raise RecursionError("SUMMARY:Secret title")
        return int(text or 0)

    monkeypatch.setattr("connectors.ical.parse.sequence", broken)
    data = vcalendar(*vevent("UID:a", "SEQUENCE:13"), *vevent("UID:b"))

    result = read(data)

    assert [item.id for item in result.items] == ["b"]
    assert result.quarantined == (
        Quarantined("VEVENT 1 (line 2)", "it cannot be read (RecursionError)"),
    )


def test_reasons_and_places_hold_nothing_an_event_says() -> None:
    text = repr(read(fixture("broken")).quarantined)

    assert "Secret" not in text
    assert "no-such-day" not in text
    assert "tomorrow" not in text


def test_the_collector_is_as_it_was_before() -> None:
    assert gc.isenabled()
    read(fixture("google"))
    assert gc.isenabled()
    gc.disable()
    try:
        read(fixture("google"))
        assert not gc.isenabled()
    finally:
        gc.enable()


# ------------------------------------------------------------------ the newest change


@pytest.mark.parametrize(
    ("lines", "newest"),
    [
        (("DTSTAMP:20260301T101500Z",), "2026-03-01 10:15"),
        (("LAST-MODIFIED:20260301T101500Z",), "2026-03-01 10:15"),
        (("DTSTAMP:99999999T999999Z",), None),
        (("DTSTAMP:yesterday",), None),
        ((), None),
    ],
)
def test_the_newest_change_is_that_of_a_readable_stamp(
    lines: tuple[str, ...], newest: str | None
) -> None:
    result = read(vcalendar(*vevent("UID:a", *lines)))

    assert result.newest_s == (seconds(utc(newest)) if newest else 0)


# ------------------------------------------------------------------ second tries


def test_what_the_fast_path_cannot_read_a_second_reader_may() -> None:
    event = events(
        vcalendar(
            "BEGIN:VEVENT",
            "UID:a",
            'DTSTART ; TZID = "Europe/Berlin" :20260302T090000',
            "END:VEVENT",
        )
    )[0]

    assert event.start == wall("2026-03-02 09:00", "Europe/Berlin")
    assert event.span == Span(0, 0)
