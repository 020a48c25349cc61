"""A page that is looked at while another program writes to the store."""

from __future__ import annotations

from contextlib import closing
from itertools import count

import pytest

from agent.app import App
from agent.store import proposals
from agent.store.database import Database
from agent.web.app import page
from policies.proposal import NoSlot, Settles, Unplaced
from tests.agent.store.interrupted import Interrupted
from tests.agent.store.stored import listed, meeting, read
from tests.agent.world import ANA, MEI, RAJ
from tests.web.browser import HOST, Browser
from tests.web.house import House

LUNCH, DINNER = ("Lunch", "2026-03-02 12:00"), ("Dinner", "2026-03-02 19:00")


def ran(home: House, what: tuple[str, str], *unplaced: Unplaced) -> None:
    """A run reads this one meeting, and cannot place these."""
    title, start = what
    with Database(home.home) as db:
        read(db, [meeting(start, *ANA.addresses, uid="one", title=title)], settings=home.settings)
        with db.transaction() as sql:
            proposals.replace_unplaced(sql, unplaced, 0)


@pytest.mark.parametrize(
    ("path", "step", "before", "after"),
    [
        ("", 20, "Which hours has Raj? fika answer raj-patel", "fika answer mei-lin"),
        ("people", 1, "Lunch", "Dinner"),
        ("people/ana-silva", 3, "Lunch", "Dinner"),
    ],
)
def test_shows_one_moment_wherever_a_run_commits(
    home: House, path: str, step: int, before: str, after: str
) -> None:
    raj, mei = (
        Unplaced(
            each.id, NoSlot.NO_COMMON_HOURS, f"Which hours has {each.first_name}?", Settles("hours")
        )
        for each in (RAJ, MEI)
    )
    with Database(home.home) as db:
        listed(db, RAJ, MEI)
    place, stores = 0, list[Interrupted]()

    def opened() -> App:
        app = home.app()
        stores.append(Interrupted(home.home, place, lambda: ran(home, DINNER, mei)))
        app.store = stores[-1]
        return app

    with closing(Browser(page(opened, HOST))) as browser:
        browser.enter(home.code())
        for place in count(1, step):
            ran(home, LUNCH, raj)
            text = browser.look(path).text
            assert (before in text) != (after in text)
            if stores[-1].statements < place:
                break
