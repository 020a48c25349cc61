from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from policies.foresight.diary import Week
from policies.foresight.play import Manners, Play, Track, play
from policies.people.person import PersonId
from tests.policies.foresight.weeks import COOLDOWN, HOUR, MANNERS, MONDAY, track, weeks


def played(people: Sequence[Track], *rooms: tuple[float, int], manners: Manners = MANNERS) -> Play:
    return play(people, weeks(*rooms), manners)


def met(found: Play) -> list[list[str]]:
    return [list(each.met) for each in found.weeks]


def test_the_overdue_are_met_by_rank_and_the_rest_waits_a_week() -> None:
    people = [track("ben", 30), track("ana", 60), track("cleo", 10)]

    assert met(played(people, (8, 1), (8, 1), (8, 1))) == [["ana"], ["ben"], ["cleo"]]


def test_ties_go_by_id_whatever_the_order_of_the_list() -> None:
    people = [track("ben", 30), track("ana", 30)]

    assert played(people, (8, 1)) == played(people[::-1], (8, 1))
    assert met(played(people, (8, 1))) == [["ana"]]


def test_across_priorities_the_rank_of_the_day_decides() -> None:
    weighty = track("ana", 25, weight=8.0)
    late = track("zoe", 500, ideal=100, weight=2.0)

    assert met(played([weighty, late], (8, 1))) == [["zoe"]]
    assert met(played([weighty, track("zoe", 110, ideal=100, weight=2.0)], (8, 1))) == [["ana"]]


def test_whoever_was_met_comes_back_after_their_gap() -> None:
    found = played([track("ana", 22)], *[(8, 1)] * 8)

    assert met(found) == [["ana"], [], [], [], ["ana"], [], [], []]


def test_people_still_to_meet_count_by_their_share_until_they_are_met() -> None:
    new = track("ana", 43, met=False, share=0.5)
    known = track("ben", 35)

    found = played([new, known], (8, 1), (8, 1))

    assert met(found) == [["ben"], ["ana"]]
    assert [each.standing for each in found.weeks] == [(0, 0, 1, 1), (0, 0, 2, 0)]


def test_a_week_without_enough_hours_ends_with_the_first_who_does_not_fit() -> None:
    people = [track("ana", 60), track("ben", 50, takes=2 * HOUR), track("cleo", 40)]

    assert met(played(people, (2, 3), (3, 3))) == [["ana"], ["ben", "cleo"]]


def test_who_fits_into_no_week_stands_in_nobodys_way() -> None:
    people = [track("ana", 60, takes=9 * HOUR), track("ben", 40)]

    found = played(people, (2, 3))

    assert met(found) == [["ben"]]
    assert found.late == ("ana",)
    assert found.weeks[0].wanted == 10 * HOUR


def test_what_the_calendar_holds_happens_by_itself_and_takes_no_room() -> None:
    day = MONDAY.toordinal()
    series = track("ana", 22, booked=(day + 1, day + 8, day + 9))

    found = played([series, track("ben", 30)], (8, 1), (8, 1), (8, 1))

    assert met(found) == [["ben"], [], []]
    assert found.first[PersonId("ana")] == MONDAY + timedelta(days=1)


def test_a_meeting_booked_for_later_than_all_weeks_is_waited_for() -> None:
    found = played([track("ana", 30, booked=(MONDAY.toordinal() + 90,))], (8, 1))

    assert (met(found), found.first, found.late) == ([[]], {}, ())


def test_nobody_is_asked_before_they_may_be() -> None:
    day = MONDAY.toordinal()
    people = [
        track("ana", 60, ready=day + 8),
        track("ben", 60, ready=None),
        track("cleo", 60, left=0),
    ]

    found = played(people, *[(8, 9)] * 3)

    assert met(found) == [[], [], ["ana"]]
    assert found.late == ()


def test_so_often_a_year_means_no_more() -> None:
    assert met(played([track("ana", 30, ideal=1, maximum=2, left=1)], *[(8, 1)] * 4)) == [
        ["ana"], [], [], []
    ]  # fmt: skip


def test_the_cooldown_is_kept_even_where_the_gap_is_shorter() -> None:
    found = played([track("ana", 30, ideal=2, maximum=3)], *[(8, 1)] * 5)

    assert met(found) == [["ana"], [], [], ["ana"], []]


def test_every_sunday_shows_how_everyone_stands() -> None:
    found = played([track("ana", 10, ideal=21, maximum=35)], *[(0, 0)] * 5)

    assert [each.standing for each in found.weeks] == [
        (0, 0, 1, 0),
        (0, 1, 0, 0),
        (0, 1, 0, 0),
        (1, 0, 0, 0),
        (1, 0, 0, 0),
    ]
    assert found.late == ("ana",)


def test_no_weeks_are_no_play() -> None:
    assert played([track("ana", 60)]) == Play((), {}, ())


# ---------------------------------------------------------------- what always holds

PEOPLE: st.SearchStrategy[list[dict[str, object]]] = st.lists(
    st.builds(
        dict,
        ago=st.integers(0, 400),
        gap=st.integers(1, 120),
        weight=st.sampled_from([8.0, 4.0, 2.0, 1.0]),
        takes=st.sampled_from([HOUR / 2, HOUR, HOUR * 5 / 4]),
        met=st.booleans(),
    ),
    max_size=25,
)
ROOMS = st.lists(st.tuples(st.integers(2, 8), st.integers(0, 4)), min_size=1, max_size=20)


def tracks(drawn: Sequence[dict[str, object]]) -> list[Track]:
    found = []
    for number, each in enumerate(drawn):
        fields = dict(each)
        gap, ago = fields.pop("gap"), fields.pop("ago")
        assert isinstance(gap, int)
        assert isinstance(ago, int)
        found.append(track(f"p{number:02}", ago, gap, gap * 3 // 2, share=0.5, **fields))
    return found


@given(PEOPLE, ROOMS)
def test_a_play_never_exceeds_caps_hours_or_cooldown(
    drawn: list[dict[str, object]], rooms: list[tuple[int, int]]
) -> None:
    people = tracks(drawn)

    found = played(people, *rooms)

    last: dict[str, Week] = {}
    for each in found.weeks:
        assert len(each.met) <= each.week.meetings
        assert each.used <= each.week.free
        assert sum(each.standing) == len(people)
        for person in each.met:
            assert person not in last or each.week.monday - last[person].last >= COOLDOWN
            last[person] = each.week


def roomier(rooms: list[tuple[int, int]], data: st.DataObject) -> list[tuple[int, int]]:
    more = st.tuples(st.integers(0, 3), st.integers(0, 2))
    return [(hours + (add := data.draw(more))[0], most + add[1]) for hours, most in rooms]


@given(PEOPLE, ROOMS, st.data())
def test_until_somebody_is_due_again_more_room_makes_nobody_wait_longer(
    drawn: list[dict[str, object]], rooms: list[tuple[int, int]], data: st.DataObject
) -> None:
    people = tracks(drawn)
    before, after = played(people, *rooms), played(people, *roomier(rooms, data))

    rests = {each.id: max(timedelta(days=each.ideal + 1), COOLDOWN) for each in people}
    again = min((day + rests[person] for person, day in after.first.items()), default=date.max)
    firsts = {person: day for person, day in before.first.items() if day < again}
    assert all(after.first[person] <= day for person, day in firsts.items())


@given(PEOPLE, st.integers(1, 60), ROOMS, st.data())
def test_where_all_have_one_cadence_more_room_makes_no_meeting_of_anybody_later(
    drawn: list[dict[str, object]], gap: int, rooms: list[tuple[int, int]], data: st.DataObject
) -> None:
    people = tracks([each | {"gap": gap, "weight": 1.0, "met": True} for each in drawn])
    before, after = played(people, *rooms), played(people, *roomier(rooms, data))

    for one in people:
        then, now = (
            [w for w, each in enumerate(met(p)) if one.id in each] for p in (before, after)
        )
        assert len(now) >= len(then)
        assert all(later <= week for week, later in zip(then, now, strict=False))


def test_across_cadences_who_is_met_earlier_is_due_again_earlier_and_may_go_ahead() -> None:
    people = [track("ana", 30), track("zoe", 82, ideal=100, maximum=150, weight=1.0)]
    little = [(8, 0), (8, 1), (8, 0), (8, 0), (8, 1), (8, 0), (8, 1)]

    assert met(played(people, *little)) == [[], ["ana"], [], [], ["zoe"], [], ["ana"]]
    assert met(played(people, (8, 1), *little[1:])) == [["ana"], [], [], [], ["ana"], [], ["zoe"]]


def test_of_those_met_in_one_week_who_was_asked_first_is_asked_first_again() -> None:
    people = [track("ana", 30), track("ben", 60), track("cleo", 40)]

    found = met(played(people, (8, 3), *[(8, 0)] * 3, *[(8, 1)] * 3))
    assert found == [["ben", "cleo", "ana"], [], [], [], ["ben"], ["cleo"], ["ana"]]


@given(PEOPLE, ROOMS)
def test_a_week_left_over_means_that_everyone_who_could_be_asked_was(
    drawn: list[dict[str, object]], rooms: list[tuple[int, int]]
) -> None:
    people = tracks(drawn)

    for each in played(people, *rooms).weeks:
        longest = max((one.takes for one in people), default=HOUR)
        if len(each.met) < each.week.meetings and each.used + longest <= each.week.free:
            assert len(each.met) == each.due


# ---------------------------------------------------------------- invitations in vain


def test_of_those_asked_a_share_is_met_evenly_and_the_others_are_left_in_peace() -> None:
    people = [track(f"p{number}", 60 - number) for number in range(4)]
    half = Manners(COOLDOWN, timedelta(days=14), share=0.5)

    found = played(people, (8, 2), (8, 2), (8, 2), manners=half)

    assert [list(each.asked) for each in found.weeks] == [["p0", "p1"], ["p2", "p3"], ["p1"]]
    assert met(found) == [["p0"], ["p2"], ["p1"]]
    assert found.late == ()


def test_who_does_not_come_is_asked_ever_later_and_in_the_end_no_more() -> None:
    never = Manners(COOLDOWN, timedelta(days=7), vain=3, share=0.01)

    found = played([track("ana", 60)], *[(8, 1)] * 9, manners=never)

    assert [len(each.asked) for each in found.weeks] == [1, 1, 0, 1, 0, 0, 0, 0, 0]
    assert found.late == ()


def test_an_invitation_in_vain_counts_as_one_of_so_many_a_year() -> None:
    never = Manners(COOLDOWN, timedelta(days=14), share=0.01)

    found = played([track("ana", 60, left=2)], *[(8, 1)] * 6, manners=never)

    assert [len(each.asked) for each in found.weeks] == [1, 0, 1, 0, 0, 0]
    assert found.late == ()


@given(PEOPLE, ROOMS, st.floats(0.05, 1))
def test_however_many_come_no_week_is_asked_for_more_than_it_has(
    drawn: list[dict[str, object]], rooms: list[tuple[int, int]], share: float
) -> None:
    found = played(tracks(drawn), *rooms, manners=Manners(COOLDOWN, share=share))

    asked = sum(len(each.asked) for each in found.weeks)
    assert abs(sum(len(each.met) for each in found.weeks) - asked * share) <= 1
    for each in found.weeks:
        assert set(each.met) <= set(each.asked)
        assert len(each.asked) <= each.week.meetings
        assert each.used <= each.week.free
