from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from agent.store import memory, people
from agent.store.database import Database
from policies.memory.favour import Favour, FavourNumber
from policies.memory.promise import Promise, PromiseNumber, PromiseState
from policies.memory.thanks import Occasion, Thanks, ThanksNumber, ThanksState, thanks_for
from tests.agent.store.stored import listed
from tests.make import person

ANA, RAJ = person("Ana Silva"), person("Raj Patel")
TODAY = date(2026, 3, 31)
SOON = TODAY + timedelta(days=7)


@pytest.fixture
def db(empty: Database) -> Iterator[Database]:
    copy = empty.copy()
    listed(copy, ANA, RAJ)
    yield copy
    copy.close()


def remembered(db: Database) -> None:
    """One of each with Ana."""
    with db.transaction() as sql:
        memory.add_promise(sql, ANA.id, "the paper", TODAY, SOON, mine=True)
        memory.add_thanks(sql, thanks_for(ANA.id, Occasion.HELP, "her time", TODAY))
        memory.add_favour(sql, ANA.id, "her time", TODAY, given=False)
        sql.execute("INSERT INTO aftermath VALUES (?, 7, 0)", (ANA.id,))


def test_what_is_remembered_comes_back_as_it_was(db: Database) -> None:
    remembered(db)

    assert memory.promises(db) == (
        Promise(PromiseNumber(1), ANA.id, True, "the paper", TODAY, SOON),
    )
    due = TODAY + timedelta(days=3)
    assert memory.thanks(db) == (
        Thanks(ThanksNumber(1), ANA.id, Occasion.HELP, "her time", TODAY, due),
    )
    favour = Favour(FavourNumber(1), ANA.id, False, "her time", TODAY)
    assert memory.favours_by_person(db) == {ANA.id: (favour,)}


def test_a_promise_without_a_day_has_none(db: Database) -> None:
    with db.transaction() as sql:
        memory.add_promise(sql, RAJ.id, "a book", TODAY, None, mine=False)

    assert memory.promises(db) == (Promise(PromiseNumber(1), RAJ.id, False, "a book", TODAY),)


def test_what_has_ended_says_how_and_when(db: Database) -> None:
    remembered(db)
    with db.transaction() as sql:
        memory.end_promise(sql, PromiseNumber(1), PromiseState.LET_GO, SOON)
        memory.end_thanks(sql, ThanksNumber(1), ThanksState.DONE, SOON)

    (promise,), (thanks,) = memory.promises(db), memory.thanks(db)
    assert (promise.state, promise.ended) == (PromiseState.LET_GO, SOON)
    assert (thanks.state, thanks.ended) == (ThanksState.DONE, SOON)


def test_two_people_made_one_keep_what_is_remembered_of_both(db: Database) -> None:
    remembered(db)
    with db.transaction() as sql:
        sql.execute("INSERT INTO aftermath VALUES (?, 7, 1), (?, 8, 1)", (RAJ.id, RAJ.id))
        people.hand_over(sql, ANA.id, RAJ.id)
        people.remove(sql, ANA.id)

    (promise,), (thanks,), (favour,) = memory.promises(db), memory.thanks(db), memory.favours(db)
    assert {promise.person, thanks.person, favour.person} == {RAJ.id}
    assert db.rows("SELECT start_s, happened FROM aftermath ORDER BY start_s") == [(7, 1), (8, 1)]


def test_nothing_is_left_of_someone_who_is_taken_off_the_list(db: Database) -> None:
    remembered(db)
    with db.transaction() as sql:
        people.remove(sql, ANA.id)

    assert (memory.promises(db), memory.thanks(db), memory.favours(db)) == ((), (), ())
    assert db.rows("SELECT * FROM aftermath") == []
