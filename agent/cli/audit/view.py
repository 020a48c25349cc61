"""How the audit looks: as a table, as CSV, as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.relationships.records import Record
from policies.audit.cadence import Status
from policies.spoken import counted
from policies.text import cell, shown

if TYPE_CHECKING:
    from agent.terminal import Cell

_NAME, _TITLE = 32, 48  # characters of a cell


def as_json(found: Sequence[Record]) -> str:
    from agent.terminal import json_text

    return json_text([each._asdict() for each in found])


def as_csv(found: Sequence[Record]) -> str:
    """Lines end as RFC 4180 has them; no cell is a formula, whoever wrote the text in it."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(Record._fields)
    writer.writerows(map(_csv_cell, each) for each in found)
    return out.getvalue()


def print_table(found: Sequence[Record], *, of: int) -> None:
    """``of`` is how many people there are without filters."""
    from agent.terminal import Column, print_grid, say

    if not found:
        say(_NOBODY if of == 0 else f"None of {of} people match.")
        return
    columns = (
        Column("Person", gives_way=True),
        Column(""),
        Column("Status"),
        Column("Last contact"),
        Column("What", gives_way=True, spare=4),
        Column("Next", spare=2),
        Column("Over", right=True),
        Column("Quality", spare=1),
        Column("Note", gives_way=True, spare=3),
    )
    print_grid(columns, [_cells(each) for each in found], pages=True)
    say(f"\n{_summary(found, of)}")


_NOBODY = (
    "Nobody is on your list yet: `fika people import FILE` brings people in,"
    " `fika people discover` shows whom you meet."
)


def _csv_cell(value: object) -> object:
    if isinstance(value, tuple):
        return cell("; ".join(value))
    if isinstance(value, str):
        return cell(value)
    return "" if value is None else int(value) if isinstance(value, bool) else value


def _cells(each: Record) -> tuple[Cell, ...]:
    from agent.terminal import STATUS_SHAPE, STATUS_STYLE, Styled

    status = Styled(f"{STATUS_SHAPE[each.status]} {each.status}", STATUS_STYLE[each.status])
    seen = f"only seen in a group on {each.seen}" if each.seen else ""
    return (
        shown(each.name, _NAME),
        each.priority,
        status,
        each.last_contact or "to meet",
        shown(each.last_contact_what, _TITLE) if each.last_contact else seen,
        each.next_meeting or "",
        f"{each.days_over:+d}",
        each.quality or "",
        _note(each),
    )


def _note(each: Record) -> str:
    if each.do_not_contact:
        return "do not contact"
    if each.snoozed_until:
        return f"snoozed until {each.snoozed_until}"
    return f"helps with {', '.join(shown(goal) for goal in each.goals)}" if each.goals else ""


def _summary(found: Sequence[Record], of: int) -> str:
    count = Counter(each.status for each in found)
    statuses = ", ".join(f"{count[status]} {status}" for status in Status)
    people = counted(of, "person")
    whom = people if len(found) == of else f"{len(found)} of {people}"
    overdue = sum(each.overdue for each in found)
    booked = sum(each.next_meeting is not None for each in found)
    have = f"{booked} of {len(found)} {'has' if booked == 1 else 'have'}"
    return f"{whom}: {statuses}. {overdue} overdue. {have} a meeting booked."
