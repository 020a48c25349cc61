from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.hours import parse_hours
from policies.interval import Interval
from policies.people.person import Format, Person
from policies.proposal import NoSlot, Settles
from policies.rules import Owner, SlotRules
from policies.slots.allowing import guest_for, side_for
from policies.slots.availability import Busy
from policies.slots.candidates import GuestSide, OwnerSide, own_times, suiting
from policies.slots.excluding import excluded_for
from policies.slots.noslot import Obstacle, obstacle
from tests.make import OWNER, interval, person, utc

NOW = utc("2026-03-02 07:00")  # a Monday, eight o'clock in Berlin
RULES = SlotRules()
COFFEE, LUNCH, CALL, DRINK = Format.COFFEE, Format.LUNCH, Format.CALL, Format.DRINK
EVENT = Format.EVENT


def side(
    *busy: Interval | Busy, rules: SlotRules = RULES, owner: Owner = OWNER, **facts: object
) -> OwnerSide:
    taken = tuple(each if isinstance(each, Busy) else Busy(each) for each in busy)
    return OwnerSide(owner, rules, NOW, taken, **facts)  # type: ignore[arg-type]


def guest(hours: str = "", zone: str = "", **facts: object) -> GuestSide:
    who = replace(person(), hours=parse_hours(hours) if hours else None, zone=zone)
    return GuestSide(who, **facts)  # type: ignore[arg-type]


def why(
    mine: OwnerSide,
    theirs: GuestSide,
    format_: Format = COFFEE,
    call: Format | None = None,
    later: Interval | None = None,
) -> Obstacle:
    times = own_times(mine, format_)
    return obstacle(
        times,
        theirs,
        mine,
        excluded_for(times, theirs, mine),
        call=lambda: own_times(mine, call) if call else None,
        later=lambda: later,
    )


def allows(*texts: str) -> Settles:
    return Settles("allowances", texts)


def test_a_far_zone_asks_for_an_hour_outside_the_usual_ones() -> None:
    tokyo = guest("Mon-Fri 09:00-17:00", "Asia/Tokyo")

    assert why(side(), tokyo, CALL) == (
        NoSlot.NO_COMMON_HOURS,
        "Ana's day in Asia/Tokyo ends at 09:00 on your clock. Would 08:30 be all right for a call?",
        allows("hours Mon-Fri 08:30-09:00"),
    )


def test_a_zone_to_the_west_asks_for_an_evening() -> None:
    pacific = guest("Mon-Fri 09:00-17:00", "America/Los_Angeles")

    assert why(side(), pacific, CALL) == Obstacle(
        NoSlot.NO_COMMON_HOURS,
        (
            "Ana's day in America/Los_Angeles starts at 17:00 on your clock."
            " Would 17:00 be all right for a call?"
        ),
        allows("hours Mon-Fri 17:00-17:30"),
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
        Settles("hours"),
    )


def test_hours_that_hardly_meet_ask_for_a_little_more() -> None:
    early_bird = guest("Mon-Fri 05:30-09:30")

    code, question, _ = why(side(), early_bird)
    assert code is NoSlot.NO_COMMON_HOURS
    assert question == "Ana's day ends at 09:30. Would 08:45 be all right for a coffee?"


def test_no_common_working_day_asks_for_one_of_theirs() -> None:
    code, question, _ = why(side(), guest("Sat 09:00-13:00"))

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

    code, question, _ = why(mine, guest(guest_hours))
    assert code is NoSlot.NO_COMMON_HOURS
    assert question == (
        f"None of {whose} hours are between 09:00 and 16:30, when a coffee may be."
        " Would another format do?"
    )


def test_where_a_call_would_fit_it_is_asked_for_instead() -> None:
    evenings = guest("Mon-Fri 16:30-20:00")

    code, question, _ = why(side(), evenings, COFFEE, CALL)
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
            " give, as Monday 2 March at 09:00 is. How far ahead may Fika look?"
        ),
        Settles("allowances"),
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
        allows("holidays"),
    )


def test_holidays_that_are_busy_too_are_said_with_a_day_all_the_same() -> None:
    thursdays = (date(2026, 3, 5), date(2026, 3, 12), date(2026, 3, 19))
    mine = side(interval("2026-03-02 00:00", "2026-04-02 00:00"), holidays=thursdays)

    code, question, _ = why(mine, guest("Thu 09:00-17:00"))
    assert code is NoSlot.HOLIDAYS
    assert "Thursday 5 March at 09:00" in question


ALL_TIME = interval("2026-03-01 00:00", "2026-04-01 00:00")


def test_a_full_calendar_asks_what_may_give_way() -> None:
    assert why(side(ALL_TIME), guest(), COFFEE, CALL) == Obstacle(
        NoSlot.OWNER_BUSY,
        (
            "Every time that suits Ana within 3 weeks is taken in your calendar."
            " What may give way, or how far ahead may Fika look?"
        ),
        Settles("allowances"),
    )


def test_a_nearly_full_calendar_asks_for_a_call() -> None:
    half_an_hour = [
        interval("2026-03-01 00:00", "2026-03-05 08:45"),
        interval("2026-03-05 09:45", "2026-04-01 00:00"),
    ]

    code, question, _ = why(side(*half_an_hour), guest(), LUNCH, CALL)
    assert code is NoSlot.OWNER_BUSY
    assert "A call would fit on Thursday 5 March at 10:00" in question


def test_the_one_small_thing_in_the_way_is_asked_about() -> None:
    weeks = interval("2026-03-05 23:00", "2026-04-01 00:00")
    before = interval("2026-03-01 00:00", "2026-03-04 23:00")
    thursday = interval("2026-03-04 23:00", "2026-03-05 23:00")

    def asked(obstacle_: Busy) -> str:
        mine = side(before, weeks)
        code, question, _ = why(replace(mine, busy=(*mine.busy, obstacle_)), guest())
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

    code, question, _ = why(side(*hour), guest())
    assert code is NoSlot.OWNER_BUSY
    assert question == (
        "Thursday 5 March at 10:00 would suit Ana but leaves less than 15 minutes to another"
        " meeting. May it be used for a coffee?"
    )


def test_too_little_time_for_the_way_is_asked_about_and_a_yes_gives_it() -> None:
    hour = [
        Busy(interval("2026-03-01 00:00", "2026-03-05 08:45"), place="Storgatan 5"),
        Busy(interval("2026-03-05 10:00", "2026-04-01 00:00")),
    ]
    coffee = replace(RULES.formats[COFFEE], length=timedelta(hours=1), travel=timedelta())
    rules = replace(RULES, buffer=timedelta(), formats={**RULES.formats, COFFEE: coffee})
    mine = side(*hour, rules=rules)

    code, question, saved = why(mine, guest())
    assert code is NoSlot.OWNER_BUSY
    assert question == (
        "Thursday 5 March at 09:45 would suit Ana but leaves too little time for the way to another"
        " meeting. May it be used for a coffee?"
    )
    allowed = replace(person(), allowances=saved.texts)
    towards = side_for(allowed, mine)
    assert suiting(own_times(towards, COFFEE), GuestSide(allowed), towards)


def test_planning_time_is_not_offered_even_then() -> None:
    code, question, _ = why(side(protected=(ALL_TIME,)), guest())

    assert code is NoSlot.OWNER_BUSY
    assert "taken in your calendar" in question


def test_a_guest_who_is_taken_is_said() -> None:
    code, question, _ = why(side(), guest(busy=(ALL_TIME,)))

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
    question = why(side(), guest("Sat 09:00-13:00"), EVENT).question

    assert question.endswith("Would Saturday 7 March at 09:00 be all right for an event?")


def test_hours_too_short_for_a_format_ask_for_another() -> None:
    assert why(side(), guest("Mon-Fri 09:00-09:30")) == (
        NoSlot.NO_COMMON_HOURS,
        "None of Ana's hours are long enough for a coffee. Would another format do?",
        Settles("formats"),
    )


def test_nobody_s_name_is_needed_for_a_question() -> None:
    nobody = GuestSide(Person(id=person().id, name=""))

    assert why(side(ALL_TIME), nobody)[0] is NoSlot.OWNER_BUSY


def test_a_time_beyond_the_horizon_is_offered_with_a_week_to_spare() -> None:
    first = interval("2026-03-31 08:00", "2026-03-31 08:45")

    assert why(side(), guest(busy=(ALL_TIME,)), later=first) == (
        NoSlot.GUEST_BUSY,
        (
            "There is no time for a coffee with Ana within 3 weeks. The first would be Tuesday"
            " 31 March at 10:00. Shall Fika look that far ahead?"
        ),
        allows("within 6w"),
    )


def test_several_small_things_are_asked_about_together() -> None:
    lunchtime = Busy(interval("2026-03-04 23:00", "2026-03-05 23:00"), all_day=True)
    before = interval("2026-03-01 00:00", "2026-03-05 10:45")
    after = interval("2026-03-05 12:15", "2026-04-01 00:00")

    assert why(side(before, after, lunchtime), guest())[1:] == (
        (
            "Thursday 5 March at 12:00 would suit Ana but is free but for an entry of the whole"
            " day and is in your lunch. May it be used for a coffee?"
        ),
        allows("all-day", "lunch"),
    )


HOURS_OF = ("", "Mon-Fri 05:30-09:30", "Sat 09:00-13:00", "Mon-Fri 16:30-20:00")
blocks = st.lists(
    st.tuples(
        st.integers(0, 21 * 24), st.integers(1, 96), st.sampled_from(["", "maybe", "day"])
    ).map(
        lambda each: Busy(
            Interval(NOW + timedelta(hours=each[0]), NOW + timedelta(hours=each[0] + each[1])),
            all_day=each[2] == "day",
            tentative=each[2] == "maybe",
        )
    ),
    max_size=12,
)


@given(
    blocks,
    st.sampled_from(HOURS_OF),
    st.sampled_from(["", "Asia/Tokyo", "America/Los_Angeles", "Asia/Kathmandu"]),
    st.sampled_from([COFFEE, LUNCH, CALL, DRINK, EVENT]),
    st.booleans(),
)
@settings(deadline=None, max_examples=120)
def test_what_a_yes_saves_gives_a_time(
    busy: list[Busy], hours: str, zone: str, format_: Format, far: bool
) -> None:
    window = Interval(NOW + timedelta(days=far), NOW + timedelta(days=18))
    mine = side(*busy, Busy(window, tentative=far), holidays=(date(2026, 3, 20),))
    theirs = guest(hours, zone)

    if suiting(own_times(mine, format_), theirs, mine):
        return
    answer = why(mine, theirs, format_).answer
    if answer.field != "allowances" or not answer.texts:
        return
    allowed = replace(theirs.person, allowances=answer.texts)
    with_yes = side_for(allowed, mine)
    them = guest_for(replace(theirs, person=allowed), mine)
    assert suiting(own_times(with_yes, format_), them, with_yes)
