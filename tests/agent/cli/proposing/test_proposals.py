from __future__ import annotations

import json
from collections.abc import Iterator
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
from agent.proposing.propose import propose
from agent.reading import read_all
from agent.relationships.audit import Line
from agent.settings import CalendarSettings, MailSettings, Settings, SourceKind
from agent.store import people, proposals
from agent.store.meetings import NO_CONTACT
from connectors.port import Changes, Cursor
from policies.audit.cadence import standing
from policies.calendar.event import Event, Span, Status
from policies.interval import Interval
from policies.people.person import Format, Person
from policies.proposal import Answer, ProposalState
from policies.rules import CadenceRules
from policies.spoken import moment_said, short_moment
from policies.wall import local_date, seconds
from tests.make import BERLIN, OWNER, event, item, person, utc

NOW = utc("2026-03-02 07:00")
SETTINGS = Settings(
    OWNER,
    (CalendarSettings("work", SourceKind.ICS),),
    write_calendar="work",
    mail=MailSettings("localhost", 25),
)
ANA = replace(person("Ana Silva"), zone="Asia/Kolkata", formats=(Format.VIRTUAL_COFFEE,))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    made = App(tmp_path / "home", FixedClock(NOW), lambda _: SETTINGS)
    read(made)
    yield made
    made.close()


def run(app: App, *words: str) -> Result:
    """A command on a store of its own, since a command closes the store it was given."""
    fresh = App(app.home, app.clock, app.load)
    return CliRunner().invoke(cli, words, obj=fresh, catch_exceptions=False)


def as_json(app: App, *words: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(run(app, *words, "--json").stdout)


def proposed(app: App, *everyone: Person) -> None:
    today = local_date(NOW, BERLIN)
    with app.store.transaction() as sql:
        for who in everyone:
            people.save(sql, who)
    lines = [
        Line(standing(who, today - timedelta(days=60), None, today, CadenceRules()), NO_CONTACT)
        for who in everyone
    ]
    propose(app.store, SETTINGS, lines, lambda _: (), NOW)


class Work:
    """A calendar that holds these events."""

    def __init__(self, events: tuple[Event, ...]) -> None:
        self.events = events

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        every = tuple(map(item, self.events))
        return Changes(Cursor("1"), every, anew=True, total=len(every))


def read(app: App, *events: Event) -> None:
    read_all(app.store, SETTINGS, {"work": Work(events)}, NOW)


def titled(title: str, at: str, **changes: Any) -> Event:  # noqa: ANN401 - any field
    return replace(event(at), uid=title, summary=title, organizer="", **changes)


def test_the_list_says_who_how_when_and_what_to_type(app: App) -> None:
    proposed(app, ANA, replace(person("Zoe Kim"), addresses=()))

    shown = run(app, "proposals").stdout
    stored = proposals.listed(app.store)[0]
    assert "Ana Silva" in shown
    assert "virtual coffee" in shown
    assert "waits for your yes" in shown
    assert "fika show 1" in shown
    assert "Zoe Kim (no-address): What is Zoe Kim's own mail address?" in shown
    assert short_moment(stored.slot.when.start, BERLIN) in shown


def test_without_proposals_the_list_says_so(app: App) -> None:
    assert "No proposal is waiting" in run(app, "proposals").stdout
    assert as_json(app, "proposals") == {"proposals": [], "unplaced": []}


def test_the_list_as_json_has_times_on_the_owner_s_clock(app: App) -> None:
    proposed(app, ANA, replace(person("Zoe Kim"), addresses=()))

    found = as_json(app, "proposals")
    (first,) = found["proposals"]
    assert first["start"].endswith("+01:00")
    assert {key: first[key] for key in ("number", "person", "status", "answer", "zone")} == {
        "number": 1,
        "person": "ana-silva",
        "status": "open",
        "answer": "none",
        "zone": BERLIN,
    }
    assert found["unplaced"] == [
        {
            "person": "zoe-kim",
            "name": "Zoe Kim",
            "code": "no-address",
            "question": "What is Zoe Kim's own mail address?",
            "answer": {"field": "addresses", "yes": []},
        }
    ]


def test_a_long_list_of_questions_is_cut_unless_all_are_asked_for(app: App) -> None:
    proposed(app, *(replace(person(f"P{n:02} Crowd"), addresses=()) for n in range(12)))

    assert "P09 Crowd" in run(app, "proposals").stdout
    assert "and 2 more, with --all" in run(app, "proposals").stdout
    assert "P11 Crowd" in run(app, "proposals", "--all").stdout
    assert "more" not in run(app, "proposals", "--all").stdout


def test_the_answer_to_a_meeting_called_off_is_no_longer_told(app: App) -> None:
    proposed(app, ANA)
    with app.store.transaction() as sql:
        proposals.set_state(sql, 1, ProposalState.CANCELLED)
        proposals.set_answer(sql, 1, Answer.ACCEPTED, "", NOW)

    shown = run(app, "proposals", "--all").stdout
    assert "called off" in shown
    assert "accepted" not in shown


def test_what_is_over_is_listed_on_request(app: App) -> None:
    proposed(app, ANA)
    with app.store.transaction() as sql:
        proposals.set_state(sql, 1, ProposalState.REJECTED)

    assert "No proposal is waiting" in run(app, "proposals").stdout
    assert "rejected by you" in run(app, "proposals", "--all").stdout


def test_a_meeting_to_come_is_listed_with_the_guest_s_answer(app: App) -> None:
    proposed(app, ANA)
    with app.store.transaction() as sql:
        proposals.set_state(sql, 1, ProposalState.SENT)
        proposals.set_answer(sql, 1, Answer.ACCEPTED, "", NOW)

    assert "sent, accepted" in run(app, "proposals").stdout


def test_one_proposal_is_shown_with_everything_about_it(app: App) -> None:
    proposed(app, ANA)
    stored = proposals.listed(app.store)[0]

    shown = run(app, "show", "1").stdout
    start = stored.slot.when.start
    assert f"{start + timedelta(hours=1):%H:%M} to" in shown
    assert f"{start + timedelta(hours=5, minutes=30):%H:%M} to" in shown
    assert "for you (Europe/Berlin)" in shown
    assert "for Ana Silva (Asia/Kolkata)" in shown
    for line in stored.draft.text.split("\n"):
        assert line in shown
    for sentence in (*stored.draft.reasons, *stored.draft.assumptions):
        assert sentence in shown
    assert "To       Ana Silva <ana.silva@example.com>" in shown
    assert "fika approve 1 --slot 2" in shown
    assert "fika snooze ana-silva 6w" in shown
    assert "(this proposal)" in shown


def test_what_speaks_for_each_of_its_times_stands_side_by_side(app: App) -> None:
    proposed(app, ANA)
    slots = proposals.listed(app.store)[0].draft.slots

    shown = run(app, "show", "1").stdout
    lines = {line.strip().partition("  ")[0]: line.split() for line in shown.splitlines()}
    assert lines["suits you"][2:] == ["+10.00"] * len(slots)
    assert lines["points in all"][3:] == [f"{slot.score:+.2f}" for slot in slots]
    for name in {part.name for slot in slots for part in slot.parts}:
        worth = [f"{part.points:+.2f}" for s in slots for part in s.parts if part.name == name]
        assert lines[name][-len(worth) :] == worth


def test_the_day_is_shown_in_order_with_the_proposal_in_its_place(app: App) -> None:
    proposed(app, ANA)
    slot = proposals.listed(app.store)[0].slot.when
    day = f"{slot.start + timedelta(hours=1):%Y-%m-%d}"
    clash = slot.start + timedelta(hours=1, minutes=15)
    read(
        app,
        titled("Late", f"{day} 16:30"),
        titled("Early\x1b[31m", f"{day} 08:00"),
        titled("Gone", f"{day} 08:30", status=Status.CANCELLED),
        titled("Reading", f"{day} 08:15", busy=False),
        titled("Clash", f"{clash:%Y-%m-%d %H:%M}", status=Status.TENTATIVE),
    )

    lines = run(app, "show", "1").stdout.split("\n")
    order = [
        next(n for n, line in enumerate(lines) if words in line)
        for words in (
            "Early^[[31m",
            "Reading (free)",
            "(this proposal)",
            "Clash (tentative)",
            "Late",
        )
    ]
    assert order == sorted(order)
    assert lines[order[3]].startswith("  ! ")
    assert not any("Gone" in line for line in lines)
    titles = [row["title"] for row in as_json(app, "show", "1")["day"]]
    assert titles == ["Early\x1b[31m", "Reading", "Clash", "Late"]


def test_a_whole_day_and_planning_and_other_proposals_are_part_of_the_day(app: App) -> None:
    raj = replace(person("Raj Iyer"), zone=BERLIN)
    proposed(app, ANA, raj)
    first, second = proposals.listed(app.store)
    local = local_date(first.slot.when.start, BERLIN)
    with app.store.transaction() as sql:
        start_s = seconds(first.slot.when.start)
        sql.execute(
            "UPDATE proposal_slot SET start_s = ?, end_s = ? WHERE proposal = ? AND position = 0",
            (start_s + 7200, start_s + 9000, second.number),
        )
        sql.execute(
            "INSERT INTO block (uid, purpose, period, start_s, end_s, calendar, ref, etag, state,"
            " created_s) VALUES ('plan-1', 'rhythm', '2026-W10', ?, ?, 'own', 'r', 'e', 'held', 0)",
            (start_s - 3600, start_s - 1800),
        )
    read(app, replace(titled("Fair", f"{local} 00:00"), start=local, span=Span(1, 0)))

    shown = run(app, "show", "1").stdout
    assert "all day      Fair" in shown
    assert "Planning  [Fika]" in shown
    assert f"kept for proposal {second.number}" in shown


def test_another_of_its_times_can_be_looked_at(app: App) -> None:
    proposed(app, ANA)
    first, second = proposals.listed(app.store)[0].draft.slots[:2]

    found = as_json(app, "show", "1", "--slot", "2")
    assert [slot["chosen"] for slot in found["slots"]] == [False, True, False]
    assert second.spoken in found["text"]
    assert first.spoken not in found["text"]
    assert found["next"][0] == "fika approve 1 --slot 1"
    assert proposals.listed(app.store)[0].chosen == 0


def test_the_reason_names_the_time_that_is_chosen_now(app: App) -> None:
    proposed(app, ANA)
    first, second = (
        moment_said(slot.when.start, BERLIN)
        for slot in proposals.listed(app.store)[0].draft.slots[:2]
    )

    looked_at = as_json(app, "show", "1", "--slot", "2")["reasons"]
    assert looked_at[-1].startswith(f"{second} suits you")
    assert not any(first in each for each in looked_at)
    with app.store.transaction() as sql:
        proposals.choose(sql, 1, 1)
    assert as_json(app, "show", "1")["reasons"] == looked_at


def test_shown_as_json_a_proposal_has_every_fact(app: App) -> None:
    proposed(app, ANA)

    found = as_json(app, "show", "1")
    assert found["sends"]["to"] == "ana.silva@example.com"
    assert len(found["sends"]["digest"]) == 64
    assert found["slots"][0]["for_guest"]["start"].endswith("+05:30")
    assert found["slots"][0]["parts"][0] == {"name": "suits you", "points": 10.0}
    assert found["obstacle"] is None
    assert found["next"][-1] == "fika snooze ana-silva 6w"


def test_what_keeps_it_from_being_sent_is_said_with_its_remedy(app: App) -> None:
    app.load = lambda _: replace(SETTINGS, mail=None)
    proposed(app, replace(ANA, zone="", formats=(Format.COFFEE,)))

    shown = run(app, "show", "1").stdout
    assert "As things stand it cannot be sent: no mail server is configured." in shown
    assert "→ add a [mail] section to the configuration: README, Set up mail" in shown
    assert "The time zone of Ana Silva is not known." in shown
    assert as_json(app, "show", "1")["obstacle"]["cause"] == "no mail server is configured"
    assert as_json(app, "show", "1")["sends"] is None


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ProposalState.APPROVED, "fika reject 1"),
        (ProposalState.SENT, "fika cancel 1"),
        (ProposalState.EXPIRED, "expired"),
    ],
)
def test_a_proposal_past_waiting_shows_what_can_still_be_done(
    app: App, state: ProposalState, words: str
) -> None:
    proposed(app, ANA)
    with app.store.transaction() as sql:
        proposals.set_state(sql, 1, state)
        proposals.set_answer(sql, 1, Answer.NONE, "Rather later\x07", NOW)
        people.remove(sql, ANA.id)

    shown = run(app, "show", "1").stdout
    assert words in shown
    assert "Rather later^G" in shown
    assert "ana-silva" in shown
    assert "To ana.silva@example.com" in shown


@pytest.mark.parametrize(
    ("words", "cause"),
    [(("show", "9"), "there is no proposal 9"), (("show", "1", "--slot", "7"), "no time 7")],
)
def test_what_is_not_there_is_said(app: App, words: tuple[str, ...], cause: str) -> None:
    proposed(app, ANA)

    with pytest.raises(UsageProblem, match=cause):
        run(app, *words)
