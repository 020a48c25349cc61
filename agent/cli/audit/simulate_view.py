"""How foresight looks: a verdict, what it takes, the weeks, who turns green when; or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from agent.relationships.foresight import Foresight
from policies.audit.cadence import Status
from policies.foresight.play import Played
from policies.foresight.remedy import Change, Lever, Upkeep
from policies.people.person import PersonId, Priority
from policies.spoken import counted
from policies.text import shown

if TYPE_CHECKING:
    from agent.terminal import Cell

_MOST: Final = 10
_NAMED: Final = 3
_NAME: Final = 32
_NOTHING, _BARS = "·", "▁▂▃▄▅▆▇█"
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_STATUSES: Final = (Status.RED, Status.AMBER, Status.GREEN, Status.GREY)
_WORDS: Final = ("red", "amber", "green", "to meet")


class Turn(NamedTuple):
    """Someone overdue today or still to meet: the day they are first met, or why on none."""

    person: PersonId
    name: str
    priority: Priority
    status: Status
    green: date | None
    why: str


def turns(seen: Foresight) -> tuple[Turn, ...]:
    """The red, then who is still to meet, then the amber; each by the day they turn green."""
    asked = {person for each in seen.play.weeks for person in each.asked}
    because = dict.fromkeys(asked, "asked, and nothing came of it") | dict(seen.left_out)
    found = []
    for person, one in seen.standings.items():
        if one.overdue or one.to_meet:
            green = seen.play.first.get(person)
            why = "" if green else because.get(person, "others come first, all these weeks")
            found.append(Turn(person, one.person.name, one.person.priority, one.status, green, why))
    order = (Status.RED, Status.GREY, Status.AMBER)
    found.sort(key=lambda each: (order.index(each.status), each.green or date.max, each.person))
    return tuple(found)


def as_json(seen: Foresight) -> str:
    """Days are ISO dates, time is in minutes; the names of the fields do not change."""
    from agent.terminal import json_text

    record = {
        "today": str(seen.today),
        "fits": seen.fits,
        "weeks_learnt_from": seen.learnt,
        "share_of_invitations_met": round(seen.plan.share, 3),
        "weeks": [_week_record(each) for each in seen.play.weeks],
        "upkeep": {
            priority: _upkeep_record(found)
            for priority, found in seen.upkeep.items()
            if found.people
        },
        "turns_green": [
            each._replace(green=each.green and str(each.green))._asdict()  # type: ignore[arg-type]
            for each in turns(seen)
        ],
        "late_in_the_end": seen.play.late,
        "enough_by_itself": [each._asdict() for each in seen.changes],
        "not_asked": [each._asdict() for each in seen.left_out],
    }
    return json_text(record)


def print_text(seen: Foresight, *, everyone: bool) -> None:
    from agent.terminal import say

    if not seen.standings:
        say("Nobody is on your list yet: `fika people import FILE` brings people in.")
        return
    say(f"{_verdict(seen)}\n")
    _print_upkeep(seen)
    _print_weeks(seen)
    _print_turns(seen, everyone=everyone)
    if not seen.fits:
        say("\n" + "\n".join(_advice(seen)))
    say(f"\n{_assumptions(seen)}")


# ---------------------------------------------------------------- the verdict, and what it takes


def _verdict(seen: Foresight) -> str:
    weeks, late = counted(len(seen.play.weeks), "week"), len(seen.play.late)
    if seen.fits:
        return _by_which_gaps(seen) or (
            f"Your plan fits your diary: in {weeks} there is room to ask everyone in time."
        )
    if late:
        who = counted(late, "person is", "people are")
        return f"Your plan does not fit your diary: after {weeks} {who} past the longest gap."
    return f"Your plan fits the next {weeks}, but not for good: it takes more than you have."


def _by_which_gaps(seen: Foresight) -> str:
    """Where it fits by the longest gaps alone, in the figures of the table; else empty."""
    all_, (room, free) = _together(seen.upkeep.values()), _room(seen)
    for least, ideal, most, what in (
        (all_.least_meetings, all_.meetings, room, "meetings"),
        (all_.least_time / _HOUR, all_.time / _HOUR, free / _HOUR, "hours"),
    ):
        if round(ideal, 1) > round(most, 1):
            return (
                f"Your plan fits your diary by the longest gaps, {least:.1f} of {most:.1f} {what} a"
                f" week; the ideal gaps take {ideal:.1f}."
            )
    return ""


def _room(seen: Foresight) -> tuple[float, timedelta]:
    """Meetings that come about and the time for them, in an average week."""
    weeks = seen.plan.weeks
    count = max(len(weeks), 1) / seen.plan.share
    free = sum((each.free for each in weeks), timedelta())
    return sum(each.meetings for each in weeks) / count, free / count


def _print_upkeep(seen: Foresight) -> None:
    from agent.terminal import Column, print_grid

    share = seen.plan.share
    found = {each: one for each, one in seen.upkeep.items() if one.people}
    rows = [(f"Priority {each}", *_upkeep_cells(one)) for each, one in found.items()]
    if len(found) > 1:
        rows.append(("Together", *_upkeep_cells(_together(found.values()))))
    most, time = _room(seen)
    meetings, free = f"{most:.1f}", _hours(time)
    room = "Your diary has room for" + (f", {share:.0%} of them met" if share < 1 else "")
    rows.append((room, "", meetings, free, meetings, free))
    columns = (
        Column("In an average week"),
        Column("People", right=True),
        Column("Meetings", right=True),
        Column("Hours", right=True),
        Column("At the longest gaps", right=True, spare=1),
        Column("Hours at those", right=True, spare=2),
    )
    print_grid(columns, rows)


def _upkeep_cells(found: Upkeep) -> tuple[str, ...]:
    return (
        str(found.people),
        f"{found.meetings:.1f}",
        _hours(found.time),
        f"{found.least_meetings:.1f}",
        _hours(found.least_time),
    )


def _together(found: Iterable[Upkeep]) -> Upkeep:
    each = tuple(found)
    return Upkeep(
        people=sum(one.people for one in each),
        meetings=sum(one.meetings for one in each),
        time=sum((one.time for one in each), timedelta()),
        least_meetings=sum(one.least_meetings for one in each),
        least_time=sum((one.least_time for one in each), timedelta()),
    )


# ---------------------------------------------------------------- the weeks


def _print_weeks(seen: Foresight) -> None:
    from agent.terminal import STATUS_SHAPE, STATUS_STYLE, Column, Styled, print_grid

    weeks = seen.play.weeks
    total = max((sum(each.standing) for each in weeks), default=0)
    lines: list[tuple[Cell, ...]] = []
    for index, (status, word) in enumerate(zip(_STATUSES, _WORDS, strict=True)):
        counts = [each.standing[index] for each in weeks]
        if any(counts):
            name = Styled(f"{STATUS_SHAPE[status]} {word}", STATUS_STYLE[status])
            bars = Styled(sparkline(counts, total), STATUS_STYLE[status])
            lines.append((name, bars, f"{counts[0]} to {counts[-1]}"))
    click.echo()
    trend = Column("Week by week", gives_way=True)
    print_grid((Column("Standing"), trend, Column("")), lines)
    click.echo()
    columns = (
        *(Column("To ask", right=True), Column("Hours needed", right=True, spare=1)),
        *(Column("Hours free", right=True, spare=1), Column("Asked", right=True)),
        Column("Met", right=True),
        *(Column(each.capitalize(), right=True, spare=2) for each in _WORDS),
    )
    print_grid((Column("Week of"), *columns), [_week_cells(each) for each in weeks])


def sparkline(counts: Sequence[int], most: int) -> str:
    """One letter a week, its height a share of ``most``; a dot is nobody."""
    top = max(most, 1)
    return "".join(
        _BARS[(each * len(_BARS) - 1) // top if each < top else -1] if each else _NOTHING
        for each in counts
    )


def _week_cells(each: Played) -> tuple[str, ...]:
    return (
        f"{_day(each.week.monday)}",
        str(each.due),
        _hours(each.wanted),
        _hours(each.week.free),
        str(len(each.asked)),
        str(len(each.met)),
        *map(str, each.standing),
    )


# ---------------------------------------------------------------- who turns green


def _print_turns(seen: Foresight, *, everyone: bool) -> None:
    from agent.terminal import STATUS_SHAPE, STATUS_STYLE, Column, Styled, print_grid

    found = turns(seen)
    met = [each for each in found if each.green]
    never = [each for each in found if not each.green]
    for heading, some in (("Turns green", met), ("Never, in these weeks", never)):
        if not some:
            continue
        rows = [
            (
                shown(each.name, _NAME),
                each.priority,
                Styled(f"{STATUS_SHAPE[each.status]} {each.status}", STATUS_STYLE[each.status]),
                f"{_day(each.green)} {each.green.year}" if each.green else shown(each.why, 80),
            )
            for each in (some if everyone else some[:_MOST])
        ]
        click.echo()
        columns = (Column(heading, gives_way=True), Column(""), Column("Now"), Column(""))
        print_grid((*columns[:3], Column("By" if some is met else "Because", gives_way=True)), rows)
        if len(some) > len(rows):
            click.echo(f"and {len(some) - len(rows)} more: fika simulate --all")


# ---------------------------------------------------------------- what to lower


def _advice(seen: Foresight) -> Iterator[str]:
    if not seen.changes:
        yield "No single change is enough: lower several, those that take most hours first."
        return
    yield "Enough by itself is any one of these:"
    for each in seen.changes:
        yield f"- {_change(each, seen)}"


def _change(change: Change, seen: Foresight) -> str:
    if change.lever is Lever.MEETINGS:
        slots = seen.plan.rules.slots
        a_day = f", {change.and_} a day ([slots] per_day)" if change.and_ > slots.per_day else ""
        keys = "[slots] per_week and [etiquette] per_week"
        return f"{change.to} meetings a week instead of {change.now} ({keys}){a_day}"
    if change.lever is Lever.TIME:
        return f"{_hours(change.to * _MINUTE)} hours a week more without meetings"
    if change.lever is Lever.CADENCE:
        gaps = f"every {change.to} days instead of {change.now}, {change.and_} at most"
        return f"priority {change.priority} {gaps} ([cadence.{change.priority}])"
    names = [shown(seen.standings[each].person.name, _NAME) for each in change.people[:_NAMED]]
    more = f" and {change.to - _NAMED} more" if change.to > _NAMED else ""
    return (
        f"{change.to} of your {change.now} of priority {change.priority} fewer, such as"
        f" {', '.join(names)}{more}"
    )


def _assumptions(seen: Foresight) -> str:
    rules = seen.plan.rules
    per_week, per_day = min(rules.slots.per_week, rules.etiquette.per_week), rules.slots.per_day
    learnt = (
        f"Free time is as in the last {counted(seen.learnt, 'week')}, less what is booked"
        if seen.learnt
        else "Free time is that of the coming weeks, for nothing is known of past ones"
    )
    return (
        f"{learnt} and the time to plan; at most {counted(per_week, 'meeting')} a week,"
        f" {per_day} a day. {_answers(seen)} Whom you met three times or more in a year"
        " without Fika, within their longest gap, you are taken to go on meeting; what is due and"
        " not entered comes half a usual gap from now. Nothing was changed."
    )


def _answers(seen: Foresight) -> str:
    if seen.plan.share == 1:
        return (
            "Whoever is asked on Monday is taken to say yes and to be met that week (--yes-rate)."
        )
    as_before = ", as in the past year" if seen.answered else ""
    return f"Of those asked on Mondays {seen.plan.share:.0%} are met that week{as_before}."


# ---------------------------------------------------------------- words and records


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _hours(length: timedelta) -> str:
    return f"{length / _HOUR:.1f}"


def _minutes(length: timedelta) -> int:
    return round(length / _MINUTE)


def _week_record(each: Played) -> dict[str, object]:
    standing = {name.replace(" ", "_"): n for name, n in zip(_WORDS, each.standing, strict=True)}
    return {
        "monday": str(each.week.monday),
        "to_ask": each.due,
        "minutes_needed": _minutes(each.wanted),
        "minutes_free": _minutes(each.week.free),
        "most_meetings": each.week.meetings,
        "asked": each.asked,
        "met": each.met,
        "minutes_asked": _minutes(each.used),
        **standing,
    }


def _upkeep_record(found: Upkeep) -> dict[str, object]:
    return {
        "people": found.people,
        "meetings": round(found.meetings, 2),
        "minutes": _minutes(found.time),
        "least_meetings": round(found.least_meetings, 2),
        "least_minutes": _minutes(found.least_time),
    }
