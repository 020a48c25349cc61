from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent import daily
from agent.app import App
from agent.cli.root import cli
from agent.clock import Uptime
from agent.sending import outcome
from agent.sending.suspension import heed, standstill
from agent.settings import AccountSettings, CalendarSettings, Service, SourceKind
from agent.store import runs
from agent.store.database import Database
from agent.store.suspension import release, suspend, suspended
from connectors.errors import TemporarilyUnavailable, WritingSuspended
from policies.sending.action import ActionState
from tests.agent.memory_calendar import Fault as CalendarFault
from tests.agent.memory_calendar import MemoryCalendar
from tests.agent.model_channel import CALDAV, GOOGLE, MAIL, PROFILES, Fault, MovableClock
from tests.agent.store.stored import Listing
from tests.agent.world import DAY, HOUR, MINUTE, NOW, SETTINGS, Making

SPAM = WritingSuspended("work", "it takes us for a sender of spam")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as opened:
        yield opened


@pytest.mark.parametrize("call", ["create", "deliver"])
@pytest.mark.parametrize("profile", PROFILES)
def test_after_one_refusal_nothing_more_is_tried_for_a_day(
    made: Making, profile: str, call: str
) -> None:
    here = made(PROFILES[profile])
    here.many(3)
    here.channel.faults = [Fault(call, False, SPAM)]

    report = here.settle()
    calls = list(here.channel.calls)
    here.later(23 * HOUR)
    here.settle()

    assert len(report.failures) == 1
    assert here.outbox == []
    assert calls.count(call) == 1
    assert not set(here.channel.calls[len(calls) :]) - {"find"}

    here.later(HOUR + MINUTE)
    here.settle()

    assert len(here.outbox) == 3


@pytest.mark.parametrize("jump", [-400 * DAY, -HOUR, HOUR, 400 * DAY])
def test_however_the_clock_jumps_in_the_moment_of_a_refusal_the_day_is_kept(
    made: Making, jump: timedelta
) -> None:
    here, up_s = made(GOOGLE), [0.0]
    here.ports = replace(here.ports, uptime=lambda: Uptime("the only start", up_s[0]))
    here.many(1)

    def passes(time: timedelta) -> None:
        up_s[0] += time.total_seconds()
        here.later(time)
        here.run = runs.start(here.db, here.clock.now(), here.ports.uptime()) - 1

    passes(HOUR)
    here.on["K9"] = lambda: here.clock.forward(jump)
    here.channel.faults = [Fault("deliver", False, SPAM)]
    here.settle()
    here.clock.forward(-jump)
    passes(23 * HOUR)
    here.settle()
    assert here.outbox == []

    passes(HOUR + MINUTE)
    here.settle()
    assert len(here.outbox) == 1


def test_a_refused_fence_ends_the_trying_as_well(made: Making) -> None:
    here = made(CALDAV)
    approved = here.approve(here.propose())
    here.on["K9"] = lambda: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        here.settle()
    here.channel.faults = [Fault("update", False, SPAM)]

    for _ in range(3):
        here.later(HOUR)
        here.settle()

    assert here.channel.calls.count("update") == 1
    assert here.action(approved).state is ActionState.INVITING
    assert here.action(approved).note == "work wants nothing written until Wed 1 Apr 15:00"
    here.later(DAY)
    here.settle()
    assert here.action(approved).state is ActionState.SENT
    assert len(here.outbox) == 1


def test_entries_are_put_right_when_it_is_over(made: Making) -> None:
    here = made(MAIL)
    here.approve(here.propose())
    here.settle()
    here.call_off(1)
    with here.db.transaction() as sql:
        suspend(sql, "work", here.clock.now() + DAY)
    here.settle()
    assert len(here.outbox) == 1
    assert len(here.channel.entries) == 1

    here.later(DAY + MINUTE)
    here.settle()

    assert len(here.outbox) == 2
    assert here.channel.entries == {}


def test_one_that_has_ended_keeps_its_entry_until_it_is_over(made: Making) -> None:
    here = made(GOOGLE)
    here.approve(here.propose())
    here.channel.faults = [Fault("deliver", False, SPAM)]
    here.settle()
    assert len(here.channel.entries) == 1
    here.later(HOUR)

    outcome.reject(here.db, 1, "no", here.clock.now())
    here.later(HOUR)
    here.settle()
    assert len(here.channel.entries) == 1

    here.later(DAY)
    here.settle()

    assert here.channel.entries == {}


def test_another_channel_goes_on(made: Making) -> None:
    here = made(GOOGLE)
    here.approve(here.propose())
    with here.db.transaction() as sql:
        suspend(sql, "another", here.clock.now() + DAY)

    here.settle()

    assert len(here.outbox) == 1


def test_the_owner_may_end_it_sooner(made: Making) -> None:
    here = made(MAIL)
    here.approve(here.propose())
    here.channel.faults = [Fault("deliver", False, WritingSuspended("mail", "no more today"))]
    here.settle()

    with here.db.transaction() as sql:
        assert release(sql, "mail")
        assert not release(sql, "mail")
    here.settle()

    assert len(here.outbox) == 1


@pytest.mark.parametrize("named", ["work", "my google", "google", "mail"])
def test_a_refusal_may_name_a_calendar_an_account_a_service_or_a_channel(
    db: Database, named: str
) -> None:
    calendar = CalendarSettings("work", SourceKind.ICS, account="my google")
    account = AccountSettings("my google", Service.GOOGLE)
    settings = replace(SETTINGS, calendars=(calendar,), accounts=(account,))

    with db.transaction() as sql:
        heed(sql, WritingSuspended(named, "too much", timedelta(hours=3)), NOW)

    sentence = f"{named} wants nothing written until Tue 31 Mar 17:00"
    assert standstill(db, settings, "work", NOW, "mail") == sentence
    assert not standstill(db, settings, "work", NOW + 3 * HOUR, "mail")
    assert suspended(db, NOW) == {named: NOW + 3 * HOUR}


def test_other_errors_suspend_nothing(db: Database) -> None:
    with db.transaction() as sql:
        heed(sql, TemporarilyUnavailable("work", "busy"), NOW)

    assert suspended(db, NOW) == {}


@pytest.mark.parametrize("call", ["create", "find"])
def test_planning_slots_leave_a_calendar_alone_as_well(db: Database, call: str) -> None:
    calendar, now = MemoryCalendar(), NOW
    readers = {each.name: Listing([]) for each in SETTINGS.calendars}

    def run(number: int) -> daily.DailyReport:
        report = daily.run(db, SETTINGS, readers, calendar, now, run_id=number)
        daily.refresh_agendas(db, SETTINGS, calendar, report)
        return report

    if call == "find":
        run(1)
    calendar.faults = [CalendarFault(call, "before", SPAM)]
    assert run(2).protected.failures

    now += 23 * HOUR
    waiting = [CalendarFault(each, "before", SPAM) for each in ("find", "create", "update")]
    calendar.faults = list(waiting)
    assert run(3).protected.failures == ()
    assert calendar.faults == waiting

    now += 2 * HOUR
    calendar.faults = []
    assert run(4).protected.failures == ()
    assert calendar.events


@pytest.fixture
def fika(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """The command line on a home with a folder, at `NOW`."""
    home = tmp_path / "home"
    (home / "work").mkdir(parents=True)
    home.chmod(0o700)
    (home / "config.toml").write_text(
        '[owner]\nname = "Olle"\naddresses = ["olle@example.com"]\nzone = "Europe/Berlin"\n'
        '[[calendar]]\nname = "work"\npath = "work"\nsynced = true\n[write]\ncalendar = "work"\n'
    )
    with Database(home) as db, db.transaction() as sql:
        heed(sql, SPAM, NOW)

    def call(*words: str) -> tuple[int, str]:
        app = App(home, MovableClock(NOW + HOUR))
        result = CliRunner().invoke(cli, words, obj=app, standalone_mode=False)
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        return int(result.return_value or 0), result.output

    return call


def test_the_owner_is_told_wherever_they_look(fika: Callable[..., tuple[int, str]]) -> None:
    sentence = "work wants nothing written until Wed 1 Apr 14:00"

    code, said = fika("run")
    assert (code, sentence in said) == (1, True)
    assert "planning slot" not in said
    code, said = fika("doctor")
    assert code == 1
    assert f"writing to work: {sentence}" in said
    assert sentence.capitalize()[:28] in fika("proposals")[1]

    assert "writes and sends again" in fika("calendars", "release", "work")[1]
    code, said = fika("run")
    assert (code, sentence in said) == (0, False)
    assert sentence not in fika("doctor")[1]
