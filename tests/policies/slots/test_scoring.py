from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from policies.hours import parse_hours
from policies.interval import Interval
from policies.people.person import Format, Weekday
from policies.proposal import Slot
from policies.rules import Preferences, SlotRules
from policies.slots.availability import Busy
from policies.slots.candidates import GuestSide, OwnerSide, own_times, suiting
from policies.wall import local_datetime, seconds
from tests.make import BERLIN, OWNER, interval, person, utc

NOW = utc("2026-03-02 07:00")  # a Monday, eight o'clock in Berlin
NAMES = [each.name for each in fields(Preferences)]
COFFEE, CALL = Format.COFFEE, Format.CALL
OFFICE = "a day in the office"
BESIDE = "straight before or after something of theirs"


def only(**points: float) -> SlotRules:
    """Rules by which nothing else makes a time better or worse."""
    return replace(SlotRules(), preferences=Preferences(**{**dict.fromkeys(NAMES, 0.0), **points}))


def slots(
    rules: SlotRules,
    *busy: Interval,
    theirs: GuestSide | None = None,
    format_: Format = COFFEE,
    **facts: object,
) -> dict[str, Slot]:
    side = OwnerSide(OWNER, rules, NOW, tuple(map(Busy, busy)), **facts)  # type: ignore[arg-type]
    guest = theirs or GuestSide(person())
    found = suiting(own_times(side, format_), guest, side, senior=True, red=True)
    return {
        f"{local_datetime(seconds(each.when.start), BERLIN):%a %d %H:%M}": each for each in found
    }


def points(found: dict[str, Slot], *times: str) -> list[float]:
    return [found[each].score for each in times]


@pytest.mark.parametrize("name", NAMES)
def test_every_preference_can_be_switched_off_by_itself(name: str) -> None:
    london = replace(person(), zone="Europe/London", hours=parse_hours("Mon-Fri 08:00-16:00"))
    guest = GuestSide(london, busy=(interval("2026-03-05 09:00", "2026-03-05 09:30"),))
    full = interval("2026-03-05 11:00", "2026-03-05 16:00")
    facts = {"office_days": {date(2026, 3, 5): True}}
    shown = [
        {part.name for slot in some.values() for part in slot.parts}
        for format_ in (COFFEE, CALL)
        for rules in (SlotRules(), replace(SlotRules(), preferences=Preferences(**{name: 0.0})))
        for some in [slots(rules, full, theirs=guest, format_=format_, **facts)]
    ]

    gone = (shown[0] - shown[1]) | (shown[2] - shown[3])
    assert len(gone) == (2 if name == "time_of_day" else 1)  # of each format its own
    assert shown[1] <= shown[0]
    assert shown[3] <= shown[2]


def test_a_part_is_worth_what_is_set_and_the_score_is_their_sum() -> None:
    found = slots(only(suits=1, friday_afternoon=-7, early_for_seniors=0.5))

    assert points(found, "Fri 06 13:00", "Fri 06 11:00", "Tue 10 13:00") == [-6, 1, 1.5]
    assert [tuple(part) for part in found["Fri 06 13:00"].parts] == [
        ("suits you", 1),
        ("Friday afternoon", -7),
    ]


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        pytest.param(GuestSide(person()), "suits you", id="nothing"),
        pytest.param(
            GuestSide(replace(person(), zone="Europe/Paris")), "suits you", id="their zone"
        ),
        pytest.param(
            GuestSide(replace(person(), hours=OWNER.hours)), "suits both", id="their hours"
        ),
        pytest.param(GuestSide(person(), busy=()), "suits both", id="their calendar"),
    ],
)
def test_a_time_is_said_to_suit_both_where_hours_or_a_calendar_of_theirs_are_known(
    theirs: GuestSide, said: str
) -> None:
    found = slots(only(suits=1), theirs=theirs)

    assert {part.name for each in found.values() for part in each.parts} == {said}


def test_guests_who_share_their_times_share_no_claim_to_have_been_asked() -> None:
    side = OwnerSide(OWNER, only(suits=1), NOW)
    times = own_times(side, COFFEE)

    for busy, said in ((None, "suits you"), ((), "suits both"), (None, "suits you")):
        first = suiting(times, GuestSide(person(), busy=busy), side)[0]
        assert first.parts[0].name == said


def test_a_day_in_the_office_is_better_for_meeting_in_person() -> None:
    rules, days = only(suits=1, office_day=2), {date(2026, 3, 4): True, date(2026, 3, 5): False}

    in_person = slots(rules, office_days=days)
    from_afar = slots(rules, office_days=days, format_=CALL)
    times = ("Wed 04 10:00", "Thu 05 10:00", "Fri 06 10:00")
    assert points(in_person, *times) == [3, 1, 1]
    assert points(from_afar, *times) == [1, 1, 1]


def test_usual_office_days_hold_where_the_calendar_does_not_say() -> None:
    side = OwnerSide(
        replace(OWNER, office_days=(1, 3)), SlotRules(), NOW, office_days={date(2026, 3, 5): False}
    )

    days = [date(2026, 3, day) for day in (3, 4, 5, 12)]
    assert [side.in_office(day) for day in days] == [True, False, False, True]
    assert OwnerSide(OWNER, SlotRules(), NOW).in_office(days[0]) is None


def test_who_wants_to_be_met_in_the_office_only_is_proposed_no_other_known_day() -> None:
    rules = replace(SlotRules(), office_only=True)
    days = {date(2026, 3, 4): True, date(2026, 3, 5): False}

    in_person, from_afar = (
        {each[:6] for each in slots(rules, office_days=days, format_=format_)}
        for format_ in (COFFEE, CALL)
    )
    assert {"Wed 04", "Fri 06"} <= in_person
    assert "Thu 05" not in in_person
    assert "Thu 05" in from_afar


def test_their_office_days_count_as_the_owners_do_where_they_are_known() -> None:
    wednesdays = GuestSide(replace(person(), office_days=(Weekday.WED,)))
    rules = only(suits=1, office_day=2)
    facts: dict[str, Any] = {"theirs": wednesdays, "office_days": {date(2026, 3, 4): True}}

    found = slots(rules, **facts)
    assert points(found, "Wed 04 10:00", "Thu 05 10:00", "Wed 11 10:00") == [5, 1, 3]
    required = slots(replace(rules, office_only=True), **facts)
    assert {each[:3] for each in required} == {"Wed"}
    assert "Thu 05 10:00" in slots(replace(rules, office_only=True), **facts, format_=CALL)


@pytest.mark.parametrize(("weight", "sign"), [(-2.0, -1), (2.0, 1)])
def test_meetings_are_spread_or_batched(weight: float, sign: int) -> None:
    half = interval("2026-03-05 08:00", "2026-03-05 11:30")  # of seven hours and lunch
    most = interval("2026-03-06 08:00", "2026-03-06 14:00")
    found = slots(only(suits=10, full_day=weight), half, most)

    empty, half_full, nearly_full = points(found, "Wed 04 15:15", "Thu 05 15:15", "Fri 06 15:15")
    assert empty == half_full == 10
    assert nearly_full == pytest.approx(10 + sign * 0.86)


def test_straight_before_or_after_something_of_theirs_is_worse_where_it_is_known() -> None:
    theirs = GuestSide(person(), busy=(interval("2026-03-05 13:00", "2026-03-05 14:00"),))
    rules = only(suits=10, beside_theirs=-3)
    times = ("Thu 05 13:00", "Thu 05 13:15", "Thu 05 15:00", "Thu 05 15:15", "Fri 06 13:15")

    assert points(slots(rules, theirs=theirs), *times) == [10, 7, 7, 10, 10]
    assert points(slots(rules), *times) == [10] * 5
    assert points(slots(only(suits=10), theirs=theirs), *times) == [10] * 5


# ---------------------------------------------------------------- places


def around(*places: str, format_: Format = COFFEE, mine: str = "") -> set[str]:
    """The times on Thursday next to an hour from 14:00 in Berlin at each of these places."""
    base = SlotRules()
    rule = replace(
        base.formats[format_], places=(mine,) if mine else (), travel=timedelta(minutes=15)
    )
    rules = replace(
        base,
        travel=timedelta(minutes=45),
        buffer=timedelta(),
        formats=MappingProxyType({format_: rule}),
    )
    when = interval("2026-03-05 13:00", "2026-03-05 14:00")
    side = OwnerSide(OWNER, rules, NOW, tuple(Busy(when, place=each) for each in places))
    found = suiting(own_times(side, format_), GuestSide(person()), side)
    local = [local_datetime(seconds(each.when.start), BERLIN) for each in found]
    return {f"{each:%H:%M}" for each in local if each.day == 5 and each.hour >= 12}


@pytest.mark.parametrize(
    ("places", "mine", "first_after", "first_before"),
    [
        ([""], "", "15:15", "13:00"),  # the way from wherever one is
        (["Storgatan 5"], "Strand", "15:45", None),
        (["Strand, Kajen 1"], "Strand", "15:00", "13:15"),
        (["Storgatan 5", "Strand"], "Strand", "15:45", None),
        (["Storgatan 5"], "", "15:45", None),  # where theirs will be is not known
    ],
)
def test_between_two_places_there_is_time_for_the_way(
    places: list[str], mine: str, first_after: str, first_before: str | None
) -> None:
    found = around(*places, mine=mine)

    assert min(each for each in found if each >= "14:00") == first_after
    assert max((each for each in found if each < "14:00"), default=None) == first_before


def test_a_call_needs_no_way() -> None:
    assert "15:00" in around("Storgatan 5", format_=CALL)
