"""Gathers what `policies.foresight` plays forward: everyone's cadence, and a week's room.

Nothing is written, and nothing leaves the machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from agent.proposing.holidays import public_holidays
from agent.proposing.propose import past_with, pause_end
from agent.relationships import audit
from agent.relationships.audit import Line
from agent.settings import Settings
from agent.store import ahead, blocks, calendars, proposals
from agent.store.database import Database
from policies.audit.cadence import Standing
from policies.foresight.diary import WEEK, Day, Diary, days, usual
from policies.foresight.play import Play, Track, play
from policies.foresight.readiness import Readiness, readiness
from policies.foresight.remedy import Change, Plan, Upkeep, changes, fits, upkeep
from policies.foresight.rhythm import expected
from policies.frozen import frozen
from policies.interval import Interval
from policies.outreach.etiquette import Past
from policies.outreach.formats import formats_for
from policies.people.person import Format, PersonId, Priority
from policies.rules import FormatRule
from policies.slots.availability import busy_times, owner_time
from policies.slots.candidates import gap_of, hours_for
from policies.wall import absolute, local_date, local_day, moment, seconds

ENOUGH: Final = 10
_YEAR: Final = timedelta(days=365)
_USUAL: Final = Format.COFFEE
_BARE: Final = FormatRule(timedelta(minutes=45), datetime.min.time(), datetime.max.time(), False)


class LeftOut(NamedTuple):
    """Someone on the list who is not asked in all these weeks, and why."""

    person: PersonId
    why: str


@frozen
class Foresight:
    """The weeks to come, with everyone as they stand today.

    ``learnt`` is how many past weeks the free time is learnt from; without any, what the
    configuration and the coming weeks leave is taken; ``answered``: how many invitations lead to a
    meeting is learnt from those of the past year. ``changes`` are empty where it fits, and
    where no single change is enough.
    """

    today: date
    standings: Mapping[PersonId, Standing]
    plan: Plan
    play: Play
    fits: bool
    changes: tuple[Change, ...]
    upkeep: Mapping[Priority, Upkeep]
    left_out: tuple[LeftOut, ...]
    learnt: int
    answered: bool


def foresee(
    db: Database,
    settings: Settings,
    now: datetime,
    *,
    weeks: int,
    learn: int,
    share: float | None = None,
) -> Foresight:
    """Play ``weeks`` forward, with the free time of the last ``learn`` weeks.

    ``share`` of the invitations lead to a meeting; ``None`` for that of the past year, and for
    all where fewer than `ENOUGH` went out. The first week is this one on a Monday, and otherwise
    the next.

    Raises:
        UsageProblem: the owner's country cannot be used.
    """
    today = local_date(now, settings.owner.zone)
    monday = today + timedelta(days=-today.weekday() % 7)
    mondays = tuple(monday + number * WEEK for number in range(weeks))
    lines = audit.lines(db, settings, now)
    tracks, left_out = _tracks(db, settings, lines, mondays, now)
    diary, learnt = _diary(db, settings, lines, mondays, learn)
    learnt_share = _share(db, now)
    plan = Plan(tracks, diary, settings.rules, share=share or learnt_share or 1.0)
    played = play(tracks, plan.weeks, plan.manners)
    good = fits(plan)
    return Foresight(
        today=today,
        standings={line.standing.person.id: line.standing for line in lines},
        plan=plan,
        play=played,
        fits=good,
        changes=() if good else tuple(changes(plan, played.late)),
        upkeep={
            each: upkeep([one for one in tracks if one.priority is each], plan.weeks)
            for each in Priority
        },
        left_out=left_out,
        learnt=learnt,
        answered=share is None and learnt_share is not None,
    )


def _share(db: Database, now: datetime) -> float | None:
    sent, came = ahead.kept(db, seconds(now - _YEAR), seconds(now))
    return max(came, 1) / sent if sent >= ENOUGH else None


# ---------------------------------------------------------------- whom to keep up with


def _tracks(
    db: Database,
    settings: Settings,
    lines: Sequence[Line],
    mondays: Sequence[date],
    now: datetime,
) -> tuple[tuple[Track, ...], tuple[LeftOut, ...]]:
    """Everyone who counts, and who is not asked for a reason of their own or of the owner's."""
    zone = settings.owner.zone
    people = _People(
        settings,
        past_with(db, lines, proposals.listed(db), zone),
        _Contact(db, zone, now, mondays[-1] + WEEK),
        pause_end(db, now, zone) or mondays[0],
        mondays,
    )
    tracks: list[Track] = []
    left_out: list[LeftOut] = []
    for line in lines:
        person = line.standing.person
        if person.boundaries.do_not_contact:
            left_out.append(LeftOut(person.id, "you asked not to contact them"))
            continue
        ready = people.ready(line)
        if ready.why:
            left_out.append(LeftOut(person.id, ready.why.rstrip(".")))
        tracks.append(people.track(line, ready.day))
    return tuple(tracks), tuple(left_out)


@frozen
class _People:
    """What makes a track of a line of the audit; nobody is asked before ``begin``."""

    settings: Settings
    past: Mapping[PersonId, Past]
    contact: _Contact
    begin: date
    mondays: Sequence[date]

    def ready(self, line: Line) -> Readiness:
        """The first day they may be asked, or why there is none."""
        one = line.standing
        mondays = [each for each in self.mondays if each >= self.begin]
        if not mondays:
            return Readiness(None, "Fika is paused all the time")
        if not one.person.addresses:
            return Readiness(None, "no mail address of theirs is known")
        if takes_for(self.settings, one) is None:
            return Readiness(None, "there is no rule for the ways they like to meet")
        if _left_this_year(line) == 0:
            return Readiness(None, "met as often this year as you want to ask")
        past = self.past.get(one.person.id, Past())
        found = readiness(one, past, self.settings.rules.etiquette, mondays)
        if found.day is None:
            return found
        return Readiness(max(found.day, self.begin.toordinal()))

    def track(self, line: Line, ready: int | None) -> Track:
        one = line.standing
        return Track(
            id=one.person.id,
            priority=one.person.priority,
            weight=one.weight * one.help.factor,
            ideal=one.ideal_days,
            maximum=one.maximum_days,
            since=one.counted_from.toordinal(),
            met=not one.to_meet,
            takes=takes_for(self.settings, one) or timedelta(),
            share=self.settings.rules.cadence.to_meet_share,
            ready=ready,
            booked=self.contact.to_come(line),
            left=_left_this_year(line),
            own=one.person.cadence is not None,
        )


class _Contact:
    """What the calendars hold of everyone until ``end``, and what they will if all goes on."""

    def __init__(self, db: Database, zone: str, now: datetime, end: date) -> None:
        now_s, self.zone = seconds(now), zone
        self.today, self.end = local_date(now, zone).toordinal(), end.toordinal()
        self.booked = ahead.booked(db, now_s, absolute(end, zone))
        self.anyway = ahead.anyway(db, seconds(now - _YEAR), now_s)

    def to_come(self, line: Line) -> tuple[int, ...]:
        """The days of contact, in order."""
        person, next_ = line.standing.person.id, line.facts.next
        booked = self._days([*self.booked.get(person, ()), *([next_.start_s] if next_ else ())])
        going_on = expected(
            self._days(self.anyway.get(person, ())),
            booked,
            today=self.today,
            until=self.end,
            maximum=line.standing.maximum_days,
        )
        return (*booked, *going_on)

    def _days(self, starts: Iterable[int]) -> tuple[int, ...]:
        return tuple(sorted({local_day(each, self.zone).toordinal() for each in starts}))


def takes_for(settings: Settings, one: Standing) -> timedelta | None:
    """The time of a meeting in the way they would be met first, with what stays free around it."""
    rules = settings.rules.slots
    choice = formats_for(one.person, settings.owner, rules.formats)
    if not choice.formats:
        return None
    first = choice.formats[0]
    return rules.formats[first].length + gap_of(first, rules)


def _left_this_year(line: Line) -> int | None:
    most = line.standing.person.boundaries.at_most_a_year
    return None if most is None else max(most - line.facts.in_a_year, 0)


# ---------------------------------------------------------------- what a week has room for


def _diary(
    db: Database,
    settings: Settings,
    lines: Sequence[Line],
    mondays: Sequence[date],
    learn: int,
) -> tuple[Diary, int]:
    format_ = _usual_format(settings, lines)
    past = tuple(mondays[0] - number * WEEK for number in range(learn, 0, -1))
    known = _days(db, settings, format_, past[0], mondays[-1] + WEEK)
    begun = _begun(db, settings)
    seen = [each for each in past if begun is not None and each >= begun]
    typical = usual(known, seen or mondays)
    rule = settings.rules.slots.formats.get(format_, _BARE)
    first = not blocks.every(db)
    takes = rule.length + gap_of(format_, settings.rules.slots)
    return Diary(typical, known, tuple(mondays), takes, first), len(seen)


def _usual_format(settings: Settings, lines: Sequence[Line]) -> Format:
    """How most people would be met; it decides which free time is long enough."""
    formats = settings.rules.slots.formats
    chosen = (formats_for(line.standing.person, settings.owner, formats) for line in lines)
    count = Counter(each.formats[0] for each in chosen if each.formats)
    return min(count, key=lambda each: (-count[each], each), default=_USUAL)


def _days(
    db: Database, settings: Settings, format_: Format, first: date, end: date
) -> Mapping[date, Day]:
    """Every day's free time, as if nothing of ours stood in the calendars."""
    owner, rules = settings.owner, settings.rules.slots
    window = Interval(*(moment(absolute(each, owner.zone)) for each in (first, end)))
    names = frozenset(each.name for each in settings.calendars if each.busy)
    rows = calendars.busy(db, names, seconds(window.start), seconds(window.end))
    own = ahead.ours(db)
    rule = rules.formats.get(format_, _BARE)
    gap = gap_of(format_, rules)
    time = owner_time(
        replace(owner, hours=hours_for(format_, owner.hours, rule)),
        replace(rules, buffer=gap, minimum_notice=timedelta()),
        window,
        now=window.start,
        busy=[each for each in busy_times(rows) if each.uid not in own],
        holidays=public_holidays(owner.country, range(first.year, end.year + 1)),
    )
    return days(time.free(), owner.zone, rule.length, gap)


def _begun(db: Database, settings: Settings) -> date | None:
    """The first day of which the calendars tell anything."""
    first_s = ahead.first(db)
    return None if first_s is None else local_day(first_s, settings.owner.zone)
