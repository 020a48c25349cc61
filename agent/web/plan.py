"""*Plan*: the goals, and the time that is protected for them: slots to come, kept and lost."""

from __future__ import annotations

from typing import Final, NamedTuple

from starlette.responses import Response

from agent.daily import to_write
from agent.plan import goals as plan
from agent.planning.standing import agenda_facts
from agent.relationships import audit, circles
from agent.store import blocks, people
from agent.store.blocks import BlockRow
from agent.web.cards import when_said
from agent.web.visit import Visit
from policies.planning.agenda import agenda
from policies.planning.block import BlockState, Loss, Purpose

_NAMES: Final = {
    Purpose.FIRST: "First planning slot",
    Purpose.RHYTHM: "Planning slot",
    Purpose.REVIEW: "Quarterly review",
}
_LOST: Final = {Loss.DELETED: "lost: you deleted it", Loss.CLASH: "lost: a meeting took its time"}
_PAST: Final = 26


class Slot(NamedTuple):
    """One planning slot. ``agenda`` is what its text says if written now; only the next has one."""

    name: str
    when: str
    state: str
    told: str
    agenda: str


def look(visit: Visit) -> Response:
    """The page."""
    rows = sorted(blocks.every(visit.app.store), key=lambda row: row.block.when.start)
    open_ = (BlockState.HELD, BlockState.WRITING)
    ahead = [row for row in rows if row.block.state in open_ and row.block.when.end > visit.now]
    over = [row for row in reversed(rows) if row not in ahead]
    names = {each.id: each for each in people.everyone(visit.app.store)}
    goals = plan.every(visit.app.store)
    return visit.page(
        "plan.html",
        tally=blocks.tally(visit.app.store),
        ahead=[_slot(visit, row, with_agenda=not place) for place, row in enumerate(ahead)],
        over=[_slot(visit, row) for row in over[:_PAST]],
        goals=[each for each in goals if each.is_open],
        ended=[each for each in goals if not each.is_open],
        names=names,
        today=visit.today,
    )


def _slot(visit: Visit, row: BlockRow, *, with_agenda: bool = False) -> Slot:
    block = row.block
    moved = f"moved {row.rebooked} times" if row.rebooked > 1 else "moved once"
    told = {BlockState.KEPT: "kept", BlockState.LOST: "lost"}.get(block.state, "to come")
    if block.why is not None:
        told = _LOST[block.why]
    elif row.rebooked:
        told = f"{told}, {moved}"
    text = _agenda(visit, block.purpose) if with_agenda else ""
    return Slot(_NAMES[block.purpose], when_said(block.when, visit.zone), block.state, told, text)


def _agenda(visit: Visit, purpose: Purpose) -> str:
    store, settings, now = visit.app.store, visit.app.settings, visit.now
    facts = agenda_facts(
        store,
        audit.audit(store, settings, now),
        visit.today,
        visit.zone,
        to_write=to_write(store, settings, now),
        restarts=lambda found: circles.restart_lines(store, settings, found, now),
    )
    return agenda(purpose, facts)
