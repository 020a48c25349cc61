"""A commitment to build one relationship, and the monthly letter to somebody the owner chose.

The letter is a report: shown whole, approved, and sent through the same ledger, gate and
dispatcher as every other. That one is due is all that happens by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from agent import audit, reporting
from agent.approving import Offer
from agent.errors import UsageProblem
from agent.settings import Settings
from agent.store import actions, blocks, commitments, people, proposals
from agent.store.database import Database
from agent.store.meetings import history
from policies.audit.cadence import Standing, Status
from policies.audit.commitment import (
    Commitment,
    CommitmentState,
    Meetings,
    Numbers,
    commitment_said,
    letter_due,
    letter_text,
    letter_title,
    month_after,
)
from policies.audit.evidence import Strength
from policies.people.person import Person
from policies.planning.block import BlockState
from policies.proposal import Answer
from policies.sending.action import ActionState
from policies.text import one_line, shown
from policies.wall import absolute, local_date, moment, seconds

_NAME = 60
_UNSENT = frozenset({ActionState.REJECTED, ActionState.CANCELLED, ActionState.EXPIRED})


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
    """Name ``person``; ``tell`` is an address or somebody on the list, empty for nobody.

    Raises:
        UsageProblem: there is a commitment already, the day is past, or the reader will not do.
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
    reader = _reader(db, person, tell) if tell else ""
    with db.transaction() as sql:
        commitments.add(sql, person.id, today, until, reader)


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
        if each.state not in _UNSENT
    )
    return None if any(told) else Letter(month, known.tell)


def waiting(db: Database, today: date) -> str:
    """What the owner is told of a letter that is due; empty when none is."""
    letter = due(db, today)
    if letter is None:
        return ""
    return f"the letter for {letter.month:%B %Y} to {shown(letter.tell)}: fika commit letter"


def prepare(db: Database, settings: Settings, now: datetime) -> Offer:
    """The letter that is due, as it would be sent.

    Raises:
        UsageProblem: there is no commitment, nobody is to be told, or nothing is due.
        CannotApprove: nothing to send with, or it may not be sent.
    """
    known, letter = _due(db, settings, now)
    to = reporting.reader(db, letter.tell)
    person = people.get(db, known.person)
    text = letter_text(
        known,
        letter.month,
        _numbers(db, settings, letter.month),
        _meetings(db, settings, known, now),
        person=person.name if person and not person.sensitive else "",
        recipient=to.name,
        sender=one_line(settings.owner.name).strip(),
    )
    return reporting.offered(db, settings, to, letter_title(letter.month), text, now=now)


def skip(db: Database, settings: Settings, now: datetime) -> Letter:
    """Leave the letter that is due unsent for good.

    Raises:
        UsageProblem: none is due.
    """
    known, letter = _due(db, settings, now)
    with db.transaction() as sql:
        commitments.answer(sql, known.number, letter.month)
    return letter


def _due(db: Database, settings: Settings, now: datetime) -> tuple[Commitment, Letter]:
    known = _one(db)
    if not known.tell:
        raise UsageProblem("nobody is to be told", "name a reader: `fika commit to ... --tell`")
    letter = due(db, local_date(now, settings.owner.zone))
    if letter is None:
        raise UsageProblem(
            "no letter is due", "the next is on the first of a month; see `fika report list`"
        )
    return known, letter


def _numbers(db: Database, settings: Settings, month: date) -> Numbers:
    zone, after = settings.owner.zone, month_after(month)

    def within(day: date) -> bool:
        return month <= day < after

    sensitive = {each.id for each in people.everyone(db) if each.sensitive}
    sent = proposals.sent_times(db)
    invited = [
        each
        for each in proposals.listed(db)
        if each.draft.person not in sensitive
        and each.number in sent
        and within(local_date(sent[each.number], zone))
    ]
    slots = [
        row.block.state
        for row in blocks.every(db)
        if within(local_date(row.block.when.start, zone))
    ]
    then = _stood(db, settings, after)
    return Numbers(
        before=_count(_stood(db, settings, month)),
        after=_count(then),
        met=sum(each.last is not None and within(each.last) for each in then),
        sent=len(invited),
        accepted=sum(each.answer is Answer.ACCEPTED for each in invited),
        kept=slots.count(BlockState.KEPT),
        lost=slots.count(BlockState.LOST),
    )


def _stood(db: Database, settings: Settings, day: date) -> tuple[Standing, ...]:
    """How everyone stood as ``day`` began; who was listed later, and who is sensitive, left out."""
    at = moment(absolute(day, settings.owner.zone))
    return tuple(
        each
        for each in audit.audit(db, settings, at)
        if each.person.listed_on < day and not each.person.sensitive
    )


def _count(standings: Iterable[Standing]) -> dict[Status, int]:
    found = Counter(each.status for each in standings)
    return {status: found[status] for status in Status}


def _meetings(db: Database, settings: Settings, one: Commitment, now: datetime) -> Meetings:
    zone, now_s = settings.owner.zone, seconds(now)
    contact = [each for each in history(db, one.person) if each.strength is Strength.CONTACT]
    past = {audit.day_of(each.start_s, zone) for each in contact if each.is_past(now_s)}
    coming = (audit.day_of(each.start_s, zone) for each in contact if not each.is_past(now_s))
    since = [day for day in past if day >= one.made]
    return Meetings(len(since), max(since, default=None), min(coming, default=None))


def _reader(db: Database, person: Person, words: str) -> str:
    reader = reporting.reader(db, words)
    if reader.person == person:
        raise UsageProblem(
            f"{shown(person.name, _NAME)} would read about themselves", "name another reader"
        )
    if person.sensitive:
        raise UsageProblem(
            f"{shown(person.name, _NAME)} is sensitive, and named in nothing that leaves",
            "leave --tell out",
        )
    return reader.address


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
