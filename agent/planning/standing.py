"""What stands of the planning slots in the owner's calendar, and what is to become of them.

It looks and decides; `agent.planning.protect` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Final, TypeAlias

from agent.plan import goals as plan
from agent.relationships import accountability, remembering
from agent.sending.suspension import heed
from agent.store import blocks, entries, proposals
from agent.store import standings as kept
from agent.store.blocks import BlockRow
from agent.store.database import Database
from connectors.errors import ConnectorError
from connectors.port import CalendarWriter, Found, OwnEvent
from policies.audit.cadence import Standing
from policies.audit.progress import Progress, progress
from policies.frozen import frozen
from policies.interval import Interval
from policies.planning.agenda import AgendaFacts, Waiting, agenda, title
from policies.planning.block import BlockState, Decision, Purpose
from policies.planning.periods import horizon
from policies.planning.upkeep import Situation, decide, planning_time
from policies.proposal import ProposalState
from policies.rules import Owner, Rules
from policies.slots.availability import Busy

Sights: TypeAlias = Mapping[str, Found | None]
"""Our events as they stand in the calendar, by UID; what could not be looked up is missing."""

OPEN: Final = frozenset({BlockState.WRITING, BlockState.HELD})


@frozen
class Planning:
    """What planning needs to know.

    ``calendar`` names the one to write to. ``busy`` answers what takes the owner's time in a
    stretch; our own slots may be among it. ``agenda`` answers what the slots' texts are made
    from: asked only where one is to be written.
    """

    owner: Owner
    rules: Rules
    calendar: str
    busy: Callable[[Interval], Iterable[Busy]]
    holidays: tuple[date, ...]
    agenda: Callable[[], AgendaFacts]


@frozen
class Failure:
    """Something the calendar would not do, once however often it happened."""

    calendar: str
    cause: str
    remedy: str


@frozen
class Desk:
    """What every step works with."""

    db: Database
    writer: CalendarWriter
    planning: Planning
    now: datetime
    installation: str

    def own(self, found: Found | None) -> OwnEvent | None:
        """The event, if it is only ours to write to: it has our mark, and nobody is invited."""
        event = found.event if found and not found.guests else None
        if event and event.marker == blocks.marker(self.installation, event.uid):
            return event
        return None

    def words(self, purpose: Purpose) -> tuple[str, str]:
        """Title and text of a slot as they should read now."""
        kept, lost, _ = blocks.tally(self.db)
        facts = replace(self.planning.agenda(), kept=kept, lost=lost)
        return title(purpose, self.planning.rules.planning.title), agenda(purpose, facts)

    def failure(self, error: ConnectorError) -> Failure:
        """What the owner is told; a service that wants to be left alone is, from now on."""
        with self.db.transaction() as sql:
            heed(sql, error, self.now)
        return Failure(self.planning.calendar, error.cause, error.remedy)


def look(desk: Desk, stored: Iterable[BlockRow]) -> tuple[Sights, tuple[Failure, ...]]:
    """Every open slot as it stands in the calendar; what cannot be looked up is left out.

    One that was just read in the version we know stands as we know it, and is not looked up.
    """
    sights: dict[str, Found | None] = {}
    failures: list[Failure] = []
    for row in stored:
        if row.block.state in OPEN:
            try:
                sights[row.block.uid] = _as_known(desk, row) or desk.writer.find(row.block.uid)
            except ConnectorError as error:
                failures.append(desk.failure(error))
    return sights, tuple(dict.fromkeys(failures))


def _as_known(desk: Desk, row: BlockRow) -> Found | None:
    """The slot without its words, where the last reading says that nobody has touched it."""
    block, written = row.block, row.written
    if block.state is not BlockState.HELD or written is None or not written.etag:
        return None
    read = entries.copies(desk.db, block.uid)
    if [(each.calendar, each.item.etag) for each in read] != [(row.calendar, written.etag)]:
        return None
    zone, mark = desk.planning.owner.zone, blocks.marker(desk.installation, block.uid)
    return Found(written, OwnEvent(block.uid, block.when, zone, "", "", mark))


def settled(desk: Desk, row: BlockRow, sights: Sights) -> BlockRow | None:
    """The row with the version seen now, and with an interrupted writing settled by looking.

    A version that is neither the last one nor of our own writing is somebody else's, and so are
    the words from then on. ``None`` for a slot that was announced and never written.
    """
    block, sight = row.block, sights.get(row.block.uid)
    writing = block.state is BlockState.WRITING and block.uid in sights
    held = replace(block, state=BlockState.HELD)
    if sight is None:
        if writing:
            return replace(row, block=held) if row.written else None
        return row
    event = desk.own(sight)
    if event is None:
        return row
    seen = replace(row, written=sight.written, calendar=desk.planning.calendar)
    if not writing:
        return seen if sight.written == row.written else replace(seen, wrote="")
    moved = row.written is not None and event.when == block.when
    held = replace(held, when=event.when)
    return replace(seen, block=held, rebooked=row.rebooked + moved)


def decided(desk: Desk, ledger: Mapping[str, BlockRow], sights: Sights) -> tuple[Decision, ...]:
    planning, rules = desk.planning, desk.planning.rules
    ahead = horizon(rules.planning, planning.owner.zone, desk.now)
    whens = [row.block.when for row in ledger.values() if row.block.state in OPEN]
    window = Interval(
        min([ahead.start, *(when.start for when in whens)]),
        max([ahead.end, *(when.end for when in whens)]),
    )
    busy = tuple(planning.busy(window))
    time = planning_time(
        planning.owner,
        rules,
        now=desk.now,
        busy=[each for each in busy if each.uid not in ledger],
        holidays=planning.holidays,
    )
    return decide(
        Situation(rules.planning, planning.owner.zone, desk.now, time, rules.slots.grid),
        [row.block for row in ledger.values()],
        _seen(desk, ledger, sights, busy),
    )


def _seen(
    desk: Desk, ledger: Mapping[str, BlockRow], sights: Sights, busy: Sequence[Busy]
) -> dict[str, Interval | None]:
    """Where each open slot stands; nothing of what was not looked up.

    What the calendars said when they were last read (``busy``) decides about a slot that was
    written to another calendar before the configuration changed. It also tells of slots that are
    the owner's now, to be left alone until they are over: one that is there for it and not for
    us has lost our mark, and one that is there several times was made a series.
    """
    seen: dict[str, Interval | None] = {}
    for uid in sights.keys() & ledger.keys():
        row, event = ledger[uid], desk.own(sights[uid])
        over = row.block.when.end <= desk.now
        elsewhere = sights[uid] is None and row.calendar != desk.planning.calendar
        read = [each.when for each in busy if each.uid == uid]
        if event and len(read) <= 1:
            seen[uid] = event.when
        elif over and (read or elsewhere or event):
            seen[uid] = row.block.when
        elif sights[uid] is None and not read:
            seen[uid] = None
        elif elsewhere:
            seen[uid] = read[0]
    return seen


def _progress(db: Database, standings: Iterable[Standing], day: date) -> tuple[Progress, ...]:
    """Only as far back as it is remembered: reckoning it from the calendars costs an audit."""
    first = kept.first_day(db)
    known = first is not None and first <= day
    return progress(kept.on(db, day), standings) if known else ()


def agenda_facts(
    db: Database,
    standings: tuple[Standing, ...],
    today: date,
    zone: str,
    *,
    to_write: tuple[str, ...] = (),
    restarts: Callable[[Sequence[Standing]], tuple[str, ...]] = lambda _: (),
) -> AgendaFacts:
    """What the agenda of a slot is made from, as things stand; ``standings`` by rank.

    It stands in a calendar others may see into, so nobody sensitive is in it.
    """
    tally = blocks.tally(db)
    told = tuple(each for each in standings if not each.person.sensitive)
    remembered = remembering.lines(db, told, today, zone)
    waiting = tuple(
        Waiting(each.number, each.draft.person, each.draft.format, each.slot.when.start)
        for each in proposals.listed(db, ProposalState.OPEN)
    )
    committed = (accountability.said(db, standings, today), accountability.waiting(db, today))
    return AgendaFacts(
        today,
        zone,
        told,
        waiting,
        plan.agenda(db, today),
        remembered.promises,
        remembered.thanks,
        kept=tally.kept,
        lost=tally.lost,
        commitment=tuple(filter(None, committed)),
        coming=remembered.coming,
        over=remembered.over,
        to_write=to_write,
        restarts=cache(lambda: restarts(told)),
        progress=cache(lambda day: _progress(db, told, day)),
    )
