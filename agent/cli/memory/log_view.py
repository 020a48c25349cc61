"""How the lines of the diary look: what was understood, what was logged lately, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from agent.relationships.diary import TO_BE_THANKED
from agent.store.diary import Line
from policies.memory.logline import Finding, Kind
from policies.memory.thanks import thanks_for
from policies.people.person import PersonId
from policies.spoken import by_when, day_said
from policies.text import shown

_WHAT = 200
_LABELS: Final = {
    Kind.CONTACT: "contact",
    Kind.PROMISED: "promise",
    Kind.PROMISED_ME: "promise",
    Kind.GAVE: "given",
    Kind.HAD: "had",
    Kind.INTRODUCED_ME: "had",
    Kind.ASKED: "asked",
    Kind.THANKED: "thanked",
    Kind.TO_THANK: "to thank",
    Kind.NOTE: "note",
}
Names = Mapping[PersonId, str]


def understood(found: Iterable[Finding], names: Names, today: date) -> Iterator[str]:
    """A line for each thing, in the words it will be remembered by."""
    yield "Understood:"
    for each in found:
        yield _line(each, names, today)
        if each.kind in TO_BE_THANKED:
            occasion = TO_BE_THANKED[each.kind]
            due = thanks_for(each.who[0].found[0], occasion, "", today).due
            who = _together([names[one.found[0]] for one in each.who])
            yield f"  {'to thank':9} {who} for this, {by_when(due, today)}"


def logged(line: Line, names: Names, today: date) -> Iterator[str]:
    """What a line wrote, with the day on which it was logged above."""
    yield f"Logged on {day_said(line.logged, today)}:"
    for each in line.entries:
        yield _line(each.finding, names, today)


def _line(each: Finding, names: Names, today: date) -> str:
    who = _together([names[one.found[0]] for one in each.who])
    return f"  {_LABELS[each.kind]:9} {_sentence(each, who, today)}"


def _together(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _sentence(each: Finding, who: str, today: date) -> str:
    what = shown(each.what, _WHAT)
    on = f" on {day_said(each.day, today)}" if each.day else ""
    due = f", {by_when(each.day, today)}" if each.day else ""
    match each.kind:
        case Kind.CONTACT:
            return f"{each.format} with {who}{on}{f': {what}' if what else ''}"
        case Kind.PROMISED | Kind.GAVE:
            return f"to {who}: {what}{due if each.kind is Kind.PROMISED else on}"
        case Kind.PROMISED_ME | Kind.HAD | Kind.INTRODUCED_ME | Kind.ASKED:
            return f"from {who}: {what}{due if each.kind is Kind.PROMISED_ME else on}"
        case Kind.THANKED:
            return f"{who}{f' for {what}' if what else ''}{on}"
        case Kind.TO_THANK:  # what is often a verb: introduced Raj
            return f"{who}{f': {what}' if what else ''}{due}"
        case Kind.NOTE:
            return f"on {who}, kept as it is: {what}"


def record(each: Finding) -> dict[str, object]:
    return {
        "kind": each.kind.value,
        "people": [who.found[0] for who in each.who],
        "what": each.what,
        "cue": each.cue,
        "day": each.day.isoformat() if each.day else None,
        "format": each.format.value if each.format else None,
    }


def line_record(line: Line) -> dict[str, object]:
    findings = [record(each.finding) for each in line.entries]
    for each in findings:
        del each["cue"]  # only the line itself had it
    return {"logged": line.logged.isoformat(), "findings": findings}
