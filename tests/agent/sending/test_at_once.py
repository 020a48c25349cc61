from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from agent.app import App
from agent.reading import Outcome
from agent.sending import approving
from agent.sending.at_once import Attempt, send_at_once
from agent.sending.telling import attempt_text
from agent.settings import CalendarSettings, SourceKind
from agent.store import proposals
from agent.store.database import Database
from policies.proposal import ProposalState
from policies.sending.action import ActionState
from tests.agent.cli.place import BOARD, Place, place
from tests.agent.world import HOUR, MINUTE
from tests.connectors.texts import vcalendar

__all__ = ["place"]


@contextmanager
def opened(place: Place) -> Iterator[App]:
    app = App(place.home, place.clock, lambda _: place.settings)
    yield app
    app.close()


def yes(place: Place) -> None:
    with opened(place) as app:
        offer = approving.prepare(app.store, app.settings, 1, now=place.clock.now())
        approving.approve(app.store, app.settings, offer, now=place.clock.now())


def call_off(place: Place) -> None:
    with opened(place) as app:
        offer = approving.prepare_cancel(app.store, app.settings, 1, now=place.clock.now())
        approving.approve(app.store, app.settings, offer, now=place.clock.now())


def send(place: Place) -> tuple[Attempt, list[str]]:
    """What became of it, and what was told while it was done."""
    steps: list[str] = []
    with opened(place) as app:
        return send_at_once(app, steps.append), steps


def meeting_in(file: Path) -> None:
    file.write_bytes(vcalendar(inside=BOARD))


@pytest.fixture
def beside(place: Place) -> Path:
    """The file of a second calendar that comes before the other and takes time as well."""
    file = place.home.parent / "beside.ics"
    file.write_bytes(vcalendar())
    second = CalendarSettings("beside", SourceKind.ICS, file, synced=True)
    place.settings = replace(place.settings, calendars=(second, *place.settings.calendars))
    place.read()
    return file


def test_a_meeting_that_came_up_since_the_run_is_seen_before_anybody_is_asked(
    place: Place,
) -> None:
    place.clock.forward(HOUR)
    yes(place)
    meeting_in(place.folder / "board.ics")

    attempt, steps = send(place)

    assert steps == ["reading work", "sending what was approved"]
    assert attempt_text(attempt).splitlines() == [
        "Not sent: proposal 1: its time is no longer free",
        "  → fika show 1 has its other times",
    ]
    assert place.state() == [ActionState.EXPIRED]
    assert place.server.mailbox == []
    with Database(place.home) as db:
        assert [each.number for each in proposals.listed(db, ProposalState.OPEN)] == [1]


def test_a_calendar_that_was_read_a_moment_ago_is_not_read_again(place: Place) -> None:
    place.clock.forward(MINUTE)
    yes(place)

    attempt, steps = send(place)

    assert attempt.readings == ()
    assert steps == ["sending what was approved"]
    assert place.state() == [ActionState.SENT]


def test_one_that_takes_no_time_is_not_read_again(place: Place, beside: Path) -> None:
    quiet = replace(place.settings.calendars[0], busy=False)
    place.settings = replace(place.settings, calendars=(quiet, *place.settings.calendars[1:]))
    place.clock.forward(HOUR)
    yes(place)

    assert [each.calendar for each in send(place)[0].readings] == ["work"]


def test_one_that_cannot_be_read_is_said_and_the_others_count(place: Place, beside: Path) -> None:
    place.clock.forward(HOUR)
    yes(place)
    beside.unlink()
    meeting_in(place.folder / "board.ics")

    attempt, _ = send(place)

    assert [each.outcome for each in attempt.readings] == [Outcome.FAILED, Outcome.READ]
    said = attempt_text(attempt).splitlines()
    assert said[0].startswith("beside could not be read just now: ")
    assert place.state() == [ActionState.EXPIRED]


def test_one_that_cannot_be_read_now_is_judged_by_its_age(place: Place, beside: Path) -> None:
    place.clock.forward(HOUR)
    yes(place)
    beside.unlink()

    said = attempt_text(send(place)[0])

    assert "could not be read just now" in said
    assert "Sent: Ana Silva is invited" in said
    assert place.state() == [ActionState.SENT]


def test_calling_off_waits_for_no_calendar(place: Place, beside: Path) -> None:
    yes(place)
    send(place)
    place.clock.forward(HOUR)
    call_off(place)
    beside.unlink()

    attempt, _ = send(place)

    assert attempt.readings == ()
    assert len(place.server.mailbox) == 2
