from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.agent.cli.place import Place, place
from tests.servers.smtp import DROP, Fault

__all__ = ["place"]
PICTURES = ("map", "trend", "strips", "hours", "exposure", "planning")
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
    assert place.said("report") == place.said("report", "list")
    assert place.said("report", "--json") == place.said("report", "list", "--json")
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


def test_whoever_is_sensitive_is_in_no_report_that_is_mailed(place: Place) -> None:
    place.said("people", "edit", "Ana", "--sensitive")

    assert "nobody to report on" in place.failed("report", "send", "--to", COACH, "--yes")


def test_the_report_is_written_as_a_page_that_needs_nothing_and_its_pictures(
    place: Place, tmp_path: Path
) -> None:
    folder = tmp_path / "out"

    said = place.said("report", "write", str(folder))
    names = ["relationships.html", *(f"{each}.png" for each in PICTURES)]
    assert said.splitlines() == [str(folder / each) for each in names]
    assert sorted(each.name for each in folder.iterdir()) == sorted(names)
    assert all(each.stat().st_mode & 0o077 == 0 for each in (folder, *folder.iterdir()))
    assert all((folder / f"{each}.png").read_bytes()[:4] == b"\x89PNG" for each in PICTURES)
    page = (folder / names[0]).read_text("utf-8")
    assert page.count("<svg") == len(PICTURES)
    assert "Ana Silva" in page
    ids = re.findall(r"\bid=\"([^\"]*)\"", page)
    assert len(ids) == len(set(ids))
    assert not re.search(r"<script|<link|<img|\ssrc=|url\((?!#)|@import|\son\w+=", page)
    assert set(re.findall(r"https?://[^\"\s]*", page)) == {"http://www.w3.org/2000/svg"}


def test_a_name_that_ends_in_html_is_the_page_alone(place: Place, tmp_path: Path) -> None:
    place.said("report", "write", str(tmp_path / "audit.html"), "--by", "goal")

    assert [each.name for each in tmp_path.iterdir() if "audit" in each.name] == ["audit.html"]


@pytest.mark.parametrize("yes", ["--yes", "-y", "--force"])
def test_what_is_there_is_replaced_after_a_yes_only(place: Place, tmp_path: Path, yes: str) -> None:
    file = tmp_path / "audit.html"
    file.write_text("mine")

    assert "--yes" in place.failed("report", "write", str(file))
    assert file.read_text() == "mine"
    place.said("report", "write", str(file), yes)
    assert file.read_text() != "mine"


def test_for_others_leaves_out_whoever_is_sensitive_and_what_the_owner_thinks_of_anyone(
    place: Place, tmp_path: Path
) -> None:
    place.said("people", "edit", "Ana", "--sensitive", "--quality", "poor")

    place.said("report", "write", str(tmp_path / "all.html"))
    place.said("report", "write", str(tmp_path / "some.html"), "--for-others")
    whole, some = ((tmp_path / f"{each}.html").read_text() for each in ("all", "some"))
    assert "Ana Silva" in whole
    assert "poor" in whole
    assert "Ana Silva" not in some
    assert "Quality" not in some


def test_a_place_that_cannot_be_written_is_said_in_one_line(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert "choose another place" in place.failed("report", "write", str(tmp_path / "file" / "in"))
