from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from agent.store import people, proposals
from agent.store.database import Database
from policies.people.person import Format, PersonId, PrivateNotes
from policies.proposal import Answer
from tests import make
from tests.agent.store import stored
from tests.agent.world import FIRST, NOW, draft, slots
from tests.proof.hostile import BIDI, CONTROLS
from tests.web.browser import Browser
from tests.web.hostile import texts
from tests.web.house import House, house

SHAPE = list[tuple[str, tuple[str, ...]]]


def shapes(folder: Path, said: Sequence[str]) -> dict[str, SHAPE]:
    """The elements of every page where each of these texts stands in each of nine fields.

    They are a person's name, organisation and notes, a meeting's title, the title, text, reason
    and assumption of a proposal, a guest's comment and a note about contact.
    """
    folder.mkdir()
    with house(folder) as home:
        return _living_with(home, said)


def _living_with(home: House, said: Sequence[str]) -> dict[str, SHAPE]:
    names = [PersonId(f"guest-{number}") for number in range(len(said))]
    with Database(home.home) as db:
        for number, text in enumerate(said):
            _settle(db, number, names[number], text)
        events = [
            stored.meeting(f"2026-04-09 11:{number % 60:02}", title=text, uid=f"e{number}")
            for number, text in enumerate(said)
        ]
        stored.read(db, events, settings=replace(stored.SETTINGS))
    with home.browser() as browser:
        paths = ["", *(f"people?from={first}" for first in range(0, len(said), 100)), "plan"]
        paths += [f"people/{name}" for name in islice(names, 0, None, max(1, len(said) // 8))]
        paths += ["health", "people?q=%22%3E%3Cscript%3E"]
        return {path: browser.look(path).shape() for path in paths}


def _settle(db: Database, number: int, name: PersonId, text: str) -> None:
    person = replace(
        make.person("Guest"),
        id=name,
        name=text.replace("\n", " "),
        addresses=(f"{name}@example.com",),
        organisation=text,
        notes=PrivateNotes(text),
    )
    words = {"title": text, "text": text, "reasons": (text,), "assumptions": (text,)}
    sent = number % 2 == 1
    with db.transaction() as sql:
        people.save(sql, person)
        people.log(sql, people.Logged(name, int(NOW.timestamp()), Format.CALL.value, text))
        one = slots(FIRST)[:1]
        made = proposals.add(sql, draft(person, FIRST, slots=one, **words), NOW)
        if sent:
            sql.execute("UPDATE proposal SET state = 'sent' WHERE number = ?", (made,))
            proposals.set_answer(sql, made, Answer.TENTATIVE, text, NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    "count", [4, pytest.param(500, marks=pytest.mark.proof, id="five hundred")]
)
def test_no_text_becomes_part_of_a_page(tmp_path: Path, count: int) -> None:
    hostile = list(texts(count))
    plain = shapes(tmp_path / "plain", ["x"] * count)

    acted = shapes(tmp_path / "acted", hostile)

    assert len(set(hostile)) == count
    for path, shape in plain.items():
        assert acted[path] == shape, path


def test_a_name_in_the_map_is_words(home: House) -> None:
    with Database(home.home) as db, db.transaction() as sql:
        people.save(sql, replace(home.person(), name="Ana <script>alert(1)</script>"))
    with home.browser() as browser:
        page = browser.look("map")

    assert [each.attributes["src"] for each in page.all("script")] == ["/static/page.js"]
    assert "Ana <script>alert" in page.text


def test_what_hides_in_a_text_is_made_visible(home: House) -> None:
    name = "Ana" + "".join(map(chr, (0x202E, 0x200B, 0x1B))) + "]0;x"
    with Database(home.home) as db, db.transaction() as sql:
        people.save(sql, replace(home.person(), name=name))
    with home.browser() as browser:
        body = browser.get(f"{browser.room}/people").body.decode()

    assert "Ana&lt;U+202E&gt;&lt;U+200B&gt;^[]0;x" in body
    assert not set(body) & ({*BIDI, *CONTROLS} - {"\n"})


def test_words_to_edit_come_back_exactly_as_they_were(home: House, browser: Browser) -> None:
    words = "\n\n  سلام\u200cها <b>&amp; \u202eabc\n"  # noqa: RUF001 - Persian, with its joiner
    with Database(home.home) as db, db.transaction() as sql:
        people.save(sql, replace(home.person(), notes=PrivateNotes(words)))
    form = browser.look("people/ana-silva").form("/people/ana-silva")

    browser.submit(form, priority="B")

    assert home.person().notes.reveal() == words
