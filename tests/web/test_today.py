from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from agent import runlock
from agent.keeping import backup, restore
from agent.sending.ports import stop_file
from agent.store import memory, runs
from agent.store.database import Database
from policies.people.person import PersonId
from policies.proposal import ProposalState
from policies.sending.action import ActionState
from tests.agent.world import ANA, DAY, FIRST, HOUR, NOW, RAJ
from tests.servers.smtp import Fault
from tests.web.browser import Browser, Page
from tests.web.house import House

APPROVE, REJECT, SNOOZE = (f"/proposals/1/{word}" for word in ("approve", "reject", "snooze"))


def test_a_proposal_shows_who_why_when_and_every_word(browser: Browser) -> None:
    page = browser.look()

    form = page.form(APPROVE)
    assert "One meeting waits for your yes." in page.text
    assert "last met 72 days ago" in page.text
    assert "Thu 9 Apr 10:00 to 10:45" in page.text
    assert "Thu 9 Apr 09:00 to 09:45 for Ana" in page.text
    assert "ana.silva@example.com" in page.text
    assert form.fields["title"] == "Coffee, Ana and Olle"
    assert form.fields["text"] == "Hi Ana,\n\nit has been too long. Coffee on Thursday?"


def test_a_daily_run_that_has_not_gone_well_for_days_is_said(home: House, browser: Browser) -> None:
    with Database(home.home) as db:
        runs.finish(db, runs.start(db, NOW, None), NOW, 0, "{}")

    assert "run has gone well" not in browser.look().text
    with Database(home.home) as db, db.transaction() as sql:
        sql.execute("UPDATE run SET finished_s = finished_s - 3 * 86400")
    assert "No run has gone well since Sat 28 Mar 13:00, 3 days ago" in browser.look().text


def test_one_press_sends_what_was_shown(home: House, browser: Browser) -> None:
    answer = browser.submit(browser.look().form(APPROVE))

    assert "Sent: Ana Silva is invited (proposal 1)." in answer.text
    (mail,) = home.server.mailbox
    assert mail.recipients == ("ana.silva@example.com",)
    assert mail.message["Subject"] == "Coffee, Ana and Olle"
    assert home.states() == [ActionState.SENT]
    assert "Meetings to come" in answer.text


def test_changed_words_are_shown_once_more_before_they_go(home: House, browser: Browser) -> None:
    form = browser.look().form(APPROVE)

    shown = browser.submit(form, text="Dear Ana,\r\n\r\nCoffee on Thursday?  \r\n")

    assert home.server.mailbox == []
    assert home.states() == []
    assert "Exactly this will be sent" in shown.text
    answer = browser.submit(shown.page.form(APPROVE))
    assert "Ana Silva is invited" in answer.text
    (mail,) = home.server.mailbox
    body = mail.message.get_body(("plain",))
    assert body is not None
    assert body.get_content().split()[:5] == ["Dear", "Ana,", "Coffee", "on", "Thursday?"]


def test_words_that_were_not_touched_follow_another_time(home: House, browser: Browser) -> None:
    form = browser.look().form(APPROVE)

    shown = browser.submit(form, slot="1")

    assert "Fri 10 Apr 10:00 to 10:45" in shown.text
    assert "Coffee on Friday?" in shown.text
    browser.submit(shown.page.form(APPROVE))
    assert home.proposal().chosen == 1
    assert len(home.server.mailbox) == 1


def test_words_that_were_touched_follow_it_where_they_name_the_time(browser: Browser) -> None:
    form = browser.look().form(APPROVE)

    shown = browser.submit(form, slot="2", text="Tea on Thursday, Ana?")

    assert "Tea on Saturday, Ana?" in shown.text


def test_words_that_name_no_time_as_we_wrote_it_are_to_be_looked_at_twice(
    browser: Browser,
) -> None:
    form = browser.look().form(APPROVE)

    shown = browser.submit(form, slot="2", text="Tea on the 9th, Ana?")

    assert "Look twice: you chose another time" in shown.text
    same = browser.submit(form, text="Tea on the 9th, Ana?")
    assert "Look twice" not in same.text


def test_a_yes_to_words_changed_on_the_way_is_no_yes(home: House, browser: Browser) -> None:
    shown = browser.submit(browser.look().form(APPROVE), text="Tea?")

    again = browser.submit(shown.page.form(APPROVE), text="Gin?")

    assert "Exactly this will be sent" in again.text
    assert home.server.mailbox == []


def test_of_two_tabs_one_sends(home: House, browser: Browser) -> None:
    one, two = browser.look().form(APPROVE), browser.look().form(APPROVE)

    browser.submit(one)
    answer = browser.submit(two)

    assert "was approved at 2026-03-31 14:00; Ana Silva is invited" in answer.text
    assert len(home.server.mailbox) == 1


def test_of_two_tabs_the_slower_is_told_that_other_words_were_sent(
    home: House, browser: Browser
) -> None:
    card = browser.look().form(APPROVE)
    slower = browser.submit(card, slot="1").page.form(APPROVE)
    browser.submit(card)

    answer = browser.submit(slower)

    assert "What you agreed to here was not sent: " in answer.text
    assert "Ana Silva is invited" in answer.text
    assert len(home.server.mailbox) == 1


def test_a_time_that_was_taken_meanwhile_is_said(home: House, browser: Browser) -> None:
    form = browser.look().form(APPROVE)
    home.meeting("20260409T100000")

    answer = browser.submit(form, text="Dear Ana, my own words.")

    assert answer.status == 409
    assert "Nothing was sent." in answer.text
    assert "Fri 10 Apr 10:00 is still free" in answer.text
    assert "Dear Ana, my own words." in answer.text
    assert home.server.mailbox == []


def test_a_time_that_is_taken_cannot_be_chosen_and_the_next_is(
    home: House, browser: Browser
) -> None:
    home.meeting("20260409T100000", "Board & budget")

    page = browser.look()

    assert page.form(APPROVE).fields["slot"] == "1"
    assert "Coffee on Friday?" in page.form(APPROVE).fields["text"]
    assert "no longer good" in page.text
    assert "10:00 to 11:00: Board & budget" in page.text


def test_what_cannot_be_sent_says_why_and_can_still_be_rejected(home: House) -> None:
    home.settings = replace(home.settings, mail=None)
    with home.browser() as browser:
        page = browser.look()

        button = next(each for each in page.all("button") if each.text == "Approve and send")
        assert "disabled" in button.attributes
        (told,) = [each.text for each in page.all("li") if "mail server" in each.text]
        assert told.startswith("Nothing can be sent yet: no mail server is configured. Add a ")
        assert told.endswith(".")
        assert "`" not in page.text
        assert browser.submit(page.form(APPROVE)).status == 409
        browser.submit(page.form(REJECT))
    assert home.proposal().state is ProposalState.REJECTED


def test_what_is_owed_stands_below_as_the_digest_has_it(home: House, browser: Browser) -> None:
    assert "Also due" not in browser.look().text
    with Database(home.home) as db, db.transaction() as sql:
        day, by = date(2026, 3, 1), date(2026, 3, 9)
        memory.add_promise(sql, ANA.id, "the paper", day, by, mine=True)

    page = browser.look()

    said = [each.text for each in page.all("dd")]
    assert "Also due" in page.text
    assert "To Ana Silva: the paper, by Mon 9 Mar, late: fika promises kept 1" in said
    assert "fika digest" in page.text


def test_a_yes_waits_while_another_run_is_under_way(home: House, browser: Browser) -> None:
    form = browser.look().form(APPROVE)

    with runlock.held(home.home):
        answer = browser.submit(form)

    assert "Another run is under way" in answer.text
    assert home.states() == [ActionState.APPROVED]
    assert "Sent: Ana Silva" in browser.submit(answer.page.form(APPROVE)).text


def test_what_waits_can_be_sent_or_taken_back(home: House, browser: Browser) -> None:
    home.server.fault = Fault("connect", "421 closing")
    waits = browser.submit(browser.look().form(APPROVE))

    assert "is approved and waits" in waits.text
    assert "Approved, not sent yet" in waits.text
    home.server.fault = None
    answer = browser.submit(waits.page.form(REJECT))
    assert "Proposal 1 is rejected." in answer.text
    assert home.states() == [ActionState.REJECTED]
    assert home.server.mailbox == []


def test_while_the_stop_file_is_there_nothing_is_sent(home: House, browser: Browser) -> None:
    stop_file(home.home).touch()

    answer = browser.submit(browser.look().form(APPROVE))

    assert "Stopped by the file" in answer.text
    assert answer.text.count("so nothing is sent: remove it to go on.") == 2
    assert home.server.mailbox == []


def test_an_address_in_doubt_wants_a_tick(home: House, browser: Browser) -> None:
    mixed = replace(RAJ, addresses=("raj@exаmple.com",))  # noqa: RUF001 - a Cyrillic letter
    home.propose(mixed, address=mixed.addresses[0], slots=draft_slots(5))
    form = browser.look().form("/proposals/2/approve")

    refused = browser.submit(form)

    assert refused.status == 409
    assert "A doubt needs your eyes. Look into it" in refused.text
    assert home.server.mailbox == []


def test_what_came_back_with_a_backup_wants_a_tick(home: House) -> None:
    with Database(home.home) as db:
        file = backup.make(db, home.home, NOW)
    with restore.prepared(home.home, file) as ready:
        restore.put_back(home.home, ready, NOW)
    with home.browser() as browser:
        page = browser.look()
        form = page.form(APPROVE)

        assert "Look twice: it came back with a backup" in page.text
        assert browser.submit(form).status == 409
        assert home.server.mailbox == []
        assert "is invited" in browser.submit(form, looked="1").text


def test_an_old_calendar_wants_a_tick_too(home: House) -> None:
    (source,) = home.settings.calendars
    home.meeting("20260601T100000")
    home.settings = replace(home.settings, calendars=(replace(source, synced=False),))
    with home.browser() as browser:
        form = browser.look().form(APPROVE)

        health = browser.look("health").text
        assert "export it anew" in health
        assert "keeps it fresh." in health
        assert "keeps it fresh.." not in health
        assert browser.submit(form).status == 409
        assert "is invited" in browser.submit(form, old="1").text


def test_rejecting_is_the_end_of_it(home: House, browser: Browser) -> None:
    answer = browser.submit(browser.look().form(REJECT))

    assert "Proposal 1 is rejected." in answer.text
    assert "Nothing waits for your yes." in answer.text
    assert home.proposal().state is ProposalState.REJECTED


def test_rejecting_twice_says_so(browser: Browser) -> None:
    form = browser.look().form(REJECT)
    browser.submit(form)

    assert "rejected already" in browser.submit(form).text.lower()


def test_snoozing_leaves_the_person_in_peace(home: House, browser: Browser) -> None:
    answer = browser.submit(browser.look().form(SNOOZE), length="12w")

    assert "Ana Silva is in peace until Tue 23 Jun." in answer.text
    assert home.person().snoozed_until == (NOW + timedelta(weeks=12)).date()
    assert home.proposal().state is ProposalState.EXPIRED


@pytest.mark.parametrize("length", ["soon", "99999w99999d"])
def test_a_length_that_is_none_or_a_lifetime_is_refused(
    home: House, browser: Browser, length: str
) -> None:
    form = browser.look().form(SNOOZE)

    assert browser.submit(form, length=length).status == 400
    assert home.person().snoozed_until is None


def test_a_proposal_that_is_not_there_is_not_found(browser: Browser) -> None:
    browser.look()

    for number in ("7", "x", "0", "99999999999999", "¹"):
        answer = browser.post(f"{browser.room}/proposals/{number}/snooze", {"mark": "x"})
        assert answer.status == 404, number


def test_an_empty_title_is_no_letter(browser: Browser) -> None:
    answer = browser.submit(browser.look().form(APPROVE), title="   ")

    assert answer.status == 409
    assert "The title is empty" in answer.text


def test_what_came_up_for_the_time_of_a_meeting_stands_beside_it(
    home: House, browser: Browser
) -> None:
    browser.submit(browser.look().form(APPROVE))
    assert "Clashes" not in browser.look().text
    home.meeting("20260409T100000")
    home.clock.forward(HOUR)
    home.read()

    with home.browser() as later:
        said = later.look().text
    assert "Clashes with something else in your calendars, Thu 9 Apr 10:00" in said
    assert "fika cancel 1 calls it off." in said


def test_yesterdays_meeting_is_no_longer_to_come(home: House, browser: Browser) -> None:
    browser.submit(browser.look().form(APPROVE))
    home.clock.forward(10 * DAY)
    home.read()

    with home.browser() as later:
        assert "Meetings to come" not in later.look().text


def draft_slots(days: int) -> tuple[object, ...]:
    """The usual times, so many days later: nobody is asked for an hour twice."""
    from tests.agent.world import slots

    later = replace(FIRST, start=FIRST.start + days * DAY, end=FIRST.end + days * DAY)
    return slots(later)


def test_of_many_proposals_some_are_shown_in_full_and_each_can_be(
    home: House, browser: Browser
) -> None:
    for each in range(5):
        who = PersonId(f"raj-{each}")
        home.propose(replace(RAJ, id=who, name=f"Raj {each}", addresses=(f"{who}@example.org",)))

    def titles(page: Page) -> list[str]:
        return [each.text for each in page.all("h2") if each.attributes["id"].startswith("name-")]

    page = browser.look()
    assert "6 meetings wait for your yes." in page.text
    assert titles(page) == ["Ana Silva", "Raj 0", "Raj 1", "Raj 2"]
    assert "Also waiting for your yes" in page.text
    (last,) = [each for each in page.all("a") if each.text == "Raj 4"]
    assert last.attributes["href"].endswith("/?proposal=6")
    assert titles(browser.look("?proposal=6"))[:2] == ["Raj 4", "Ana Silva"]
    assert titles(browser.look("?proposal=x")) == titles(page)
