from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from agent.store import goals, memory, people
from agent.store.database import Database
from policies.goals.goal import Goal, GoalId, Helper
from policies.people.person import Format, Person, Priority, Quality, Relation
from tests import make
from tests.agent.store import stored
from tests.agent.world import ANA, MEI, NOW, RAJ
from tests.web.browser import Browser, Page
from tests.web.house import House

ANAS = "people/ana-silva"


@pytest.fixture
def three(home: House) -> Iterator[Browser]:
    """Ana was met yesterday, Raj in January, Mei never."""
    with Database(home.home) as db:
        raj = replace(RAJ, priority=Priority.B, relation=Relation.CLIENT, groups=("board",))
        stored.listed(db, raj, replace(MEI, quality=Quality.POOR, organisation="Fabrikam"))
        events = (
            stored.meeting("2026-03-30 09:00", *ANA.addresses, title="Walk"),
            stored.meeting("2026-01-12 09:00", *RAJ.addresses, title="Lunch"),
        )
        stored.read(db, events, settings=home.settings)
    with home.browser() as made:
        yield made


def names(page: Page) -> list[str]:
    rows = [each for each in page.all("th") if each.attributes.get("scope") == "row"]
    return [" ".join(each.text.split()[:2]) for each in rows]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["Mei Lin", "Raj Patel", "Ana Silva"]),
        ("?sort=name", ["Ana Silva", "Mei Lin", "Raj Patel"]),
        ("?sort=status", ["Ana Silva", "Raj Patel", "Mei Lin"]),
        ("?sort=nothing", ["Mei Lin", "Raj Patel", "Ana Silva"]),
        ("?status=green", ["Ana Silva"]),
        ("?status=purple", ["Mei Lin", "Raj Patel", "Ana Silva"]),
        ("?relation=client", ["Raj Patel"]),
        ("?group=board&priority=B", ["Raj Patel"]),
        ("?group=board&priority=A", []),
        ("?overdue=1", ["Mei Lin", "Raj Patel"]),
        ("?q=fabrik", ["Mei Lin"]),
        ("?q=SILVA%20ana", ["Ana Silva"]),
        ("?from=2&sort=name", ["Raj Patel"]),
        ("?from=99", ["Mei Lin", "Raj Patel", "Ana Silva"]),
        ("?from=-1", ["Mei Lin", "Raj Patel", "Ana Silva"]),
    ],
)
def test_people_are_sorted_and_filtered_by_the_address(
    three: Browser, asked: str, found: list[str]
) -> None:
    order = {"?sort=status": ["Raj Patel", "Ana Silva", "Mei Lin"]}

    assert names(three.look(f"people{asked}")) == order.get(asked, found)


def test_the_filters_stay_as_they_were_chosen(three: Browser) -> None:
    page = three.look("people?status=red&q=lin&sort=name")

    assert page.form("/people").fields == {
        "q": "lin",
        "status": "red",
        "priority": "",
        "relation": "",
        "group": "",
        "sort": "name",
    }
    assert "Nobody matches." in page.text


def test_a_goal_of_the_plan_is_a_filter_also_while_nobody_helps_with_it(
    home: House, three: Browser
) -> None:
    lead = Goal(GoalId("lead"), "Lead a team", date(2026, 1, 1), helpers=(Helper(ANA.id),))
    move = Goal(GoalId("move"), "Move", date(2026, 1, 1))
    with Database(home.home) as db, db.transaction() as sql:
        goals.save(sql, lead)
        goals.save(sql, move)

    page = three.look("people?goal=Lead%20a%20team")

    assert names(page) == ["Ana Silva"]
    assert page.form("/people").fields["goal"] == "Lead a team"
    assert names(three.look("people?goal=Move")) == []


def test_a_person_is_shown_with_every_meeting_and_the_sums(three: Browser) -> None:
    page = three.look("people/raj-patel")

    assert "Last contact 78 days ago" in page.text
    assert "Lunch" in page.text
    assert "Contact · 2 people: few enough to talk · work" in page.text
    assert "Lateness: 18 / 60 = 0.30." in page.text


def test_what_was_promised_and_what_they_help_with_is_shown(home: House, browser: Browser) -> None:
    goal = Goal(GoalId("lead"), "Lead a team", date(2026, 1, 1), helpers=(Helper(ANA.id),))
    with Database(home.home) as db, db.transaction() as sql:
        memory.add_promise(sql, ANA.id, "the paper", date(2026, 3, 1), date(2026, 3, 9), mine=True)
        goals.save(sql, goal)

    text = browser.look(ANAS).text

    assert "To Ana: the paper, by Mon 9 Mar, 22 days late" in text
    assert "Helps with: Lead a team" in text
    assert "Lead a team" in browser.look("plan").text


def test_fields_are_saved_and_the_rest_stays(home: House, browser: Browser) -> None:
    form = browser.look(ANAS).form(f"/{ANAS}")

    answer = browser.submit(
        form, quality="fair", ideal_gap="5w", snoozed_until="2w", notes="Likes tea.\n"
    )

    person = home.person()
    assert "Saved: quality, as you see it, ideal gap, in peace until, private notes." in answer.text
    assert person.quality is Quality.FAIR
    assert person.cadence is not None
    assert person.cadence.ideal.days == 35
    assert person.snoozed_until == date(2026, 4, 14)
    assert person.notes.reveal() == "Likes tea."
    assert person.zone == "Europe/London"


def test_nothing_changed_is_said(browser: Browser) -> None:
    form = browser.look(ANAS).form(f"/{ANAS}")

    assert "Nothing was changed." in browser.submit(form).text


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("priority", "Z", "'Z' is none of"),
        ("ideal_gap", "soon", "'soon' is no length"),
        ("snoozed_until", "some day", "That is no day: 2026-05-01, Friday, 6w or 10d."),
        ("snoozed_until", "99999w99999d", "That is no day: 2026-05-01"),
        ("maximum_gap", "1d", ""),
    ],
)
def test_a_value_that_cannot_be_used_is_told_beside_it_and_nothing_typed_is_lost(
    home: House, browser: Browser, field: str, value: str, told: str
) -> None:
    before = home.person()
    form = browser.look(ANAS).form(f"/{ANAS}")

    answer = browser.submit(form, notes="An hour's work.\n", **{field: value})

    assert answer.status == 400
    assert home.person() == before
    (alert,) = [each for each in answer.page.all("span") if each.attributes.get("role") == "alert"]
    assert alert.attributes["id"] == f"w-{field}"
    assert alert.text.startswith(told)
    again = answer.page.form(f"/{ANAS}")
    assert again.fields["notes"] == "An hour's work.\n"
    assert field == "priority" or again.fields[field] == value
    mended = browser.submit(again, **{field: form.fields[field]})
    assert "Saved: private notes." in mended.text


def test_an_older_form_takes_nothing_back(home: House, browser: Browser) -> None:
    one, two = (browser.look(ANAS).form(f"/{ANAS}") for _ in range(2))
    browser.submit(one, notes="The newer words")

    answer = browser.submit(two, priority="D")

    assert "they were changed elsewhere meanwhile" in answer.text.lower()
    assert home.person().notes.reveal() == "The newer words"
    assert home.person().priority is Priority.A


def test_contact_no_calendar_knows_is_logged(home: House, browser: Browser) -> None:
    form = browser.look(ANAS).form("/log")

    answer = browser.submit(form, day="2026-03-29", how="call", note="She moved.")

    assert "Logged: call on 2026-03-29." in answer.text
    assert "Last contact 2 days ago" in answer.text
    with Database(home.home) as db:
        (logged,) = people.logged(db)
    assert (logged.format, logged.note) == (Format.CALL, "She moved.")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"day": "2026-04-01"}, "2026-04-01 is still to come"),
        ({"day": "x"}, "That is no day"),
        ({"how": "séance"}, "That is no way to meet"),
    ],
)
def test_contact_that_cannot_have_been_is_refused_and_nothing_typed_is_lost(
    home: House, browser: Browser, values: dict[str, str], told: str
) -> None:
    form = browser.look(ANAS).form("/log")

    answer = browser.submit(form, note="Over <tea>.", **values)
    assert answer.status == 400
    (alert,) = [each for each in answer.page.all("p") if each.attributes.get("role") == "alert"]
    assert alert.text.startswith(told)
    again = answer.page.form("/log")
    assert again.fields["note"] == "Over <tea>."
    assert again.fields["day"] == values.get("day", "2026-03-31")
    with Database(home.home) as db:
        assert people.logged(db) == ()


def test_more_people_than_a_page_holds_are_turned_over(home: House) -> None:
    with Database(home.home) as db, db.transaction() as sql:
        for number in range(230):
            people.save(sql, _numbered(number))
    with home.browser() as browser:
        page, seen = browser.look("people?sort=name"), set[str]()
        while True:
            seen |= set(names(page))
            more = [each for each in page.all("a") if each.attributes.get("rel") == "next"]
            if not more:
                break
            page = browser.look("people" + more[0].attributes["href"])

    assert len(seen) == 231
    assert "201 to 231 of 231" in page.text


def test_nobody_of_a_name_is_not_found(browser: Browser) -> None:
    for path in ("people/nobody", "people/..", "people/%00", "people/ana-silva/extra"):
        assert browser.get(f"{browser.room}/{path}").status == 404, path


def _numbered(number: int) -> Person:
    return replace(make.person(f"Guest {number}"), listed_on=NOW.date())
