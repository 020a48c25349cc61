from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from connectors.ical import windows
from connectors.ical.errors import UnknownZone
from connectors.ical.observances import observances
from connectors.ical.vtimezone import read
from connectors.ical.zones import Zones
from policies.wall import CustomZone, Zone, local_datetime, seconds
from tests.make import utc

HOME = "Europe/Stockholm"
HALF_MONTHS = [datetime(2018, 1, 1, tzinfo=UTC) + timedelta(days=15 * n) for n in range(250)]


def named(tzid: str, *definitions: str, x_wr_timezone: str = "") -> Zone:
    return Zones([each.encode() for each in definitions], x_wr_timezone, HOME).named(tzid)


def definition(tzid: str, *lines: str) -> str:
    return "\n".join(("BEGIN:VTIMEZONE", f"TZID:{tzid}", *lines, "END:VTIMEZONE"))


def steady(tzid: str, offset: str) -> str:
    times = ("DTSTART:19700101T000000", f"TZOFFSETFROM:{offset}", f"TZOFFSETTO:{offset}")
    return definition(tzid, "BEGIN:STANDARD", *times, "END:STANDARD")


def offsets(zone: Zone) -> list[timedelta]:
    return [local_datetime(seconds(each), zone) - each.replace(tzinfo=None) for each in HALF_MONTHS]


@pytest.mark.parametrize(
    ("tzid", "expected"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (' "Europe/Berlin" ', "Europe/Berlin"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Etc/UTC", "UTC"),
        ("GMT", "UTC"),
        ("Z", "UTC"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("w. europe standard time", "Europe/Berlin"),
        ("W. Europe Daylight Time", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/UTC", "UTC"),
        ("/mozilla.org/20070129_1/Europe/Berlin", "Europe/Berlin"),
        ("/citadel.org/20250101_1/America/Indiana/Knox", "America/Indiana/Knox"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("(UTC) Coordinated Universal Time", "UTC"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"),
        ("(UTC+01:00) Amsterdam, Berlin", "Europe/Berlin"),
        ("(GMT+01.00) Amsterdam / Berlin / Bern / Rome / Stockholm / Vienna", "Europe/Berlin"),
        ("(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London", "Europe/London"),
        ("(UTC-08:00) Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("(UTC+02:00) Istanbul", "Europe/Istanbul"),
        ("(UTC-07:00) Chihuahua, La Paz, Mazatlan", "America/Mazatlan"),
        ("(UTC-04:00) La Paz", "America/La_Paz"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("europe/berlin", "Europe/Berlin"),
        ("EST5EDT", "EST5EDT"),
        ("right/Europe/Berlin", "Europe/Berlin"),
    ],
)
def test_names_stand_for_iana_zones(tzid: str, expected: str) -> None:
    assert named(tzid) == expected


@pytest.mark.parametrize(
    ("tzid", "hours"),
    [
        ("GMT+0200", 2),
        ("GMT+2", 2),
        ("UTC-05:30", -5.5),
        ("+0100", 1),
        ("(UTC+03:00)", 3),
        ("GMT+0200 (CEST)", 2),
    ],
)
def test_a_mere_offset_is_a_zone_without_summer_time(tzid: str, hours: float) -> None:
    zone = named(tzid)

    assert isinstance(zone, CustomZone)
    assert (zone.first_offset_s, zone.onsets) == (hours * 3600, ())


@pytest.mark.parametrize(
    "tzid",
    [
        "Customized Time Zone",
        "tzone://Microsoft/Custom",
        "Europe",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",
        "posixrules",
        "(UTC-04:00) Nowhere in particular",
        "(UTC+09:00) La Paz",
        "GMT -0500 (Standard) / GMT -0400 (Daylight)",
        "GMT+9900",
        "Western/Central Europe",
        "\x00",
        "A" * 10_000,
        "",
    ],
)
def test_other_names_are_unknown(tzid: str) -> None:
    with pytest.raises(UnknownZone, match="unknown time zone"):
        named(tzid)


def test_the_table_of_windows_names_is_the_one_of_unicode() -> None:
    names = windows.names()

    for name, olson in WINDOWS_TO_OLSON.items():
        assert offsets(names[name.lower()]) == offsets(olson), name


def test_every_zone_in_the_table_exists() -> None:
    for zone in windows.names().values():
        assert ZoneInfo(zone)


def test_a_calendar_says_what_its_own_zones_mean() -> None:
    assert named("Head Office", steady("Head Office", "+0115")) == CustomZone(
        "Head Office", 4500, (-4500,), (4500,)
    )


def test_two_calendars_may_define_one_name_differently() -> None:
    one, other = (
        named("Office", steady("Office", "+0100")),
        named("Office", steady("Office", "-0800")),
    )

    assert offsets(one)[0] == timedelta(hours=1)
    assert offsets(other)[0] == timedelta(hours=-8)


def test_a_well_known_name_means_the_same_whatever_a_calendar_says() -> None:
    for name in ("Europe/Berlin", "UTC", "W. Europe Standard Time"):
        assert named(name, steady(name, "+0900")) == named(name)


def test_a_name_of_one_word_means_what_its_calendar_says() -> None:
    assert named("EST") == "EST"
    assert offsets(named("EST", steady("EST", "+1000")))[0] == timedelta(hours=10)


def test_a_wording_gives_way_to_a_definition() -> None:
    tzid = "(UTC+01:00) Amsterdam, Berlin"

    assert offsets(named(tzid, steady(tzid, "+0900")))[0] == timedelta(hours=9)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("BEGIN:STANDARD", "END:STANDARD"),
        ("BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+01", "END:STANDARD"),
        (
            *("BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0100"),
            *("TZOFFSETTO:+0100", "RRULE:FREQ=SECONDLY", "END:STANDARD"),
        ),
        (
            *("BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0100"),
            *("TZOFFSETTO:+0100", "RRULE:FREQ=DAILY", "END:STANDARD"),
        ),
    ],
)
def test_a_definition_that_cannot_be_used_is_none(lines: tuple[str, ...]) -> None:
    with pytest.raises(UnknownZone):
        named("Head Office", definition("Head Office", *lines))


def test_floating_times_are_in_the_zone_the_calendar_declares() -> None:
    assert Zones([], "Asia/Tokyo", HOME).floating == "Asia/Tokyo"
    assert Zones([], "", HOME).floating == HOME
    assert Zones([], "Nowhere", HOME).floating == HOME
    assert Zones([steady("Own", "+0100").encode()], "Own", HOME).floating == CustomZone(
        "Own", 3600, (-3600,), (3600,)
    )


RULED = definition(
    "Ruled",
    *("BEGIN:DAYLIGHT", "DTSTART:19810329T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200"),
    *("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20200329T010000Z", "END:DAYLIGHT"),
    *("BEGIN:STANDARD", "DTSTART:19961027T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100"),
    *("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20201025T010000Z", "END:STANDARD"),
    *("BEGIN:STANDARD", "DTSTART:19810927T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100"),
    *("RDATE:19820926T030000,19830925T030000", "RDATE:19840930T030000", "END:STANDARD"),
)


@pytest.mark.parametrize(
    ("moment", "hours"),
    [
        ("1980-07-01 00:00", 1),  # before the first onset: what that changed from
        ("1982-07-01 00:00", 2),
        ("1982-10-01 00:00", 1),  # by an RDATE
        ("2019-07-01 00:00", 2),
        ("2020-03-29 00:59", 1),
        ("2020-03-29 01:00", 2),  # UNTIL is in UTC and inclusive
        ("2020-10-25 01:00", 1),
        ("2021-07-01 00:00", 1),  # after UNTIL
    ],
)
def test_rules_dates_and_ends_of_a_definition_count(moment: str, hours: int) -> None:
    zone = read(RULED.encode(), "Ruled")

    assert zone.offset_at(seconds(utc(moment))) == hours * 3600


SEVERAL = (
    *("Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/Santiago"),
    *("America/St_Johns", "Asia/Jerusalem", "Australia/Lord_Howe", "Australia/Sydney"),
    *("Pacific/Auckland", "Asia/Tokyo", "Asia/Kathmandu", "Africa/Casablanca", "Africa/Cairo"),
)


@pytest.mark.parametrize("zone", SEVERAL)
def test_what_we_write_of_a_zone_we_read_back_as_that_zone(zone: str) -> None:
    year = 2026
    written = definition(
        zone,
        *(
            line
            for each in observances(zone, year)
            for line in (
                "BEGIN:STANDARD",
                f"DTSTART:{each.onset:%Y%m%dT%H%M%S}",
                *([f"RRULE:{each.rule}"] if each.rule else []),
                f"TZOFFSETFROM:{_offset(each.before_s)}",
                f"TZOFFSETTO:{_offset(each.after_s)}",
                "END:STANDARD",
            )
        ),
    )
    start = datetime(year, 1, 1, tzinfo=UTC)

    custom = read(written.encode(), zone)

    for hour in range(0, 366 * 24, 5):
        moment = start + timedelta(hours=hour)
        expected = moment.astimezone(ZoneInfo(zone)).utcoffset()
        assert timedelta(seconds=custom.offset_at(seconds(moment))) == expected


def _offset(seconds: int) -> str:
    minutes = abs(seconds) // 60
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}{minutes % 60:02}"


def test_an_onset_is_told_on_the_wall_as_it_was_before() -> None:
    late = definition(
        "Late",
        *("BEGIN:DAYLIGHT", "DTSTART:20291007T030000", "TZOFFSETFROM:+1000", "TZOFFSETTO:+1100"),
        "END:DAYLIGHT",
    )

    zone = read(late.encode(), "Late")

    assert zone.onsets == (seconds(utc("2029-10-06 17:00")),)
