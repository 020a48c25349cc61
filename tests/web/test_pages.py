from __future__ import annotations

import re
from dataclasses import replace

import pytest

from agent.planning import protect
from agent.planning.standing import Planning, agenda_facts
from agent.settings import AccountSettings, Service
from agent.store import blocks, runs
from agent.store.blocks import BlockRow
from agent.store.database import Database
from agent.wiring import Services
from policies.interval import Interval
from policies.planning.block import Block, BlockState, Loss, Purpose
from policies.sending.action import ActionState
from tests import make
from tests.agent.store import stored
from tests.agent.world import DAY, NOW
from tests.servers.smtp import DROP, Fault
from tests.web.browser import Browser
from tests.web.house import House


def slot(uid: str, days: int, state: BlockState, why: Loss | None = None) -> BlockRow:
    start = make.utc("2026-03-31 08:00") + days * DAY
    when = Interval(start, start + DAY / 48)
    block = Block(uid, Purpose.RHYTHM, f"2026-W{uid}", when, state, NOW, why=why)
    return BlockRow(block, "work")


def test_the_plan_shows_slots_to_come_with_their_agenda_and_those_kept_and_lost(
    home: House, browser: Browser
) -> None:
    with Database(home.home) as db, db.transaction() as sql:
        for row in (
            slot("1", -14, BlockState.KEPT),
            slot("2", -7, BlockState.LOST, Loss.CLASH),
            slot("3", 1, BlockState.HELD),
        ):
            blocks.put(sql, row)

    text = browser.look("plan").text

    assert "1 of 2 planning slots kept so far." in text
    assert "Wed 1 Apr 10:00 to 10:30 Planning slot to come" in text
    assert re.search(r"coffee with Ana Silva \([^)]+\), Thu 9 Apr 10:00: fika show 1", text)
    assert "lost: a meeting took its time" in text


def test_the_agenda_shown_names_who_is_to_be_written_to_after_an_event(
    home: House, browser: Browser
) -> None:
    guests = [f"guest{number}@example.org" for number in range(12)]
    fair = stored.meeting("2026-03-30 15:00", *guests, title="Fair")
    with Database(home.home) as db:
        with db.transaction() as sql:
            blocks.put(sql, slot("3", 1, BlockState.HELD))
        stored.read(db, [fair], settings=home.settings)

    assert "Whom did you meet at Fair? Write to them by" in browser.look("plan").all("pre")[0].text


def test_the_agenda_shown_is_the_one_that_is_written(home: House, browser: Browser) -> None:
    with Database(home.home) as db, Services(home.settings, home.home, home.clock) as services:
        facts = agenda_facts(db, (), NOW.date(), home.settings.owner.zone)
        planning = Planning(
            home.settings.owner, home.settings.rules, "work", lambda _: (), (), lambda: facts
        )
        report = protect.protect(db, services.writer(), planning, NOW)

    (pre,) = browser.look("plan").all("pre")

    assert report.written
    assert "Waiting for your yes\n- coffee with Ana Silva" in pre.text


def test_health_tells_what_was_read_and_how_runs_ended(home: House, browser: Browser) -> None:
    with Database(home.home) as db:
        runs.finish(db, runs.start(db, NOW - DAY, None), NOW - DAY, 0, "")
        runs.finish(db, runs.start(db, NOW, None), NOW, 3, "")
        runs.start(db, NOW, None)

    text = browser.look("health").text

    assert "All is well, as far as Fika knows." in text
    assert "✓ work ics 0 Tue 31 Mar 14:00" in text
    assert "all well" in text
    assert "✗ a sign-in is needed" in text
    assert "✗ still running, or killed" in text


def test_health_tells_of_accounts_nobody_signed_in_to(home: House) -> None:
    account = AccountSettings("me", Service.GOOGLE, user="olle@example.com")
    dav = AccountSettings("dav", Service.CALDAV, user="olle")
    home.settings = replace(home.settings, accounts=(account, dav))
    with home.browser() as browser:
        text = browser.look("health").text

    assert "Something is in the way." in text
    assert "✗ me google" in text
    assert "✓ dav caldav password" in text


def test_what_was_sent_is_called_as_the_owner_calls_it(browser: Browser) -> None:
    browser.submit(browser.look().form("/proposals/1/approve"))

    assert "Ana Silva invitation" in browser.look("health").text


@pytest.mark.parametrize(
    ("sent", "after"), [("yes", ActionState.SENT), ("no", ActionState.CANCELLED)]
)
def test_a_sending_nobody_can_tell_is_settled_here(
    home: House, browser: Browser, sent: str, after: ActionState
) -> None:
    home.server.fault = Fault("end", DROP)
    told = browser.submit(browser.look().form("/proposals/1/approve"))
    assert home.states() == [ActionState.NEEDS_REVIEW]
    assert "needs your eyes" in told.text
    home.server.fault = None

    page = browser.look("health")
    answer = browser.submit(page.form("/settle"), sent=sent)

    assert "Something needs your eyes." in page.text
    assert "Noted: proposal 1" in answer.text
    assert home.states() == [after]
    assert len(home.server.mailbox) <= 1


def test_settling_says_which(browser: Browser, home: House) -> None:
    home.server.fault = Fault("end", DROP)
    browser.submit(browser.look().form("/proposals/1/approve"))

    form = browser.look("health").form("/settle")

    assert browser.submit(form, sent="perhaps").status == 400
    assert home.states() == [ActionState.NEEDS_REVIEW]


@pytest.mark.parametrize("by", ["relation", "goal", "group", "nothing"])
def test_the_map_opens_each_person(browser: Browser, by: str) -> None:
    page = browser.look(f"map?by={by}")

    targets = [each.attributes.get("href", "") for each in page.all("a")]
    assert f"{browser.room}/people/ana-silva" in targets


def test_an_empty_list_has_pages_too(home: House) -> None:
    with Database(home.home) as db, db.transaction() as sql:
        sql.execute("DELETE FROM proposal")
        sql.execute("DELETE FROM person")
    with home.browser() as browser:
        for path in ("", "people", "map", "plan", "health"):
            assert browser.look(path).all("h1")
        assert "All quiet." in browser.look().text
