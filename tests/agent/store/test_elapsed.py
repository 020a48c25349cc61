from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from agent.clock import Uptime, uptime
from agent.store import elapsed, runs
from agent.store.database import Database
from policies.sending.action import ActionState
from tests.agent.world import DAY, HOUR, MINUTE, NOW, Making


def after(db: Database, *moments: tuple[datetime, Uptime | None]) -> datetime:
    """What the ledger's clock shows when it has been told of these in turn."""
    for now, up in moments:
        with db.transaction() as sql:
            elapsed.advance(sql, now, up)
    return elapsed.counted(db.meta(elapsed.NAME), moments[-1][0])


def up(hours: float, boot: str = "one") -> Uptime:
    return Uptime(boot, hours * 3600)


SECOND, FORTH, BACK = timedelta(seconds=1), NOW + 40 * DAY, NOW - 40 * DAY


@pytest.mark.parametrize(
    ("moments", "passed"),
    [
        ([(NOW, None), (NOW + HOUR, None)], HOUR),
        ([(NOW, None), (BACK, None)], timedelta()),
        ([(NOW, None), (BACK, None), (BACK + HOUR, None)], timedelta()),
        ([(NOW, None), (FORTH, None)], 40 * DAY),
        ([(NOW, up(0)), (NOW + HOUR, up(1))], HOUR),
        ([(NOW, up(0)), (FORTH, up(1))], HOUR),
        ([(NOW, up(0)), (BACK, up(1))], HOUR),
        ([(NOW, up(0)), (FORTH, up(1)), (NOW + 2 * HOUR, up(2))], 2 * HOUR),
        ([(NOW, up(0)), (FORTH, up(0)), (FORTH + HOUR, up(1))], HOUR),
        ([(NOW, up(9)), (NOW + HOUR, up(0, "two"))], HOUR),
        ([(NOW, up(9)), (BACK, up(0, "two")), (NOW + HOUR, up(1, "two"))], HOUR),
        ([(NOW, None), (NOW + HOUR, up(0))], HOUR),
        ([(NOW, up(5)), (NOW + HOUR, None)], HOUR),
        ([(NOW, up(0)), (NOW + DAY + MINUTE, up(24))], DAY + MINUTE),
        ([(NOW, up(0)), (NOW + DAY + 5 * MINUTE, up(24))], DAY),
        ([(NOW, up(0)), (NOW + 2 * SECOND, up(0))], 2 * SECOND),
        ([(NOW, up(0)), (NOW + 3 * SECOND, up(0))], timedelta()),
    ],
)
def test_the_ledger_believes_no_clock_beyond_what_is_borne_out(
    empty: Database, moments: list[tuple[datetime, Uptime | None]], passed: timedelta
) -> None:
    with empty.copy() as db:
        assert after(db, *moments) == NOW + passed


def test_before_the_first_sending_and_where_it_is_unreadable_the_clock_is_believed() -> None:
    assert elapsed.counted("", NOW) == NOW
    assert elapsed.counted("{}", NOW) == NOW
    assert elapsed.counted("[1, 2]", NOW) == NOW


def test_between_two_sendings_it_follows_the_clock_forth_and_not_back(empty: Database) -> None:
    with empty.copy() as db:
        after(db, (NOW, up(0)))
        stored = db.meta(elapsed.NAME)

    assert elapsed.counted(stored, NOW + HOUR) == NOW + HOUR
    assert elapsed.counted(stored, BACK) == NOW


def test_a_jump_of_the_clock_makes_no_room_under_the_limit_of_a_day(made: Making) -> None:
    here = made()
    here.many(9)
    here.ports = replace(here.ports, uptime=lambda: up(1))
    sent = []

    for _ in range(4):
        here.settle()
        sent.append(len(here.outbox))
        here.later(25 * HOUR)

    assert sent == [3, 5, 5, 5]


def test_a_yes_grows_old_by_the_ledger_however_the_clock_is_set_back(made: Making) -> None:
    here, told = made(), {"uptime": up(0)}
    here.ports = replace(here.ports, uptime=lambda: told["uptime"])
    approved = here.approve(here.propose(expires=NOW + 30 * DAY))

    for passed, shown, here.stopped in ((60, 60, True), (84, 24, False), (96, 36, False)):
        told["uptime"] = up(passed)
        here.clock.moment = NOW + shown * HOUR
        here.read()
        here.run = runs.start(here.db, here.clock.now(), here.ports.uptime()) - 1
        here.settle()

    assert here.action(approved).state is ActionState.EXPIRED
    assert here.outbox == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no uptime is told")
def test_an_uptime_goes_on_and_names_its_start() -> None:
    first, second = uptime(), uptime()

    assert first is not None
    assert second is not None
    assert first.boot == second.boot
    assert first.boot
    assert second.seconds >= first.seconds > 0
