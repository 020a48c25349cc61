from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.plan import goals as plan
from agent.relationships import events
from agent.store.database import Database
from policies.calendar.event import Event as Entry
from policies.calendar.event import Response, Status, Visibility
from tests import make
from tests.agent.store.stored import NOW, SETTINGS, listed, meeting, read

ANA = make.person("Ana Silva")
RAJ = replace(make.person("Raj Patel"), sensitive=True)
CROWD = [f"guest{number}@example.org" for number in range(12)]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as opened:
        listed(opened, ANA, RAJ)
        yield opened


def fair(start: str = "2026-03-30 15:00", title: str = "Fair", **changes: object) -> Entry:
    entry = meeting(start, *CROWD, *ANA.addresses, title=title)
    return replace(entry, **changes)  # type: ignore[arg-type]


def titles(db: Database) -> list[str]:
    return [each.title for each in events.every(db, SETTINGS, NOW)]


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(fair(own_response=Response.DECLINED), id="the owner declined"),
        pytest.param(fair(marker="ours"), id="it is Fika's own"),
        pytest.param(fair(visibility=Visibility.PRIVATE), id="it is private"),
        pytest.param(meeting("2026-03-30 15:00", *CROWD[:7]), id="few enough to meet"),
        pytest.param(
            meeting("2026-03-30 15:00", *(f"c{n}@work.example.org" for n in range(12))),
            id="of the owner's own house",
        ),
        pytest.param(fair("2026-03-10 15:00"), id="three weeks ago"),
        pytest.param(fair("2026-08-10 15:00"), id="far ahead"),
    ],
)
def test_not_every_meeting_is_an_event(db: Database, entry: Entry) -> None:
    read(db, [entry])

    assert titles(db) == []


def test_an_event_that_moves_keeps_whom_one_met_there(db: Database) -> None:
    read(db, [fair()])
    (found,) = events.every(db, SETTINGS, NOW)
    events.meet(db, found, [ANA], NOW)

    read(db, [fair(status=Status.CONFIRMED, summary="Fair, second day")])
    (again,) = events.every(db, SETTINGS, NOW)
    assert (again.number, again.met, again.known) == (1, ((ANA.id, False),), (ANA.id,))


def test_what_is_to_be_followed_up_is_told_in_a_line(db: Database) -> None:
    read(db, [fair(), fair("2026-03-31 09:00", "Breakfast"), fair("2026-03-27 09:00", "Old")])
    breakfast = events.one(db, SETTINGS, "breakfast", NOW)
    events.meet(db, breakfast, [ANA, RAJ], NOW)

    assert events.lines(db, SETTINGS, NOW) == (
        "Whom did you meet at Fair? Write to them by Wed 1 Apr: fika events",
        "Write to Ana Silva, met at Breakfast, by Thu 2 Apr: fika events",
    )


def test_a_private_event_the_owner_spoke_of_is_told_without_its_title(db: Database) -> None:
    read(db, [fair(title="Alcoholics", visibility=Visibility.PRIVATE)])
    kept = events.keep(db, events.one(db, SETTINGS, "alcoholics", NOW))

    asked = "Whom did you meet at a private event? Write to them by Wed 1 Apr: fika events"
    assert events.lines(db, SETTINGS, NOW) == (asked,)
    events.meet(db, kept, [ANA], NOW)
    written = "Write to Ana Silva, met at a private event, by Wed 1 Apr: fika events"
    assert events.lines(db, SETTINGS, NOW) == (written,)
    assert events.lines(db, SETTINGS, NOW + timedelta(days=9)) == (written,)
    assert titles(db) == ["Alcoholics"]


def test_an_event_that_becomes_private_is_told_without_its_title_from_then_on(
    db: Database,
) -> None:
    read(db, [fair()])
    events.keep(db, events.one(db, SETTINGS, "fair", NOW))

    read(db, [fair(visibility=Visibility.CONFIDENTIAL)])
    assert "Fair" not in str(events.lines(db, SETTINGS, NOW))


def test_each_private_event_is_a_step_of_its_goal_without_its_title(db: Database) -> None:
    starts = ("2026-04-07 15:00", "2026-04-08 15:00")
    read(db, [fair(at, f"Clinic {at}", visibility=Visibility.PRIVATE) for at in starts])
    plan.keep(db, plan.new("Move", "", (), NOW.date()))

    for at in (*starts, *starts):
        events.serve(db, SETTINGS, events.one(db, SETTINGS, at, NOW), "move")

    (goal,) = plan.every(db)
    assert [(each.text, str(each.due)) for each in goal.steps] == [
        ("Go to a private event", "2026-04-07"),
        ("Go to a private event", "2026-04-08"),
    ]


def test_nobody_sensitive_stands_in_a_line(db: Database) -> None:
    read(db, [fair()])
    events.meet(db, events.one(db, SETTINGS, "fair", NOW), [RAJ], NOW)

    assert events.lines(db, SETTINGS, NOW) == ()


def test_whom_one_met_stays_to_be_written_to_when_the_two_days_are_over(db: Database) -> None:
    read(db, [fair()])
    events.meet(db, events.one(db, SETTINGS, "fair", NOW), [ANA], NOW)

    later = NOW + timedelta(days=9)
    assert len(events.lines(db, SETTINGS, later)) == 1
    events.follow(db, events.one(db, SETTINGS, "1", NOW), ANA)
    assert events.lines(db, SETTINGS, later) == ()
