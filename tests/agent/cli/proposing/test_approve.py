from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import icalendar
import pytest

from agent import runlock
from agent.__main__ import run
from agent.clock import SystemClock
from agent.errors import UsageProblem
from agent.exits import Exit
from agent.store import actions, people, proposals
from agent.store.database import Database
from policies.proposal import ProposalState
from policies.sending.action import ActionState
from tests.agent.cli.place import Place, place
from tests.agent.world import ANA, DAY, FIRST, HOUR, NOW, draft
from tests.servers.smtp import DROP, Fault

__all__ = ["place"]


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

    assert "its entry in the calendar work then says the same, whatever you changed." in said
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


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("approve", "1", "--slot", "3", "--yes"), "The new time of proposal 1 is taken back"),
        (("cancel", "1", "--yes"), "The cancellation of proposal 1 is taken back"),
    ],
)
def test_what_was_to_follow_a_meeting_can_be_taken_back(
    place: Place, words: tuple[str, ...], told: str
) -> None:
    place.said("approve", "1", "--yes")
    place.clock.forward(DAY)
    place.read()
    (before,) = place.entries()
    place.server.fault = Fault("connect", "421 closing")
    assert "waits" in place.fika(*words).output
    assert "fika reject 1" in place.failed("cancel", "1", "--yes")
    assert "fika reject 1" in place.said("show", "1")
    place.server.fault = None

    assert told in place.said("reject", "1")

    assert len(place.server.mailbox) == 1
    assert place.entries() == [before]
    assert place.state() == [ActionState.SENT, ActionState.REJECTED]
    assert "sent" in place.said("proposals")
    assert "was sent" in place.failed("reject", "1")
    place.said(*words)
    assert len(place.server.mailbox) == 2


def test_a_meeting_that_was_called_off_says_so(place: Place) -> None:
    place.said("approve", "1", "--yes")
    said = place.said("cancel", "1", "--yes")
    assert "its entry leaves the calendar work, whatever you changed." in said

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


@pytest.mark.parametrize(
    "make",
    [
        Path.touch,
        Path.mkdir,
        lambda stop: stop.symlink_to("gone"),
        lambda stop: stop.symlink_to(stop),
    ],
    ids=["file", "folder", "to nowhere", "to itself"],
)
def test_a_stop_file_keeps_everything_in_whatever_it_is(
    place: Place, make: Callable[[Path], object]
) -> None:
    make(place.home / "STOP")

    said = place.said("approve", "1", "--yes")
    assert f"Stopped by the file {place.home / 'STOP'}, so nothing is sent: remove it" in said
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


def test_what_is_just_being_sent_is_seen_to_the_end_before_it_is_rejected(place: Place) -> None:
    place.server.fault = Fault("connect", "421 closing")
    place.fika("approve", "1", "--yes")
    with Database(place.home) as db, db.transaction() as sql:
        (action,) = actions.of_proposal(db, 1)
        actions.take_approval(sql, action, 1, NOW)
        actions.move(sql, action, ActionState.INVITING, NOW)  # and killed there

    assert "just being sent `fika run`" in place.failed("reject", "1")

    assert "needs your eyes" in place.fika("approve", "1").output
    assert "first `fika settle 1`" in place.failed("reject", "1")


def test_an_address_that_needs_a_second_look_is_not_waved_through(place: Place) -> None:
    doubtful = "ana@examp1e.com"
    with Database(place.home) as db, db.transaction() as sql:
        people.save(sql, replace(ANA, addresses=(doubtful,)))
        sql.execute("UPDATE proposal SET address = ?", (doubtful,))

    assert "needs your eyes" in place.failed("approve", "1", "--yes")
    assert place.state() == []


def test_what_may_have_been_sent_since_the_backup_is_not_waved_through(place: Place) -> None:
    place.said("backup")
    place.said("approve", "1", "--yes")
    (place.home / "fika.db").write_bytes(b"x" * 9000)

    place.said("restore", "--yes")

    assert "may have been sent before" in place.said("proposals")
    assert '"restored": true' in place.said("proposals", "--json")
    assert "Look twice: it came back with a backup" in place.said("show", "1")
    assert "needs your eyes" in place.failed("approve", "1", "--yes")
    assert place.state() == []
    assert len(place.server.mailbox) == 1


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


def test_a_person_who_has_looked_can_send_what_came_back_with_a_backup(
    place: Place, real: Callable[[str], tuple[int, str]]
) -> None:
    place.said("backup")
    place.said("restore", "--yes")

    code, shown = real("y")

    assert code == 0, shown
    assert "Look twice: it came back with a backup" in shown
    assert len(place.server.mailbox) == 1


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
