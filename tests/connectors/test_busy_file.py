from __future__ import annotations

import json
import re

import pytest

from connectors.busy_file import KnownPerson, parse
from policies.hours import parse_hours
from policies.slots.availability import Busy
from tests.make import BERLIN, interval


def test_the_long_form_says_all_there_is_to_say_of_a_person() -> None:
    text = json.dumps(
        {
            "people": [
                {
                    "address": "Ana <ANA@example.com>",
                    "name": "Ana Silva",
                    "zone": "Asia/Tokyo",
                    "hours": "Mon-Fri 09:00-17:00",
                    "busy": [
                        {"start": "2026-03-02T09:00", "end": "2026-03-02T10:00", "tentative": True}
                    ],
                },
                {"address": "Room 4"},
            ]
        }
    )

    ana, room = parse(text, BERLIN)
    tokyo_morning = Busy(interval("2026-03-02 00:00", "2026-03-02 01:00"), tentative=True)
    assert ana == KnownPerson(
        "ana@example.com",
        "Ana Silva",
        "Asia/Tokyo",
        parse_hours("Mon-Fri 09:00-17:00"),
        (tokyo_morning,),
    )
    assert room == KnownPerson("Room 4")


def test_the_short_form_is_busy_times_by_address() -> None:
    text = '{"a@example.com": [["2026-03-02T09:00:00Z", "2026-03-02T10:00:00+00:00"]], "b": null}'

    assert parse(text, BERLIN) == (
        KnownPerson(
            "a@example.com", busy=(Busy(interval("2026-03-02 09:00", "2026-03-02 10:00")),)
        ),
        KnownPerson("b"),
    )


def test_nothing_busy_and_nothing_known_are_not_the_same() -> None:
    free, unknown = parse('{"a": [], "b": null}', BERLIN)

    assert free.busy == ()
    assert unknown.busy is None


def test_days_are_whole_days_on_the_clock_of_whoever_is_busy() -> None:
    (found,) = parse('{"a": [["2026-03-29", "2026-03-30"]]}', BERLIN)

    whole = interval("2026-03-28 23:00", "2026-03-29 22:00")  # the clocks change: 23 hours
    assert found.busy == (Busy(whole, all_day=True),)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{", "it is no JSON: line 1"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "it must be an object"),
        ('{"people": {}}', "people: needs a list"),
        ('{"people": [], "more": 1}', "the file: 'more' means nothing; known: people"),
        ('{"people": [3]}', "people[0]: needs an object with address, busy, hours, name, zone"),
        ('{"people": [{}]}', "people[0].address: is empty"),
        (r'{"people": [{"address": "\ud800"}]}', "people[0].address: holds what is no letter"),
        ('{"people": [{"address": "a@"}]}', "people[0].address: "),
        ('{"people": [{"address": 7}]}', "people[0].address: needs a text"),
        ('{"people": [{"address": "a", "zone": "Mars"}]}', "there is no time zone 'Mars'"),
        ('{"people": [{"address": "a", "hours": "9 to 5"}]}', "people[0].hours: "),
        ('{"people": [{"address": "a"}, {"address": "a"}]}', "people[1]: a is in it twice"),
        ('{"a": 3}', "'a'.busy: needs a list"),
        ('{"a": [3]}', "'a'.busy[0]: needs [start, end], or an object with them"),
        ('{"a": [["2026-03-02"]]}', "'a'.busy[0]: needs [start, end]"),
        ('{"a": [["2026-03-02", "2026-03-03", true]]}', "'a'.busy[0]: needs [start, end]"),
        ('{"a": [["soon", "2026-03-02"]]}', "'a'.busy[0].start: 'soon' is no time; write for"),
        ('{"a": [["2026-03-03", "2026-03-02"]]}', "'a'.busy[0]: it ends before it starts"),
        ('{"a": [["2026-03-02", "2026-03-02"]]}', "'a'.busy[0]: it ends before it starts"),
        ('{"a": [["1000-03-02", "2026-03-02"]]}', "the year must be from 1970 to 2199"),
        (
            '{"a": [{"start": "2026-03-02", "end": "2026-03-03", "tentative": 1}]}',
            "'a'.busy[0].tentative: needs true or false",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=re.escape(wrong)) as problem:
        parse(text, BERLIN)

    assert "\n" not in str(problem.value)
