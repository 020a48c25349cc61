"""Slots on the days when the clocks change, forward and back, for the owner and for the guest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

import pytest

from policies.hours import DAY_END, parse_hours
from policies.people.person import Format
from policies.rules import SlotRules
from policies.slots.candidates import GuestSide, OwnerSide, own_times, suiting
from tests.make import BERLIN, OWNER, person, utc

NEW_YORK = "America/New_York"
CALL = Format.CALL
ALWAYS = "Mon-Sun 00:00-24:00"
NIGHT = "Sun 00:00-06:00"
OFFICE = "Mon-Fri 09:00-17:00"


def calls(mine: tuple[str, str], theirs: tuple[str, str], day: str, **facts: object) -> list[str]:
    """When an hour's call may start on this day, each side by its zone and hours; UTC."""
    base = SlotRules()
    rule = replace(
        base.formats[CALL], length=timedelta(hours=1), earliest=time(0), latest_end=DAY_END
    )
    rules = replace(
        base,
        minimum_notice=timedelta(),
        grid=timedelta(hours=1),
        lunch=None,
        horizon=timedelta(days=3),
        formats=MappingProxyType({CALL: rule}),
    )
    owner = replace(OWNER, zone=mine[0], hours=parse_hours(mine[1]))
    side = OwnerSide(owner, rules, utc(f"{day} 00:00") - timedelta(days=1), **facts)  # type: ignore[arg-type]
    guest = GuestSide(replace(person(), zone=theirs[0], hours=parse_hours(theirs[1])))
    found: list[datetime] = [
        slot.when.start for slot in suiting(own_times(side, CALL), guest, side)
    ]
    return [f"{at:%d %H}" for at in found]


@pytest.mark.parametrize(
    ("zone", "other", "day", "expected"),
    [
        # 02:00 to 03:00 is skipped: five hours until six.
        (BERLIN, NEW_YORK, "2026-03-29", "28 23, 29 00, 29 01, 29 02, 29 03"),
        (NEW_YORK, BERLIN, "2026-03-08", "08 05, 08 06, 08 07, 08 08, 08 09"),
        # An hour happens twice: seven.
        (BERLIN, NEW_YORK, "2026-10-25", "24 22, 24 23, 25 00, 25 01, 25 02, 25 03, 25 04"),
        (NEW_YORK, BERLIN, "2026-11-01", "01 04, 01 05, 01 06, 01 07, 01 08, 01 09, 01 10"),
    ],
)
def test_the_night_of_a_change_is_as_long_as_it_is_on_either_side(
    zone: str, other: str, day: str, expected: str
) -> None:
    assert calls((zone, NIGHT), (other, ALWAYS), day) == expected.split(", ")
    assert calls((other, ALWAYS), (zone, NIGHT), day) == expected.split(", ")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-03-05", "05 14, 05 15"),  # neither has changed: six hours apart
        ("2026-03-10", "10 13, 10 14, 10 15"),  # New York has, Berlin has not: five
        ("2026-03-31", "31 13, 31 14"),  # both have
        ("2026-10-20", "20 13, 20 14"),
        ("2026-10-27", "27 13, 27 14, 27 15"),  # Berlin has changed back, New York has not
        ("2026-11-03", "03 14, 03 15"),
    ],
)
def test_common_hours_follow_both_clocks_through_spring_and_autumn(day: str, expected: str) -> None:
    for mine, theirs in ((BERLIN, NEW_YORK), (NEW_YORK, BERLIN)):
        found = calls((mine, OFFICE), (theirs, OFFICE), day)

        assert [each for each in found if each[:2] == day[-2:]] == expected.split(", ")


@pytest.mark.parametrize(("zone", "day"), [(BERLIN, "2026-03-29"), (NEW_YORK, "2026-11-01")])
def test_a_holiday_lasts_as_long_as_its_day(zone: str, day: str) -> None:
    other = {BERLIN: NEW_YORK, NEW_YORK: BERLIN}[zone]
    sunday = (zone, "Sun 00:00-24:00")

    hours = len(calls(sunday, (other, ALWAYS), day))
    assert hours == {BERLIN: 23, NEW_YORK: 25}[zone]
    assert calls(sunday, (other, ALWAYS), day, holidays=(date.fromisoformat(day),)) == []
