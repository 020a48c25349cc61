from __future__ import annotations

import json
import shutil

from tests.agent.test_cli_approve import Place, place
from tests.servers.smtp import DROP, Fault

__all__ = ["place"]
COACH = "karin@example.org"


def test_a_report_is_shown_whole_and_sent(place: Place) -> None:
    said = place.said("report", "send", "--to", COACH, "--note", "We speak on Friday.", "--yes")

    assert "A report, exactly as it will be sent:" in said
    assert f"To       <{COACH}>" in said
    assert "Title    How my relationships stand on 31 March 2026" in said
    assert "| We speak on Friday." in said
    assert "| - Ana Silva, priority A: listed 89 days ago" in said
    assert "By mail, and nowhere else." in said
    assert f"Sent: {COACH} is given the report (report 1)." in said
    (mail,) = place.server.mailbox
    assert mail.recipients == (COACH,)
    assert place.entries() == []
    assert "1" in place.said("report", "list")
    assert COACH in place.said("report", "list")
    (told,) = json.loads(place.said("report", "list", "--json"))
    assert (told["number"], told["to"], told["status"]) == (1, COACH, "sent")


def test_without_a_yes_nothing_is_kept(place: Place) -> None:
    assert "--yes" in place.failed("report", "send", "--to", COACH)
    assert place.server.mailbox == []
    assert "There is no report" in place.said("report", "list")


def test_an_address_that_needs_eyes_is_not_sent_to_unseen(place: Place) -> None:
    failed = place.failed("report", "send", "--to", "k\u0430rin@example.org", "--yes")

    assert "needs your eyes" in failed
    assert place.server.mailbox == []


def test_a_report_that_lacks_meetings_is_not_sent_unseen(place: Place) -> None:
    shutil.rmtree(place.folder)
    place.read()

    result = place.fika("report", "send", "--to", COACH, "--yes")

    assert "Meetings may be missing: work" in result.output
    assert "may not be up to date" in str(result.exception)
    assert place.server.mailbox == []


def test_options_choose_whom_it_is_about(place: Place) -> None:
    assert "nobody to report on" in place.failed(
        "report", "send", "--to", COACH, "--status", "red", "--yes"
    )


def test_what_nobody_can_tell_is_listed_and_settled(place: Place) -> None:
    place.server.fault = Fault("end", DROP)
    result = place.fika("report", "send", "--to", COACH, "--yes")
    assert result.exit_code == 4
    assert "fika report settle 1 --sent, or --not-sent" in result.output
    assert "Report 1 needs your eyes" in place.said("proposals")
    place.server.fault = None

    assert "was it sent or not?" in place.failed("report", "settle", "1")
    assert "you said it was not sent" in place.said("report", "settle", "1", "--not-sent")
    assert "cancelled already" in place.failed("report", "reject", "1")


def test_one_that_waits_is_taken_back(place: Place) -> None:
    (place.home / "STOP").touch()
    assert "Stopped by the file" in place.said("report", "send", "--to", COACH, "--yes")

    assert "taken back" in place.said("report", "reject", "1")
    (place.home / "STOP").unlink()
    place.fika("run")

    assert place.server.mailbox == []
