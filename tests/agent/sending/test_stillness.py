from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.sending.ports import stop_file
from agent.sending.stillness import stillness, unrun
from agent.sending.suspension import heed
from agent.store import runs
from agent.store.database import Database
from agent.store.pause import FOR_GOOD, pause
from connectors.errors import WritingSuspended
from tests.agent.world import DAY, HOUR, NOW, SETTINGS


@pytest.fixture
def db(empty: Database) -> Iterator[Database]:
    with empty.copy() as made:
        yield made


def said(db: Database, home: Path, now: datetime = NOW) -> list[str]:
    return [str(each) for each in stillness(db, SETTINGS, home, now)]


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        (NOW - HOUR, []),
        (NOW + 3 * HOUR, ["paused until Tue 31 Mar 17:00, so nothing is proposed or sent"]),
        (NOW + 9 * DAY, ["paused until Thu 9 Apr, so nothing is proposed or sent"]),
        (FOR_GOOD, ["paused, so nothing is proposed or sent"]),
    ],
)
def test_a_pause_is_said_while_it_lasts_on_the_owners_clock(
    db: Database, tmp_path: Path, until: datetime, sentence: list[str]
) -> None:
    with db.transaction() as sql:
        pause(sql, until)

    assert said(db, tmp_path) == [f"{each}: fika pause --off ends it" for each in sentence]


def run(db: Database, began: datetime, code: int) -> None:
    runs.finish(db, runs.start(db, began, None), began, code, "{}")


OLD = (
    "no run has gone well since {}, so what is shown may be old: fika run tries again, fika doctor"
    " says what is wrong"
)


@pytest.mark.parametrize(
    ("before", "since"),
    [
        ((), ""),
        (((26 * HOUR, 0),), ""),
        (((27 * HOUR, 0),), "Mon 30 Mar 11:00, 1 day ago"),
        (((3 * DAY, 0), (HOUR, 1)), "Sat 28 Mar 13:00, 3 days ago"),
        (((3 * DAY, 1), (2 * DAY, 1), (HOUR, 1)), "Sat 28 Mar 13:00, 3 days ago"),
        (((HOUR, 1),), ""),
        (((3 * DAY, 1), (HOUR, 0)), ""),
    ],
)
def test_that_no_run_has_gone_well_for_long_is_said(
    db: Database, before: tuple[tuple[timedelta, int], ...], since: str
) -> None:
    for ago, code in before:
        run(db, NOW - ago, code)

    expected = [OLD.format(since)] if since else []
    assert [str(each) for each in unrun(db, SETTINGS, NOW)] == expected


def test_everything_that_keeps_it_still_is_said_with_what_ends_it(
    db: Database, tmp_path: Path
) -> None:
    assert said(db, tmp_path) == []

    stop_file(tmp_path).touch()
    with db.transaction() as sql:
        heed(sql, WritingSuspended("mail", "too much"), NOW)
        pause(sql, FOR_GOOD)

    wants = "wants nothing written until Wed 1 Apr 14:00"
    assert said(db, tmp_path) == [
        "paused, so nothing is proposed or sent: fika pause --off ends it",
        f"stopped by the file {tmp_path / 'STOP'}, so nothing is sent: remove it to go on",
        f"mail {wants}: fika calendars release mail ends it sooner",
    ]
    found = stillness(db, SETTINGS, tmp_path, NOW)
    assert [(each.subject, each.fails) for each in found] == [
        ("pause", False),
        ("stop", False),
        ("writing to mail", True),
    ]
