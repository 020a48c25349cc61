from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.wall import (
    EARLIEST_S,
    LATEST_S,
    CustomZone,
    UnknownZone,
    WallTime,
    Zone,
    absolute,
    absolute_all,
    absolute_seconds,
    day_seconds,
    local_date,
    local_datetime,
    local_day,
    local_seconds,
    moment,
    seconds,
    wall_all,
    wall_range,
    wall_seconds,
)
from tests.make import wall

BERLIN = "Europe/Berlin"
HOUR, DAY = 3600, 86_400
# Every kind of change there is: whole, half and double hours, days left out or lived twice,
# short periods of summer time, no change at all.
ZONES = (
    BERLIN,
    "America/New_York",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Africa/Casablanca",
    "America/Boa_Vista",
    "Africa/Freetown",
    "Asia/Kolkata",
    "America/Caracas",
    "Europe/Dublin",
)
# Summer time as in Berlin for 2026 and 2027, the way a VTIMEZONE would tell it.
OWN = CustomZone(
    "Head Office",
    HOUR,
    tuple(
        int(datetime.fromisoformat(onset).replace(tzinfo=UTC).timestamp())
        for onset in ("2026-03-29T01", "2026-10-25T01", "2027-03-28T01", "2027-10-31T01")
    ),
    (2 * HOUR, HOUR, 2 * HOUR, HOUR),
)


NOON_1930 = datetime.fromisoformat("1930-01-01 12:00")
_datetimes = st.datetimes(NOON_1930, NOON_1930 + timedelta(days=62_000))


def wall_s(text: str) -> int:
    return local_seconds(datetime.fromisoformat(text))


def shown(absolute_s: int, zone: Zone) -> str:
    return local_datetime(absolute_s, zone).isoformat(" ", "minutes")


@pytest.mark.parametrize("zone", [BERLIN, OWN])
@pytest.mark.parametrize(
    ("local", "in_utc"),
    [
        ("2026-01-15 09:00", "2026-01-15 08:00"),
        ("2026-07-15 09:00", "2026-07-15 07:00"),
        ("2026-03-29 01:59", "2026-03-29 00:59"),
        ("2026-03-29 02:30", "2026-03-29 01:30"),  # skipped: 03:30 on the wall
        ("2026-03-29 03:00", "2026-03-29 01:00"),
        ("2026-10-25 02:30", "2026-10-25 00:30"),  # twice: the first
        ("2026-10-25 03:00", "2026-10-25 02:00"),
    ],
)
def test_skipped_time_moves_on_and_repeated_time_is_the_first(
    zone: Zone, local: str, in_utc: str
) -> None:
    assert absolute_seconds(wall_s(local), zone) == wall_s(in_utc)


@pytest.mark.parametrize("zone", [BERLIN, OWN])
@pytest.mark.parametrize(
    ("in_utc", "local"),
    [
        ("2026-03-29 00:59", "2026-03-29 01:59"),
        ("2026-03-29 01:00", "2026-03-29 03:00"),
        ("2026-10-25 00:30", "2026-10-25 02:30"),
        ("2026-10-25 01:30", "2026-10-25 02:30"),
    ],
)
def test_the_wall_clock_leaps_in_spring_and_repeats_in_autumn(
    zone: Zone, in_utc: str, local: str
) -> None:
    assert shown(wall_s(in_utc), zone) == local


def test_utc_is_read_as_it_is() -> None:
    noon = wall_s("2026-03-29 12:00")

    assert absolute_seconds(noon, "UTC") == wall_seconds(noon, "UTC") == noon
    assert absolute_all([noon], "UTC") == wall_all([noon], "UTC") == [noon]
    assert wall_range(noon, noon + 1, "UTC") == (noon, noon + 1)


@settings(deadline=None)
@given(st.sampled_from(ZONES), _datetimes)
def test_every_wall_time_is_read_as_zoneinfo_reads_it(zone: str, local: datetime) -> None:
    local = local.replace(microsecond=0)

    absolute_s = absolute_seconds(local_seconds(local), zone)

    assert absolute_s == seconds(local.replace(tzinfo=ZoneInfo(zone)))


@settings(deadline=None)
@given(st.sampled_from(ZONES), st.integers(-2_000_000_000, 4_000_000_000))
def test_every_second_is_shown_as_zoneinfo_shows_it(zone: str, absolute_s: int) -> None:
    expected = moment(absolute_s).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)

    assert local_datetime(absolute_s, zone) == expected


@pytest.mark.parametrize("zone", ZONES)
def test_no_change_of_the_clocks_is_missed(zone: str) -> None:
    info = ZoneInfo(zone)
    noons = [NOON_1930 + timedelta(days=day) for day in range(44_000)]

    changed = [
        one
        for one, other in pairwise(noons)
        if info.utcoffset(one.replace(tzinfo=info)) != info.utcoffset(other.replace(tzinfo=info))
    ]
    hours = [local_seconds(noon) + minute * 60 for noon in changed for minute in range(0, 1441, 10)]

    assert [absolute_seconds(each, zone) for each in hours] == [
        seconds(_local(each).replace(tzinfo=info)) for each in hours
    ]


def test_every_zone_there_is_agrees_with_zoneinfo_this_year() -> None:
    names = sorted(zoneinfo.available_timezones() - {"localtime"})
    walls = [wall_s("2026-01-01 00:30") + hours * 8 * HOUR for hours in range(1_100)]
    wrong = [
        name
        for name in names
        if absolute_all(walls[::20], name)
        != [seconds(_local(each).replace(tzinfo=ZoneInfo(name))) for each in walls[::20]]
    ]

    assert wrong == []


def _local(wall_second: int) -> datetime:
    return datetime.fromisoformat("1970-01-01") + timedelta(seconds=wall_second)


_steps = st.integers(1, 40 * DAY)


@settings(deadline=None)
@given(
    st.sampled_from([*ZONES, OWN]),
    st.integers(0, 2_000_000_000),
    st.lists(_steps, max_size=40),
)
def test_many_are_converted_as_each_alone(zone: Zone, first: int, steps: list[int]) -> None:
    times = [first]
    for step in steps:
        times.append(times[-1] + step)

    assert absolute_all(times, zone) == [absolute_seconds(each, zone) for each in times]
    assert wall_all(times, zone) == [wall_seconds(each, zone) for each in times]


@settings(deadline=None)
@given(
    st.sampled_from([*ZONES, OWN]),
    st.integers(0, 2_000_000_000),
    st.integers(1, 60 * DAY),
    st.integers(0, 60),
)
def test_an_even_step_is_converted_as_each_alone(
    zone: Zone, first: int, step: int, count: int
) -> None:
    times = range(first, first + count * step, step)

    assert absolute_all(times, zone) == [absolute_seconds(each, zone) for each in times]


@settings(deadline=None)
@given(st.sampled_from([*ZONES, OWN]), st.integers(0, 2_000_000_000), st.integers(1, 3 * DAY))
def test_a_range_on_the_wall_leaves_out_no_second(zone: Zone, first: int, length: int) -> None:
    low, high = wall_range(first, first + length, zone)
    around = range(first - 2 * DAY, first + length + 2 * DAY, 1777)

    inside = [each for each in around if first <= absolute_seconds(each, zone) < first + length]

    assert all(low <= each < high for each in inside)


def test_a_day_that_a_zone_left_out_falls_on_the_next() -> None:
    missing, next_day = wall_s("2011-12-30 09:00"), wall_s("2011-12-31 09:00")

    assert (
        absolute_all([missing, next_day], "Pacific/Apia")
        == [absolute_seconds(next_day, "Pacific/Apia")] * 2
    )


@pytest.mark.parametrize("zone", [BERLIN, "Pacific/Kiritimati", "Pacific/Niue", OWN])
@pytest.mark.parametrize("edge", [EARLIEST_S, LATEST_S])
def test_the_edges_of_time_can_be_shown_in_every_zone(zone: Zone, edge: int) -> None:
    assert 1 <= local_datetime(edge, zone).year <= 9999
    assert absolute_seconds(wall_seconds(edge, zone), zone) == edge


@pytest.mark.parametrize("beyond", [-(10**13), 10**13])
def test_seconds_beyond_the_years_have_the_offset_of_their_edge(beyond: int) -> None:
    assert abs(absolute_seconds(beyond, BERLIN) - beyond) <= 2 * HOUR


def test_a_zone_of_a_calendars_own_starts_with_its_first_offset() -> None:
    assert OWN.offset_at(wall_s("2020-07-01 12:00")) == HOUR
    assert OWN.offset_at(wall_s("2026-07-01 12:00")) == 2 * HOUR
    assert absolute_seconds(HOUR, CustomZone("Fixed", HOUR)) == 0


def test_zones_of_a_calendars_own_are_equal_if_all_in_them_is() -> None:
    same = CustomZone(OWN.name, OWN.first_offset_s, OWN.onsets, OWN.offsets_s)
    other = CustomZone(OWN.name, OWN.first_offset_s, OWN.onsets, (0, 0, 0, 0))

    assert same == OWN
    assert hash(same) == hash(OWN)
    assert other != OWN
    assert absolute_seconds(wall_s("2026-07-01 12:00"), other) == wall_s("2026-07-01 12:00")


@pytest.mark.parametrize(
    ("onsets", "offsets", "message"),
    [((0,), (), "1 onsets, but 0 offsets"), ((5, 4), (0, 0), "do not rise")],
)
def test_a_zone_whose_changes_make_no_sense_cannot_be_built(
    onsets: tuple[int, ...], offsets: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        CustomZone("Odd", 0, onsets, offsets)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe", "/etc/hostname"])
def test_a_name_that_is_no_zone_is_said_to_be_unknown(name: str) -> None:
    with pytest.raises(UnknownZone):
        absolute_seconds(0, name)


def test_a_whole_day_starts_at_midnight_of_who_asks() -> None:
    day = date(2026, 3, 29)

    assert day_seconds(day) == wall_s("2026-03-29 00:00")
    assert absolute(day, BERLIN) == wall_s("2026-03-28 23:00")
    assert absolute(wall("2026-03-29 12:00", "UTC"), BERLIN) == wall_s("2026-03-29 12:00")


def test_a_wall_time_carries_no_offset() -> None:
    with pytest.raises(ValueError, match="carries an offset"):
        WallTime(datetime(2026, 3, 29, tzinfo=UTC), BERLIN)


def test_moments_and_seconds_are_inverse_and_need_a_zone() -> None:
    now = datetime(2026, 3, 29, 12, 30, 15, tzinfo=UTC)

    assert moment(seconds(now)) == now
    with pytest.raises(ValueError, match="no time zone"):
        seconds(now.replace(tzinfo=None))


def test_the_day_depends_on_where_one_is() -> None:
    late = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)

    for zone, day in (("UTC", date(2026, 3, 29)), (BERLIN, date(2026, 3, 30))):
        assert local_date(late, zone) == local_day(seconds(late), zone) == day
