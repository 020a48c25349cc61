"""The monthly letter on a commitment: numbers, and how it goes, to somebody the owner chose.

It is a report like every other: shown whole, approved, and sent through the same ledger, gate
and dispatcher.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from agent.errors import UsageProblem
from agent.relationships import audit
from agent.relationships.accountability import Letter, letter_owed
from agent.sending import reporting
from agent.sending.approving import Offer
from agent.settings import Settings
from agent.store import blocks, commitments, people, proposals
from agent.store.database import Database
from agent.store.meetings import history
from policies.audit.cadence import Standing, Status
from policies.audit.commitment import (
    Commitment,
    Meetings,
    Numbers,
    letter_text,
    letter_title,
    month_after,
)
from policies.audit.evidence import Strength
from policies.people.person import Person
from policies.planning.block import BlockState
from policies.proposal import Answer
from policies.text import one_line, shown
from policies.wall import absolute, local_date, local_day, moment, seconds

_NAME: Final = 60


def prepare(db: Database, settings: Settings, now: datetime) -> Offer:
    """The letter that is due, as it would be sent.

    Raises:
        UsageProblem: there is no commitment, nobody is to be told, or nothing is due.
        CannotApprove: nothing to send with, or it may not be sent.
    """
    known, letter = letter_owed(db, settings, now)
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
    known, letter = letter_owed(db, settings, now)
    with db.transaction() as sql:
        commitments.answer(sql, known.number, letter.month)
    return letter


def reader_for(db: Database, person: Person, words: str) -> str:
    """The address of whoever is to be told of ``person``: an address, or somebody on the list.

    Raises:
        UsageProblem: nobody is meant, or they must not be told.
    """
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
    past = {local_day(each.start_s, zone) for each in contact if each.is_past(now_s)}
    coming = (local_day(each.start_s, zone) for each in contact if not each.is_past(now_s))
    since = [day for day in past if day >= one.made]
    return Meetings(len(since), max(since, default=None), min(coming, default=None))
