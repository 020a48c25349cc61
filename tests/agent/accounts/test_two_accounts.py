"""An owner with a calendar at Google and one at Outlook, by the real command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from agent.store import calendars, meetings
from agent.store.database import Database
from policies.interval import Interval
from policies.people.person import PersonId
from policies.sending.action import ActionKind
from policies.wall import seconds
from tests.proof.household import OWNER, Household, days_from_now
from tests.servers.google.provider import Google
from tests.servers.graph.provider import Outlook

HOUR = timedelta(hours=1)
FIRST = f"""
[owner]
name = "Olle Owner"
addresses = ["{OWNER}"]
zone = "Europe/Stockholm"
"""


class Both(NamedTuple):
    google: Google
    outlook: Outlook
    house: Household

    def said(self, *words: str) -> bytes:
        done = self.house.fika(*words)
        assert done.code == 0, done
        return done.out


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    """Invitations go from the calendar at Outlook, ``office``; the one at Google is ``work``."""
    google, outlook = Google(), Outlook()
    theirs, ours = tmp_path / "google", tmp_path / "outlook"
    theirs.mkdir(mode=0o700)
    ours.mkdir(mode=0o700)
    with google.running(theirs), outlook.running(ours):
        house = Household(tmp_path / "house")
        at_google = google.configuration().partition("[write]")[0]
        at_outlook = outlook.configuration().replace('"work"', '"office"')
        (house.home / "config.toml").write_text(f"{FIRST}{at_google}{at_outlook}", "utf-8")
        google.sign_in(house.home)
        outlook.sign_in(house.home)
        yield Both(google, outlook, house)


def test_a_meeting_on_both_counts_once_and_the_invitation_goes_from_the_chosen_one(
    both: Both,
) -> None:
    met = days_from_now(-60, 8)
    once = Interval(met, met + HOUR)
    for each in (both.google, both.outlook):
        each.add_foreign("met-ana", once, "One-to-one", ["ana@example.com"])
    here, there = days_from_now(9, 8), days_from_now(9, 11)
    both.google.add_foreign("here", Interval(here, here + HOUR), "At Google")
    both.outlook.add_foreign("there", Interval(there, there + HOUR), "At Outlook")
    person: dict[str, object] = {
        "name": "Ana Guest",
        "addresses": ["ana@example.com"],
        "priority": "A",
    }
    assert both.house.people(person).code == 0

    both.said("run")

    with Database(both.house.home) as db:
        (facts,) = meetings.contacts(db, seconds(days_from_now(0))).values()
        assert facts.in_a_year == 1
        assert [*meetings.contacts(db, seconds(days_from_now(0)))] == [PersonId("ana-guest")]
        names = ("work", "office")
        past = calendars.busy(db, names, seconds(met), seconds(met + HOUR))
        day = seconds(days_from_now(9, 0))
        taken = calendars.busy(db, names, day, day + 86_400)
    assert len(past) == 1
    assert {(each.start_s, each.end_s) for each in taken} >= {
        (seconds(when), seconds(when + HOUR)) for when in (here, there)
    }
    assert (both.google.outbox(), both.outlook.outbox()) == ([], [])

    at_google = both.google.entries()
    both.said("approve", "1", "--yes")

    (told,) = both.outlook.outbox()
    assert (told.recipient, told.kind) == ("ana@example.com", ActionKind.INVITE)
    assert not any(told.when.overlaps(Interval(at, at + HOUR)) for at in (here, there))
    assert both.google.outbox() == []
    assert both.google.entries() == at_google
    both.said("run")
    assert len(both.outlook.outbox()) == 1
