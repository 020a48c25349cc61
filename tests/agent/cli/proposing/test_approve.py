from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from click.testing import CliRunner, Result

from agent import runlock
from agent.__main__ import run
from agent.app import App
from agent.cli.root import cli
from agent.clock import SystemClock
from agent.errors import UsageProblem
from agent.exits import Exit
from agent.reading import read_all
from agent.settings import CalendarSettings, Encryption, MailSettings, Settings, SourceKind
from agent.store import actions, people, proposals
from agent.store.database import Database
from agent.wiring import Services
from policies.proposal import Answer, ProposalState
from policies.sending.action import ActionState
from policies.spoken import day_said
from tests.agent.model_channel import MovableClock
from tests.agent.world import ANA, DAY, FIRST, HOUR, NOW, draft
from tests.connectors.replies import google, mailed
from tests.make import OWNER
from tests.servers.smtp import DROP, Fault, SmtpServer


@dataclass
class Place:
    """A state folder, a calendar folder and a mail server, used through the command line."""

    home: Path
    folder: Path
    server: SmtpServer
    settings: Settings
    clock: MovableClock

    def fika(self, *words: str) -> Result:
        app = App(self.home, self.clock, lambda _: self.settings)
        return CliRunner().invoke(cli, words, obj=app)

    def said(self, *words: str) -> str:
        result = self.fika(*words)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def failed(self, *words: str) -> str:
        """The one line an owner reads when it cannot be done."""
        result = self.fika(*words)
        assert result.exception is not None, result.output
        return f"{result.exception} {getattr(result.exception, 'remedy', '')}"

    def read(self) -> None:
        with Database(self.home) as db:
            readers = Services(self.settings, self.home, self.clock).readers()
            read_all(db, self.settings, readers, self.clock.now())

    def state(self) -> list[ActionState]:
        with Database(self.home) as db:
            return [each.state for each in actions.of_proposal(db, 1)]

    def entries(self) -> list[str]:
        return [each.read_text("utf-8") for each in self.folder.glob("*.ics")]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Ana is proposed a coffee; nothing has been approved."""
    folder = tmp_path / "work"
    folder.mkdir()
    with SmtpServer().running() as server:
        calendar = CalendarSettings("work", SourceKind.ICS, folder, synced=True)
        mail = MailSettings("127.0.0.1", server.port, Encryption.NONE, timeout=timedelta(seconds=2))
        settings = Settings(OWNER, (calendar,), write_calendar="work", mail=mail)
        made = Place(tmp_path / "state", folder, server, settings, MovableClock(NOW))
        with Database(made.home) as db, db.transaction() as sql:
            people.save(sql, replace(ANA, zone="Europe/London"))
            proposals.add(sql, draft(), NOW)
        made.read()
        yield made


def test_approving_shows_everything_and_sends_it(place: Place) -> None:
    said = place.said("approve", "1", "--yes")

    assert "To       Ana Silva <ana.silva@example.com>" in said
    assert "When     Thursday 9 April 2026, 10:00 to 10:45 (Europe/Berlin)" in said
    assert "09:00 to 09:45 (Europe/London) for Ana" in said
    assert "| it has been too long. Coffee on Thursday?" in said
    assert "Sent: Ana Silva is invited (proposal 1)." in said
    (mail,) = place.server.mailbox
    assert mail.recipients == ("ana.silva@example.com",)
    (entry,) = place.entries()
    assert "ATTENDEE" not in entry
    assert place.state() == [ActionState.SENT]


def test_the_invitation_opens_in_another_program(place: Place) -> None:
    place.said("approve", "1", "--yes")

    (mail,) = place.server.mailbox
    (part,) = [p for p in mail.message.walk() if p.get_content_type() == "text/calendar"]
    content: Any = part.get_payload(decode=True)
    calendar = icalendar.Calendar.from_ical(content)
    event: Any = calendar.walk("VEVENT")[0]
    assert str(calendar["METHOD"]) == part.get_param("method") == "REQUEST"
    assert event["DTSTART"].dt == FIRST.start
    assert str(event["ATTENDEE"]) == "mailto:ana.silva@example.com"
    assert event["ATTENDEE"].params["RSVP"] == "TRUE"


def test_without_a_terminal_and_a_flag_nothing_happens(place: Place) -> None:
    assert "--yes" in place.failed("approve", "1")
    assert place.server.mailbox == []
    assert place.state() == []


def test_approving_again_says_when_and_sends_nothing(place: Place) -> None:
    place.said("approve", "1", "--yes")

    with Database(place.home) as db, db.transaction() as sql:
        sql.execute("UPDATE action SET note = 'a note'")
    assert "approved at 2026-03-31 14:00; Ana Silva is invited (a note)" in place.said(
        "approve", "1", "--yes"
    )
    assert len(place.server.mailbox) == 1


def test_another_time_is_chosen_by_its_number(place: Place) -> None:
    said = place.said("approve", "1", "--slot", "2", "--yes")

    assert "Friday 10 April 2026" in said
    assert "Coffee on Friday?" in said
    assert "no time 9" in place.failed("approve", "1", "--slot", "9", "--yes")


def test_a_meeting_that_was_sent_is_moved_by_choosing_another_time(place: Place) -> None:
    place.said("approve", "1", "--yes")
    place.clock.forward(DAY)
    place.read()

    said = place.said("approve", "1", "--slot", "3", "--yes")

    assert "told the new time" in said
    assert [m.message["Subject"] for m in place.server.mailbox] == [
        "Coffee, Ana and Olle",
        "New time: Coffee, Ana and Olle",
    ]
    (entry,) = place.entries()
    assert "20260411T100000" in entry


def test_what_waits_for_one_time_is_not_approved_for_another(place: Place) -> None:
    place.server.fault = Fault("connect", "421 closing")
    place.fika("approve", "1", "--yes")

    assert "fika reject 1" in place.failed("approve", "1", "--slot", "2", "--yes")
    assert place.fika("approve", "1", "--slot", "1", "--yes").exit_code == Exit.DEGRADED


def test_a_meeting_that_was_called_off_says_so(place: Place) -> None:
    place.said("approve", "1", "--yes")
    place.said("cancel", "1", "--yes")

    assert "told that it is called off" in place.said("approve", "1", "--yes")
    assert "called off already" in place.failed("approve", "1", "--slot", "2", "--yes")


def test_a_move_can_be_put_in_ones_own_words(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.said("approve", "1", "--yes")
    place.clock.forward(DAY)
    place.read()
    monkeypatch.setenv("EDITOR", f"{sys.executable} {_editor(place, 'Tea?', 'Friday?')}")

    place.said("approve", "1", "--slot", "2", "--edit", "--yes")

    assert place.server.mailbox[1].message["Subject"] == "New time: Tea?"


def test_the_editor_has_title_and_text(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", f"{sys.executable} {_editor(place, 'Lunch?', 'Dear Ana,')}")

    said = place.said("approve", "1", "--edit", "--yes")

    assert "Title    Lunch?" in said
    assert place.server.mailbox[0].message["Subject"] == "Lunch?"
    body = place.server.mailbox[0].message.get_body(("plain",))
    assert body is not None
    assert body.get_content().startswith("Dear Ana,")


def test_leaving_the_editor_without_a_change_approves_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")

    assert "nothing was changed" in place.failed("approve", "1", "--edit", "--yes")
    assert place.state() == []


def _editor(place: Place, title: str, text: str) -> Path:
    """A program that writes what an owner would."""
    path = place.home.parent / "editor.py"
    path.write_text(f"import sys; open(sys.argv[1], 'w').write({title!r} + '\\n\\n' + {text!r})")
    return path


def test_with_the_mail_server_down_the_next_try_sends(place: Place) -> None:
    place.server.fault = Fault("connect", "421 closing")

    result = place.fika("approve", "1", "--yes")
    assert result.exit_code == Exit.DEGRADED
    assert "the next run tries again" in result.output
    assert place.state() == [ActionState.HELD]
    assert len(place.entries()) == 1

    place.server.fault = None
    assert "Sent: Ana Silva" in place.said("approve", "1")
    assert len(place.server.mailbox) == 1


def test_while_another_run_is_under_way_the_yes_is_kept(place: Place) -> None:
    with runlock.held(place.home):
        assert "Another run is under way" in place.said("approve", "1", "--yes")

    assert place.state() == [ActionState.APPROVED]
    assert place.server.mailbox == []


def test_a_stop_file_keeps_everything_in(place: Place) -> None:
    (place.home / "STOP").touch()

    said = place.said("approve", "1", "--yes")
    assert f"Stopped by the file {place.home / 'STOP'}: remove it to go on." in said
    assert place.server.mailbox == []


@pytest.mark.parametrize(("flag", "state"), [("--sent", "sent"), ("--not-sent", "cancelled")])
def test_what_nobody_can_tell_the_owner_settles(place: Place, flag: str, state: str) -> None:
    place.server.fault = Fault("end", DROP)
    result = place.fika("approve", "1", "--yes")
    assert result.exit_code == Exit.NEEDS_REVIEW
    assert "fika settle 1 --sent, or --not-sent" in result.output
    place.server.fault = None
    assert "nobody can tell whether it was sent" in place.fika("approve", "1").output

    assert "--sent or --not-sent" in place.failed("settle", "1")
    place.said("settle", "1", flag)

    assert place.state() == [ActionState(state)]
    assert len(place.entries()) == (state == "sent")
    assert len(place.server.mailbox) == 1


def test_what_nobody_can_tell_is_not_said_to_be_unsent(place: Place) -> None:
    place.server.fault = Fault("end", DROP)
    place.fika("approve", "1", "--yes")

    listed, shown = place.said("proposals"), place.said("show", "1")
    for said in (listed, shown):
        assert "not sent yet" not in said
        assert "sent or not? fika settle 1" in said
    assert "fika settle 1 --not-sent" in shown
    assert '"needs_review": true' in place.said("show", "1", "--json")


def test_a_meeting_is_called_off(place: Place) -> None:
    place.said("approve", "1", "--yes")
    place.clock.forward(HOUR)
    assert "--yes" in place.failed("cancel", "1")

    said = place.said("cancel", "1", "--yes")

    assert "A cancellation, exactly as it will be sent:" in said
    assert "told that it is called off" in said
    assert place.server.mailbox[1].message["Subject"] == "Cancelled: Coffee, Ana and Olle"
    assert place.entries() == []


def test_a_cancellation_can_be_put_in_ones_own_words(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.said("approve", "1", "--yes")
    monkeypatch.setenv("EDITOR", f"{sys.executable} {_editor(place, 'I am ill.', 'Sorry!')}")

    place.said("cancel", "1", "--edit", "--yes")

    body = place.server.mailbox[1].message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r", "").startswith("I am ill.\n\nSorry!")


def test_a_no_is_kept_with_its_reason_and_takes_the_entry_away(place: Place) -> None:
    place.server.fault = Fault("connect", "421 closing")
    place.fika("approve", "1", "--yes")
    assert len(place.entries()) == 1

    assert "rejected" in place.said("reject", "1", "--why", "too soon")

    assert place.entries() == []
    with Database(place.home) as db:
        proposal = proposals.get(db, 1)
    assert proposal is not None
    assert (proposal.state, proposal.outcome) == (ProposalState.REJECTED, "too soon")


def test_an_address_that_needs_a_second_look_is_not_waved_through(place: Place) -> None:
    doubtful = "ana@examp1e.com"
    with Database(place.home) as db, db.transaction() as sql:
        people.save(sql, replace(ANA, addresses=(doubtful,)))
        sql.execute("UPDATE proposal SET address = ?", (doubtful,))

    assert "needs your eyes" in place.failed("approve", "1", "--yes")
    assert place.state() == []


def test_an_old_file_needs_a_flag_of_its_own(place: Place) -> None:
    calendar = replace(place.settings.calendars[0], synced=False)
    place.settings = replace(place.settings, calendars=(calendar,))
    with Database(place.home) as db, db.transaction() as sql:
        sql.execute("UPDATE calendar SET content_at_s = ?", (int((NOW - 3 * DAY).timestamp()),))

    result = place.fika("approve", "1", "--yes")
    assert "work as of Sat 28 Mar 13:00" in result.output
    assert isinstance(result.exception, UsageProblem)
    assert result.exception.remedy == "say it with --accept-old"
    assert place.state() == []
    place.said("approve", "1", "--yes", "--accept-old")
    assert place.state() == [ActionState.SENT]


def test_a_yes_given_before_can_be_widened_to_an_old_file(place: Place) -> None:
    place.server.fault = Fault("connect", "421 closing")
    place.fika("approve", "1", "--yes")
    place.server.fault = None
    calendar = replace(place.settings.calendars[0], synced=False)
    place.settings = replace(place.settings, calendars=(calendar,))
    with Database(place.home) as db, db.transaction() as sql:
        sql.execute("UPDATE calendar SET content_at_s = ?", (int((NOW - 3 * DAY).timestamp()),))
    assert "has not changed for 3d" in place.said("approve", "1")

    assert "Sent:" in place.said("approve", "1", "--accept-old")


# ------------------------------------------------------------------ snooze and pause


def snoozed(place: Place) -> object:
    with Database(place.home) as db:
        person = people.get(db, ANA.id)
    assert person is not None
    return person.snoozed_until


@pytest.mark.parametrize(
    ("words", "until"),
    [
        (("ana", "6w"), "2026-05-12"),
        (("ana", "silva", "3d"), "2026-04-03"),
        (("ana", "--until", "2026-06-01"), "2026-06-01"),
    ],
)
def test_someone_is_left_in_peace_and_what_waits_for_them_is_dropped(
    place: Place, words: tuple[str, ...], until: str
) -> None:
    said = place.said("snooze", *words)

    day = day_said(date.fromisoformat(until), date(2026, 3, 31))
    assert f"Ana Silva is in peace until {day}." in said
    assert "Proposal 1 is dropped." in said
    assert str(snoozed(place)) == until
    with Database(place.home) as db:
        assert proposals.listed(db, ProposalState.OPEN) == ()


@pytest.mark.parametrize(
    "words", [("2026-12-24",), ("--until", "2026-12-24"), ("--until", "24 December")]
)
@pytest.mark.parametrize("command", [("snooze", "ana"), ("pause",)])
def test_a_day_ends_it_as_well_as_a_length_does(
    place: Place, command: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert "until Thu 24 Dec." in place.said(*command, *words)


def test_a_proposal_dropped_by_a_snooze_says_so(place: Place) -> None:
    place.said("snooze", "ana", "6w")

    assert "expired: You snoozed them until" in place.said("show", "1")


def test_a_snooze_ends(place: Place) -> None:
    place.said("snooze", "ana", "6w")

    assert "no longer snoozed" in place.said("snooze", "ana", "--off")
    assert snoozed(place) is None


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("ana", "soon"), "'soon' is no day"),
        (("ana", "0m"), "not in the future"),
        (("ana", "--until", "2026-03-31"), "not in the future"),
        (("nobody", "6w"), "nobody"),
        (("6w",), "nobody"),
    ],
)
def test_a_snooze_nobody_can_mean_is_explained(
    place: Place, words: tuple[str, ...], cause: str
) -> None:
    assert cause in place.failed("snooze", *words)
    assert snoozed(place) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2w",), "until Tue 14 Apr."),
        (("2h",), "until Tue 31 Mar 16:00"),
        (("--until", "2026-05-01"), "until Fri 1 May."),
        ((), "fika pause --off"),
    ],
)
def test_a_pause_holds_approving_back_until_it_is_over(
    place: Place, words: tuple[str, ...], said: str
) -> None:
    assert said in place.said("pause", *words)
    assert "paused" in place.failed("approve", "1", "--yes")

    place.said("pause", "--off")
    place.said("approve", "1", "--yes")


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("2w", "--off"), "not several"),
        (("0m",), "not in the future"),
        (("--until", "2026-03-31"), "not in the future"),
        (("for ever",), "'for ever' is no day"),
    ],
)
def test_a_pause_nobody_can_mean_is_explained(
    place: Place, words: tuple[str, ...], cause: str
) -> None:
    assert cause in place.failed("pause", *words)


# ------------------------------------------------------------------ answers


def test_an_answer_is_imported_from_a_mail(place: Place, tmp_path: Path) -> None:
    place.said("approve", "1", "--yes")
    with Database(place.home) as db:
        uid = actions.of_proposal(db, 1)[0].payload.uid
    (tmp_path / "reply.eml").write_bytes(mailed(google(uid=uid)))
    (tmp_path / "other.ics").write_bytes(google(uid="other"))
    (tmp_path / "noise.txt").write_bytes(b"noise")

    result = place.fika("import-reply", *map(str, sorted(tmp_path.glob("*.*"))))

    assert result.exit_code == 0
    assert "Ana Silva has accepted (proposal 1): See you, Olle" in result.output
    assert "not taken: ana.silva@example.com: the answer is to no invitation" in result.output
    assert "there is no answer" in result.output
    with Database(place.home) as db:
        proposal = proposals.get(db, 1)
    assert proposal is not None
    assert proposal.answer is Answer.ACCEPTED


def test_where_nothing_counts_the_exit_code_says_so(place: Place, tmp_path: Path) -> None:
    (tmp_path / "reply.ics").write_bytes(google())

    assert place.fika("import-reply", str(tmp_path / "reply.ics")).exit_code == Exit.USAGE
    assert place.fika("import-reply", str(tmp_path / "missing.ics")).exit_code == Exit.USAGE


# ------------------------------------------------------------------ on a real terminal


CONFIG = """
[owner]
name = "Olle Owner"
addresses = ["olle@example.com"]
zone = "Europe/Berlin"

[[calendar]]
name = "work"
path = "{folder}"
synced = true

[write]
calendar = "work"

[mail]
host = "127.0.0.1"
port = {port}
encryption = "none"
"""


def on_terminal(place: Place, answers: str, *words: str) -> tuple[int, str]:
    """Run the program as a person does, and type the next of ``answers`` when it asks."""
    typed = iter(answers)
    ours, theirs = pty.openpty()
    environment = {**os.environ, "FIKA_HOME": str(place.home), "TERM": "dumb"}
    process = subprocess.Popen(
        [sys.executable, "-m", "agent", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        cwd=Path(__file__).parents[4],
    )
    os.close(theirs)
    shown = b""
    with closing(os.fdopen(ours, "r+b", buffering=0)) as terminal:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                piece = terminal.read(4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
            if shown.rstrip().endswith(b"[y/N]:"):
                terminal.write(f"{next(typed)}\n".encode())
                shown += b" "
        return process.wait(10), shown.decode()


@pytest.fixture
def real(place: Place) -> Callable[[str], tuple[int, str]]:
    """The same place as the program finds it by itself, today."""
    place.clock.moment = SystemClock().now()
    start = place.clock.moment.replace(minute=0, second=0, microsecond=0) + 7 * DAY
    config = CONFIG.format(folder=place.folder, port=place.server.port)
    (place.home / "config.toml").write_text(config, "utf-8")
    when = replace(FIRST, start=start, end=start + HOUR)
    with Database(place.home) as db, db.transaction() as sql:
        sql.execute("UPDATE proposal SET state = 'rejected'")
        proposals.add(sql, draft(ANA, when, expires=start), place.clock.now())
    place.read()
    return lambda answers: on_terminal(place, answers, "approve", "2")


@pytest.mark.parametrize(("answer", "mails"), [("y", 1), ("n", 0)])
def test_a_person_is_asked_and_obeyed(
    place: Place, real: Callable[[str], tuple[int, str]], answer: str, mails: int
) -> None:
    code, shown = real(answer)

    assert code == 0, shown
    assert "Send it? [y/N]" in shown
    assert ("Sent: Ana Silva" in shown) is bool(mails)
    assert ("Nothing was approved." in shown) is not bool(mails)
    assert len(place.server.mailbox) == mails


@pytest.mark.parametrize(("answers", "mails"), [("yy", 1), ("yn", 0)])
def test_a_person_is_asked_once_more_where_a_calendar_is_old(
    place: Place, real: Callable[[str], tuple[int, str]], answers: str, mails: int
) -> None:
    path = place.home / "config.toml"
    path.write_text(path.read_text("utf-8").replace("synced = true", "synced = false"), "utf-8")
    with Database(place.home) as db, db.transaction() as sql:
        sql.execute("UPDATE calendar SET content_at_s = content_at_s - 999999")

    code, shown = real(answers)

    assert code == 0, shown
    assert "This is not up to date: work as of" in shown
    assert "although a calendar is old" in shown
    assert len(place.server.mailbox) == mails


def test_what_cannot_be_done_is_one_line_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIKA_HOME", str(tmp_path / "none"))

    assert run(["approve", "1"]) == Exit.USAGE

    assert "Traceback" not in capsys.readouterr().err
