from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agent.app import App
from agent.cli.root import cli
from agent.clock import FixedClock
from agent.errors import UsageProblem
from agent.proposing.find_time import Own, Request, find_time
from agent.reading import read_all
from agent.settings import CalendarSettings, Settings, SourceKind
from agent.store import people
from agent.store.database import Database
from connectors.busy_file import KnownPerson
from connectors.errors import TemporarilyUnavailable
from connectors.port import Changes, Cursor
from policies.calendar.event import Event
from policies.hours import parse_hours
from policies.interval import Interval
from policies.people.person import Format
from policies.slots.availability import Busy, Cause
from policies.slots.group import Rule, best
from tests.make import BERLIN, OWNER, event, interval, item, person, utc

NOW = utc("2026-03-02 06:00")  # a Monday
SETTINGS = Settings(OWNER, (CalendarSettings("work", SourceKind.ICS),), write_calendar="work")
ANA = replace(
    person("Ana Silva"), zone="America/New_York", hours=parse_hours("Mon-Fri 09:00-12:00")
)
DAY = timedelta(days=1)


class Work:
    def __init__(self, *events: Event) -> None:
        self.events = events

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        every = tuple(map(item, self.events))
        return Changes(Cursor("1"), every, anew=True, total=len(every))


class Shown:
    """A service that lets us see these; everyone else stays unknown."""

    def __init__(self, **busy: tuple[Interval, ...]) -> None:
        self.known = {f"{name}@example.com": spans for name, spans in busy.items()}

    def busy(
        self, addresses: tuple[str, ...], window: Interval
    ) -> Mapping[str, tuple[Interval, ...] | None]:
        return {each: self.known.get(each) for each in addresses}


class Broken(Shown):
    def busy(
        self, addresses: tuple[str, ...], window: Interval
    ) -> Mapping[str, tuple[Interval, ...] | None]:
        raise TemporarilyUnavailable("google", "no answer")


def own(tmp_path: Path, *events: Event, services: tuple[Shown, ...] = ()) -> Own:
    db = Database(tmp_path / "home")
    with db.transaction() as sql:
        people.save(sql, ANA)
    read_all(db, SETTINGS, {"work": Work(*events)}, NOW)
    return Own(db, SETTINGS, services)


def test_the_owner_s_calendar_rules_and_list_are_all_it_takes(tmp_path: Path) -> None:
    lunch_over = event("2026-03-04 15:00", minutes=60)
    known = own(tmp_path, lunch_over)

    answer = find_time(Request(ANA.addresses, length=timedelta(minutes=30)), NOW, known)
    known.db.close()
    starts = [slot.when.start for slot in answer.found.slots]
    assert [each.title for each in answer.people] == ["you", "Ana Silva"]
    assert starts[0] == utc("2026-03-04 15:15")  # after the meeting in Berlin, and its buffer
    assert all(each >= NOW + timedelta(hours=48) for each in starts)
    assert answer.people[1].assumptions == ("Ana Silva's calendar is not known.",)


def test_what_services_show_of_others_is_theirs(tmp_path: Path) -> None:
    always = interval("2026-03-01 00:00", "2026-04-01 00:00")
    known = own(tmp_path, services=(Shown(**{"ana.silva": (always,)}),))

    answer = find_time(Request(ANA.addresses), NOW, known)
    known.db.close()
    assert answer.found.slots == ()
    assert answer.found.conflict == (Rule("ana.silva@example.com", Cause.MEETINGS),)


def test_a_service_that_fails_is_a_note_and_no_more(tmp_path: Path) -> None:
    known = own(tmp_path, services=(Broken(),))

    answer = find_time(Request(ANA.addresses), NOW, known)
    known.db.close()
    assert answer.found.slots
    assert answer.notes == ("google did not tell: no answer",)


def test_a_format_brings_its_length_and_its_hours(tmp_path: Path) -> None:
    known = own(tmp_path)

    answer = find_time(Request(("raj@example.com",), format=Format.LUNCH), NOW, known)
    known.db.close()
    clocks = {f"{slot.when.start + timedelta(hours=1):%H:%M}" for slot in answer.found.slots}
    assert answer.wish.length == timedelta(hours=1)
    assert clocks == {"11:30", "11:45", "12:00", "12:15", "12:30"}
    first = best(answer.found.slots, 1)[0]
    assert f"{first.when.start + timedelta(hours=1):%H:%M}" == "12:00"


def test_somebody_on_the_list_may_be_named_by_name(tmp_path: Path) -> None:
    known = own(tmp_path)

    answer = find_time(Request(("ana",)), NOW, known)
    known.db.close()
    assert answer.people[1].title == "Ana Silva"


def test_without_me_the_owner_s_calendar_does_not_count(tmp_path: Path) -> None:
    busy = event("2026-03-01 00:00", minutes=60 * 24 * 31)
    known = own(tmp_path, busy)

    asked = Request((*ANA.addresses, OWNER.addresses[0]))
    with_me = find_time(asked, NOW, known)
    without = find_time(replace(asked, without_me=True), NOW, known)
    known.db.close()
    assert with_me.found.slots == ()
    assert [each.member.name for each in with_me.people] == ["me", "ana.silva@example.com"]
    assert len(without.people) == 2
    assert without.found.slots


def test_the_owner_named_as_me_is_the_owner_and_nobody_of_a_like_name(tmp_path: Path) -> None:
    known = own(tmp_path)
    with known.db.transaction() as sql:
        people.save(sql, person("Rahul Mehta"))
    taken = Busy(interval("2026-03-01 00:00", "2026-04-01 00:00"))

    both = find_time(Request(("me", *ANA.addresses)), NOW, known)
    alone = find_time(Request(("me",)), NOW, known)
    in_file = find_time(Request((), (KnownPerson("me", busy=(taken,)),)), NOW, known)
    with pytest.raises(UsageProblem, match="--with me and --without-me exclude each other"):
        find_time(Request(("me", *ANA.addresses), without_me=True), NOW, known)
    known.db.close()
    assert [each.title for each in both.people] == ["you", "Ana Silva"]
    assert [each.title for each in alone.people] == ["you"]
    assert [each.title for each in in_file.people] == ["you"]
    assert in_file.found.slots == ()


def test_without_a_configuration_me_is_a_name_in_the_file_or_nobody() -> None:
    known = (KnownPerson("me", busy=()), KnownPerson("bo"))

    (only,) = find_time(Request(("me",), known), NOW, None).people
    assert only.member.name == "me"
    with pytest.raises(UsageProblem, match="nobody knows who me is"):
        find_time(Request(("me",), known[1:]), NOW, None)


def test_one_person_named_twice_comes_once_with_all_that_the_file_says_of_them(
    tmp_path: Path,
) -> None:
    known = own(tmp_path)
    two = replace(ANA, addresses=(*ANA.addresses, "ana@home.example"))
    with known.db.transaction() as sql:
        people.save(sql, two)
    halves = (
        interval("2026-03-01 00:00", "2026-03-12 00:00"),
        interval("2026-03-12 00:00", "2026-04-01 00:00"),
    )
    file = tuple(
        KnownPerson(address, busy=(Busy(half),))
        for address, half in zip(two.addresses, halves, strict=True)
    )

    asked = [(), ("ana",), ANA.addresses, ("ana", *two.addresses)]
    answers = [find_time(Request(names, file), NOW, known) for names in asked]
    known.db.close()
    for answer in answers:
        assert [each.title for each in answer.people] == ["you", "Ana Silva"]
        assert answer.found.slots == ()
    assert find_time(Request((), file[:1]), NOW, None).found.slots


def test_nobody_named_and_no_address_are_said() -> None:
    with pytest.raises(UsageProblem, match="there is nobody to find a time for"):
        find_time(Request(()), NOW, None)
    with pytest.raises(UsageProblem, match="'raj' is no mail address"):
        find_time(Request(("raj",)), NOW, None)


# ---------------------------------------------------------------- the command

GROUP = {
    "people": [
        {
            "address": "ana@example.com",
            "name": "Ana Silva",
            "zone": BERLIN,
            "hours": "Mon-Fri 09:00-17:00",
            "busy": [["2026-03-02T09:00", "2026-03-06T16:00"]],
        },
        {"address": "bo@example.org", "zone": "America/New_York", "busy": []},
    ]
}


def run(home: Path, *words: str, given: object = GROUP) -> Result:
    """Without any configuration."""
    app = App(home, FixedClock(NOW))
    return CliRunner().invoke(cli, ("find-time", *words), input=json.dumps(given), obj=app)


def as_json(home: Path, *words: str, given: object = GROUP) -> Any:  # noqa: ANN401 - JSON
    result = run(home, *words, "--json", given=given)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


ASKED = ("--busy", "-", "--from", "2026-03-02", "--within", "1w", "--length", "45m")


def test_it_works_on_a_list_of_busy_times_alone(tmp_path: Path) -> None:
    shown = run(tmp_path / "none", *ASKED, "--top", "1").stdout

    assert "45 minutes for Ana Silva and bo@example.org, Mon 2 Mar to Mon 9 Mar" in shown
    assert "Fri 6 Mar   16:00-16:45  Europe/Berlin     Ana Silva" in shown
    assert "Fri 6 Mar   10:00-10:45  America/New_York  bo@example.org" in shown
    assert "bo@example.org's hours are not known: Mon-Fri 09:00-17:00" in shown
    assert not (tmp_path / "none").exists()


def test_json_has_every_time_on_every_clock(tmp_path: Path) -> None:
    found = as_json(tmp_path, *ASKED, "--every")

    assert found["suiting"] == len(found["slots"]) == 2
    first = found["slots"][0]
    assert first["start"] == "2026-03-06T16:00:00+01:00"
    assert first["local"]["bo@example.org"]["start"] == "2026-03-06T10:00:00-05:00"
    assert first["score"] == round(sum(part["points"] for part in first["parts"]), 2)
    assert [each["calendar_known"] for each in found["people"]] == [True, True]


def test_where_nothing_fits_the_rules_are_named_and_what_to_add(tmp_path: Path) -> None:
    asked = (*ASKED, "--with", "bo@example.org", "--with", "ken@example.net")
    tokyo = ("--zone", "ken@example.net=Asia/Tokyo")

    shown = run(tmp_path, *asked, *tokyo).stdout
    found = as_json(tmp_path, *asked, *tokyo)
    assert "nothing suits everyone" in shown
    assert {each["sentence"] for each in found["conflict"]} == {
        "bo@example.org's hours",
        "ken@example.net's hours",
    }
    option = shown.partition("ask again with --hours '")[2].partition("'")[0]
    again = as_json(tmp_path, *asked, *tokyo, "--hours", option, "--every")
    nearest = found["remedies"][0]["nearest"]
    assert nearest["start"] in {each["start"] for each in again["slots"]}


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("--busy", "/nowhere"), "--busy: /nowhere: No such file"),
        (("--with", "a@"), "--with: "),
        (("--with", "a@example.com", "--zone", "a@example.com=Mars"), "no time zone 'Mars'"),
        (("--with", "a@example.com", "--hours", "9 to 5"), "9 to 5: "),
        (("--with", "a@example.com", "--length", "3"), "--length: '3' is no length"),
        (("--with", "a@example.com", "--length", "2d"), "--length 2d is out of bounds"),
        (("--with", "a@example.com", "--grid", "1m"), "--grid 1m is out of bounds"),
        (("--with", "a@example.com", "--within", "1y"), "--within: '1y' is no length"),
        (("--with", "a@example.com", "--from", "soon"), "'soon' is no day"),
        (("--with", "a@example.com", "--from", "9000-01-01"), "is too far away"),
        (("--with", "a@example.com", "--from", "9000-01-01T09:00"), "the year must be from"),
    ],
)
def test_a_word_that_means_nothing_is_one_line(
    tmp_path: Path, words: tuple[str, ...], wrong: str
) -> None:
    result = run(tmp_path, *words)

    assert isinstance(result.exception, UsageProblem)
    assert wrong in result.exception.cause


def test_a_file_that_cannot_be_read_or_has_nobody_comes_with_what_to_do(tmp_path: Path) -> None:
    unread = run(tmp_path, "--busy", str(tmp_path)).exception
    nobody: tuple[object, ...] = ({}, {"people": []})
    empty = [run(tmp_path, "--busy", "-", given=given).exception for given in nobody]

    assert isinstance(unread, UsageProblem)
    assert unread.remedy == "name a file you may read, or - for standard input"
    for each in empty:
        assert isinstance(each, UsageProblem)
        assert each.cause == "there is nobody to find a time for"


def test_a_format_may_be_written_in_any_case(tmp_path: Path) -> None:
    one, other = (
        as_json(tmp_path, *ASKED[:-2], "--format", kind)
        for kind in ("virtual-coffee", "Virtual-Coffee")
    )

    assert one == other
    assert one["length"] == "30m"


def test_people_named_without_their_option_are_told_how(tmp_path: Path) -> None:
    result = run(tmp_path, "saga", "Emil Berg")

    assert isinstance(result.exception, UsageProblem)
    assert result.exception.remedy == "fika find-time --with saga --with 'Emil Berg'"


def test_as_a_process_it_needs_no_state_and_leaves_none(tmp_path: Path) -> None:
    home = tmp_path / "home"

    done = subprocess.run(
        [sys.executable, "-m", "agent", "find-time", "--busy", "-", "--json"],
        input=json.dumps({"a@example.com": []}),
        env={**os.environ, "FIKA_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["suiting"] > 0
    assert not home.exists()
