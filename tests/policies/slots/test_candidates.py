from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.hours import parse_hours
from policies.interval import Interval
from policies.people.person import Format, Person
from policies.proposal import NoSlot, Slot
from policies.rules import FormatRule, Owner, Preferences, SlotRules
from policies.slots.availability import Busy
from policies.slots.candidates import (
    GuestSide,
    OwnerSide,
    OwnTimes,
    Reserved,
    gap_of,
    hours_for,
    own_times,
    suiting,
    their_time,
)
from policies.slots.noslot import Obstacle, obstacle
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


# ---------------------------------------------------------------- and when there is none


def why(
    mine: OwnerSide,
    theirs: GuestSide,
    format_: Format = COFFEE,
    call: Format | None = None,
) -> Obstacle:
    times = own_times(mine, format_)
    return obstacle(times, theirs, mine, lambda: own_times(mine, call) if call else None)


def test_a_far_zone_asks_for_an_hour_outside_the_usual_ones() -> None:
    tokyo = guest("Mon-Fri 09:00-17:00", "Asia/Tokyo")
    assert slots(side(), tokyo, CALL) == ()

    assert why(side(), tokyo, CALL) == (
        NoSlot.NO_COMMON_HOURS,
        "Ana's day in Asia/Tokyo ends at 09:00 on your clock. Would 08:30 be all right for a call?",
    )


def test_a_zone_to_the_west_asks_for_an_evening() -> None:
    pacific = guest("Mon-Fri 09:00-17:00", "America/Los_Angeles")

    assert why(side(), pacific, CALL) == Obstacle(
        NoSlot.NO_COMMON_HOURS,
        (
            "Ana's day in America/Los_Angeles starts at 17:00 on your clock."
            " Would 17:00 be all right for a call?"
        ),
    )


@pytest.mark.parametrize(
    ("zone", "nearest"), [("Pacific/Noumea", "06:30"), ("Pacific/Honolulu", "04:30")]
)
def test_nobody_is_asked_to_meet_at_night(zone: str, nearest: str) -> None:
    far = guest("Mon-Fri 09:00-17:00", zone)
    if zone == "Pacific/Honolulu":
        far = guest("Mon-Fri 12:00-18:00", zone)

    assert why(side(), far, CALL) == Obstacle(
        NoSlot.NO_COMMON_HOURS,
        (
            f"Ana's day and yours are too far apart: {nearest} on your clock would be the nearest"
            " for a call. Do you know other hours of theirs?"
        ),
    )


def test_hours_that_hardly_meet_ask_for_a_little_more() -> None:
    early_bird = guest("Mon-Fri 05:30-09:30")

    code, question = why(side(), early_bird)
    assert code is NoSlot.NO_COMMON_HOURS
    assert question == "Ana's day ends at 09:30. Would 08:45 be all right for a coffee?"


def test_no_common_working_day_asks_for_one_of_theirs() -> None:
    code, question = why(side(), guest("Sat 09:00-13:00"))

    assert code is NoSlot.NO_COMMON_HOURS
    assert question == (
        "None of Ana's hours (Sat 09:00-13:00) are among yours."
        " Would Saturday 7 March at 09:00 be all right for a coffee?"
    )


@pytest.mark.parametrize(
    ("owner_hours", "guest_hours", "whose"),
    [("Mon-Fri 18:00-20:00", "", "your"), ("Mon-Fri 09:00-17:00", "Mon-Fri 19:00-22:00", "Ana's")],
)
def test_hours_outside_the_format_s_window_ask_for_another_format(
    owner_hours: str, guest_hours: str, whose: str
) -> None:
    mine = side(owner=replace(OWNER, hours=parse_hours(owner_hours)))

    code, question = why(mine, guest(guest_hours))
    assert code is NoSlot.NO_COMMON_HOURS
    assert question == (
        f"None of {whose} hours are between 09:00 and 16:30, when a coffee may be."
        " Would another format do?"
    )


def test_where_a_call_would_fit_it_is_asked_for_instead() -> None:
    evenings = guest("Mon-Fri 16:30-20:00")

    code, question = why(side(), evenings, COFFEE, CALL)
    assert code is NoSlot.NO_COMMON_HOURS
    assert question == (
        "There is no time for a coffee with Ana within 3 weeks."
        " A call would fit on Wednesday 4 March at 16:30. Would that do?"
    )


def test_more_notice_than_horizon_is_said() -> None:
    mine = side(rules=replace(RULES, minimum_notice=timedelta(weeks=4)))

    assert why(mine, guest()) == Obstacle(
        NoSlot.NOTICE_TOO_SHORT,
        (
            "Every time that suits Ana within 3 weeks is sooner than the 4 weeks of notice you"
            " give, as Monday 2 March at 09:00 is. May it be at shorter notice, or later?"
        ),
    )


@pytest.mark.parametrize("whose", ["owner", "guest"])
def test_holidays_are_said_with_a_day_that_would_do(whose: str) -> None:
    thursdays = (date(2026, 3, 5), date(2026, 3, 12), date(2026, 3, 19))
    mine = side(holidays=thursdays if whose == "owner" else ())
    theirs = guest("Thu 09:00-17:00", holidays=thursdays if whose == "guest" else ())

    assert why(mine, theirs) == Obstacle(
        NoSlot.HOLIDAYS,
        (
            "All days that suit Ana within 3 weeks are holidays."
            " Would Thursday 5 March at 09:00 be all right all the same?"
        ),
    )


def test_holidays_that_are_busy_too_are_said_with_a_day_all_the_same() -> None:
    thursdays = (date(2026, 3, 5), date(2026, 3, 12), date(2026, 3, 19))
    mine = side(interval("2026-03-02 00:00", "2026-04-02 00:00"), holidays=thursdays)

    code, question = why(mine, guest("Thu 09:00-17:00"))
    assert code is NoSlot.HOLIDAYS
    assert "Thursday 5 March at 09:00" in question


ALL_TIME = interval("2026-03-01 00:00", "2026-04-01 00:00")


def test_a_full_calendar_asks_what_may_give_way() -> None:
    assert why(side(ALL_TIME), guest(), COFFEE, CALL) == Obstacle(
        NoSlot.OWNER_BUSY,
        (
            "Every time that suits Ana within 3 weeks is taken in your calendar."
            " What may give way, or shall Fika look further ahead?"
        ),
    )


def test_a_nearly_full_calendar_asks_for_a_call() -> None:
    half_an_hour = [
        interval("2026-03-01 00:00", "2026-03-05 08:45"),
        interval("2026-03-05 09:45", "2026-04-01 00:00"),
    ]

    code, question = why(side(*half_an_hour), guest(), LUNCH, CALL)
    assert code is NoSlot.OWNER_BUSY
    assert "A call would fit on Thursday 5 March at 10:00" in question


def test_the_one_small_thing_in_the_way_is_asked_about() -> None:
    weeks = interval("2026-03-05 23:00", "2026-04-01 00:00")
    before = interval("2026-03-01 00:00", "2026-03-04 23:00")
    thursday = interval("2026-03-04 23:00", "2026-03-05 23:00")

    def asked(obstacle_: Busy) -> str:
        mine = side(before, weeks)
        code, question = why(replace(mine, busy=(*mine.busy, obstacle_)), guest())
        assert code is NoSlot.OWNER_BUSY
        return question

    assert asked(Busy(thursday, tentative=True)) == (
        "Thursday 5 March at 09:00 would suit Ana but is taken only tentatively."
        " May it be used for a coffee?"
    )
    assert "free but for an entry of the whole day" in asked(Busy(thursday, all_day=True))


def test_a_gap_too_narrow_for_the_buffers_is_asked_about() -> None:
    hour = [
        interval("2026-03-01 00:00", "2026-03-05 09:00"),
        interval("2026-03-05 10:00", "2026-04-01 00:00"),
    ]

    code, question = why(side(*hour), guest())
    assert code is NoSlot.OWNER_BUSY
    assert question == (
        "Thursday 5 March at 10:00 would suit Ana but leaves less than 15 minutes to another"
        " meeting. May it be used for a coffee?"
    )


def test_planning_time_is_not_offered_even_then() -> None:
    code, question = why(side(protected=(ALL_TIME,)), guest())

    assert code is NoSlot.OWNER_BUSY
    assert "taken in your calendar" in question


def test_a_guest_who_is_taken_is_said() -> None:
    code, question = why(side(), guest(busy=(ALL_TIME,)))

    assert code is NoSlot.GUEST_BUSY
    assert question.startswith("Ana is taken at every time that suits you within 3 weeks.")


def test_when_times_exist_it_is_the_caps() -> None:
    assert why(side(), guest(), EVENT) == Obstacle(
        NoSlot.CAPS_REACHED,
        (
            "All times that suit Ana are on days or in weeks that are full (at most 1 a day,"
            " 3 a week). May there be one more, for example on Wednesday 4 March at 09:00?"
        ),
    )


def test_an_event_has_its_own_article() -> None:
    code, question = why(side(ALL_TIME), guest("Sat 09:00-10:00"), EVENT)

    assert code is NoSlot.NO_COMMON_HOURS
    assert question.endswith("be all right for an event?")


def test_their_time_knows_the_format_s_hours() -> None:
    mine = side()
    times: OwnTimes = own_times(mine, DRINK)

    assert their_time(guest(), mine, DRINK, times.rule).hours[0] == interval(
        "2026-03-02 16:00", "2026-03-02 18:30"
    )


def test_nobody_s_name_is_needed_for_a_question() -> None:
    nobody = GuestSide(Person(id=person().id, name=""))

    assert why(side(ALL_TIME), nobody)[0] is NoSlot.OWNER_BUSY
