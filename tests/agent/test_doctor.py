from __future__ import annotations

import json
import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.app import App
from agent.cli.root import cli
from agent.clock import FixedClock
from agent.doctor import checked
from agent.exits import Exit
from agent.keeping.backup import make
from agent.runlock import held
from agent.schedule.cron import Cron
from agent.schedule.job import Job, this_program
from agent.sending.suspension import heed
from agent.store import calendars, runs
from agent.store.database import FILE_NAME, Database
from agent.store.pause import FOR_GOOD, pause
from connectors.errors import WritingSuspended
from tests.agent.cli.test_terminal import Screen
from tests.agent.keeping.kept import fill
from tests.make import utc

NOW = utc("2026-03-04 06:15")
CONFIG = """[owner]
name = "Olle"
addresses = ["olle@example.com"]
zone = "Europe/Berlin"

[[calendar]]
name = "work"
path = "work"

[write]
calendar = "work"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    (made / "work").mkdir(parents=True)
    made.chmod(0o700)
    (made / "config.toml").write_text(CONFIG)
    return made


def looked(home: Path, *words: str) -> tuple[dict[str, tuple[str, str]], Exit]:
    """What was found by subject: the level and the finding; and the exit code."""
    app = App(home=home, clock=FixedClock(NOW))
    result = CliRunner().invoke(cli, ["doctor", "--json", *words], obj=app, standalone_mode=False)
    app.close()
    if result.exception:
        raise result.exception
    found = {
        each["subject"]: (each["level"], each["finding"]) for each in json.loads(result.output)
    }
    return found, Exit(result.return_value)


def test_a_new_home_has_notes_and_nothing_wrong(home: Path) -> None:
    found, code = looked(home)

    assert code is Exit.OK
    assert found["calendar work"] == ("note", "not read yet")
    assert found["planning slots"][0] == "well"
    assert found["mail"][0] == "note"
    assert found["last success"] == ("note", "never")


def test_a_configuration_with_problems_ends_the_look_with_all_of_them(home: Path) -> None:
    (home / "config.toml").write_text(CONFIG.replace("Europe/Berlin", "Mars"))

    found, code = looked(home)
    assert code is Exit.USAGE
    assert "Mars" in found["configuration"][1]


def test_a_folder_others_can_read_is_wrong(home: Path) -> None:
    home.chmod(0o755)

    found, code = looked(home)
    assert code is Exit.STATE_UNUSABLE
    assert found["folder"][0] == "wrong"


def test_backups_others_can_read_are_wrong_as_no_more_are_made(home: Path) -> None:
    with Database(home) as db:
        make(db, home, utc("2026-04-01 06:00"))
    well, code = looked(home)
    assert (well["backups"], code) == (("well", "fika-20260401T060000Z.db"), Exit.OK)
    (home / "backups").chmod(0o755)

    found, code = looked(home)
    assert code is Exit.STATE_UNUSABLE
    assert found["backups"][0] == "wrong"
    assert "can be read by other users" in found["backups"][1]


def test_a_store_that_is_damaged_is_wrong(home: Path) -> None:
    Database(home).close()
    (home / FILE_NAME).write_bytes(b"not a database at all, but long enough to be looked at" * 40)

    found, code = looked(home)
    assert code is Exit.STATE_UNUSABLE
    assert found["state"][0] == "wrong"


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("run", "started_s", 10**17),  # which its own checks stumbled over
        ("person", "priority", "Z"),
    ],
)
def test_a_store_that_holds_what_no_fika_wrote_is_wrong(
    home: Path, table: str, column: str, value: object
) -> None:
    with Database(home) as db:
        fill(db)
        db.rows(f"UPDATE {table} SET {column} = ?", value)  # noqa: S608 - our own words

    found, code = looked(home)
    assert code is Exit.STATE_UNUSABLE
    assert found["state"][0] == "wrong"
    assert f"in {table}" in found["state"][1]


def test_a_calendar_that_is_not_there_is_wrong(home: Path) -> None:
    (home / "work").rmdir()

    found, code = looked(home)
    assert found["calendar work"][0] == "wrong"
    assert code is Exit.USAGE, "the planning slots have nowhere to go"


def test_what_the_last_run_said_of_a_calendar_is_said_again(home: Path) -> None:
    with Database(home) as db:
        row = calendars.calendar(db, "work")
        with db.transaction() as sql:
            sql.execute("UPDATE calendar SET read_at_s = 1, total = 30")
            calendars.note_failure(sql, row.id, "no answer", 2)
    found, _ = looked(home)
    assert found["calendar work"] == ("wrong", "no answer")

    with Database(home) as db, db.transaction() as sql:
        calendars.note_refusal(sql, row.id, 3)
    found, code = looked(home)
    assert "far fewer" in found["calendar work"][1]
    assert code is Exit.DEGRADED


def test_a_file_nobody_keeps_fresh_is_noted_with_its_age(home: Path) -> None:
    (home / "old.ics").touch()
    (home / "config.toml").write_text(f'{CONFIG}\n[[calendar]]\nname = "old"\npath = "old.ics"\n')
    at = int(NOW.timestamp())
    with Database(home) as db:
        calendars.calendar(db, "old")
        with db.transaction() as sql:
            update = "UPDATE calendar SET read_at_s = ?, total = 30, content_at_s = ?"
            sql.execute(update, (at, at - 7 * 86_400))

    level, finding = looked(home)[0]["calendar old"]
    assert level == "note"
    assert finding == f"30 entries, as they were on {NOW - timedelta(7):%Y-%m-%d %H:%M} UTC"


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (utc("2026-03-05 23:30"), "paused until Fri 6 Mar, so nothing is proposed or sent"),
        (FOR_GOOD, "paused, so nothing is proposed or sent"),
    ],
)
def test_what_the_owner_stopped_long_ago_is_told_again(
    home: Path, until: datetime, said: str
) -> None:
    assert not {"pause", "stop"} & looked(home)[0].keys()

    (home / "STOP").touch()
    with Database(home) as db, db.transaction() as sql:
        pause(sql, until)
    found, code = looked(home)
    assert found["pause"] == ("note", said)
    assert found["stop"] == (
        "note",
        f"stopped by the file {home / 'STOP'}, so nothing is sent",
    )
    assert code is Exit.OK


def test_a_service_that_wants_nothing_written_is_wrong(home: Path) -> None:
    with Database(home) as db, db.transaction() as sql:
        heed(sql, WritingSuspended("work", "too much"), NOW)

    found, code = looked(home)
    assert found["writing to work"] == (
        "wrong",
        "work wants nothing written until Thu 5 Mar 07:15",
    )
    assert code is Exit.DEGRADED


def test_a_run_under_way_is_noted(home: Path) -> None:
    with held(home):
        assert looked(home)[0]["lock"] == ("note", "a run is under way")


def test_a_clock_set_back_is_wrong(home: Path) -> None:
    with Database(home) as db:
        runs.start(db, NOW + timedelta(days=400), None)

    found, code = looked(home)
    assert found["clock"][0] == "wrong"
    assert code is Exit.DEGRADED


def test_a_success_long_ago_is_noted(home: Path) -> None:
    with Database(home) as db:
        number = runs.start(db, NOW - timedelta(days=3), None)
        runs.finish(db, number, NOW - timedelta(days=3), 0, "{}")

    level, finding = looked(home)[0]["last success"]
    assert level == "note"
    assert "3 days ago" in finding


def test_signing_in_to_a_mail_server_that_is_down_says_so(home: Path) -> None:
    mail = '\n[mail]\nhost = "127.0.0.1"\nport = 9\nencryption = "none"\n'
    (home / "config.toml").write_text(CONFIG + mail)

    assert looked(home)[0]["mail"][0] == "note"
    found, code = looked(home, "--mail")
    assert found["mail"][0] == "wrong"
    assert code is Exit.DEGRADED


def test_without_a_mail_server_the_file_to_add_one_to_is_named(home: Path) -> None:
    with closing(App(home=home, clock=FixedClock(NOW))) as app:
        remedies = [each.remedy for each in checked(app, None) if each.subject == "mail"]

    assert remedies == [f"add a [mail] section to {home / 'config.toml'}: README, Set up mail"]


@pytest.mark.parametrize(("no_colour", "colours"), [("", True), ("1", False)])
def test_a_terminal_is_coloured_unless_colour_is_not_wanted(
    home: Path, monkeypatch: pytest.MonkeyPatch, no_colour: str, colours: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", no_colour)
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)

    with closing(App(home=home, clock=FixedClock(NOW))) as app:
        cli.main(["doctor"], obj=app, standalone_mode=False)
    assert "✓" in screen.text()
    assert ("\x1b[" in screen.text()) is colours


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_a_channel_is_looked_at_and_nothing_is_sent_to_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = '\n[[digest.channel]]\nname = "phone"\nurl_from = { env = "FIKA_PHONE" }\n'
    (home / "config.toml").write_text(CONFIG + channel)

    found, code = looked(home)
    assert found["digest to phone"] == ("wrong", "the variable FIKA_PHONE holds no secret")
    assert code is Exit.SIGN_IN
    for url, level in (("nonsense://secret-topic", "wrong"), ("ntfy://secret-topic", "well")):
        monkeypatch.setenv("FIKA_PHONE", url)
        found, _ = looked(home)
        assert found["digest to phone"][0] == level
        assert "secret" not in found["digest to phone"][1]


def test_a_country_without_known_holidays_is_wrong_and_none_at_all_is_noted(home: Path) -> None:
    assert looked(home)[0]["public holidays"][0] == "note"

    for country, level, code in (("SE", "well", Exit.OK), ("DE-XX", "wrong", Exit.USAGE)):
        (home / "config.toml").write_text(
            CONFIG.replace('"Olle"', f'"Olle"\ncountry = "{country}"')
        )
        found, ended = looked(home)
        assert (found["public holidays"][0], ended) == (level, code)


@pytest.fixture
def crontab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose one scheduler is cron, its table in a file."""
    folder, table = tmp_path / "bin", tmp_path / "table"
    folder.mkdir()
    script = folder / "crontab"
    script.write_text(
        f'#!/bin/sh\n[ "$1" = -l ] && exec /bin/cat "{table}"\n/bin/cat > "{table}"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(sys, "platform", "linux")
    return table


def test_whether_a_daily_run_is_set_up_is_said(home: Path, crontab: Path) -> None:
    level, finding = looked(home)[0]["daily run"]
    assert (level, finding.partition(":")[0]) == ("note", "not set up")

    Cron().install(Job(this_program(), home.resolve()))
    assert crontab.exists()
    assert looked(home)[0]["daily run"] == ("well", "set up with cron")


def test_a_run_that_did_not_go_well_is_said_beside_the_last_that_did(home: Path) -> None:
    with closing(Database(home)) as db:
        runs.finish(db, runs.start(db, NOW - timedelta(hours=2), None), NOW, Exit.OK, "")
        assert "last run" not in looked(home)[0]
        number = runs.start(db, NOW - timedelta(hours=1), None)
        assert "broken off" in looked(home)[0]["last run"][1]
        runs.finish(db, number, NOW, Exit.DEGRADED, "")

    found, _ = looked(home)
    assert found["last run"] == ("note", f"began at 2026-03-04 05:15 UTC: exit {Exit.DEGRADED:d}")
    assert found["last success"] == ("well", "2026-03-04 06:15 UTC")
