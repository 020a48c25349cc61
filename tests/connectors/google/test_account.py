from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.errors import NotAllowed
from connectors.google.calendars import GoogleCalendars
from connectors.google.client import GoogleClient
from connectors.google.freebusy import GoogleFreeBusy
from connectors.google.grant import scopes_for
from connectors.google.people import GooglePeople
from connectors.port import CalendarFound
from connectors.tokens import Job
from tests.connectors.google.service import OWNER, at, client, google
from tests.make import interval, utc
from tests.servers.common import Clock
from tests.servers.google.discovery import SCOPE
from tests.servers.google.server import GoogleServer

ANA, RAJ = "ana@example.com", "raj@example.com"
WINDOW = interval("2026-03-02 00:00", "2026-03-09 00:00")


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    with google(Clock(utc("2026-03-01 12:00"))) as running:
        yield running


def meets(server: GoogleServer, who: str, start: str, end: str) -> None:
    server.put({"start": at(utc(start)), "end": at(utc(end))}, who)


def test_busy_time_is_told_of_whoever_shares_it_and_of_others_nothing(
    server: GoogleServer, account: GoogleClient
) -> None:
    for each in (ANA, RAJ):
        server.add_account(each)
    meets(server, ANA, "2026-03-03 09:00", "2026-03-03 10:00")
    meets(server, ANA, "2026-03-08 23:00", "2026-03-09 02:00")
    server.share(ANA, OWNER, "freeBusyReader")

    busy = GoogleFreeBusy("mine", account).busy((ANA, RAJ, "nobody@example.org"), WINDOW)

    seen = (
        interval("2026-03-03 09:00", "2026-03-03 10:00"),
        interval("2026-03-08 23:00", "2026-03-09 00:00"),
    )
    assert busy == {ANA: seen, RAJ: None, "nobody@example.org": None}


def test_many_people_are_asked_for_fifty_at_a_time(
    server: GoogleServer, account: GoogleClient
) -> None:
    everyone = tuple(f"guest{number}@example.com" for number in range(120))
    server.add_account(everyone[-1])
    server.share(everyone[-1], OWNER, "freeBusyReader")

    busy = GoogleFreeBusy("mine", account).busy(everyone, WINDOW)

    assert tuple(busy) == everyone
    assert busy[everyone[-1]] == ()
    assert set(busy.values()) == {None, ()}
    assert server.count("calendar.freebusy.query") == 3


def test_a_long_time_is_asked_for_in_parts(server: GoogleServer, account: GoogleClient) -> None:
    server.add_account(ANA)
    server.share(ANA, OWNER, "freeBusyReader")
    meets(server, ANA, "2026-03-03 09:00", "2026-03-03 10:00")
    meets(server, ANA, "2026-06-03 09:00", "2026-06-03 10:00")

    half_a_year = interval("2026-03-01 00:00", "2026-08-01 00:00")
    busy = GoogleFreeBusy("mine", account).busy((ANA,), half_a_year)

    assert [each.start for each in busy[ANA] or ()] == [
        utc("2026-03-03 09:00"),
        utc("2026-06-03 09:00"),
    ]


def test_contacts_and_those_once_written_to_are_people(
    server: GoogleServer, account: GoogleClient
) -> None:
    server.add_contact(
        "Ana Silva",
        "ANA@example.com",
        "ana.silva@example.org",
        organizations=[{"name": "Nord AB", "title": "CTO", "department": "Research"}],
        phoneNumbers=[{"value": "+46 8 123"}],
        addresses=[{"city": "Stockholm", "countryCode": "SE"}],
        biographies=[{"value": "Met in Oslo."}],
    )
    server.add_contact("", "raj.patel@example.com", other=True)
    server.add_contact("Nobody Known")
    server.add_contact("No Address", "not an address")

    read = GooglePeople("mine", account).people()

    ana, nobody, without, raj = (each.person for each in read.people)
    assert (ana.name, ana.addresses) == ("Ana Silva", ("ana@example.com", "ana.silva@example.org"))
    assert (ana.organisation, ana.function, ana.role) == ("Nord AB", "Research", "CTO")
    assert (ana.phone, ana.place, ana.country) == ("+46 8 123", "Stockholm", "SE")
    assert ana.notes.reveal() == "Met in Oslo."
    assert (nobody.name, nobody.addresses) == ("Nobody Known", ())
    assert (without.name, without.addresses) == ("No Address", ())
    assert (raj.name, raj.addresses) == ("Raj Patel", ("raj.patel@example.com",))
    assert read.quarantined == ()


def test_the_next_reading_of_contacts_has_only_what_changed(
    server: GoogleServer, account: GoogleClient
) -> None:
    going = server.add_contact("Ana Silva", ANA)
    first = GooglePeople("mine", account).people()
    server.remove_contact(going)
    server.add_contact("Raj Patel", RAJ)

    second = GooglePeople("mine", account, first.cursor).people()

    assert [each.person.name for each in second.people] == ["Raj Patel"]
    assert GooglePeople("mine", account, second.cursor).people().people == ()


def test_after_a_week_all_contacts_are_read_again(
    server: GoogleServer, account: GoogleClient
) -> None:
    server.add_contact("Ana Silva", ANA)
    first = GooglePeople("mine", account).people()
    server.world.clock.forward(timedelta(days=8))

    later = GooglePeople("mine", account, first.cursor).people()

    assert [each.person.name for each in later.people] == ["Ana Silva"]
    assert later.cursor != first.cursor


@pytest.mark.parametrize("cursor", ["nonsense", "[]", "{}", "null"])
def test_a_cursor_of_contacts_nobody_can_read_is_a_first_reading(
    server: GoogleServer, account: GoogleClient, cursor: str
) -> None:
    server.add_contact("Ana Silva", ANA)

    assert len(GooglePeople("mine", account, cursor).people().people) == 1


def test_who_may_not_read_those_once_written_to_still_has_the_contacts(
    server: GoogleServer,
) -> None:
    server.add_contact("Ana Silva", ANA)
    server.add_contact("Raj Patel", RAJ, other=True)
    with client(server, scopes=[f"{SCOPE}contacts.readonly"]) as narrow:
        read = GooglePeople("mine", narrow).people()

    assert [each.person.name for each in read.people] == ["Ana Silva"]
    assert [each.place for each in read.quarantined] == ["people you have only written to"]


def test_contacts_need_their_own_leave(server: GoogleServer) -> None:
    with (
        client(server, scopes=[f"{SCOPE}calendar"]) as narrow,
        pytest.raises(NotAllowed) as caught,
    ):
        GooglePeople("mine", narrow).people()

    assert "fika connect google mine" in caught.value.remedy


def test_the_calendars_of_an_account_are_listed_its_own_first(
    server: GoogleServer, account: GoogleClient
) -> None:
    server.add_calendar("plans@group.calendar.google.com")
    server.add_account(ANA)
    server.share(ANA, OWNER, "reader", listed=True)

    found = GoogleCalendars("mine", account).calendars()

    assert found[0] == CalendarFound(OWNER, found[0].name, writable=True, primary=True)
    assert {(each.id, each.writable) for each in found[1:]} == {
        ("plans@group.calendar.google.com", True),
        (ANA, False),
    }


def test_without_leave_to_ask_when_others_are_free_is_unknown(server: GoogleServer) -> None:
    with client(server, scopes=scopes_for(frozenset({Job.CONTACTS}))) as account:
        busy = GoogleFreeBusy("mine", account).busy((ANA,), WINDOW)

    assert busy == {ANA: None}
