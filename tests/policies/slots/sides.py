"""Two people and what is known of their time, around every change of the clocks of a year."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from types import MappingProxyType

from hypothesis import strategies as st

from policies.hours import parse_hours
from policies.interval import Interval
from policies.people.person import Format, Weekday
from policies.rules import SlotRules
from policies.slots.availability import Busy
from policies.slots.candidates import GuestSide, OwnerSide, Reserved
from tests.make import BERLIN, OWNER, person, utc

NEW_YORK, SYDNEY = "America/New_York", "Australia/Sydney"
ZONES = st.sampled_from([BERLIN, NEW_YORK, SYDNEY, "Asia/Kathmandu", "Australia/Lord_Howe", ""])
CHANGES = ["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01"]
"""The days of 2026 on which the clocks of New York, Berlin or Sydney change."""
PLACES = ["", "Kaffebar Strand", "Storgatan 5"]
HOURS = st.sampled_from(
    [
        "Mon-Sun 00:00-24:00",
        "Mon-Fri 09:00-17:00",
        "Sun-Wed 01:00-04:00 22:00-24:00",
        "Sun 02:00-03:00",
    ]
).map(parse_hours)
MINUTES = st.integers(0, 90).map(lambda minutes: timedelta(minutes=minutes))
BOOLEANS = st.booleans()


@st.composite
def sides(draw: st.DrawFn) -> tuple[OwnerSide, GuestSide, Format]:
    now = utc(f"{draw(st.sampled_from(CHANGES))} 00:00") - draw(st.integers(0, 48)) * timedelta(
        hours=1
    )
    near = st.integers(-600, 2 * 24 * 60).map(lambda minutes: now + timedelta(minutes=minutes))

    def span() -> Interval:
        start = draw(near)
        return Interval(start, start + timedelta(minutes=draw(st.integers(1, 400))))

    def several(most: int) -> range:
        return range(draw(st.integers(0, most)))

    format_ = draw(st.sampled_from([Format.COFFEE, Format.LUNCH, Format.CALL, Format.EVENT]))
    rules = SlotRules(
        minimum_notice=timedelta(hours=draw(st.integers(0, 20))),
        horizon=timedelta(days=2),
        buffer=draw(MINUTES),
        travel=draw(MINUTES),
        grid=timedelta(minutes=draw(st.sampled_from([7, 15, 50, 60]))),
        lunch=draw(st.sampled_from([None, (time(12), time(13)), (time(4), time(5, 30))])),
        all_day_busy_blocks=draw(BOOLEANS),
        tentative_blocks=draw(BOOLEANS),
        office_only=draw(BOOLEANS),
    )
    rule = replace(
        rules.formats[format_],
        earliest=time(0),
        latest_end=time(23, 30),
        travel=draw(MINUTES),
        places=(PLACES[1],) if draw(BOOLEANS) else (),
    )
    rules = replace(rules, formats=MappingProxyType({format_: rule}))
    day = now.date()
    days = [day + timedelta(days=ahead) for ahead in range(3)]
    some_days = st.lists(st.sampled_from(days), max_size=1).map(tuple)
    side = OwnerSide(
        replace(
            OWNER,
            zone=draw(ZONES) or BERLIN,
            hours=draw(HOURS),
            office_days=draw(st.sampled_from([(), (0, 1), (6,)])),
        ),
        rules,
        now,
        tuple(
            Busy(span(), draw(BOOLEANS), draw(BOOLEANS), place=draw(st.sampled_from(PLACES)))
            for _ in several(4)
        ),
        tuple(span() for _ in several(1)),
        draw(some_days),
        tuple(Reserved(span(), draw(MINUTES), draw(st.sampled_from(PLACES))) for _ in several(1)),
        {each: draw(BOOLEANS) for each in draw(some_days)},
    )
    who = replace(
        person(),
        zone=draw(ZONES),
        hours=draw(st.none() | HOURS),
        office_days=draw(st.sampled_from([(), (Weekday.MON, Weekday.SUN)])),
    )
    busy = draw(st.sampled_from([None, ()])) or tuple(span() for _ in several(3))
    return side, GuestSide(who, draw(some_days), busy), format_
