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
    """One item, by the id that Graph groups it under; ``key`` is the item's own id.

    ``is_series``: it has occurrences, and ``exceptions`` are the ids of those that were changed.
    """

    key: str
    is_series: bool = False
    exceptions: tuple[str, ...] = ()


@frozen
class Memory:
    """``terms`` say which calendar was read and how: under other terms it is read anew.

    ``link`` is where changes within ``window`` are asked for. ``is_own``: the calendar is the
    owner's. ``left_out`` names what could not be read, by the same ids as ``items``.
    """

    terms: str
    link: str = ""
    window: str = ""
    is_own: bool = True
    items: Mapping[str, Known] = field(default_factory=dict)
    left_out: Mapping[str, tuple[Quarantined, ...]] = field(default_factory=dict)

    @property
    def quarantined(self) -> tuple[Quarantined, ...]:
        return tuple(each for _, some in sorted(self.left_out.items()) for each in some)

    @property
    def total(self) -> int:
        return len({known.key for known in self.items.values()})

    @property
    def groups(self) -> Mapping[str, str]:
        """The item of each id that Graph may call removed."""
        found = {id_: group for group, known in self.items.items() for id_ in known.exceptions}
        return {**found, **{group: group for group in (*self.items, *self.left_out)}}


def written(memory: Memory) -> Cursor:
    """The cursor that says it; of plain events, which are most, only their id."""
    items = {
        group: 0 if known == Known(group) else list(known) for group, known in memory.items.items()
    }
    found = [
        _FORM,
        memory.terms,
        memory.link,
        memory.window,
        memory.is_own,
        items,
        memory.left_out,
    ]
    return Cursor(json.dumps(found, separators=(",", ":")))


def recalled(cursor: Cursor | None, terms: str) -> Memory:
    """What a cursor says, nothing where there is none that we can read.

    Of one with other terms only what was there, so that what is there no more is told.
    """
    try:
        form, found, link, window, is_own, items, left_out = json.loads(cursor or "")
        if form != _FORM:
            return Memory(terms)
        return Memory(
            terms,
            str(link) if found == terms else "",
            str(window),
            bool(is_own),
            {group: _known(group, value) for group, value in items.items()},
            {group: tuple(Quarantined(*each) for each in some) for group, some in left_out.items()},
        )
    except (ValueError, TypeError, AttributeError):
        return Memory(terms)


def _known(group: str, value: Any) -> Known:  # noqa: ANN401 - of any form
    if not value:
        return Known(group)
    key, is_series, exceptions = value
    return Known(key, bool(is_series), tuple(exceptions))
