"""The one person the owner has committed to build a relationship with, and when to tell of it.

That a monthly letter is due is all that happens by itself; `letter` prepares it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from agent.errors import UsageProblem
from agent.settings import Settings
from agent.store import actions, commitments, people
from agent.store.database import Database
from policies.audit.cadence import Standing
from policies.audit.commitment import (
    Commitment,
    CommitmentState,
    commitment_said,
    letter_due,
    letter_title,
)
from policies.people.person import Person
from policies.sending.action import ENDED_UNSENT
from policies.text import shown
from policies.wall import local_date

_NAME = 60


class Letter(NamedTuple):
    """What is due to be told: of which month (its first day), and to what address."""

    month: date
    tell: str


def standing(db: Database) -> Commitment | None:
    """The commitment that stands, if one does."""
    found = (each for each in commitments.every(db) if each.state is CommitmentState.STANDING)
    return next(found, None)


def commit(
    db: Database, settings: Settings, person: Person, until: date, tell: str, now: datetime
) -> None:
    """Name ``person``; ``tell`` is the address of who is told each month, empty for nobody.

    Raises:
        UsageProblem: there is a commitment already, or the day is past.
    """
    today = local_date(now, settings.owner.zone)
    if until <= today:
        raise UsageProblem(f"{until} is no day to come", "name a later one with --until")
    known = standing(db)
    if known is not None:
        raise UsageProblem(
            f"you are committed to {_name(db, known)} until {known.until}",
            "first `fika commit kept`, or `fika commit drop`",
        )
    with db.transaction() as sql:
        commitments.add(sql, person.id, today, until, tell)


def end(db: Database, settings: Settings, state: CommitmentState, now: datetime) -> Commitment:
    """The commitment that stood until now.

    Raises:
        UsageProblem: there is none.
    """
    known = _one(db)
    with db.transaction() as sql:
        commitments.end(sql, known.number, state, local_date(now, settings.owner.zone))
    return known


def said(db: Database, standings: Sequence[Standing], today: date) -> str:
    """One line on the commitment that stands; empty without one.

    It goes into calendars and digests, so whoever is sensitive is not named.
    """
    known = standing(db)
    stands = {each.person.id: each for each in standings}
    if known is None or known.person not in stands:
        return ""
    one = stands[known.person]
    name = "somebody sensitive" if one.person.sensitive else shown(one.person.name, _NAME)
    return commitment_said(known, one, name, today)


# ---------------------------------------------------------------- the monthly letter


def due(db: Database, today: date) -> Letter | None:
    """The letter that waits for the owner; one that was approved does so no more."""
    known = standing(db)
    month = letter_due(known, today) if known else None
    if known is None or month is None:
        return None
    told = (
        each.payload.title == letter_title(month) and each.payload.recipient == known.tell
        for each in actions.reports(db)
        if each.state not in ENDED_UNSENT
    )
    return None if any(told) else Letter(month, known.tell)


def waiting(db: Database, today: date) -> str:
    """What the owner is told of a letter that is due; empty when none is.

    It goes into calendars and digests, so nobody is named: the command shows to whom.
    """
    letter = due(db, today)
    if letter is None:
        return ""
    return f"the letter for {letter.month:%B %Y}: fika commit letter"


def letter_owed(db: Database, settings: Settings, now: datetime) -> tuple[Commitment, Letter]:
    """The commitment, and what is due of it.

    Raises:
        UsageProblem: there is no commitment, nobody is to be told, or nothing is due.
    """
    known = _one(db)
    if not known.tell:
        raise UsageProblem("nobody is to be told", "name a reader: `fika commit to ... --tell`")
    letter = due(db, local_date(now, settings.owner.zone))
    if letter is None:
        raise UsageProblem(
            "no letter is due", "the next is on the first of a month; see `fika report list`"
        )
    return known, letter


def _one(db: Database) -> Commitment:
    known = standing(db)
    if known is None:
        raise UsageProblem(
            "you are committed to nobody", "`fika commit to PERSON --until DATE` names one"
        )
    return known


def _name(db: Database, one: Commitment) -> str:
    person = people.get(db, one.person)
    return shown(person.name, _NAME) if person else shown(one.person)
