"""The properties of one component that Fika asks for, found in one pass over its lines."""

from __future__ import annotations

from typing import Final, NamedTuple

from connectors.ical import lines

_END, _IGNORED, _BEGIN, _ONCE, _OFTEN = range(-1, 4)  # the first three: a step in depth
_SORT: Final = {
    **dict.fromkeys(("CREATED", "DESCRIPTION", "PRIORITY", "ACTION", "TRIGGER"), _IGNORED),
    **dict.fromkeys(("UID", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"), _ONCE),
    **dict.fromkeys(("SUMMARY", "LOCATION", "STATUS", "TRANSP", "CLASS", "ORGANIZER"), _ONCE),
    **dict.fromkeys(("SEQUENCE", "LAST-MODIFIED", "DTSTAMP", "X-FIKA", "COMMENT"), _ONCE),
    **dict.fromkeys(("X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-ALLDAYEVENT"), _ONCE),
    **dict.fromkeys(("RRULE", "RDATE", "EXDATE", "EXRULE", "ATTENDEE"), _OFTEN),
    "BEGIN": _BEGIN,
    "END": _END,
}


class Properties(NamedTuple):
    """What stands in a component itself, not in one nested in it; names are in upper case.

    ``values`` and ``parameters`` are of properties that stand once: of several the first, and
    no entry in ``parameters`` for a property without any. ``often`` has whole lines of
    properties that may be repeated, in their order. ``is_one`` is false where the component ends
    more than once: something has run into it.
    """

    values: dict[str, str]
    parameters: dict[str, str]
    often: dict[str, list[str]]
    is_one: bool


def properties(text: str) -> Properties:
    """The properties of a component, given unfolded from after its BEGIN to its END."""
    values: dict[str, str] = {}
    parameters: dict[str, str] = {}
    often: dict[str, list[str]] = {}
    sorts, depth = _SORT.get, 0
    for line in lines.each(text):
        name, _, value = line.partition(":")
        given = ""
        sort = sorts(name)
        if sort is None:
            name, _, given = name.partition(";")
            sort = sorts(name)
            if sort is None:
                name = name.strip().upper()
                sort = sorts(name, _IGNORED)
        if sort <= _BEGIN:
            depth += sort
        elif depth > 0:
            continue
        elif sort == _OFTEN:
            often.setdefault(name, []).append(line)
        elif name not in values:
            if given:
                if '"' in given:
                    given, value = lines.parted(line)
                parameters[name] = given
            values[name] = value.strip()
    return Properties(values, parameters, often, depth >= _END)
