"""What an Outlook account offers beside its events."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import httpx
import pytest

from connectors.api import Api
from connectors.errors import (
    NeedsLogin,
    NotAllowed,
    TemporarilyUnavailable,
    UnreadableAnswer,
    WritingSuspended,
)
from connectors.outlook.calendars import OutlookCalendars
from connectors.outlook.client import Graph
from connectors.outlook.freebusy import OutlookFreeBusy
from connectors.outlook.people import OutlookPeople
from connectors.outlook.settings import WorkingWeek, working_week
from policies.interval import Interval
from tests.connectors.outlook.service import graph
from tests.make import interval, utc
from tests.servers.common import FOREVER
from tests.servers.graph.mailbox import Mailbox
from tests.servers.graph.server import PERSONAL, GraphServer
from tests.servers.wire import Answer

WEEK = interval("2026-03-02 00:00", "2026-03-09 00:00")
NINE = utc("2026-03-03 09:00")
HOUR = timedelta(hours=1)


def contact(name: str, *addresses: str, **about: Any) -> dict[str, Any]:  # noqa: ANN401 - as JSON is
    emails = [{"name": name, "address": address} for address in addresses]
    return {"displayName": name, "emailAddresses": emails, **about}


def names(people: OutlookPeople) -> list[str]:
    return [each.person.name for each in people.people().people]


def test_calendars_are_listed_with_the_primary_first_and_what_may_be_written(
    server: GraphServer, box: Mailbox, account: Graph
) -> None:
    for number in range(12):
        box.add_calendar(f"Plans {number:02}")
    box.add_calendar("Raj", owner="raj@example.com")
    server.faults.add("empty_page", "calendars")

    found = OutlookCalendars("mine", account).calendars()

    assert [each.name for each in found[:2]] == ["Calendar", "Plans 00"]
    assert [each.name for each in found if not each.writable] == ["Raj"]
    assert (found[0].id, found[0].primary) == (box.default, True)


def test_the_busy_time_of_a_colleague_is_read(box: Mailbox, account: Graph) -> None:
    box.circle.schedules["raj@example.com"] = [
        (NINE + number * 2 * HOUR, NINE + number * 2 * HOUR + HOUR, status)
        for number, status in enumerate(("busy", "free", "oof", "workingElsewhere", "tentative"))
    ]

    found = OutlookFreeBusy("mine", account).busy(("Raj@example.com",), WEEK)

    assert found == {
        "Raj@example.com": tuple(
            Interval(NINE + after * HOUR, NINE + after * HOUR + HOUR) for after in (0, 4, 8)
        )
    }


def test_who_cannot_be_seen_is_unknown_which_is_not_free(box: Mailbox, account: Graph) -> None:
    box.circle.schedules["free@example.com"] = []

    found = OutlookFreeBusy("mine", account).busy(("free@example.com", "who@example.net"), WEEK)

    assert found == {"free@example.com": (), "who@example.net": None}


def test_a_personal_account_sees_nobodys_time(server: GraphServer) -> None:
    with graph(server, address=PERSONAL.address) as personal:
        found = OutlookFreeBusy("home", personal).busy(("raj@example.com",), WEEK)

    assert found == {"raj@example.com": None}


def test_many_addresses_and_long_windows_are_asked_about_in_parts(
    server: GraphServer, box: Mailbox, account: Graph
) -> None:
    everyone = tuple(f"p{number}@example.com" for number in range(45))
    later = utc("2026-06-20 09:00")
    box.circle.schedules = {each: [(later, later + HOUR, "busy")] for each in everyone}
    long = interval("2026-03-02 00:00", "2026-07-01 00:01")

    found = OutlookFreeBusy("mine", account).busy(everyone, long)

    assert server.count("schedule") == 9
    assert set(found.values()) == {(Interval(later, later + HOUR),)}


def test_a_failure_is_not_taken_for_unknown(server: GraphServer, account: Graph) -> None:
    server.faults.add("server_error", "schedule", times=FOREVER)

    with pytest.raises(TemporarilyUnavailable):
        OutlookFreeBusy("mine", account).busy(("raj@example.com",), WEEK)


def test_the_working_week_is_that_of_the_mailbox(box: Mailbox, account: Graph) -> None:
    week = working_week(account)

    assert week == WorkingWeek("Europe/Berlin", (0, 1, 2, 3, 4), time(9), time(17))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"timeZone": "tzone://Microsoft/Custom"}, WorkingWeek("", (), time(), time())),
        ({"timeZone": "Asia/Kolkata"}, WorkingWeek("Asia/Kolkata", (), time(), time())),
    ],
)
def test_a_mailbox_may_say_little_of_its_week(
    box: Mailbox, account: Graph, settings: dict[str, object], expected: WorkingWeek
) -> None:
    box.circle.settings = settings

    assert working_week(account) == expected


def test_contacts_are_people_with_what_is_known_of_them(box: Mailbox, account: Graph) -> None:
    box.circle.put_contact(
        contact(
            "Ana Silva",
            "Ana@Example.com",
            "nonsense",
            companyName="Example",
            department="Sales",
            jobTitle="Head",
            mobilePhone="+351 1",
            businessAddress={"city": "Lisbon"},
            personalNotes="Met in Porto",
        )
    )
    box.circle.put_contact(contact("", "raj.rao@example.com"))
    box.circle.put_contact(contact(""))

    people = [each.person for each in OutlookPeople("mine", account).people().people]

    assert [each.name for each in people] == ["Ana Silva", "Raj Rao"]
    ana = people[0]
    assert ana.addresses == ("ana@example.com",)
    assert (ana.organisation, ana.function, ana.role) == ("Example", "Sales", "Head")
    assert (ana.phone, ana.place) == ("+351 1", "Lisbon")


def test_every_folder_is_read_and_later_only_what_changed(
    server: GraphServer, box: Mailbox, account: Graph
) -> None:
    other = box.circle.add_folder("Clients")
    within = box.circle.add_folder("Former clients", parent=other)
    box.circle.put_contact(contact("Ana", "ana@example.com"))
    box.circle.put_contact(contact("Raj", "raj@example.com"), folder=within)
    first = OutlookPeople("mine", account).people()
    assert sorted(each.person.name for each in first.people) == ["Ana", "Raj"]

    again = OutlookPeople("mine", account, first.cursor)
    assert names(again) == []
    gone = box.circle.put_contact(contact("Mia", "mia@example.com"), folder=other)
    box.circle.put_contact(contact("Eva", "eva@example.com"))
    box.circle.delete_contact(gone)
    assert names(again) == ["Eva"]
    assert server.count("contacts.delta") == 9


def test_a_folder_whose_state_is_lost_is_read_anew(
    server: GraphServer, box: Mailbox, account: Graph
) -> None:
    box.circle.put_contact(contact("Ana", "ana@example.com"))
    first = OutlookPeople("mine", account).people()
    server.faults.add("sync_state", "contacts.delta")

    assert names(OutlookPeople("mine", account, first.cursor)) == ["Ana"]


def test_the_people_dealt_with_most_come_after_the_contacts_and_once(
    box: Mailbox, account: Graph
) -> None:
    box.circle.put_contact(contact("Ana", "ana@example.com"))
    box.circle.add_person("Raj", "raj@example.com", 5.0)
    box.circle.add_person("Ana S.", "ANA@example.com", 9.0)
    box.circle.add_person("Mia", "mia@example.com", 7.0)
    box.circle.add_person("Everyone", "all@example.com", 8.0)
    box.circle.people[1]["personType"] = {"class": "Group", "subclass": "DistributionList"}

    assert names(OutlookPeople("mine", account)) == ["Ana", "Mia", "Raj"]


def test_without_leave_to_see_who_matters_the_contacts_are_read(
    server: GraphServer, box: Mailbox
) -> None:
    box.circle.put_contact(contact("Ana", "ana@example.com"))
    with graph(server, "Contacts.Read") as account:
        found = OutlookPeople("mine", account).people()

    assert [each.person.name for each in found.people] == ["Ana"]
    assert [each.place for each in found.quarantined] == ["the people you deal with most"]


def test_without_leave_to_read_contacts_the_remedy_is_to_sign_in(server: GraphServer) -> None:
    with graph(server, "Calendars.Read") as account, pytest.raises(NotAllowed) as caught:
        OutlookPeople("mine", account).people()

    assert caught.value.remedy == "sign in: fika connect outlook mine"


def test_a_cursor_nobody_can_read_is_none(box: Mailbox, account: Graph) -> None:
    box.circle.put_contact(contact("Ana", "ana@example.com"))

    for cursor in ("nonsense", "[]", "1"):
        assert names(OutlookPeople("mine", account, cursor)) == ["Ana"]


def test_a_page_elsewhere_is_not_followed(server: GraphServer, account: Graph) -> None:
    for there in ("https://graph.example.net/v1.0/me", "http://127.0.0.1:1/me", "ftp://x"):
        with pytest.raises((NotAllowed, UnreadableAnswer)):
            account.get(there)


def test_a_token_refused_twice_needs_a_person(server: GraphServer, account: Graph) -> None:
    server.faults.add("expired_token", times=FOREVER)

    with pytest.raises(NeedsLogin):
        account.get(account.url("mailboxSettings"))
    assert server.count("settings") == 2


def test_an_account_taken_for_a_spammer_is_left_alone_for_a_day(
    server: GraphServer, account: Graph
) -> None:
    body = b'{"error": {"code": "ErrorExceededMessageLimit", "message": "Secret"}}'
    answer = server.service.graph.answer
    server.service.graph.answer = lambda *_: Answer(403, body)  # type: ignore[method-assign]

    with pytest.raises(WritingSuspended) as caught:
        account.write("POST", account.url("events"), {}, "work")
    server.service.graph.answer = answer  # type: ignore[method-assign]
    assert "Secret" not in str(caught.value)
    assert caught.value.lasts == timedelta(days=1)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"<html>", b'{"error": 1}', b'{"error": {"code": 1}}']
)
@pytest.mark.parametrize("status", [200, 302, 400, 403, 501])
def test_what_is_not_of_graph_is_never_taken_for_an_answer(
    server: GraphServer, account: Graph, body: bytes, status: int
) -> None:
    server.service.graph.answer = lambda *_: Answer(status, body)  # type: ignore[method-assign]

    if (status, body[:2]) == (200, b'{"'):
        assert "error" in account.get(account.url("mailboxSettings"))
        return
    with pytest.raises((NotAllowed, UnreadableAnswer)):
        account.get(account.url("mailboxSettings"))


def test_requests_of_one_mailbox_go_one_after_another(server: GraphServer) -> None:
    from concurrent.futures import ThreadPoolExecutor

    server.graph.at_once = 1
    server.slow_s = 0.02
    with graph(server) as account, ThreadPoolExecutor(4) as pool:
        url = account.url("mailboxSettings")
        found = list(pool.map(lambda _: account.get(url), range(8)))

    assert len(found) == 8
    assert server.count("settings") == 8


def test_the_client_asks_nowhere_before_its_first_use() -> None:
    def login(refused: bool) -> dict[str, str]:
        raise AssertionError("nobody was to sign in")

    with Api("mine", httpx.URL("https://graph.example.com"), login, now=datetime.now) as api:
        assert Graph("mine", api).account == "mine"
