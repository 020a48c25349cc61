from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from agent.sending import clashes, followup
from agent.store import actions, blocks
from policies.calendar.event import Event, Span, Status
from policies.rules import SlotRules
from tests.agent.cli.place import BOARD, Place, place
from tests.agent.store import stored
from tests.agent.store.test_blocks import ROW
from tests.agent.world import DAY, HOUR, Making, World
from tests.connectors.texts import vcalendar
from tests.make import event, wall

__all__ = ["place"]


@pytest.fixture
def here(made: Making) -> World:
    """Ana has her invitation, for Thursday 9 April from 10:00 to 10:45."""
    here = made()
    here.approve(here.propose())
    here.settle()
    here.later(DAY)
    here.read([own(here)])
    return here


def own(here: World) -> Event:
    return lasting("2026-04-09 10:00", 45, actions.of_proposal(here.db, 1)[0].payload.uid)


def lasting(start: str, minutes: int, uid: str = "board", **fields: object) -> Event:
    made = replace(event(), uid=uid, start=wall(start), span=Span(0, minutes * 60))
    return replace(made, **fields)  # type: ignore[arg-type]


BOARD_DAY = lasting("2026-04-09 08:00", 600)


def shows(here: World, *others: Event, private: Sequence[Event] = ()) -> None:
    """What the calendars show beside the meeting."""
    stored.read(here.db, [own(here), *others], private, now=here.clock.now())


def told(here: World) -> list[str]:
    """What the owner is told of by a run that goes on to remember it."""
    found = followup.look(here.db, here.settings, here.clock.now())
    clashes.remember(here.db, found.clashing)
    return [each.sentence for each in found.changed]


def test_what_takes_its_time_since_is_told_with_what_moves_it_or_calls_it_off(here: World) -> None:
    shows(here, BOARD_DAY)

    (said,) = told(here)

    assert said == (
        "clashes with something else in your calendars, Thu 9 Apr 08:00-18:00;"
        " `fika approve 1 --slot 2` moves it to Fri 10 Apr 10:00, `fika cancel 1` calls it off"
    )


def test_it_is_told_once_and_what_comes_beside_it_by_itself(here: World) -> None:
    shows(here, BOARD_DAY)
    told(here)

    assert told(here) == []
    shows(here, BOARD_DAY, lasting("2026-04-09 10:30", 60, "call"))
    (said,) = told(here)
    assert "calendars, Thu 9 Apr 10:30-11:30; " in said


def test_what_was_gone_and_came_back_is_told_again(here: World) -> None:
    for found in ([BOARD_DAY], [], [BOARD_DAY]):
        shows(here, *found)
        said = told(here)

    assert len(said) == 1


def test_until_it_was_told_it_is_not_taken_as_told(here: World) -> None:
    shows(here, BOARD_DAY)
    followup.look(here.db, here.settings, here.clock.now())

    assert len(told(here)) == 1


def test_of_many_some_are_named_and_the_commands_never_cut(here: World) -> None:
    shows(here, *(lasting("2026-04-09 10:00", 5 + each, f"m{each}") for each in range(40)))

    (said,) = told(here)

    assert "Thu 9 Apr 10:00-10:05, Thu 9 Apr 10:00-10:06 and 38 more; `fika approve" in said


def test_where_no_other_time_is_good_it_can_be_called_off(here: World) -> None:
    here.clock.moment += timedelta(days=6, hours=12)  # nothing may be moved to so soon
    shows(here, lasting("2026-04-09 08:00", 60 * 24 * 5))

    (said,) = told(here)

    assert "fika approve" not in said
    assert said.endswith("; `fika cancel 1` calls it off")


def test_a_whole_day_is_told_as_one(here: World) -> None:
    shows(here, replace(BOARD_DAY, start=date(2026, 4, 8), span=Span(3, 0)))

    assert "calendars, all day from Wed 8 Apr; " in told(here)[0]


@pytest.mark.parametrize(
    "other",
    [
        lasting("2026-04-09 08:00", 120),
        lasting("2026-04-09 10:45", 60),
        lasting("2026-04-09 10:00", 45, busy=False),
    ],
    ids=["before", "after", "free"],
)
def test_what_takes_none_of_its_time_is_no_clash(here: World, other: Event) -> None:
    shows(here, other)

    assert told(here) == []


def test_its_own_copy_in_another_calendar_is_no_clash(here: World) -> None:
    shows(here, private=[own(here)])

    assert told(here) == []


def test_a_planning_slot_gives_way_by_itself(here: World) -> None:
    slot = replace(ROW, block=replace(ROW.block, uid="board"))
    with here.db.transaction() as sql:
        blocks.put(sql, slot)
    shows(here, BOARD_DAY)

    assert told(here) == []


def test_a_calendar_that_takes_no_time_is_not_asked(here: World) -> None:
    work, private = here.settings.calendars[1], here.settings.calendars[0]
    here.settings = replace(here.settings, calendars=(work, replace(private, busy=False)))
    shows(here, private=[BOARD_DAY])

    assert told(here) == []


def test_what_the_rules_let_pass_is_no_clash(here: World) -> None:
    rules = replace(here.settings.rules, slots=SlotRules(tentative_blocks=False))
    shows(here, lasting("2026-04-09 10:00", 30, status=Status.TENTATIVE))
    assert len(told(here)) == 1
    clashes.remember(here.db, ())

    here.settings = replace(here.settings, rules=rules)

    assert told(here) == []


def test_a_meeting_that_is_on_its_way_elsewhere_is_not_spoken_of(here: World) -> None:
    shows(here, BOARD_DAY)
    here.move(1, 1)

    assert told(here) == []


def test_of_a_meeting_the_owner_removed_only_that_is_told(here: World) -> None:
    here.read([BOARD_DAY])

    (said,) = told(here)

    assert "removed" in said


def test_one_run_says_it_and_the_next_does_not(place: Place) -> None:
    place.said("approve", "1", "--yes")
    place.clock.forward(HOUR)
    (place.folder / "board.ics").write_bytes(vcalendar(inside=BOARD))
    said = "proposal 1, Ana Silva: clashes with something else in your calendars, Thu 9 Apr"

    assert said in place.fika("run", "--dry-run").output
    found = json.loads(place.fika("run", "--json").output)
    again = json.loads(place.fika("run", "--json").output)

    (needed,) = [each for each in found["sections"] if each["heading"] == "Needs you"]
    assert [line for line in needed["lines"] if line.startswith(said)]
    assert "`fika cancel 1` calls it off" in needed["lines"][-1]
    assert found["news"]
    assert not any(each["heading"] == "Needs you" for each in again["sections"])
    assert said in place.said("digest")
