from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.hours import parse_hours
from policies.interval import Interval
from policies.people.person import Format
from policies.proposal import Slot
from policies.rules import FormatRule, Owner, Preferences, SlotRules
from policies.slots.availability import Busy
from policies.slots.candidates import (
    GuestSide,
    OwnerSide,
    Reserved,
    gap_of,
    hours_for,
    own_times,
    suiting,
)
from policies.wall import local_datetime, seconds
from tests.make import BERLIN, OWNER, interval, person, utc

NOW = utc("2026-03-02 07:00")  # a Monday, eight o'clock in Berlin
RULES = SlotRules()
COFFEE, LUNCH, CALL, DRINK = Format.COFFEE, Format.LUNCH, Format.CALL, Format.DRINK
VIRTUAL, EVENT = Format.VIRTUAL_COFFEE, Format.EVENT
HOUR = timedelta(hours=1)


def side(
    *busy: Interval,
    rules: SlotRules = RULES,
    owner: Owner = OWNER,
    now: datetime = NOW,
    **facts: object,
) -> OwnerSide:
    return OwnerSide(owner, rules, now, tuple(map(Busy, busy)), **facts)  # type: ignore[arg-type]


def guest(hours: str = "", zone: str = "", **facts: object) -> GuestSide:
    who = replace(person(), hours=parse_hours(hours) if hours else None, zone=zone)
    return GuestSide(who, **facts)  # type: ignore[arg-type]


def slots(
    mine: OwnerSide,
    theirs: GuestSide | None = None,
    format_: Format = COFFEE,
    *,
    senior: bool = False,
    red: bool = False,
) -> tuple[Slot, ...]:
    times = own_times(mine, format_)
    return suiting(times, theirs or guest(), mine, senior=senior, red=red)


def berlin(slot: Slot) -> datetime:
    return local_datetime(seconds(slot.when.start), BERLIN)


def starts_on(day: int, found: tuple[Slot, ...]) -> list[str]:
    return [f"{at:%H:%M}" for slot in found if (at := berlin(slot)).day == day]


def part(slot: Slot, name: str) -> float:
    return sum(each.points for each in slot.parts if each.name == name)


def at(found: tuple[Slot, ...], text: str) -> Slot:
    return next(slot for slot in found if f"{berlin(slot):%a %d %H:%M}" == text)


# ---------------------------------------------------------------- which times there are


def test_a_coffee_lies_in_office_hours_on_the_quarter_hour_and_not_over_lunch() -> None:
    found = starts_on(5, slots(side()))

    assert found[0] == "09:00"
    assert found[-1] == "15:45"
    assert "11:15" in found
    assert not {"11:30", "12:00", "12:45"} & set(found)
    assert "13:00" in found


def test_nothing_is_proposed_at_short_notice_beyond_the_horizon_or_on_a_day_off() -> None:
    found = slots(side())

    assert f"{berlin(found[0]):%a %d %b %H:%M}" == "Wed 04 Mar 09:00"
    assert max(slot.when.end for slot in found) <= NOW + RULES.horizon
    assert {berlin(slot).weekday() for slot in found} == {0, 1, 2, 3, 4}


def test_lunch_may_be_at_lunch_even_for_a_guest_who_has_a_break_then() -> None:
    assert starts_on(5, slots(side(), format_=LUNCH))[0] == "11:30"
    assert "12:00" in starts_on(5, slots(side(), guest("Mon-Fri 09:00-12:00 13:00-17:00"), LUNCH))


def test_what_is_for_after_work_lies_after_the_hours_of_a_working_day_only() -> None:
    part_time = guest("Mon-Wed 09:00-15:00")

    found = slots(side(), part_time, DRINK)
    assert starts_on(4, found)[0] == "17:00"
    assert starts_on(4, found)[-1] == "18:30"
    assert starts_on(5, found) == []


def test_the_larger_of_buffer_and_travel_stays_free_around_a_meeting_in_person() -> None:
    travelled = dict(RULES.formats)
    travelled[COFFEE] = replace(RULES.formats[COFFEE], travel=timedelta(minutes=40))
    rules = replace(RULES, formats=travelled)
    meeting = interval("2026-03-05 13:00", "2026-03-05 14:00")  # 14:00 to 15:00 in Berlin

    coffee = starts_on(5, slots(side(meeting, rules=rules)))
    call = starts_on(5, slots(side(meeting, rules=rules), format_=CALL))
    assert [each for each in coffee if each >= "12:30"] == ["15:45"]
    assert [each for each in call if "12:30" < each < "16:00"] == [
        "13:00",
        "13:15",
        "15:15",
        "15:30",
        "15:45",
    ]
    assert gap_of(COFFEE, rules) == timedelta(minutes=40)
    assert gap_of(CALL, rules) == timedelta(minutes=15)
    assert gap_of(COFFEE, replace(rules, formats={})) == timedelta(minutes=15)


def test_a_time_kept_for_another_proposal_keeps_the_larger_gap() -> None:
    kept = Reserved(interval("2026-03-05 13:00", "2026-03-05 14:00"), timedelta(minutes=45))

    found = starts_on(5, slots(side(reserved=(kept,)), format_=CALL))
    assert not [each for each in found if "12:45" < each < "15:45"]
    assert "12:45" not in found  # lunch
    assert "15:45" in found


def test_planning_time_is_never_proposed() -> None:
    planning = interval("2026-03-05 08:00", "2026-03-05 10:00")

    assert starts_on(5, slots(side(protected=(planning,))))[0] == "11:00"


def test_holidays_of_either_side_are_days_off() -> None:
    mine = side(holidays=(date(2026, 3, 5),))
    theirs = guest(holidays=(date(2026, 3, 6),))

    found = slots(mine, theirs)
    assert starts_on(5, found) == starts_on(6, found) == []
    assert starts_on(4, found)


def test_known_busy_time_of_the_guest_is_kept_free() -> None:
    taken = (interval("2026-03-05 07:00", "2026-03-05 14:00"),)

    assert starts_on(5, slots(side(), guest(busy=taken)))[0] == "15:00"


def test_a_call_is_decent_on_both_clocks() -> None:
    new_york = guest("Mon-Fri 06:00-22:00", "America/New_York")

    found = starts_on(5, slots(side(), new_york, CALL))
    assert found[0] == "14:00"  # eight o'clock there, though their hours start at six


def test_an_unknown_zone_is_taken_to_be_the_owner_s() -> None:
    assert guest(zone="Mars/Olympus").zone(OWNER) == BERLIN
    assert slots(side(), guest(zone="Mars/Olympus")) == slots(side())


def test_settings_without_sense_cannot_run_for_ever() -> None:
    endless = replace(RULES, horizon=timedelta(days=100_000), grid=timedelta(0))
    none = replace(RULES, horizon=timedelta(0))

    assert side(rules=endless).window.length == timedelta(weeks=26)
    assert side(rules=endless).grid == timedelta(minutes=5)
    assert slots(side(rules=none)) == ()


@given(
    st.lists(
        st.tuples(st.integers(0, 14 * 96), st.integers(1, 40)).map(
            lambda pair: Interval(
                NOW + pair[0] * timedelta(minutes=15),
                NOW + (pair[0] + pair[1]) * timedelta(minutes=15),
            )
        ),
        max_size=8,
    ),
    st.sampled_from(["", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe"]),
    st.sampled_from(list(Format)),
)
@settings(max_examples=60, deadline=None)
def test_no_slot_ever_meets_what_is_taken(
    taken: list[Interval], zone: str, format_: Format
) -> None:
    mine = side(*taken[::2], protected=tuple(taken[1::2]))
    rule = RULES.formats[format_]
    gap = gap_of(format_, RULES)

    for slot in slots(mine, guest(zone=zone), format_):
        around = slot.when.widened(gap, gap)
        assert not any(around.overlaps(each) for each in taken[::2])
        assert not any(slot.when.overlaps(each) for each in taken[1::2])
        assert slot.when.length == rule.length
        for clock in (BERLIN, zone or BERLIN):
            first = local_datetime(seconds(slot.when.start), clock)
            last = local_datetime(seconds(slot.when.end), clock)
            assert rule.earliest <= first.time()
            assert last.time() <= rule.latest_end
            assert first.weekday() < 5
        assert berlin(slot).minute % 15 == 0
        assert slot.score > 0


def test_hours_are_cut_to_the_window_of_the_format() -> None:
    rule = FormatRule(HOUR, time(10), time(16), in_person=True)
    hours = parse_hours("Mon 08:00-09:30 12:00-18:00, Wed 17:00-19:00")

    assert hours_for(COFFEE, hours, rule) == parse_hours("Mon 12:00-16:00")
    assert hours_for(LUNCH, hours, rule) == parse_hours("Mon 10:00-16:00")
    assert hours_for(EVENT, hours, rule) == parse_hours("Mon 10:00-16:00, Wed 10:00-16:00")


# ---------------------------------------------------------------- which are better


def test_each_format_has_its_best_time_of_day() -> None:
    coffee, lunch = slots(side()), slots(side(), format_=LUNCH)

    def best(found: tuple[Slot, ...]) -> str:
        return f"{berlin(max(found, key=lambda slot: slot.score)):%H:%M}"

    assert best(coffee) in ("10:00", "15:00")
    assert best(lunch) == "12:00"
    assert part(at(coffee, "Thu 05 10:00"), "a good time of day for a coffee") == 3.0
    assert part(at(coffee, "Thu 05 11:00"), "a good time of day for a coffee") == 1.5
    assert part(at(coffee, "Thu 05 13:00"), "a good time of day for a coffee") == 0.0


def test_the_last_long_free_stretch_of_a_day_is_spared() -> None:
    morning = interval("2026-03-05 08:00", "2026-03-05 11:00")
    free_again = interval("2026-03-05 14:00", "2026-03-05 16:00")
    found = slots(side(morning, free_again))  # only 13:00 to 15:00 in Berlin is left that day
    name = "splits no long free stretch"

    assert part(at(found, "Thu 05 13:15"), name) == 0.0
    assert part(at(found, "Fri 06 13:15"), name) == 2.0


def test_a_day_without_a_long_stretch_has_none_to_lose() -> None:
    all_but_an_hour = (
        interval("2026-03-05 08:00", "2026-03-05 11:00"),
        interval("2026-03-05 13:15", "2026-03-05 16:00"),
    )
    found = slots(side(*all_but_an_hour))

    assert part(at(found, "Thu 05 13:00"), "splits no long free stretch") == 2.0


def test_a_meeting_close_by_leaves_no_room_to_breathe() -> None:
    meeting = interval("2026-03-05 09:00", "2026-03-05 10:00")  # 10:00 to 11:00 in Berlin
    planning = interval("2026-03-09 08:30", "2026-03-09 09:00")
    found = slots(side(meeting, protected=(planning,)))

    assert part(at(found, "Thu 05 09:00"), "room before and after") == 0.0
    assert part(at(found, "Mon 09 10:00"), "room before and after") == 0.0
    assert part(at(found, "Thu 05 13:00"), "room before and after") == 1.5
    assert part(at(found, "Fri 06 09:00"), "room before and after") == 1.5


def test_friday_afternoon_and_monday_morning_are_worse() -> None:
    found = slots(side())

    assert part(at(found, "Fri 06 13:00"), "Friday afternoon") == -1.5
    assert part(at(found, "Fri 06 11:00"), "Friday afternoon") == 0
    assert part(at(found, "Mon 09 09:45"), "first thing on Monday") == -1.0
    assert part(at(found, "Mon 09 10:00"), "first thing on Monday") == 0


def test_nobody_is_asked_out_for_the_day_after_tomorrow_without_need() -> None:
    found = slots(side())

    assert part(at(found, "Wed 04 10:00"), "fair warning") == 0.62
    assert part(at(found, "Mon 09 10:00"), "fair warning") == 1.5
    assert berlin(max(found, key=lambda slot: slot.score)) > berlin(found[0]) + timedelta(days=3)


def test_seniors_are_asked_for_early_in_the_week_and_the_red_soon() -> None:
    found = slots(side(), senior=True, red=True)

    assert part(at(found, "Wed 11 10:00"), "early in the week") == 1.0
    assert part(at(found, "Thu 12 10:00"), "early in the week") == 0.0
    assert part(at(found, "Wed 04 10:00"), "soon") > part(at(found, "Wed 18 10:00"), "soon") > 0
    assert {each.name for slot in slots(side()) for each in slot.parts}.isdisjoint(
        {"early in the week", "soon"}
    )


def test_from_afar_their_lunch_and_the_edges_of_their_day_are_spared() -> None:
    london = guest("Mon-Fri 09:00-17:00", "Europe/London")
    found = slots(side(), london, VIRTUAL)

    assert part(at(found, "Thu 05 13:15"), "over their lunch") == -1.0
    assert part(at(found, "Thu 05 10:00"), "at the edge of their day") == -1.0
    assert part(at(found, "Thu 05 10:15"), "at the edge of their day") == 0
    assert part(at(slots(side(), london), "Thu 05 10:00"), "at the edge of their day") == 0


def test_preferences_can_be_set() -> None:
    nothing = {each.name: 0.0 for each in fields(Preferences)}
    plain = replace(RULES, preferences=Preferences(**{**nothing, "suits": 1.0}))

    assert {slot.score for slot in slots(side(rules=plain))} == {1}
