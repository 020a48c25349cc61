"""What a cursor remembers of a calendar: where its changes go on, and what was there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final, NamedTuple

from connectors.port import Cursor, Quarantined
from policies.frozen import frozen

_FORM: Final = 1


class Known(NamedTuple):
    """One item of the calendar, by the id that Google groups its events under.

    ``key`` is the item's own id. Of a series ``uid`` is its iCalendar UID, and ``cancelled`` are
    the starts its cancelled instances would have had: "clients should store these events for the
    lifetime of the parent recurring event" (the API reference on `Event.status`).
    """

    key: str
    uid: str = ""
    cancelled: tuple[str, ...] = ()

    @property
    def is_series(self) -> bool:
        return bool(self.uid)


@frozen
class Memory:
    """``terms`` say which calendar was read and how: under other terms it is read anew.

    ``token`` is where changes go on, empty where all is to be read. ``left_out`` names what could
    not be read, by the same ids as ``items``.
    """

    terms: str
    token: str = ""
    items: Mapping[str, Known] = field(default_factory=dict)
    left_out: Mapping[str, tuple[Quarantined, ...]] = field(default_factory=dict)

    @property
    def quarantined(self) -> tuple[Quarantined, ...]:
        return tuple(each for _, some in sorted(self.left_out.items()) for each in some)

    @property
    def total(self) -> int:
        return len({known.key for known in self.items.values()})


def written(memory: Memory) -> Cursor:
    """The cursor that says it; of plain events, which are most, only their id."""
    items = {
        group: 0 if known == Known(group) else list(known) for group, known in memory.items.items()
    }
    return Cursor(_json([_FORM, memory.terms, memory.token, items, memory.left_out]))


def recalled(cursor: Cursor | None, terms: str) -> Memory:
    """What a cursor says, nothing where there is none that we can read.

    Of one with other terms only what was there, so that what is there no more is told.
    """
    try:
        form, found, token, items, left_out = json.loads(cursor or "")
        if form != _FORM:
            return Memory(terms)
        return Memory(
            terms,
            str(token) if found == terms else "",
            {group: _known(group, value) for group, value in items.items()},
            {group: tuple(Quarantined(*each) for each in some) for group, some in left_out.items()},
        )
    except (ValueError, TypeError, AttributeError):
        return Memory(terms)


def _known(group: str, value: Any) -> Known:  # noqa: ANN401 - of any form
    if not value:
        return Known(group)
    key, uid, cancelled = value
    return Known(key, uid, tuple(cancelled))


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
