from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.audit.cadence import Standing, Status, arithmetic, ranked, standing
from policies.people.person import Cadence, Person, PersonId, Priority
from policies.rules import CadenceRules
from tests import make

TODAY = date(2026, 3, 2)
RULES = CadenceRules()
A, B, C, D = Priority


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def met(
    days: int, priority: Priority = A, *, name: str = "Ana Silva", own: Cadence | None = None
) -> Standing:
    person = replace(make.person(name, priority), cadence=own)
    return standing(person, days_ago(days), None, TODAY, RULES)


def to_meet(listed_days: int, priority: Priority = A, name: str = "Raj Patel") -> Standing:
    person = replace(make.person(name, priority), listed_on=days_ago(listed_days))
    return standing(person, None, None, TODAY, RULES)


def every(ideal: int, maximum: int) -> Cadence:
    return Cadence(timedelta(days=ideal), timedelta(days=maximum))


@pytest.mark.parametrize(
    ("days", "priority", "expected"),
    [
        (0, A, Status.GREEN),
        (21, A, Status.GREEN),
        (22, A, Status.AMBER),
        (35, A, Status.AMBER),
        (36, A, Status.RED),
        (60, B, Status.GREEN),
        (90, B, Status.AMBER),
        (91, B, Status.RED),
        (180, C, Status.GREEN),
        (241, C, Status.RED),
        (365, D, Status.GREEN),
        (450, D, Status.AMBER),
    ],
)
def test_green_up_to_the_ideal_gap_amber_up_to_the_longest_red_beyond(
    days: int, priority: Priority, expected: Status
) -> None:
    assert met(days, priority).status is expected


def test_someone_without_contact_is_grey_however_long_listed() -> None:
    assert to_meet(1).status is Status.GREY
    assert to_meet(900).status is Status.GREY
    assert to_meet(900).to_meet
    assert to_meet(900).days_since is None


def test_a_persons_own_cadence_comes_before_that_of_their_priority() -> None:
    assert met(30, A, own=every(40, 50)).status is Status.GREEN
    assert met(10, D, own=every(3, 5)).status is Status.RED


def test_a_gap_that_is_no_whole_number_of_days_is_taken_up_to_the_next() -> None:
    own = Cadence(timedelta(hours=12), timedelta(days=1, hours=1))

    assert (met(1, own=own).ideal_days, met(1, own=own).maximum_days) == (1, 2)
    assert met(1, own=own).status is Status.GREEN


def test_lateness_is_the_share_of_the_gap_that_is_over_and_rank_weighs_it() -> None:
    one = met(72)

    assert one.days_since == 72
    assert one.days_over == 51
    assert one.due == days_ago(51)
    assert one.lateness == pytest.approx((72 - 21) / 21)
    assert one.rank == pytest.approx(8 * (72 - 21) / 21)


def test_someone_on_time_has_days_still_to_go() -> None:
    one = met(5)

    assert one.days_over == -16
    assert one.due == TODAY + timedelta(days=16)
    assert not one.overdue


def test_the_last_day_of_the_ideal_gap_is_on_time() -> None:
    assert not met(21).overdue
    assert met(22).overdue


def test_people_to_meet_count_from_the_day_they_were_listed_at_half_weight() -> None:
    one = to_meet(63)

    assert one.days_over == 42
    assert one.rank == pytest.approx(8 * 0.5 * 42 / 21)


def test_one_week_late_on_a_fortnight_outranks_two_weeks_late_on_a_quarter() -> None:
    ana = met(21, C, name="Ana Silva", own=every(14, 20))
    raj = met(104, C, name="Raj Patel", own=every(90, 120))

    assert ranked([raj, ana]) == (ana, raj)


def test_among_equally_late_people_the_more_important_come_first() -> None:
    people = [met(2 * days, priority) for days, priority in ((365, D), (21, A), (180, C), (60, B))]

    assert [one.person.priority for one in ranked(people)] == [A, B, C, D]


def test_those_on_time_follow_the_overdue_nearest_to_due_first() -> None:
    late, soon, later = met(400, D), met(20, A, name="Soon Due"), met(10, D, name="Later Due")

    assert ranked([later, soon, late]) == (late, soon, later)


def test_without_weight_someone_overdue_still_comes_before_those_on_time() -> None:
    rules = replace(RULES, weights={**RULES.weights, D: 0.0})
    late = standing(make.person("Ana Silva", D), days_ago(500), None, TODAY, rules)

    assert ranked([met(21), late])[0] is late


def test_ties_go_by_person_id() -> None:
    bo, al = met(40, name="Bo Berg"), met(40, name="Al Ahl")

    assert ranked([bo, al]) == (al, bo)


def test_the_reason_says_how_long_it_has_been_and_what_is_booked() -> None:
    person = make.person()
    booked = standing(person, days_ago(72), date(2026, 3, 9), TODAY, RULES)

    assert booked.reason == (
        "Last contact 72 days ago; the ideal gap is 21 days, the longest 35;"
        " a meeting is booked for Monday 2026-03-09."
    )
    assert to_meet(3).reason == "Still to meet, listed 3 days ago; the ideal is within 21 days."
    assert met(0).reason.startswith("Last contact today;")
    assert met(1).reason.startswith("Last contact yesterday;")


def test_a_clock_set_back_is_no_reason_to_fail() -> None:
    one = to_meet(-2)

    assert one.days_over == -23
    assert "listed in 2 days" in one.reason


def test_a_gap_beyond_the_calendar_is_due_on_its_last_day() -> None:
    assert met(1, own=every(10**8, 10**8)).due == date.max


@pytest.mark.parametrize(
    ("one", "lines"),
    [
        (
            met(72),
            (
                "Last contact 2025-12-20, today 2026-03-02: 72 days.",
                "Gaps of priority A: ideal 21 days, longest 35. 72 is past 35: red.",
                "Over: 72 - 21 = 51 days (was due on 2026-01-10).",
                "Lateness: 51 / 21 = 2.43.",
                "Rank: weight 8 (priority A) x lateness 2.43 = 19.43.",
            ),
        ),
        (
            met(4, own=every(3, 5)),
            (
                "Last contact 2026-02-26, today 2026-03-02: 4 days.",
                "Gaps their own: ideal 3 days, longest 5. 4 is past 3 and within 5: amber.",
                "Over: 4 - 3 = 1 day (was due on 2026-03-01).",
                "Lateness: 1 / 3 = 0.33.",
                "Rank: weight 8 (priority A) x lateness 0.33 = 2.67.",
            ),
        ),
        (
            met(20),
            (
                "Last contact 2026-02-10, today 2026-03-02: 20 days.",
                "Gaps of priority A: ideal 21 days, longest 35. 20 is within 21: green.",
                "Over: 20 - 21 = -1 day (due on 2026-03-03).",
                "Lateness: -1 / 21 = -0.05.",
                "Rank: none, because not overdue; after everyone who is.",
            ),
        ),
        (
            to_meet(63, C),
            (
                "Listed on 2025-12-29, today 2026-03-02: 63 days.",
                "Gaps of priority C: ideal 180 days, longest 240. No contact yet: grey.",
                "Over: 63 - 180 = -117 days (due on 2026-06-27).",
                "Lateness: -117 / 180 = -0.65.",
                "Rank: none, because not overdue; after everyone who is.",
            ),
        ),
        (
            to_meet(42),
            (
                "Listed on 2026-01-19, today 2026-03-02: 42 days.",
                "Gaps of priority A: ideal 21 days, longest 35. No contact yet: grey.",
                "Over: 42 - 21 = 21 days (was due on 2026-02-09).",
                "Lateness: 21 / 21 = 1.00.",
                "Rank: weight 8 (priority A) x 0.5 (to meet) x lateness 1.00 = 4.00.",
            ),
        ),
    ],
)
def test_the_arithmetic_is_written_out(one: Standing, lines: tuple[str, ...]) -> None:
    assert arithmetic(one) == lines


@st.composite
def somebody(draw: st.DrawFn) -> Standing:
    ideal = draw(st.integers(1, 400))
    person = Person(
        id=PersonId(draw(st.text("abc", min_size=1, max_size=3))),
        name="Someone",
        priority=draw(st.sampled_from(Priority)),
        listed_on=days_ago(draw(st.integers(0, 900))),
        cadence=draw(st.none() | st.just(every(ideal, ideal + draw(st.integers(0, 300))))),
    )
    last = draw(st.none() | st.builds(days_ago, st.integers(0, 900)))
    return standing(person, last, None, TODAY, RULES)


@given(st.lists(somebody(), max_size=8, unique_by=lambda one: one.person.id), st.data())
def test_ranking_ignores_the_order_it_was_given(
    people: list[Standing], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(people))

    assert ranked(shuffled) == ranked(people)


@given(st.lists(somebody(), max_size=8))
def test_the_overdue_come_first_and_their_ranks_fall(people: list[Standing]) -> None:
    order = ranked(people)
    overdue = [one for one in order if one.overdue]

    assert order[: len(overdue)] == tuple(overdue)
    assert all(one.rank >= other.rank for one, other in pairwise(overdue))


@given(somebody())
def test_a_day_later_nobody_stands_better(one: Standing) -> None:
    tomorrow = replace(one, today=TODAY + timedelta(days=1))
    worse = [Status.GREEN, Status.AMBER, Status.RED]

    assert tomorrow.rank > one.rank
    if not one.to_meet:
        assert worse.index(tomorrow.status) >= worse.index(one.status)
