"""The reader against the `icalendar` library, on files, generated calendars and random text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.calendars import calendar
from connectors.ical import document, fallback, lines, parse
from connectors.ical.document import Document, Limits
from connectors.ical.scan import Scan
from connectors.ical.zones import Zones
from policies.calendar.event import Event, Status
from policies.calendar.recurrence import expand
from policies.wall import WallTime, When, absolute, seconds

HOME = "Europe/Stockholm"
FIXTURES = Path(__file__).parent / "fixtures"
Untyped: TypeAlias = Any  # icalendar states no type for what a property holds


class Facts(NamedTuple):
    """One event as both readers can state it: moments in absolute seconds, days as dates."""

    uid: str
    start: int | date
    end: int | date
    instance: int | date | None
    summary: str
    location: str
    cancelled: bool
    busy: bool
    sequence: int
    organizer: str
    attendees: tuple[tuple[str, str, str, str], ...]
    rules: tuple[str, ...]
    excluded: tuple[int | date, ...]


def read(data: bytes, known: Mapping[str, str] | None = None) -> Document:
    return document.read(data, known or {}, zone=HOME, limits=Limits())


def ours(data: bytes) -> list[Facts]:
    result = read(data)
    assert result.quarantined == ()
    return sorted((_our_facts(event) for item in result.items for event in item.events), key=str)


def theirs(data: bytes) -> list[Facts]:
    icalendar.use_zoneinfo()  # type: ignore[no-untyped-call]
    calendars = icalendar.Calendar.from_ical(data, multiple=True)
    return sorted((_facts(each) for each in _events(calendars)), key=str)


def _events(calendars: Iterable[Untyped]) -> Iterable[Untyped]:
    return (event for each in calendars for event in each.walk("VEVENT"))


def _facts(event: Untyped) -> Facts:
    instance = event.get("RECURRENCE-ID")
    return Facts(
        uid=str(event["UID"]),
        start=_moment(event["DTSTART"].dt),
        end=_moment(event.end),
        instance=None if instance is None else _moment(instance.dt),
        summary=str(event.get("SUMMARY", "")).strip(),
        location=str(event.get("LOCATION", "")).strip(),
        cancelled=str(event.get("STATUS", "")) == "CANCELLED",
        busy=str(event.get("TRANSP", "")) != "TRANSPARENT",
        sequence=int(event.get("SEQUENCE", 0)),
        organizer=_address(event.get("ORGANIZER", "")),
        attendees=tuple(_person(each) for each in _listed(event.get("ATTENDEE"))),
        rules=tuple(_rule(each.to_ical().decode()) for each in _listed(event.get("RRULE"))),
        excluded=tuple(
            _moment(day.dt) for each in _listed(event.get("EXDATE")) for day in each.dts
        ),
    )


def _our_facts(event: Event) -> Facts:
    recurrence = event.recurrence
    return Facts(
        uid=event.uid,
        start=_our_moment(event.start),
        end=_our_end(event),
        instance=None if event.recurrence_id is None else _our_moment(event.recurrence_id),
        summary=event.summary,
        location=event.location,
        cancelled=event.status is Status.CANCELLED,
        busy=event.busy,
        sequence=event.sequence,
        organizer=event.organizer,
        attendees=tuple(
            (each.address, each.name, each.response.value, str(each.is_person))
            for each in event.attendees
        ),
        rules=tuple(map(_rule, recurrence.rules)) if recurrence else (),
        excluded=tuple(map(_our_moment, recurrence.excluded)) if recurrence else (),
    )


def _moment(value: date) -> int | date:
    if not isinstance(value, datetime):
        return value
    return int((value if value.tzinfo else value.replace(tzinfo=ZoneInfo(HOME))).timestamp())


def _our_moment(value: When) -> int | date:
    return absolute(value, HOME) if isinstance(value, WallTime) else value


def _our_end(event: Event) -> int | date:
    if not isinstance(event.start, WallTime):
        return event.start + timedelta(days=event.span.days)
    end = WallTime(event.start.local + timedelta(days=event.span.days), event.start.zone)
    return absolute(end, HOME) + event.span.seconds


def _listed(value: Untyped) -> list[Untyped]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _address(value: Untyped) -> str:
    return str(value).lower().removeprefix("mailto:")


def _person(value: Untyped) -> tuple[str, str, str, str]:
    given = value.params
    is_person = given.get("CUTYPE", "") not in {"ROOM", "RESOURCE", "GROUP"}
    answer = given.get("PARTSTAT", "NEEDS-ACTION").lower()
    return _address(value), given.get("CN", ""), answer, str(is_person)


def _rule(text: str) -> str:
    return ";".join(sorted(text.split(";")))


@pytest.mark.parametrize("seed", [1, 2])
def test_both_read_a_generated_calendar_alike(seed: int) -> None:
    data = calendar(250, seed=seed)

    assert ours(data) == theirs(data)


def test_both_read_real_exports_alike() -> None:
    data = (FIXTURES / "google.ics").read_bytes()
    nobody = (
        b"ORGANIZER;CN=unknownorganizer@calendar.google.com:mailto:unknownorganizer@c\n alendar"
    )

    assert nobody in data
    known = data.replace(nobody, b"X-NOBODY:mailto:x@c\n alendar")
    assert ours(known) == theirs(known)


@pytest.mark.parametrize("name", ["apple", "google", "many_calendars", "outlook"])
def test_a_second_try_reads_exports_as_the_first_does(name: str) -> None:
    assert_same_by_both_tries((FIXTURES / f"{name}.ics").read_bytes())


def test_a_second_try_reads_a_generated_calendar_as_the_first_does() -> None:
    assert_same_by_both_tries(calendar(60))


def assert_same_by_both_tries(data: bytes) -> None:
    scan = Scan(lines.clean(data))
    for _, component, number in list(scan):
        found = scan.calendars[number]
        zones = Zones(found.definitions, found.x_wr_timezone.decode(), HOME)
        text = lines.unfolded(component)
        if "tzone://Microsoft/Custom" not in text:
            first, second = parse.event(text, "a", zones), fallback.event(text, "a", zones)
            assert _with_rules_in_order(second) == _with_rules_in_order(first)


def _with_rules_in_order(event: Event) -> Event:
    if event.recurrence is None:
        return event
    rules = tuple(map(_rule, event.recurrence.rules))
    return replace(event, recurrence=replace(event.recurrence, rules=rules))


# ------------------------------------------------------------------ random text

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60)
NAMES = TEXTS.filter(lambda text: "\\" not in text and text.strip() == text)
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"])
MINUTES = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001 - wall times
    lambda moment: moment.replace(microsecond=0)
)
LENGTHS = st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds))
ANSWERS = st.sampled_from(["ACCEPTED", "DECLINED", "TENTATIVE", "NEEDS-ACTION"])
TYPES = st.sampled_from(["INDIVIDUAL", "ROOM", "RESOURCE", "GROUP", "UNKNOWN"])


@st.composite
def components(draw: st.DrawFn) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", "random@example.com")
    event.add("summary", draw(TEXTS))
    event.add("location", draw(TEXTS))
    event.add("sequence", draw(st.integers(0, 9999)))
    event.add("transp", draw(st.sampled_from(["OPAQUE", "TRANSPARENT"])))
    event.add("status", draw(st.sampled_from(["CONFIRMED", "TENTATIVE", "CANCELLED"])))
    if draw(st.booleans()):
        start = draw(MINUTES).replace(tzinfo=ZoneInfo(draw(ZONES)))
        end = (start.astimezone(UTC) + draw(LENGTHS)).astimezone(ZoneInfo(draw(ZONES)))
        event.add("dtstart", start)
        event.add("dtend", end)
    else:
        day = draw(st.dates(date(1990, 1, 1), date(2040, 1, 1)))
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=draw(st.integers(1, 400))))
    for number in range(draw(st.integers(0, 3))):
        person = icalendar.vCalAddress(f"mailto:person{number}@example.com")
        person.params["CN"] = draw(NAMES)
        person.params["PARTSTAT"] = draw(ANSWERS)
        person.params["CUTYPE"] = draw(TYPES)
        event.add("attendee", person)
    return event


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(components())
def test_both_read_whatever_the_library_writes_alike(component: icalendar.Event) -> None:
    whole = icalendar.Calendar()
    whole.add_component(component)
    data = whole.to_ical()

    (mine,), (its,) = ours(data), theirs(data)

    assert mine == its


FILES = [
    path.read_bytes().replace(b"\n", end)
    for path in sorted(FIXTURES.glob("*.ics"))
    for end in (b"\n", b"\r\n")
]
PIECES = [b"\r\n", b"\n ", b"BEGIN:VEVENT\n", b"END:VEVENT\n", b"END:VCALENDAR\n", b";", b":", b'"']
EDITS = st.tuples(
    st.floats(0, 1), st.integers(0, 40), st.binary(max_size=8) | st.sampled_from(PIECES)
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(FILES), st.lists(EDITS, min_size=1, max_size=6))
def test_whatever_is_done_to_a_file_it_is_read_or_refused(
    original: bytes, edits: list[tuple[float, int, bytes]]
) -> None:
    data = original
    for share, removed, added in edits:
        at = round(share * len(data))
        data = data[:at] + added + data[at + removed :]

    known = read(original).digests
    try:
        afresh = read(data)
    except document.NotACalendar:
        return
    changed, again = read(data, known), read(data, afresh.digests)

    for other in (changed, again):
        assert other.digests == afresh.digests
        assert other.quarantined == afresh.quarantined
        assert (other.newest_s, other.complete) == (afresh.newest_s, afresh.complete)
    assert again.items == ()
    assert {item.id: item for item in changed.items} == {
        item.id: item for item in afresh.items if item.etag != known.get(item.id)
    }


# ------------------------------------------------------------------ X-WR-TIMEZONE


def test_a_series_in_utc_keeps_to_the_wall_clock_the_calendar_declares() -> None:
    data = (FIXTURES / "google_utc_series.ics").read_bytes()
    first, last = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)

    items = read(data).items
    mine = sorted(
        each.start_s
        for item in items
        for each in expand(item, seconds(first), seconds(last), HOME, 100).occurrences
    )
    its = recurring_ical_events.of(icalendar.Calendar.from_ical(data)).between(first, last)

    assert mine == sorted(int(event["DTSTART"].dt.timestamp()) for event in its)
