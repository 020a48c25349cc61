"""The audit as a letter to a coach or a mentor: who, what priority, how they stand, for how long.

Private notes, addresses, what meetings were about and where are nowhere in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final

from policies.audit.cadence import Standing, Status
from policies.people.identity import name_from
from policies.people.naming import called
from policies.spoken import counted, long_day
from policies.text import one_line

_HEADINGS: Final = MappingProxyType(
    {
        Status.RED: "Red, past the longest gap",
        Status.AMBER: "Amber, past the ideal gap",
        Status.GREEN: "Green, on time",
        Status.GREY: "Still to meet",
    }
)
_LONGEST_NAME: Final = 80


def report_title(day: date) -> str:
    return f"How my relationships stand on {long_day(day)}"


def report_text(
    standings: Sequence[Standing], day: date, *, recipient: str, sender: str, note: str = ""
) -> str:
    """The whole letter: greeted and signed by name, the people by status in the order given.

    ``note`` is a paragraph of the owner's own before the list.
    """
    who = called(recipient)
    counts = ", ".join(
        f"{count} {'still to meet' if status is Status.GREY else status.value}"
        for status in Status
        if (count := sum(each.status is status for each in standings))
    )
    blocks = [
        f"Hello {who}," if who else "Hello,",
        f"This is how my relationships stand on {long_day(day)}: {counts}.",
        note,
        *_sections(standings),
        called(sender) or sender,
    ]
    return "\n\n".join(filter(None, blocks))


def _sections(standings: Sequence[Standing]) -> Iterator[str]:
    for status, heading in _HEADINGS.items():
        lines = [_line(each) for each in standings if each.status is status]
        if lines:
            yield "\n".join((heading, *lines))


def _line(standing: Standing) -> str:
    person = standing.person
    known = name_from(person.name) if "@" in person.name else person.name
    name = " ".join(one_line(known).split())[:_LONGEST_NAME]
    waited = counted(standing.days_waited, "day")
    if standing.to_meet:
        return f"- {name}, priority {person.priority}: listed {waited} ago"
    over = f", {counted(standing.days_over, 'day')} over" if standing.overdue else ""
    since = f"{waited} since contact" if standing.days_since else "contact today"
    return f"- {name}, priority {person.priority}: {since}{over}"
