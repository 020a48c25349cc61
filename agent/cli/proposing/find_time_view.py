"""How `fika find-time` looks: the best times on everyone's clock, or what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from agent.proposing.find_time import ME, Answer, Participant
from policies.hours import written_hours, written_length
from policies.interval import Interval
from policies.people.person import WeeklyHours
from policies.proposal import Slot
from policies.slots.availability import Cause
from policies.slots.group import DAY_OFF, HOURS, NIGHT, WAKING, Remedy, Rule, best
from policies.spoken import length_said, short_day
from policies.text import shown
from policies.wall import local_datetime, seconds

_NAME = 40
_NAMED = 5  # of one clock on a line; more are counted
_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        HOURS: "hours",
        NIGHT: f"night ({WAKING[1]:%H:%M} to {WAKING[0]:%H:%M})",
        DAY_OFF: "day off",
        Cause.MEETINGS: "calendar",
        Cause.TENTATIVE: "tentative entries",
        Cause.ALL_DAY: "entries of whole days",
        Cause.BUFFERS: "time before and after meetings",
        Cause.TRAVEL: "way between places",
        Cause.OFFICE: "office days",
        Cause.LUNCH: "lunch",
        Cause.HOLIDAYS: "public holidays",
        Cause.PLANNING: "planning time",
    }
)


def as_text(answer: Answer, *, top: int | None) -> str:
    """The best ``top`` times, all of them in order where it is ``None``."""
    slots = _picked(answer, top)
    lines = [_heading(answer)]
    for number, slot in enumerate(slots, 1):
        lines += ["", *_slot(number, slot, answer)]
    if not slots:
        lines += _why(answer)
    said = [*answer.notes, *(each for one in answer.people for each in one.assumptions)]
    if said:
        lines += ["", "Not known, and assumed", *(f"  {shown(each, 300)}" for each in said)]
    return "\n".join(lines)


def as_json(answer: Answer, *, top: int | None) -> str:
    """The same; times are ISO 8601 on the clock they stand under, ``zone`` where none is said."""
    from agent.terminal import json_text

    wish, found = answer.wish, answer.found
    return json_text(
        {
            "length": written_length(wish.length),
            "grid": written_length(wish.grid),
            "notice": written_length(wish.notice),
            "zone": wish.zone,
            **_span(wish.window, wish.zone),
            "people": [
                {
                    "who": each.member.name,
                    "name": each.title,
                    "zone": each.member.zone,
                    "hours": written_hours(each.hours),
                    "calendar_known": each.member.seen,
                    "assumptions": list(each.assumptions),
                }
                for each in answer.people
            ],
            "suiting": len(found.slots),
            "slots": [
                {
                    **_span(slot.when, wish.zone),
                    "score": round(slot.score, 2),
                    "parts": [part._asdict() for part in slot.parts],
                    "local": _local(slot.when, answer),
                }
                for slot in _picked(answer, top)
            ],
            "conflict": [_rule_record(rule, answer) for rule in found.conflict],
            "remedies": [
                {
                    "lift": [_rule_record(rule, answer) for rule in each.rules],
                    "times": each.times,
                    "nearest": {
                        **_span(each.when, wish.zone),
                        "local": _local(each.when, answer),
                    },
                }
                for each in found.remedies
            ],
            "notes": list(answer.notes),
        }
    )


def _picked(answer: Answer, top: int | None) -> Sequence[Slot]:
    return answer.found.slots if top is None else best(answer.found.slots, top)


# ---------------------------------------------------------------- words


def _heading(answer: Answer) -> str:
    wish, count = answer.wish, len(answer.found.slots)
    names = [_title(each) for each in answer.people]
    whom = _listed(names) if len(names) <= _NAMED else f"{len(names)} people"
    days = (local_datetime(seconds(at), wish.zone) for at in (wish.window.start, wish.window.end))
    first, last = map(short_day, days)
    found = f"{count:,} times suit" if count != 1 else "1 time suits"
    said = f"{length_said(wish.length)} for {whom}, {first} to {last}"
    return f"{said}: {found if count else 'nothing suits everyone'}."


def _slot(number: int, slot: Slot, answer: Answer) -> Iterator[str]:
    for place, line in enumerate(_clocks(slot.when, answer)):
        yield f"{number:3}  {line}" if place == 0 else f"     {line}"
    parts = ", ".join(f"{part.name} {part.points:+g}" for part in slot.parts)
    yield f"     {slot.score:.1f} points: {parts}"


def _clocks(when: Interval, answer: Answer) -> Iterator[str]:
    """A line for each clock in the group, and whose it is."""
    zones: dict[str, list[str]] = {}
    for each in answer.people:
        zones.setdefault(each.member.zone, []).append(_title(each))
    wide = max(map(len, zones))
    for zone, names in zones.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        whose = ", ".join(names[:_NAMED]) + more
        yield f"{_clock(when, zone)}  {zone:{wide}}  {whose}"


def _clock(when: Interval, zone: str) -> str:
    start, end = (local_datetime(seconds(at), zone) for at in (when.start, when.end))
    return f"{short_day(start):10}  {start:%H:%M}-{end:%H:%M}"


def _why(answer: Answer) -> Iterator[str]:
    found = answer.found
    if not found.conflict:
        yield "There is no time of this length in this stretch: look further ahead with --within."
        return
    yield "Together these leave none:"
    for rule in found.conflict:
        yield f"  {_rule(rule, answer)}{_detail(rule, answer)}"
    for number, each in enumerate(found.remedies, 1):
        count = "1 time" if each.times == 1 else f"{each.times:,} times, the nearest"
        lifted = _listed([_rule(rule, answer) for rule in each.rules])
        yield ""
        yield f"{number:3}  Without {lifted}: {count}"
        for line in _clocks(each.when, answer):
            yield f"     {line}"
        options = list(_options(each, answer))
        if options:
            yield f"     ask again with {' '.join(options)}"


def _options(remedy: Remedy, answer: Answer) -> Iterator[str]:
    """What to add to the command so that it finds that time."""
    people = {each.member.name: each for each in answer.people}
    for rule in remedy.rules:
        if rule.what == HOURS:
            one = people[rule.who]
            start, end = (
                local_datetime(seconds(at), one.member.zone)
                for at in (remedy.when.start, remedy.when.end)
            )
            if start.date() == end.date():
                wider = _wider(one.hours, start, end)
                yield f"--hours '{rule.who}={written_hours(wider)}'"
        elif rule.what == Cause.NOTICE:
            left = max(remedy.when.start - answer.wish.now, timedelta())
            yield f"--notice {written_length(left - left % timedelta(hours=1))}"
        elif rule.what == Cause.BUFFERS:
            yield "--buffer 0m"


def _wider(hours: WeeklyHours, start: datetime, end: datetime) -> WeeklyHours:
    """The hours with a stretch of one weekday more."""
    days = list(hours.days)
    day = start.weekday()
    spans: list[tuple[time, time]] = []
    for opens, closes in sorted((*days[day], (start.time(), end.time()))):
        if spans and opens <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(closes, spans[-1][1]))
        else:
            spans.append((opens, closes))
    days[day] = tuple(spans)
    return WeeklyHours(tuple(days))


def _rule(rule: Rule, answer: Answer) -> str:
    if rule.what == Cause.NOTICE:
        return f"the {length_said(answer.wish.notice)} of notice"
    one = next(each for each in answer.people if each.member.name == rule.who)
    whose = "your" if rule.who == ME else f"{_title(one)}'s"
    return f"{whose} {_OF[rule.what]}"


def _detail(rule: Rule, answer: Answer) -> str:
    one = next((each for each in answer.people if each.member.name == rule.who), None)
    if rule.what != HOURS or one is None:
        return ""
    return f" ({written_hours(one.hours)}, {one.member.zone})"


def _title(each: Participant) -> str:
    return shown(each.title, _NAME)


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


# ---------------------------------------------------------------- records


def _rule_record(rule: Rule, answer: Answer) -> dict[str, str]:
    return {"who": rule.who, "rule": rule.what, "sentence": _rule(rule, answer)}


def _local(when: Interval, answer: Answer) -> dict[str, dict[str, str]]:
    return {each.member.name: _span(when, each.member.zone) for each in answer.people}


def _span(when: Interval, zone: str) -> dict[str, str]:
    here = ZoneInfo(zone)
    return {
        "start": when.start.astimezone(here).isoformat(),
        "end": when.end.astimezone(here).isoformat(),
    }
