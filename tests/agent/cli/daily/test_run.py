"""The daily run as its owner starts it, on real files in a folder of its own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.app import App
from agent.cli.daily.demo import _build
from agent.cli.daily.run import _done_today
from agent.cli.root import cli
from agent.clock import FixedClock, Uptime, uptime
from agent.errors import UsageProblem
from agent.runlock import held
from agent.settings import Settings
from agent.store import runs
from agent.store.database import Database
from policies.wall import local_date
from tests.make import BERLIN, OWNER, utc

NOW = utc("2026-03-04 06:15")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's folder before its first run, with its people imported."""
    home = tmp_path_factory.mktemp("built") / "home"
    _build(home, FixedClock(NOW))
    for file in (home / "calendars").rglob("*.ics"):
        os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    Owner(home).fika("people", "import", str(home / "people.toml"), "--yes")
    return home


class Owner:
    """Somebody at a terminal, at a time that stands still."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.now = NOW

    def fika(self, *words: str, code: int = 0) -> str:
        app = App(home=self.home, clock=FixedClock(self.now))
        result = CliRunner().invoke(cli, words, obj=app, standalone_mode=False)
        app.close()
        if result.exception:
            raise result.exception
        assert (result.return_value or 0) == code, result.output
        return result.output

    def files(self) -> dict[str, str]:
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((self.home / "calendars").rglob("*.ics"))
        }

    def ledger(self) -> list[object]:
        with Database(self.home) as db:
            tables = ("block", "proposal", "proposal_slot", "unplaced", "action")
            return [db.rows(f"SELECT * FROM {table}") for table in tables]  # noqa: S608 - our own names


@pytest.fixture
def owner(built: Path, tmp_path: Path) -> Owner:
    home = tmp_path / "home"
    shutil.copytree(built, home)
    home.chmod(0o700)
    return Owner(home)


def test_a_run_protects_time_proposes_and_says_so(owner: Owner) -> None:
    said = owner.fika("run")

    assert "Waiting for your yes" in said
    assert "fika show 1" in said
    assert "the first, longer slot" in said
    assert [name for name in owner.files() if name.startswith("fika-plan")]


def test_a_second_run_writes_nothing_new(owner: Owner) -> None:
    owner.fika("run")
    files, ledger = owner.files(), owner.ledger()

    said = owner.fika("run")
    assert owner.files() == files
    assert owner.ledger() == ledger
    assert "Nothing new." in said


def test_a_clock_set_back_stops_one_run_from_proposing_and_sending(owner: Owner) -> None:
    owner.fika("run")
    owner.fika("reject", "1")
    waiting = owner.fika("proposals", "--json")
    owner.now -= timedelta(days=2)

    said = owner.fika("run", code=1)
    assert "clock is behind the last run" in said
    assert "set it" in said
    assert owner.fika("proposals", "--json") == waiting
    assert "clock" not in owner.fika("run")


def test_the_zone_of_the_machine_plays_no_part(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = set()
    try:
        for zone in ("Pacific/Kiritimati", "America/Los_Angeles"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            said.add(owner.fika("run", "--dry-run"))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert len(said) == 1


@pytest.mark.parametrize("first", ["2026-03-27 00:10", "2026-10-23 00:10"])
def test_tried_every_hour_it_runs_once_a_day_also_when_the_clocks_change(
    tmp_path: Path, first: str
) -> None:
    days, now = [], utc(first)
    settings = Settings(OWNER, ())
    with Database(tmp_path / "state") as db:
        for _ in range(5 * 24):
            if not _done_today(db, settings, now):
                runs.finish(db, runs.start(db, now, None), now, 0, "{}")
                days.append(local_date(now, BERLIN))
            now += timedelta(hours=1)

    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    assert len(days) == 6


def test_events_that_are_not_ours_are_byte_identical_after_any_run(owner: Owner) -> None:
    before = owner.files()

    owner.fika("run")
    owner.now += timedelta(days=1)
    owner.fika("run")
    after = owner.files()
    assert {name: after[name] for name in before} == before


def test_an_export_that_has_grown_old_is_said_with_what_to_do(owner: Owner) -> None:
    assert "export it anew" not in owner.fika("run")
    owner.now += timedelta(days=9)

    assert re.search(r"calendar \S+ as of \w+ 2026-\S+ \S+: export it anew", owner.fika("run"))


def test_a_rehearsal_prints_exactly_what_the_run_then_does(owner: Owner) -> None:
    files, ledger = owner.files(), owner.ledger()

    rehearsed = owner.fika("run", "--dry-run")
    assert owner.files() == files
    assert owner.ledger() == ledger
    heading, _, rest = rehearsed.partition("\n")
    assert heading.startswith("Rehearsal")
    done = owner.fika("run")
    assert rest == re.sub(r": fika show \d+$", " (to be proposed)", done, flags=re.MULTILINE)
    assert "(to be proposed)" in rest


def test_a_rehearsal_of_another_day_is_as_of_that_day(owner: Owner) -> None:
    owner.fika("run")

    said = owner.fika("run", "--dry-run", "--day", "2026-03-20")
    assert "Rehearsal" in said
    assert "  4. Margareta" in said, "the first three have expired by then"


def test_another_day_is_for_rehearsals_only(owner: Owner) -> None:
    result = CliRunner().invoke(cli, ["run", "--day", "2026-03-20"], obj=App(home=owner.home))

    assert result.exit_code == 2
    assert "--dry-run" in result.output


def test_a_day_that_is_past_cannot_be_rehearsed(owner: Owner) -> None:
    words = ["run", "--dry-run", "--day", f"{owner.now - timedelta(days=1):%Y-%m-%d}"]
    result = CliRunner().invoke(cli, words, obj=App(owner.home, FixedClock(owner.now)))

    assert isinstance(result.exception, UsageProblem)
    assert "is past" in result.exception.cause


def test_one_run_a_day_is_enough_for_a_scheduler(owner: Owner) -> None:
    owner.fika("run", "--if-due")

    assert owner.fika("run", "--if-due") == ""
    owner.now += timedelta(hours=18)
    assert owner.fika("run", "--if-due") != ""


def test_a_calendar_that_fails_is_named_and_the_rest_goes_on(owner: Owner) -> None:
    (owner.home / "calendars" / "private.ics").write_text("<html>sign in</html>")

    said = owner.fika("run", code=1)
    assert "Needs you" in said
    assert "private" in said
    assert "fika show 1" not in said, "a busy calendar that was never read stops proposing"
    assert "the first, longer slot" in said
    with Database(owner.home) as db:
        assert runs.newest(db)[0].exit_code == 1
        assert runs.last_success(db) is None
    assert "no run has gone well" not in said
    owner.now += timedelta(days=2)
    assert "no run has gone well since" in owner.fika("run", code=1)


def test_another_machine_on_the_same_folder_is_noticed(owner: Owner) -> None:
    owner.fika("run")
    if uptime() is None:
        pytest.skip("this machine does not name its starts")
    with Database(owner.home) as db:
        runs.finish(db, runs.start(db, NOW, Uptime("another machine", 60)), NOW, 0, "{}")

    said = owner.fika("run", code=1)

    assert "another machine runs Fika on this same folder" in said
    owner.fika("run")


def test_a_calendar_that_breaks_off_is_named_and_told_to_the_scheduler(owner: Owner) -> None:
    private = owner.home / "calendars" / "private.ics"
    whole = private.read_bytes()
    private.write_bytes(whole[: len(whole) // 2])
    os.utime(private, (NOW.timestamp(), NOW.timestamp()))

    assert "it breaks off" in owner.fika("run", code=1)
    assert "it breaks off" in owner.fika("run", code=1), "unchanged, and still not whole"

    private.write_bytes(whole)
    os.utime(private, (NOW.timestamp(), NOW.timestamp()))
    owner.fika("run")


def test_only_some_of_what_was_left_out_is_named_unless_all_is_asked_for(owner: Owner) -> None:
    private = owner.home / "calendars" / "private.ics"
    text = private.read_text("utf-8").replace("\r\n", "\n")
    private.write_text(re.sub(r"(?m)^DTSTART.*$", "DTSTART:never", text))
    owner.fika("run")

    few, every = owner.fika("calendars"), owner.fika("calendars", "--all")

    assert few.count("private: VEVENT") == 10
    left_out = every.count("private: VEVENT")
    assert left_out > 10
    assert f"private: and {left_out - 10} more, with --all" in few


def test_where_nothing_can_be_sent_nothing_is_said_to_be_sent_by_a_yes(owner: Owner) -> None:
    owner.fika("run")

    listed, one = owner.fika("proposals"), owner.fika("show", "1")

    assert "nothing can be sent yet: no mail server is configured" in listed
    assert "fika approve" not in listed
    assert "As things stand it cannot be sent: no mail server is configured" in one
    assert "fika approve" not in one
    assert "fika reject 1" in one


def test_without_a_country_every_proposal_says_that_holidays_are_not_known(owner: Owner) -> None:
    config = owner.home / "config.toml"
    config.write_text(config.read_text().replace('country = "SE"\n', ""))
    owner.fika("run")

    assert "Your public holidays are not known" in owner.fika("show", "1")


def test_the_report_for_programs_is_json_without_a_guest_in_the_ledger(owner: Owner) -> None:
    report = json.loads(owner.fika("run", "--json"))

    assert report["calendars"] == {"work": "read", "private": "read"}
    assert report["proposals"] == [1, 2, 3]
    with Database(owner.home) as db:
        kept = runs.newest(db)[0].report
    assert "Margareta" not in kept


def test_a_second_run_at_the_same_time_is_no_error(owner: Owner) -> None:
    environment = {**os.environ, "FIKA_HOME": str(owner.home)}
    with held(owner.home):
        done = subprocess.run(
            [sys.executable, "-m", "agent", "run"],
            capture_output=True, text=True, check=False, env=environment,
        )  # fmt: skip

    assert done.returncode == 0
    assert "another run is under way" in done.stdout


def test_slots_the_owner_could_not_see_are_not_taken_for_deleted(owner: Owner) -> None:
    owner.fika("run")
    work = owner.home / "calendars" / "work"
    work.rename(work.with_name("elsewhere"))

    said = owner.fika("run", code=1)
    assert "lost" not in said
    with Database(owner.home) as db:
        assert {row[0] for row in db.rows("SELECT state FROM block")} == {"held"}


def test_a_rehearsal_sends_nothing_that_was_approved(owner: Owner) -> None:
    config = owner.home / "config.toml"
    config.write_text(
        config.read_text() + '\n[mail]\nhost = "127.0.0.1"\nport = 9\nencryption = "none"\n'
    )
    owner.fika("run")
    owner.fika("approve", "1", "--yes", code=1)

    said = owner.fika("run", "--dry-run")
    assert "Would be sent" in said
    with Database(owner.home) as db:
        (state,) = db.rows("SELECT state FROM action")[0]
    assert state != "sent"


MAIL = '\n[mail]\nhost = "127.0.0.1"\nport = 9\nencryption = "none"\n'


def test_a_pause_is_said_with_its_end_and_how_to_end_it(owner: Owner) -> None:
    owner.fika("pause", "--until", "2026-04-01")

    said = owner.fika("run")
    assert "paused until Wed 1 Apr, so nothing is proposed or sent: fika pause --off" in said
    owner.fika("pause", "--off")
    assert "paused" not in owner.fika("run")


def test_a_stop_file_and_what_it_keeps_from_going_out_are_said(owner: Owner) -> None:
    config = owner.home / "config.toml"
    config.write_text(config.read_text() + MAIL)
    owner.fika("run")
    stop = owner.home / "STOP"
    stop.touch()
    owner.fika("approve", "1", "--yes")

    said = owner.fika("run")
    assert f"stopped by the file {stop}, so nothing is sent: remove it to go on" in said
    assert re.search(r"proposal 1: the invitation for .* is approved and waits: .*STOP", said)
    assert "Nothing new." not in said


def test_a_proposal_that_is_taken_back_is_told_with_the_reason(owner: Owner) -> None:
    owner.fika("run")
    owner.fika("log", "margareta", "--how", "call")

    said = owner.fika("run")
    assert "Margareta" in next(line for line in said.splitlines() if "taken back" in line)
    assert "taken back. You have been in contact since." in said
    assert "You have been in contact since." in owner.fika("proposals", "--all")
    assert "expired: You have been in contact since." in owner.fika("show", "1")


def test_who_is_overdue_and_left_in_peace_is_counted(owner: Owner) -> None:
    owner.fika("snooze", "margareta", "6w")

    found = re.search(r"of these, (\d+) left in peace for now, \d+ wait", owner.fika("run"))
    assert found
    assert "Not proposed: Snoozed until 15 April 2026." in owner.fika("why", "margareta")


@pytest.mark.parametrize("paused", [False, True])
def test_who_waits_for_a_yes_is_not_among_those_not_proposed(owner: Owner, *, paused: bool) -> None:
    first = owner.fika("run")
    if paused:
        owner.fika("pause", "--until", "2026-04-01")

    said = owner.fika("run")
    (counts,) = re.findall(r"of these, (.*): fika why", said)
    (more,) = re.findall(r"and (\d+) more: fika audit", said)
    waiting = len(re.findall(r"^  \d+\. .*: fika show", first, re.MULTILINE))
    assert waiting > 0
    assert sum(map(int, re.findall(r"\d+", counts))) == 5 + int(more) - waiting
    assert ("waiting their turn" in counts) is not paused


def test_time_is_put_aside_in_order_of_time(owner: Owner) -> None:
    lines = owner.fika("run").partition("Time put aside\n")[2].partition("\n\n")[0].splitlines()

    days = [" ".join(line.split()[1:3]) + " 2026" for line in lines if "no room" not in line]
    assert len(days) > 1
    assert days == sorted(days, key=lambda day: datetime.strptime(day, "%d %b %Y"))  # noqa: DTZ007 - a day


def test_whoever_was_forgotten_stays_forgotten(owner: Owner) -> None:
    owner.fika("run")
    owner.fika("forget", "margareta", "--yes")

    owner.fika("run")
    owner.fika("people", "import", str(owner.home / "people.toml"), "--yes")
    assert "Margareta" not in owner.fika("people", "discover", "--json")
    assert "margareta" not in owner.fika("audit", "--json").lower()


def test_a_run_leaves_a_backup_a_day(owner: Owner) -> None:
    owner.fika("run")
    owner.fika("run")

    assert len(list((owner.home / "backups").glob("*"))) == 1
