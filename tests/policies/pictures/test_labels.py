from __future__ import annotations

import math
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from policies.pictures.labels import Box, Wanted, beyond, placed

PAGE = Box(0, 0, 400, 400)
lengths = st.floats(10, 390)
names = st.lists(st.builds(Wanted, lengths, lengths, st.floats(2, 8), st.floats(5, 90), st.just(9)))


@given(names, st.lists(st.builds(lambda x, y: Box(x, y, x + 40, y + 12), lengths, lengths)))
def test_no_name_covers_a_name_a_mark_or_what_else_is_there(
    wanted: list[Wanted], taken: list[Box]
) -> None:
    boxes = [each for each in placed(wanted, taken, PAGE, gap=2) if each]

    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)
    for box in boxes:
        assert box.within(PAGE)
        assert not any(box.overlaps(each) for each in taken)
        assert not any(box.overlaps(each.mark) for each in wanted)


@given(st.floats(-7, 7), st.floats(5, 70), st.sampled_from([12.0, 24.0]), st.integers(0, 6))
def test_a_name_beyond_the_rim_is_outside_the_circle_on_the_page_and_covers_no_other(
    angle: float, width: float, height: float, more: int
) -> None:
    taken: list[Box] = []
    for turn in range(more):
        box = beyond((200, 200, 120), turn, (60, 12), taken, PAGE, gap=6)
        taken += [box] if box else []

    found = beyond((200, 200, 120), angle, (width, height), taken, PAGE, gap=6)
    if found is not None:
        aside = max(found.left - 200, 200 - found.right, 0)
        above = max(found.bottom - 200, 200 - found.top, 0)
        assert math.hypot(aside, above) >= 126
        assert found.within(PAGE)
        assert not any(found.overlaps(each) for each in taken)
    else:
        assert taken


def test_a_name_too_large_for_the_page_beside_the_circle_has_no_room() -> None:
    assert beyond((200, 200, 190), 0, (100, 300), [], PAGE, gap=6) is None


def test_a_name_stands_below_its_mark_and_beside_it_where_that_is_taken() -> None:
    one = Wanted(200, 200, 5, 40, 9)

    (below,) = placed([one], [], PAGE, gap=2)
    assert below == Box(180, 184, 220, 193)
    (beside,) = placed([one], [below], PAGE, gap=2)
    assert beside == Box(207, 195.5, 247, 204.5)


def test_the_first_has_the_first_choice_and_the_last_may_go_without() -> None:
    crowd = [Wanted(20, 20, 5, 30, 9)] * 3

    assert [each is not None for each in placed(crowd, [], Box(0, 0, 60, 23), gap=2)] == [
        True,
        False,
        False,
    ]
