"""Writes planning slots into the owner's own calendar, as `agent.planning.standing` decides.

It touches only events of its own: in the ledger, with our mark, in the version last seen. Every
new time is announced in the ledger before it is written, under a UID that is always the same, so
that after a crash looking at the calendar settles what happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from agent.planning.standing import Desk, Failure, Planning, decided, look, settled
from agent.store import blocks
from agent.store.blocks import BlockRow
from agent.store.database import Database
from connectors.errors import ChangedMeanwhile, ConnectorError, MayHaveHappened
from connectors.port import CalendarWriter, Found, OwnEvent
from policies.frozen import frozen
from policies.planning.agenda import says_the_same
from policies.planning.block import (
    Adopt,
    Block,
    BlockState,
    Decision,
    Kept,
    Lost,
    Move,
    NoRoom,
    Write,
    after,
)

REFRESH_WITHIN: Final = timedelta(days=7)
"""A slot further away keeps the agenda it was written with until it comes near."""


@frozen
class ProtectReport:
    """What was decided, and what of it could not be done; a rehearsal decides the same."""

    decisions: tuple[Decision, ...] = ()
    undone: tuple[Decision, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def written(self) -> tuple[Write, ...]:
        return tuple(e for e in self.decisions if isinstance(e, Write) and e not in self.undone)

    @property
    def rebooked(self) -> tuple[Move, ...]:
        return tuple(e for e in self.decisions if isinstance(e, Move) and e not in self.undone)

    @property
    def followed(self) -> tuple[Adopt, ...]:
        return tuple(each for each in self.decisions if isinstance(each, Adopt))

    @property
    def kept(self) -> tuple[Kept, ...]:
        return tuple(each for each in self.decisions if isinstance(each, Kept))

    @property
    def lost(self) -> tuple[Lost, ...]:
        return tuple(each for each in self.decisions if isinstance(each, Lost))

    @property
    def no_room(self) -> tuple[NoRoom, ...]:
        return tuple(each for each in self.decisions if isinstance(each, NoRoom))


@frozen
class RefreshReport:
    """The slots whose agenda was brought up to date, and what the calendar would not do."""

    refreshed: tuple[Block, ...] = ()
    failures: tuple[Failure, ...] = ()


def protect(
    db: Database, writer: CalendarWriter | None, planning: Planning, now: datetime
) -> ProtectReport:
    """Follow what became of every slot, then write and move what is to be.

    Without a writer there is nothing to do.

    Raises:
        StateUnusable: the ledger cannot be read or written.
    """
    if writer is None:
        return ProtectReport()
    desk = Desk(db, writer, planning, now, db.installation)
    stored = blocks.every(db)
    sights, failures = look(desk, stored)
    known = [settled(desk, row, sights) for row in stored]
    ledger = {row.block.uid: row for row in known if row}
    decisions = decided(desk, ledger, sights)
    report = ProtectReport(decisions, failures=failures)
    for each in decisions:
        if isinstance(each, Adopt | Kept | Lost):
            row = ledger[each.block.uid]
            ledger[each.block.uid] = replace(row, block=after(each))
    _write_down(db, stored, ledger)
    return _carried_out(desk, report, ledger)


def refresh(
    db: Database, writer: CalendarWriter | None, planning: Planning, now: datetime
) -> RefreshReport:
    """Bring the agenda of the slots of the next days up to date, where it says something new.

    To be called when everything an agenda tells of is done, or the next run would find it stale.
    An event that anybody else changed, in whatever way, keeps its words from then on.

    Raises:
        StateUnusable: the ledger cannot be read or written.
    """
    if writer is None or not planning.rules.planning.enabled:
        return RefreshReport()
    desk = Desk(db, writer, planning, now, db.installation)
    near = [row for row in blocks.every(db) if _is_near(row.block, now) and _is_due(desk, row)]
    problems: list[Failure] = []
    refreshed: list[Block] = []
    for row in near:
        try:
            done = _refreshed(desk, row, desk.writer.find(row.block.uid))
        except ConnectorError as error:
            problems.append(desk.failure(error))
            if not isinstance(error, ChangedMeanwhile):
                break
        else:
            refreshed += [row.block] * done
    return RefreshReport(tuple(refreshed), tuple(dict.fromkeys(problems)))


def _write_down(db: Database, stored: Iterable[BlockRow], ledger: Mapping[str, BlockRow]) -> None:
    """Take what was seen and followed into the ledger, all at once; nothing when nothing is new."""
    before = {row.block.uid: row for row in stored}
    changed = [row for uid, row in ledger.items() if before[uid] != row]
    never_written = before.keys() - ledger.keys()
    if changed or never_written:
        with db.transaction() as sql:
            for row in changed:
                blocks.put(sql, row)
            for uid in never_written:
                blocks.forget(sql, uid)


def _carried_out(desk: Desk, report: ProtectReport, ledger: dict[str, BlockRow]) -> ProtectReport:
    """Write what was decided; after a failure that the next write would meet too, no more."""
    undone: list[Decision] = []
    failures = list(report.failures)
    stopped = False
    for each in report.decisions:
        if not isinstance(each, Write | Move):
            continue
        if stopped:
            undone.append(each)
            continue
        try:
            if isinstance(each, Write):
                _write(desk, each, ledger)
            else:
                _move(desk, each, ledger[each.block.uid])
        except ConnectorError as error:
            undone.append(each)
            failures.append(desk.failure(error))
            stopped = not isinstance(error, ChangedMeanwhile)
    return replace(report, undone=tuple(undone), failures=tuple(dict.fromkeys(failures)))


def _write(desk: Desk, decision: Write, ledger: dict[str, BlockRow]) -> None:
    """Announce, write, note. Something of ours that stands there already is taken over as it is."""
    row, event = _announced(desk, decision, ledger)
    _put(desk, row)
    try:
        written = desk.writer.create(event)
    except MayHaveHappened:
        raise
    except ChangedMeanwhile:
        found = desk.writer.find(event.uid)
        there = desk.own(found)
        if found is None or there is None:
            _forget(desk, event.uid)
            raise
        written, event = found.written, there
    except ConnectorError:
        _forget(desk, event.uid)
        raise
    block = replace(row.block, when=event.when, state=BlockState.HELD)
    ledger[event.uid] = replace(row, block=block, written=written)
    _put(desk, ledger[event.uid])


def _announced(
    desk: Desk, decision: Write, ledger: Mapping[str, BlockRow]
) -> tuple[BlockRow, OwnEvent]:
    names = (blocks.uid(desk.installation, decision.period, number) for number in count())
    uid = next(name for name in names if name not in ledger)
    name, text = desk.words(decision.purpose)
    block = Block(
        uid, decision.purpose, decision.period, decision.when, BlockState.WRITING, desk.now
    )
    row = BlockRow(block, desk.planning.calendar, wrote=blocks.words(name, text))
    mark = blocks.marker(desk.installation, uid)
    return row, OwnEvent(uid, decision.when, desk.planning.owner.zone, name, text, mark)


def _move(desk: Desk, decision: Move, row: BlockRow) -> None:
    """Announce, move, note. Only the time changes: the words may be the owner's."""
    found = desk.writer.find(decision.block.uid)
    event = desk.own(found)
    if found is None or event is None or found.written != row.written:
        raise ChangedMeanwhile(desk.planning.calendar, "the slot was changed meanwhile")
    going = replace(row.block, when=decision.when, state=BlockState.WRITING)
    _put(desk, replace(row, block=going))
    try:
        written = desk.writer.update(found.written, replace(event, when=decision.when))
    except MayHaveHappened:
        raise
    except ConnectorError:
        _put(desk, row)
        raise
    held = replace(row, block=after(decision), written=written, rebooked=row.rebooked + 1)
    _put(desk, held)


def _is_near(block: Block, now: datetime) -> bool:
    return block.state is BlockState.HELD and now < block.when.start <= now + REFRESH_WITHIN


def _is_due(desk: Desk, row: BlockRow) -> bool:
    """Whether its words may be ours to change, and are not what we wrote there last."""
    return row.wrote not in ("", blocks.words(*desk.words(row.block.purpose)))


def _refreshed(desk: Desk, row: BlockRow, sight: Found | None) -> bool:
    event = desk.own(sight)
    if sight is None or event is None or sight.written != row.written:
        return False
    _, text = desk.words(row.block.purpose)
    if row.wrote != blocks.words(event.title, event.text) or says_the_same(text, event.text):
        return False
    written = desk.writer.update(sight.written, replace(event, text=text))
    _put(desk, replace(row, written=written, wrote=blocks.words(event.title, text)))
    return True


def _put(desk: Desk, row: BlockRow) -> None:
    with desk.db.transaction() as sql:
        blocks.put(sql, row)


def _forget(desk: Desk, uid: str) -> None:
    with desk.db.transaction() as sql:
        blocks.forget(sql, uid)
