"""What a person would expect of a series, case by case; see `policies.calendar.recurrence`."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calendar.event import CalendarItem, Event, Recurrence, Span, Status
from policies.calendar.instances import MOST_DATES, MOST_RULES
from policies.calendar.occurrence import Occurrence
from policies.calendar.recurrence import Expansion, expand
from policies.wall import CustomZone, When, Zone, local_datetime, local_seconds
from tests.make import BERLIN, event, item, wall

HOUR, DAY = 3600, 86_400
LIMIT = 2_000
MARCH = ("2026-03-01", "2026-04-01")
YEAR = ("2026-01-01", "2027-01-01")


def utc_s(text: str) -> int:
    return local_seconds(datetime.fromisoformat(text))


def expanded(
    *events: Event, window: tuple[str, str] = MARCH, zone: str = BERLIN, limit: int = LIMIT
) -> Expansion:
    first, last = map(utc_s, window)
    return expand(item(*events), first, last, zone, limit)


def found(*events: Event, window: tuple[str, str] = MARCH, zone: str = BERLIN) -> list[Occurrence]:
    """The occurrences, all of them: there must be no problem."""
    expansion = expanded(*events, window=window, zone=zone)
    assert expansion.problem == ""
    return expansion.occurrences


def starts(*events: Event, window: tuple[str, str] = MARCH, zone: str = BERLIN) -> list[str]:
    """When they start, on the wall in ``zone``: `03-02 09:00`."""
    return [shown(each.start_s, zone) for each in found(*events, window=window, zone=zone)]


def shown(absolute_s: int, zone: Zone = BERLIN) -> str:
    return f"{local_datetime(absolute_s, zone):%m-%d %H:%M}"


def series(rule: str, start: str = "2026-03-02 09:00", **more: object) -> Event:
    return replace(event(start, rule=rule), **more)  # type: ignore[arg-type]


def whole_days(first: str, days: int = 1, rule: str = "") -> Event:
    recurrence = Recurrence((rule,)) if rule else None
    return replace(
        event(), start=date.fromisoformat(first), span=Span(days, 0), recurrence=recurrence
    )


def dated(master: Event, *, extra: tuple[When, ...] = (), excluded: tuple[When, ...] = ()) -> Event:
    rules = master.recurrence.rules if master.recurrence else ()
    pairs = tuple((when, None) for when in extra)
    return replace(master, recurrence=Recurrence(rules, pairs, excluded))


def change(instance: When, start: When, **more: object) -> Event:
    """An override of one instance, an hour long."""
    override = replace(event(), recurrence_id=instance, start=start, span=Span(0, HOUR), sequence=1)
    return replace(override, **more)  # type: ignore[arg-type]


# ---------------------------------------------------------------- single events


def test_a_single_event_is_one_occurrence_without_an_identity_of_its_own() -> None:
    meeting = event("2026-03-02 09:00", minutes=30)

    (occurrence,) = found(meeting)

    assert occurrence == Occurrence(
        meeting, utc_s("2026-03-02 08:00"), utc_s("2026-03-02 08:30"), None
    )


@pytest.mark.parametrize(
    ("start", "minutes", "is_in"),
    [
        ("2026-03-02 09:30", 30, False),  # it ends when the window begins
        ("2026-03-02 09:31", 30, True),
        ("2026-03-02 10:59", 30, True),
        ("2026-03-02 11:00", 30, False),  # it starts when the window ends
        ("2026-03-02 08:00", 300, True),
        ("2026-03-02 10:00", 0, True),  # no length: where it starts counts
        ("2026-03-02 11:00", 0, False),
        ("2026-03-02 09:59", 0, False),
    ],
)
@pytest.mark.parametrize("rule", ["", "FREQ=DAILY;COUNT=1"])
def test_what_overlaps_the_window_is_in_it(
    start: str, minutes: int, is_in: bool, rule: str
) -> None:
    window = ("2026-03-02 09:00", "2026-03-02 10:00")  # in UTC: 10 to 11 in Berlin

    occurrences = found(event(start, minutes=minutes, rule=rule), window=window)

    assert bool(occurrences) is is_in


def test_a_whole_day_is_the_owners_day() -> None:
    holiday = whole_days("2026-03-29")

    (in_berlin,), (in_apia,) = found(holiday), found(holiday, zone="Pacific/Apia")

    assert (in_berlin.start_s, in_berlin.end_s) == (
        utc_s("2026-03-28 23:00"),
        utc_s("2026-03-29 22:00"),  # 23 hours
    )
    assert in_apia.start_s == utc_s("2026-03-28 11:00")
    assert in_berlin.all_day


@pytest.mark.parametrize(
    ("span", "end"),
    [
        (Span(1, 0), "03-29 22:00"),  # a day on the wall
        (Span(0, DAY), "03-29 23:00"),  # 24 hours
        (Span(1, HOUR), "03-29 23:00"),
        (Span(-1, 0), "03-28 22:00"),  # it cannot end before it starts
        (Span(0, -HOUR), "03-28 22:00"),
    ],
)
@pytest.mark.parametrize("rule", ["", "FREQ=DAILY;COUNT=1"])
def test_days_are_counted_on_the_wall_and_hours_by_the_clock(
    span: Span, end: str, rule: str
) -> None:
    (occurrence,) = found(replace(event("2026-03-28 22:00", rule=rule), span=span))

    assert shown(occurrence.end_s) == end


def test_a_zone_of_the_calendars_own_is_used() -> None:
    own = CustomZone("Office", HOUR, (utc_s("2026-03-15 00:00"),), (3 * HOUR,))

    weekly = replace(series("FREQ=WEEKLY;COUNT=3"), start=wall("2026-03-02 09:00", own))

    assert starts(weekly, zone="UTC") == ["03-02 08:00", "03-09 08:00", "03-16 06:00"]


def test_an_item_without_events_has_no_occurrences() -> None:
    empty = CalendarItem("one", "etag", ())

    assert expand(empty, 0, DAY, BERLIN, LIMIT) == Expansion([], "")


def test_an_event_in_a_zone_nobody_knows_is_a_problem_and_no_occurrence() -> None:
    lost = replace(event(), start=wall("2026-03-02 09:00", "Mars/Olympus"))

    assert expanded(lost) == Expansion([], "its time zone is unknown here")


# ---------------------------------------------------------------- series


def test_a_meeting_stays_at_nine_when_the_clocks_change() -> None:
    weekly = series("FREQ=WEEKLY;BYDAY=MO")

    occurrences = found(weekly, window=("2026-03-20", "2026-04-10"))

    assert [shown(each.start_s) for each in occurrences] == [
        "03-23 09:00",
        "03-30 09:00",
        "04-06 09:00",
    ]
    assert [shown(each.start_s, "UTC") for each in occurrences] == [
        "03-23 08:00",
        "03-30 07:00",
        "04-06 07:00",
    ]


def test_a_meeting_in_the_skipped_hour_takes_place_an_hour_later() -> None:
    nightly = series("FREQ=DAILY;COUNT=3", "2026-03-28 02:30")

    assert starts(nightly) == ["03-28 02:30", "03-29 03:30", "03-30 02:30"]


def test_a_meeting_in_the_repeated_hour_takes_place_once() -> None:
    nightly = series("FREQ=DAILY;COUNT=3", "2026-10-24 02:30")

    occurrences = found(nightly, window=("2026-10-01", "2026-11-01"))

    assert [shown(each.start_s, "UTC") for each in occurrences] == [
        "10-24 00:30",
        "10-25 00:30",
        "10-26 01:30",
    ]


def test_a_day_that_the_zone_left_out_has_no_instance_of_its_own() -> None:
    apia = "Pacific/Apia"
    daily = replace(series("FREQ=DAILY;COUNT=4"), start=wall("2011-12-28 09:00", apia))

    occurrences = starts(daily, window=("2011-12-01", "2012-02-01"), zone=apia)

    assert occurrences == ["12-28 09:00", "12-29 09:00", "12-31 09:00"]


def test_an_instance_is_known_by_its_start_wherever_it_is_read() -> None:
    weekly, yearly = series("FREQ=WEEKLY"), whole_days("2026-03-09", rule="FREQ=YEARLY")

    assert found(weekly)[0].recurrence_id_s == utc_s("2026-03-02 08:00")
    for zone in (BERLIN, "America/New_York", "Pacific/Kiritimati"):
        assert found(yearly, zone=zone)[0].recurrence_id_s == utc_s("2026-03-09 00:00")


def test_whole_days_in_a_series_last_from_midnight_to_midnight() -> None:
    weekend = whole_days("2026-03-21", days=2, rule="FREQ=WEEKLY;COUNT=2")

    spans = [(shown(each.start_s), shown(each.end_s)) for each in found(weekend)]

    assert spans == [("03-21 00:00", "03-23 00:00"), ("03-28 00:00", "03-30 00:00")]


def test_a_long_instance_that_began_before_the_window_is_in_it() -> None:
    watch = replace(series("FREQ=MONTHLY", "2020-01-10 09:00"), span=Span(25, 0))

    assert starts(watch, window=("2026-03-02", "2026-03-03")) == ["02-10 09:00"]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260304", "03-04 09:00"),  # all that day
        ("20260304T085959", "03-03 09:00"),
        ("20260304T090000", "03-04 09:00"),  # inclusive
        ("20260304T075959Z", "03-03 09:00"),
        ("20260304T080000Z", "03-04 09:00"),
        ("20260304T090000Z", "03-04 09:00"),
        ("70260101T000000Z", "03-31 09:00"),
    ],
)
def test_until_is_the_last_moment_an_instance_may_start(until: str, last: str) -> None:
    assert starts(series(f"FREQ=DAILY;UNTIL={until}"))[-1] == last


def test_until_in_the_repeated_hour_is_as_exact_as_anywhere() -> None:
    rule = "FREQ=DAILY;UNTIL=20261025T003000Z"

    occurrences = found(series(rule, "2026-10-24 02:45"), window=YEAR)

    assert [shown(each.start_s, "UTC") for each in occurrences] == ["10-24 00:45"]


@pytest.mark.parametrize("until", ["20260311", "20260311T000000", "20260311T220000Z"])
def test_among_whole_days_until_is_a_day_however_it_is_written(until: str) -> None:
    daily = whole_days("2026-03-09", rule=f"FREQ=DAILY;UNTIL={until}")

    assert starts(daily) == ["03-09 00:00", "03-10 00:00", "03-11 00:00"]


@pytest.mark.parametrize("part", ["BYHOUR=9,14", "BYMINUTE=0,30", "BYHOUR=9;BYSECOND=1"])
def test_among_whole_days_a_rule_names_no_time_of_day(part: str) -> None:
    daily = whole_days("2026-03-09", rule=f"FREQ=DAILY;COUNT=3;{part}")

    assert starts(dated(daily, excluded=(date(2026, 3, 10),))) == ["03-09 00:00", "03-11 00:00"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=2", ["03-02 09:00", "03-03 09:00", "03-10 09:00"]),
        ("FREQ=MONTHLY;BYMONTHDAY=20", ["03-02 09:00", "03-20 09:00"]),
        ("FREQ=WEEKLY;BYDAY=TU;UNTIL=20260301", []),  # a series deleted from its first day on
    ],
)
def test_the_start_is_an_instance_though_its_rule_does_not_name_it(
    rule: str, expected: list[str]
) -> None:
    assert starts(series(rule)) == expected


def test_several_rules_are_followed_together_each_day_once() -> None:
    both = replace(
        event(), recurrence=Recurrence(("FREQ=WEEKLY;COUNT=3", "FREQ=DAILY;INTERVAL=14;COUNT=2"))
    )

    assert starts(both) == ["03-02 09:00", "03-09 09:00", "03-16 09:00"]


def test_an_exclusion_rule_takes_out_what_it_names() -> None:
    recurrence = Recurrence(
        ("FREQ=DAILY;COUNT=6",), exclusion_rules=("FREQ=DAILY;INTERVAL=2", "FREQ=WEEKLY;BYDAY=TU")
    )

    assert starts(replace(event(), recurrence=recurrence)) == ["03-05 09:00", "03-07 09:00"]


def test_an_exclusion_rule_has_nothing_to_do_in_an_empty_window() -> None:
    recurrence = Recurrence(("FREQ=DAILY;COUNT=6",), exclusion_rules=("FREQ=DAILY",))

    assert found(replace(event(), recurrence=recurrence), window=("2026-05-01", "2026-06-01")) == []


# ---------------------------------------------------------------- single dates


@pytest.mark.parametrize(
    "excluded",
    [
        wall("2026-03-09 09:00"),
        wall("2026-03-09 08:00", "UTC"),
        wall("2026-03-09 04:00", "America/New_York"),
        date(2026, 3, 9),
    ],
)
def test_an_instance_is_taken_out_by_its_time_or_by_its_day(excluded: When) -> None:
    weekly = dated(series("FREQ=WEEKLY;COUNT=3"), excluded=(excluded,))

    assert starts(weekly) == ["03-02 09:00", "03-16 09:00"]


def test_a_time_that_is_no_instance_takes_nothing_out() -> None:
    weekly = dated(series("FREQ=WEEKLY;COUNT=2"), excluded=(wall("2026-03-09 10:00"),))

    assert starts(weekly) == ["03-02 09:00", "03-09 09:00"]


@pytest.mark.parametrize(
    "excluded",
    [
        date(2026, 3, 9),
        wall("2026-03-09 00:00"),
        wall("2026-03-08 23:00", "UTC"),  # midnight of the owner
        wall("2026-03-09 00:00", "UTC"),  # as it is written
        wall("2026-03-09 09:00", "America/New_York"),
    ],
)
def test_a_whole_day_is_taken_out_in_any_form(excluded: When) -> None:
    weekly = dated(whole_days("2026-03-02", rule="FREQ=WEEKLY;COUNT=3"), excluded=(excluded,))

    assert starts(weekly) == ["03-02 00:00", "03-16 00:00"]


def test_single_dates_are_added_before_and_after_and_once() -> None:
    extra = (wall("2026-03-20 14:00"), wall("2026-03-01 14:00"), wall("2026-03-09 09:00"))
    weekly = dated(series("FREQ=WEEKLY;COUNT=2"), extra=extra)

    assert starts(weekly) == ["03-01 14:00", "03-02 09:00", "03-09 09:00", "03-20 14:00"]


def test_a_date_added_to_meetings_is_at_their_time_of_day() -> None:
    assert starts(dated(event(), extra=(date(2026, 3, 20),))) == ["03-02 09:00", "03-20 09:00"]


def test_a_time_added_to_whole_days_is_its_day() -> None:
    extra = (wall("2026-03-20 14:00"), date(2026, 3, 25))

    assert starts(dated(whole_days("2026-03-02"), extra=extra)) == [
        "03-02 00:00",
        "03-20 00:00",
        "03-25 00:00",
    ]


def test_a_period_has_its_own_length_also_where_the_rule_names_it() -> None:
    periods = (
        (wall("2026-03-09 09:00"), Span(0, 3 * HOUR)),
        (wall("2026-03-20 14:00"), Span(0, 2 * HOUR)),
        (wall("2026-03-21 14:00"), None),
    )
    weekly = replace(event(), recurrence=Recurrence(("FREQ=WEEKLY;COUNT=2",), periods))

    lengths = [(shown(each.start_s), each.end_s - each.start_s) for each in found(weekly)]

    assert lengths == [
        ("03-02 09:00", HOUR // 2),
        ("03-09 09:00", 3 * HOUR),
        ("03-20 14:00", 2 * HOUR),
        ("03-21 14:00", HOUR // 2),
    ]


def test_what_was_added_can_be_taken_out_again() -> None:
    extra = wall("2026-03-20 14:00")

    assert starts(dated(event(), extra=(extra,), excluded=(extra,))) == ["03-02 09:00"]


# ---------------------------------------------------------------- changed instances

WEEKLY = series("FREQ=WEEKLY;COUNT=40")
SECOND = wall("2026-03-09 09:00")


def test_a_moved_instance_stands_in_for_its_own_and_keeps_its_identity() -> None:
    moved = change(SECOND, wall("2026-03-10 14:00"))

    occurrences = found(WEEKLY, moved, window=("2026-03-05", "2026-03-20"))

    assert [shown(each.start_s) for each in occurrences] == ["03-10 14:00", "03-16 09:00"]
    assert occurrences[0].event is moved
    assert occurrences[0].recurrence_id_s == utc_s("2026-03-09 08:00")


@pytest.mark.parametrize("window", [("2026-03-09", "2026-03-10"), ("2026-03-08", "2026-03-15")])
def test_an_instance_moved_out_of_the_window_is_gone_from_it(window: tuple[str, str]) -> None:
    assert starts(WEEKLY, change(SECOND, wall("2026-07-01 14:00")), window=window) == []


@pytest.mark.parametrize("start", ["2020-07-01 14:00", "2027-07-01 14:00"])
def test_an_instance_moved_into_the_window_is_in_it(start: str) -> None:
    day = start[:10]
    window = (day, f"{day} 23:00")

    assert starts(WEEKLY, change(SECOND, wall(start)), window=window) == ["07-01 14:00"]


def test_a_cancelled_instance_is_there_as_cancelled() -> None:
    cancelled = change(SECOND, SECOND, status=Status.CANCELLED)

    occurrences = found(WEEKLY, cancelled, window=("2026-03-01", "2026-03-20"))

    assert [each.cancelled for each in occurrences] == [False, True, False]


def test_an_excluded_instance_is_gone_though_it_was_changed() -> None:
    excluded = dated(WEEKLY, excluded=(SECOND,))

    assert starts(excluded, change(SECOND, wall("2026-03-10 14:00")))[:2] == [
        "03-02 09:00",
        "03-16 09:00",
    ]


@pytest.mark.parametrize(
    "instance", [SECOND, wall("2026-03-09 08:00", "UTC"), date(2026, 3, 9)], ids=str
)
def test_an_instance_is_named_here_or_in_utc_or_by_its_day(instance: When) -> None:
    assert starts(WEEKLY, change(instance, wall("2026-03-10 14:00")))[:3] == [
        "03-02 09:00",
        "03-10 14:00",
        "03-16 09:00",
    ]


@pytest.mark.parametrize(
    "instance", [date(2026, 3, 9), wall("2026-03-09 00:00", "UTC"), wall("2026-03-08 23:00", "UTC")]
)
def test_a_whole_day_is_named_in_any_form(instance: When) -> None:
    weekly = whole_days("2026-03-02", rule="FREQ=WEEKLY;COUNT=3")

    assert starts(weekly, change(instance, date(2026, 3, 11), span=Span(1, 0))) == [
        "03-02 00:00",
        "03-11 00:00",
        "03-16 00:00",
    ]


def test_a_change_of_no_instance_stands_by_itself() -> None:
    stray = change(wall("2026-03-09 10:00"), wall("2026-03-10 14:00"))

    assert starts(WEEKLY, stray)[:3] == ["03-02 09:00", "03-09 09:00", "03-10 14:00"]


def test_changes_without_their_series_take_place() -> None:
    one, other = change(SECOND, wall("2026-03-10 14:00")), change(date(2026, 3, 16), SECOND)

    occurrences = found(one, other)

    assert [shown(each.start_s) for each in occurrences] == ["03-09 09:00", "03-10 14:00"]
    assert all(each.recurrence_id_s is not None for each in occurrences)


def test_without_its_series_an_instance_is_known_by_what_it_says_it_replaces() -> None:
    of_a_day = change(date(2026, 3, 16), wall("2026-03-17 09:00"))

    assert found(of_a_day)[0].recurrence_id_s == utc_s("2026-03-16 00:00")


def test_a_single_event_can_be_changed_as_the_only_instance_of_itself() -> None:
    meeting = event("2026-03-09 09:00")

    assert starts(meeting, change(SECOND, wall("2026-03-10 14:00"))) == ["03-10 14:00"]


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ({"sequence": 3}, {"sequence": 2, "last_modified_s": 9}),
        ({"sequence": 2, "last_modified_s": 9}, {"sequence": 2, "last_modified_s": 8}),
    ],
)
def test_the_newest_change_of_an_instance_counts(
    newer: dict[str, int], older: dict[str, int]
) -> None:
    new = change(SECOND, wall("2026-03-10 14:00"), **newer)
    old = change(SECOND, wall("2026-03-11 14:00"), **older)

    assert starts(WEEKLY, new, old) == starts(WEEKLY, old, new)
    assert "03-10 14:00" in starts(WEEKLY, new, old)


def test_of_two_versions_of_a_series_the_newest_counts() -> None:
    old, new = series("FREQ=WEEKLY"), series("FREQ=WEEKLY;COUNT=1", "2026-03-03 10:00", sequence=1)

    assert starts(old, new) == starts(new, old) == ["03-03 10:00"]


def test_different_events_under_one_uid_all_take_place() -> None:
    one, other = event("2026-03-02 09:00"), event("2026-03-03 09:00")
    weekly = series("FREQ=WEEKLY;COUNT=2", "2026-03-04 09:00")

    occurrences = found(one, other, weekly, replace(one, summary="The same again"))

    assert [shown(each.start_s) for each in occurrences] == [
        "03-02 09:00",
        "03-03 09:00",
        "03-04 09:00",
        "03-11 09:00",
    ]
    assert len({each.identity for each in occurrences}) == len(occurrences)


def test_what_an_earlier_version_left_behind_does_not_take_place() -> None:
    newer = replace(WEEKLY, sequence=2)
    left = change(wall("2026-03-09 10:00"), wall("2026-03-10 14:00"), recurrence=Recurrence())
    kept = change(SECOND, wall("2026-03-11 14:00"), recurrence=Recurrence())

    assert starts(newer, left, kept)[:3] == ["03-02 09:00", "03-11 14:00", "03-16 09:00"]


# ---------------------------------------------------------------- this and all later instances


def onwards(instance: When, start: When, **more: object) -> Event:
    return change(instance, start, this_and_future=True, **more)


def test_later_instances_move_by_as_much_and_last_as_long() -> None:
    occurrences = found(WEEKLY, onwards(SECOND, wall("2026-03-10 11:00")))

    assert [(shown(each.start_s), shown(each.end_s)) for each in occurrences] == [
        ("03-02 09:00", "03-02 09:30"),
        ("03-10 11:00", "03-10 12:00"),
        ("03-17 11:00", "03-17 12:00"),
        ("03-24 11:00", "03-24 12:00"),
        ("03-31 11:00", "03-31 12:00"),  # on the wall, whatever the clocks did
    ]
    assert occurrences[2].recurrence_id_s == utc_s("2026-03-16 08:00")


def test_a_range_reaches_into_windows_far_from_it() -> None:
    later = onwards(SECOND, wall("2026-04-20 11:00"))
    earlier = onwards(SECOND, wall("2026-02-02 11:00"))

    for change_, day in ((later, "2026-06-01"), (earlier, "2026-03-16")):
        window = (day, f"{day} 23:00")

        assert starts(WEEKLY, change_, window=window) == [f"{day[5:]} 11:00"]


def test_single_changes_and_later_ranges_win_over_a_range() -> None:
    events = (
        onwards(wall("2026-03-23 09:00"), wall("2026-03-23 15:00")),
        change(wall("2026-03-16 09:00"), wall("2026-03-16 08:00")),
        onwards(SECOND, wall("2026-03-09 11:00")),
    )

    assert starts(WEEKLY, *events) == [
        "03-02 09:00",
        "03-09 11:00",
        "03-16 08:00",
        "03-23 15:00",
        "03-30 15:00",
    ]


def test_a_series_can_be_cancelled_from_one_instance_on() -> None:
    occurrences = found(WEEKLY, onwards(SECOND, SECOND, status=Status.CANCELLED))

    assert [each.cancelled for each in occurrences] == [False, True, True, True, True]


def test_a_period_keeps_its_length_within_a_range() -> None:
    periods = ((wall("2026-03-10 09:00"), Span(0, 5 * HOUR)),)
    master = replace(event(), recurrence=Recurrence(("FREQ=WEEKLY;COUNT=3",), periods))

    occurrences = found(master, onwards(SECOND, wall("2026-03-09 11:00")))

    assert [(shown(each.start_s), each.end_s - each.start_s) for each in occurrences] == [
        ("03-02 09:00", HOUR // 2),
        ("03-09 11:00", HOUR),
        ("03-10 11:00", 5 * HOUR),
        ("03-16 11:00", HOUR),
    ]


def test_meetings_can_become_whole_days_from_one_on() -> None:
    occurrences = found(WEEKLY, onwards(SECOND, date(2026, 3, 10), span=Span(2, 0)))

    assert [(shown(each.start_s), shown(each.end_s)) for each in occurrences][1:3] == [
        ("03-10 00:00", "03-12 00:00"),
        ("03-17 00:00", "03-19 00:00"),
    ]


def test_whole_days_can_become_meetings_from_one_on() -> None:
    weekly = whole_days("2026-03-02", rule="FREQ=WEEKLY;COUNT=3")

    occurrences = starts(weekly, onwards(date(2026, 3, 9), wall("2026-03-10 11:00")))

    assert occurrences == ["03-02 00:00", "03-10 11:00", "03-17 11:00"]


# ---------------------------------------------------------------- bounds


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("FREQ=SECONDLY", "every minute or second"),
        ("FREQ=MINUTELY", "every minute or second"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is not positive"),
        ("nonsense", "cannot be read"),
    ],
)
def test_of_a_rule_we_do_not_follow_the_start_is_left_and_a_reason(rule: str, problem: str) -> None:
    expansion = expanded(series(rule))

    assert [shown(each.start_s) for each in expansion.occurrences] == ["03-02 09:00"]
    assert problem in expansion.problem


def test_counting_further_than_we_go_is_a_problem() -> None:
    expansion = expanded(series("FREQ=HOURLY;COUNT=1000000000", "1900-01-01 09:00"))

    assert expansion.occurrences == []
    assert "too much counting" in expansion.problem


def test_beyond_the_limit_the_first_are_kept_and_it_is_said() -> None:
    every = found(series("FREQ=DAILY"))

    expansion = expanded(series("FREQ=DAILY"), limit=5)

    assert expansion.occurrences == every[:5]
    assert "repeats more often than is kept" in expansion.problem


@given(st.integers(1, 40))
def test_a_limit_is_a_problem_only_when_it_leaves_something_out(limit: int) -> None:
    excluded = tuple(wall(f"2026-03-{day:02} 09:00") for day in range(3, 10))
    daily = dated(series("FREQ=DAILY"), excluded=excluded)

    expansion = expanded(daily, change(wall("2026-03-20 09:00"), SECOND), limit=limit)

    assert len(expansion.occurrences) == min(limit, 23)
    assert bool(expansion.problem) is (limit < 23)


def test_more_rules_and_dates_than_anyone_needs_are_not_all_read() -> None:
    texts = tuple(f"FREQ=DAILY;INTERVAL={n + 1}" for n in range(MOST_RULES + 1))
    rules, enough = Recurrence(texts), Recurrence(texts[1:])
    many = (wall("2026-03-09 09:00"),) * (MOST_DATES + 1)

    assert f"more than {MOST_RULES} rules" in expanded(replace(event(), recurrence=rules)).problem
    assert expanded(replace(event(), recurrence=enough)).problem == ""
    assert f"more than {MOST_DATES} dates" in expanded(dated(event(), extra=many)).problem
    assert f"more than {MOST_DATES} dates" in expanded(dated(WEEKLY, excluded=many)).problem


def _at(number: int) -> When:
    return wall(f"{datetime.fromisoformat('2020-01-01') + timedelta(hours=number)}")


HOSTILE = {
    "100,000 RDATEs": [dated(event(), extra=tuple(map(_at, range(100_000))))],
    "100,000 EXDATEs": [dated(series("FREQ=DAILY"), excluded=tuple(map(_at, range(100_000))))],
    "20,000 overrides": [series("FREQ=HOURLY", "2020-01-01 00:00")]
    + [change(_at(number), _at(number + 1)) for number in range(20_000)],
    "20,000 ranges": [series("FREQ=HOURLY", "2020-01-01 00:00")]
    + [onwards(_at(number), _at(number + 1)) for number in range(20_000)],
    "20,000 leftovers": [series("FREQ=DAILY", "2020-01-01 00:30", sequence=2)]
    + [change(_at(n), _at(n + 1), recurrence=Recurrence()) for n in range(20_000)],
    "periods of all lengths": [
        replace(
            event(),
            recurrence=Recurrence((), tuple((_at(n), Span(0, n)) for n in range(20_000))),
        )
    ],
    "a long count": [series("FREQ=DAILY;COUNT=1000000000", "0001-01-01 09:00")],
    "a late end": [series("FREQ=DAILY;UNTIL=70260101T000000Z")],
    "an endless meeting": [replace(series("FREQ=DAILY", "1970-01-01 09:00"), span=Span(10**9, 0))],
    "many rules that count": [
        replace(
            event("1970-01-01 09:00"),
            recurrence=Recurrence(
                tuple(f"FREQ=HOURLY;COUNT={1_000_000 + n}" for n in range(MOST_RULES)),
                exclusion_rules=tuple(f"FREQ=HOURLY;COUNT={n}" for n in range(MOST_RULES)),
            ),
        )
    ],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_item_takes_long(name: str) -> None:
    hostile = CalendarItem("one", "etag", tuple(HOSTILE[name]))
    began = time.process_time()

    expansion = expand(hostile, utc_s("2024-01-01"), utc_s("2028-01-01"), BERLIN, LIMIT)

    assert time.process_time() - began < 1
    assert len(expansion.occurrences) <= LIMIT


@pytest.mark.parametrize("window", [("0001-01-01", "9999-12-31"), ("1969-12-01", "1970-02-01")])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", BERLIN])
@pytest.mark.parametrize("start", ["0001-01-01 00:00", "1969-12-31 23:00", "9999-12-28 09:00"])
@pytest.mark.parametrize("rule", ["", "FREQ=YEARLY", "FREQ=DAILY;COUNT=3"])
def test_all_that_is_found_can_be_shown_in_the_years_there_are(
    window: tuple[str, str], zone: str, start: str, rule: str
) -> None:
    timed = replace(event(start, rule=rule), start=wall(start, zone), span=Span(5, 0))
    days = whole_days(start[:10], days=5, rule=rule)

    for each in (timed, days):
        for occurrence in expanded(each, window=window, zone=zone).occurrences:
            assert occurrence.start <= occurrence.end
            assert local_datetime(occurrence.start_s, zone) <= local_datetime(
                occurrence.end_s, zone
            )


# ---------------------------------------------------------------- algebra

_changes = st.lists(
    st.tuples(
        st.integers(0, 30), st.integers(-3, 40), st.booleans(), st.integers(0, 2), st.booleans()
    ),
    max_size=5,
)


@st.composite
def items(draw: st.DrawFn) -> CalendarItem:
    rule = draw(
        st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=DAILY;COUNT=9", ""])
    )
    days = draw(st.lists(st.integers(0, 30), max_size=3))
    extra, excluded = _day(draw(st.integers(0, 30)), 17), tuple(_day(each) for each in days)
    master = replace(dated(event(rule=rule), extra=(extra,), excluded=excluded), span=Span(0, DAY))
    overrides = [
        change(_day(day), _day(day + by, 11), this_and_future=ranged, sequence=sequence)
        for day, by, ranged, sequence, _ in draw(_changes)
    ]
    return CalendarItem("one", "etag", tuple(draw(st.permutations([master, *overrides]))))


def _day(number: int, hour: int = 9) -> When:
    return wall(f"{datetime.fromisoformat('2026-03-02') + timedelta(days=number, hours=hour)}")


@settings(deadline=None)
@given(items(), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_windows_side_by_side_hold_what_the_whole_holds(
    made: CalendarItem, first: int, second: int, third: int
) -> None:
    low, middle, high = (utc_s("2026-02-20") + 8 * HOUR * n for n in sorted((first, second, third)))

    parts = [
        *expand(made, low, middle, BERLIN, LIMIT).occurrences,
        *expand(made, middle, high, BERLIN, LIMIT).occurrences,
    ]

    whole = expand(made, low, high, BERLIN, LIMIT).occurrences
    assert {each.identity for each in parts} == {each.identity for each in whole}


@settings(deadline=None)
@given(items(), st.randoms())
def test_the_order_in_the_calendar_does_not_matter(made: CalendarItem, random: Random) -> None:
    window = (utc_s("2026-03-01"), utc_s("2026-06-01"))
    # Of changes that nothing tells apart the first counts, so the order of those stays.
    shuffled = sorted(made.events, key=lambda each: random.random())
    unique = {(each.recurrence_id, each.sequence): each for each in made.events}
    events = [each for each in shuffled if each in unique.values()]

    ordered = CalendarItem("one", "etag", tuple(unique.values()))
    mixed = CalendarItem("one", "etag", tuple(events))

    assert expand(ordered, *window, BERLIN, LIMIT) == expand(mixed, *window, BERLIN, LIMIT)


@settings(deadline=None)
@given(items())
def test_occurrences_come_in_order_each_with_its_own_identity(made: CalendarItem) -> None:
    occurrences = expand(made, utc_s("2026-01-01"), utc_s("2027-01-01"), BERLIN, LIMIT).occurrences

    assert occurrences == sorted(occurrences, key=lambda each: each[1:])
    assert len({each.identity for each in occurrences}) == len(occurrences)
    assert all(each.event in made.events for each in occurrences)
