from __future__ import annotations

import re
from datetime import timedelta

import pytest

from policies.hours import parse_hours
from policies.people.allowances import Allowed, Lifted, allowed, joined, read


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("hours  mon-fri 8-9", "hours Mon-Fri 08:00-09:00"),
        ("within 42d", "within 6w"),
        ("holidays", "holidays"),
        (" all-day ", "all-day"),
    ],
)
def test_an_allowance_is_kept_in_one_way(written: str, kept: str) -> None:
    assert read(written) == kept
    assert read(kept) == kept


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "'' allows nothing; write 'hours Mon-Fri 08:00-09:00', 'within 6w', 'holidays'"),
        ("holidays too", "'holidays too' allows nothing"),
        ("hours", "no day is named"),
        ("within", "'' is no length"),
        ("within 0m", "within needs 26w at most"),
        ("within 27w", "within needs 26w at most"),
    ],
)
def test_what_allows_nothing_is_said(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        read(written)


def test_allowances_add_up() -> None:
    every = ("hours Mon 08:00-09:00", "hours Mon 08:30-10:00, Sat 10:00-11:00", "within 3w")

    found = allowed((*every, "within 6w", "tentative", "lunch"))
    assert found == Allowed(
        parse_hours("Mon 08:00-10:00, Sat 10:00-11:00"),
        timedelta(weeks=6),
        frozenset({Lifted.TENTATIVE, Lifted.LUNCH}),
    )
    assert allowed(()) == Allowed()


def test_hours_that_meet_become_one() -> None:
    usual = parse_hours("Mon-Fri 09:00-17:00")
    more = parse_hours("Mon 08:00-09:00, Tue 18:00-19:00")

    assert joined(usual, more) == parse_hours(
        "Mon 08:00-17:00, Tue 09:00-17:00 18:00-19:00, Wed-Fri 09:00-17:00"
    )
