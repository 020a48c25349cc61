"""Rituals as commands change them, and whose turn it is when proposals are made."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from agent.errors import UsageProblem
from agent.relationships.audit import Line
from agent.store import rituals as store
from agent.store.database import Database
from policies.circles.rituals import Ritual
from policies.people.identity import folded
from policies.people.person import Person, PersonId
from policies.proposal import Proposal, ProposalState
from policies.text import shown
from policies.wall import local_date

_FRESH_DAYS = 2


def with_turns(
    db: Database, lines: Sequence[Line], earlier: Iterable[Proposal], zone: str
) -> tuple[Line, ...]:
    """The audit, with the occasion of whose turn it is in a ritual.

    Who was met since the round began has had their turn. A proposal of the round before that
    still waits keeps its occasion, or it would be taken back as no longer due.
    """
    found = store.every(db)
    if not found or not lines:
        return tuple(lines)
    waiting = {
        each.draft.person: local_date(each.created, zone)
        for each in earlier
        if each.state is ProposalState.OPEN
    }
    turns = _turns(found, lines, waiting)
    return tuple(
        line._replace(standing=replace(line.standing, occasion=turns[person]))
        if (person := line.standing.person.id) in turns
        else line
        for line in lines
    )


def _turns(
    found: Iterable[Ritual], lines: Sequence[Line], waiting: dict[PersonId, date]
) -> dict[PersonId, str]:
    last = {line.standing.person.id: line.standing.last for line in lines}
    today = lines[0].standing.today
    turns: dict[PersonId, str] = {}
    for ritual in found:
        now = ritual.round_on(today)
        for number in (now - 1, now):
            person, begins = ritual.turn(number), ritual.begins(number)
            if person is None or person not in last:
                continue
            met = last[person]
            asked = waiting.get(person, date.min) >= begins
            if (met is None or met < begins) and (number == now or asked):
                turns[person] = f"It is their turn in “{ritual.name}”."
    return turns


def lines(db: Database, today: date) -> tuple[str, ...]:
    """The notes to send to teams whose round began today or yesterday, a line each."""
    told = []
    for each in store.every(db):
        number = each.round_on(today)
        fresh = number >= 0 and (today - each.begins(number)).days < _FRESH_DAYS
        if each.team and each.members and fresh:
            name = shown(each.name)
            told.append(f"who meets whom in “{name}” this time: fika ritual show {name}")
    return tuple(told)


def begin(db: Database, ritual: Ritual) -> None:
    """Keep a new ritual.

    Raises:
        UsageProblem: there is one of this name.
    """
    try:
        with db.transaction() as sql:
            store.add(sql, ritual)
    except sqlite3.IntegrityError as error:
        raise UsageProblem(
            f"there is a ritual called {shown(ritual.name)!r}", "choose another name"
        ) from error


def named(db: Database, words: str) -> Ritual:
    """The one ritual of this name, or whose name holds the words.

    Raises:
        UsageProblem: none, or several.
    """
    rituals, sought = store.every(db), folded(words)
    exact = [each for each in rituals if folded(each.name) == sought]
    found = exact or [each for each in rituals if sought in folded(each.name)]
    if len(found) != 1:
        count = "no ritual is" if not found else f"{len(found)} rituals are"
        raise UsageProblem(f"{count} called {shown(words)!r}", "see `fika ritual`")
    return found[0]


def change_members(
    db: Database, ritual: Ritual, more: Iterable[Person], fewer: Iterable[Person], today: date
) -> Ritual:
    """Let people in and out; see `Ritual.with_members`."""
    gone = {each.id for each in fewer}
    stay = [each for each in ritual.members if each not in gone]
    new = [each.id for each in more if each.id not in stay]
    changed = ritual.with_members(tuple(dict.fromkeys([*stay, *new])), today)
    with db.transaction() as sql:
        store.change(sql, changed)
    return changed


def end(db: Database, ritual: Ritual) -> None:
    with db.transaction() as sql:
        store.end(sql, ritual.number)
