"""The whole command line, as an owner whose only calendar is Google's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.app import App
from agent.cli.root import cli
from agent.clock import FixedClock
from agent.exits import Exit
from agent.store import blocks
from agent.store.database import Database
from tests.make import utc
from tests.proof.household import OWNER
from tests.servers.common import FOREVER, Clock
from tests.servers.google.provider import Google

NOW = utc("2099-02-02 08:00")
"""A Monday; to come, for google-auth holds what it signs with against the machine's own clock."""

_WRITES = "calendar.events.[!gl]*"
_OWNER = f"""[owner]
name = "Olivia"
addresses = ["{OWNER}"]
zone = "Europe/Berlin"
"""


class Place:
    def __init__(self, home: Path, google: Google) -> None:
        self.home, self.google = home, google

    def fika(self, *words: str, code: Exit = Exit.OK, later: timedelta = timedelta()) -> str:
        app = App(home=self.home, clock=FixedClock(NOW + later))
        result = CliRunner().invoke(cli, words, obj=app, standalone_mode=False)
        app.close()
        if result.exception:
            raise result.exception
        assert (result.return_value or 0) == code, result.output
        return result.output

    def meeting(self) -> str:
        """What stands for the proposal at the service."""
        found = self.google.entries().items()
        return next(name for name, each in found if b"Coffee: " in each.content)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Signed in; one person on the list, met long ago; the first run is over."""
    google = Google(Clock(NOW))
    home = tmp_path / "home"
    home.mkdir(0o700)
    with google.running(tmp_path):
        (home / "config.toml").write_text(_OWNER + google.configuration())
        google.sign_in(home)
        begin = NOW - timedelta(days=60)
        google.server.put(
            {
                "summary": "Coffee",
                "start": {"dateTime": begin.isoformat()},
                "end": {"dateTime": (begin + timedelta(hours=1)).isoformat()},
                "attendees": [{"email": "gia@example.org", "responseStatus": "accepted"}],
            }
        )
        made = Place(home, google)
        made.fika("people", "add", "Gia Guest", "--address", "gia@example.org", "--priority", "a")
        made.fika("run")
        yield made


def test_without_a_mail_server_nothing_is_missing(place: Place) -> None:
    found = {each["subject"]: each for each in json.loads(place.fika("doctor", "--json"))}

    assert found["mail"]["level"] == "well"
    assert "google sends the invitations" in found["mail"]["finding"]


def test_an_agenda_that_cannot_be_written_is_said(place: Place) -> None:
    place.fika("reject", "1")
    place.google.server.faults.add("insufficient", _WRITES, times=FOREVER)

    said = place.fika("run", code=Exit.DEGRADED)
    assert "Needs you\n  work: the sign-in does not include leave for this" in said
    assert "Nothing new" not in said


def test_what_no_later_run_can_mend_is_said_with_its_remedy(place: Place) -> None:
    place.google.server.faults.add("insufficient", _WRITES)

    said = place.fika("approve", "1", "--yes", code=Exit.DEGRADED)
    assert "does not include leave for this; fika accounts says what is missing" in said
    assert "the next run tries again" not in said
    assert not place.google.outbox()


def test_a_sign_in_that_was_ended_is_one_line_however_much_it_stops(place: Place) -> None:
    place.fika("approve", "1", "--yes")
    place.fika("cancel", "1", "--yes")
    place.google.server.revoke()
    place.google.server.end_access()

    said = place.fika("run", code=Exit.SIGN_IN)
    assert said.count("no longer accepts the sign-in") == 1
    assert "sign in: fika connect google google" in said


def test_of_a_calendar_without_a_file_no_age_is_said(place: Place) -> None:
    assert "never" not in place.fika("calendars")


def test_a_yes_that_ended_because_its_entry_was_moved_is_told(place: Place) -> None:
    server = place.google.server
    server.faults.add("forbidden", "calendar.events.patch", times=FOREVER)
    place.fika("approve", "1", "--yes", code=Exit.DEGRADED)
    server.faults.clear()
    hold = next(
        name for name, each in place.google.entries().items() if b"Coffee: " in each.content
    )
    later = NOW + timedelta(days=9)
    server.change(
        hold,
        start={"dateTime": later.isoformat()},
        end={"dateTime": (later + timedelta(hours=1)).isoformat()},
    )

    said = place.fika("run")
    assert "Changed\n  proposal 1: the invitation for Gia Guest was not sent: its entry" in said
    assert "Nothing new" not in said
    assert not place.google.outbox()


def test_a_meeting_removed_by_hand_is_not_said_to_be_called_off_by_a_command(place: Place) -> None:
    place.fika("approve", "1", "--yes")
    place.google.server.remove(place.meeting())

    said = place.fika("run", later=timedelta(minutes=5))
    assert "removed the meeting from your calendar; unless it told the guest, do; then" in said


def test_a_meeting_moved_by_hand_is_told_with_what_the_invitation_said(place: Place) -> None:
    place.fika("approve", "1", "--yes")
    place.google.server.change(
        place.meeting(),
        start={"dateTime": "2099-02-11T10:00:00Z"},
        end={"dateTime": "2099-02-11T11:00:00Z"},
    )

    said = place.fika("run", later=timedelta(minutes=5))
    assert "you moved the meeting to Wed 11 Feb 11:00; the invitation said" in said


def test_a_run_in_which_nothing_is_new_asks_each_calendar_one_question(place: Place) -> None:
    for _ in range(2):
        place.google.server.requests.clear()
        assert "Nothing new." in place.fika("run")

        asked = [each.operation for each in place.google.server.requests]
        assert asked == ["calendar.events.list"]


def test_a_slot_the_owner_moves_is_noticed_all_the_same(place: Place) -> None:
    found = place.google.entries().items()
    name, slot = next((name, each) for name, each in found if b"Planning" in each.content)
    start, end = (each + timedelta(hours=1) for each in (slot.when.start, slot.when.end))
    place.google.server.change(
        name, start={"dateTime": start.isoformat()}, end={"dateTime": end.isoformat()}
    )

    place.fika("run")

    with Database(place.home) as db:
        assert start in {row.block.when.start for row in blocks.every(db)}


def test_a_second_import_of_contacts_reads_what_changed_and_all_when_asked(place: Place) -> None:
    words = ("people", "import", "--account", "google", "--yes")
    place.google.server.add_contact("Ana Silva", "ana.silva@example.com")
    assert "google: 1 read" in place.fika(*words, "--dry-run")
    assert "google: 1 read" in place.fika(*words)

    place.google.server.add_contact("Raj Patel", "raj.patel@example.com")
    second = place.fika(*words)

    assert "google: 1 read" in second
    assert "Raj Patel" in second
    assert "google: 2 read, 2 known already" in place.fika(*words, "--anew")
    assert "google: 0 read" in place.fika(*words)


def test_a_dry_run_reads_the_same_contacts_again_also_where_all_are_known(place: Place) -> None:
    words = ("people", "import", "--account", "google")
    place.google.server.add_contact("Gia Guest", "gia@example.org")

    for _ in range(2):
        said = place.fika(*words, "--dry-run")
        assert "google: 1 read, 1 known already\nnothing to change" in said
    assert "google: 1 read" in place.fika(*words)
    assert "google: 0 read" in place.fika(*words)


def test_focus_time_declines_invitations_only_where_the_owner_asked_for_it(place: Place) -> None:
    config, google = place.home / "config.toml", 'service = "google"'
    config.write_text(config.read_text().replace(google, f'{google}\ndeclines = "new"'))
    place.fika("run", later=timedelta(days=7))

    kept = place.google.server.state.calendars.values()
    events = [each.event for calendar in kept for each in calendar.entries.values()]
    slots = [each for each in events if each.get("eventType") == "focusTime"]
    made = [each["focusTimeProperties"]["autoDeclineMode"] for each in slots]

    assert made.count("declineOnlyNewConflictingInvitations") == 1
    assert set(made) == {"declineNone", "declineOnlyNewConflictingInvitations"}
