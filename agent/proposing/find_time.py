"""`fika find-time`: who takes part, and what is known of everyone's time.

Works with whatever there is: the owner's calendars, the services of connected accounts, the list
of people, a file of busy times, or that file alone. Nothing is written and nobody is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Final, NamedTuple

from agent.errors import UsageProblem
from agent.proposing.guests import GuestTimes
from agent.proposing.holidays import public_holidays
from agent.settings import Settings
from agent.store import blocks, calendars, people, proposals
from agent.store.database import Database
from connectors.busy_file import KnownPerson
from connectors.port import FreeBusy
from policies.frozen import frozen
from policies.hours import is_zone, written_hours
from policies.interval import Interval
from policies.outreach.waiting import reserved
from policies.people.person import Format, Person, PersonId, WeeklyHours
from policies.rules import OFFICE_HOURS, Owner, SlotRules
from policies.slots.availability import Busy, busy_times, owner_time
from policies.slots.candidates import gap_of, hours_for
from policies.slots.group import Found, Member, Wish, find
from policies.wall import seconds

ME: Final = "me"
EVERYONE: Final = ""
"""What is said of nobody in particular holds for all of whom nothing else is known."""


@frozen
class Request:
    """What was asked. ``zones`` and ``hours`` are by address, `ME` or `EVERYONE`.

    ``addresses`` are who must come besides the owner; none means everyone in the file, ``known``.
    What is ``None`` is as the owner's rules have it.
    """

    addresses: tuple[str, ...]
    known: tuple[KnownPerson, ...] = ()
    length: timedelta | None = None
    within: timedelta | None = None
    start: datetime | None = None
    notice: timedelta | None = None
    grid: timedelta | None = None
    buffer: timedelta | None = None
    format: Format | None = None
    zones: Mapping[str, str] = field(default_factory=dict)
    hours: Mapping[str, WeeklyHours] = field(default_factory=dict)
    without_me: bool = False


class Own(NamedTuple):
    """What Fika knows by itself: the store, the settings, and services that show others' time."""

    db: Database
    settings: Settings
    free_busy: Sequence[FreeBusy]


class Participant(NamedTuple):
    """A member with what is said of them; ``assumptions`` are sentences for what was not known."""

    member: Member
    title: str
    hours: WeeklyHours
    assumptions: tuple[str, ...]


class Answer(NamedTuple):
    """What was looked for, among whom, and what came of it; ``notes`` are about the sources."""

    wish: Wish
    people: tuple[Participant, ...]
    found: Found
    notes: tuple[str, ...]


def find_time(request: Request, now: datetime, own: Own | None) -> Answer:
    """The times that suit everyone asked for; without ``own`` only the request is known.

    A day in the past may be asked for too: then it is as if it were that day.

    Raises:
        UsageProblem: nobody is to come, or a word of the request means nothing.
    """
    group = _Group(request, now, own)
    participants = group.participants()
    if not participants:
        raise UsageProblem(
            "there is nobody to find a time for", "name them with --with, or in the file of --busy"
        )
    found = find([each.member for each in participants], group.wish)
    return Answer(group.wish, participants, found, tuple(group.notes))


class _Group:
    """The request with every gap filled from what is known."""

    def __init__(self, request: Request, now: datetime, own: Own | None) -> None:
        self.request = request
        self.own = own
        self.notes: list[str] = []
        rules = own.settings.rules.slots if own else _bare()
        self.format = rules.formats[request.format] if request.format else None
        length = request.length or (self.format.length if self.format else timedelta(minutes=30))
        gap = gap_of(request.format, rules) if request.format else rules.buffer
        self.rules = replace(
            rules,
            minimum_notice=timedelta(),
            buffer=gap if request.buffer is None else request.buffer,
            lunch=None if request.format is Format.LUNCH else rules.lunch,
        )
        self.known = {each.address: each for each in request.known}
        self.zone = self._usual_zone()
        start = request.start or now
        horizon = rules.horizon if request.within is None else request.within
        self.wish = Wish(
            length=length,
            window=Interval(start, start + horizon),
            grid=rules.grid if request.grid is None else request.grid,
            zone=self.zone,
            now=min(now, start),
            notice=rules.minimum_notice if request.notice is None else request.notice,
            format=request.format,
        )

    def participants(self) -> tuple[Participant, ...]:
        owner = self.own.settings.owner if self.own and not self.request.without_me else None
        mine = self._mine(owner)
        named = self.request.addresses or tuple(self.known)
        people = (self._person(each) for each in named if each not in mine)
        others = list({person.id: (person, given) for person, given in people}.values())
        guests = [each for each, _ in others]
        free_busy = self.own.free_busy if self.own else ()
        times = GuestTimes(free_busy, guests, self.wish.window)
        found = [self._guest(*each, times) for each in others]
        self.notes += [f"{each.source} did not tell: {each.cause}" for each in times.failures]
        return ((self._owner(self.own, owner),) if self.own and owner else ()) + tuple(found)

    def _mine(self, owner: Owner | None) -> tuple[str, ...]:
        """Under which names nobody else comes; in a file alone `ME` is a name like any other."""
        request = self.request
        if ME in request.addresses and request.without_me:
            raise UsageProblem("--with me and --without-me exclude each other", "leave one out")
        if ME in request.addresses and not self.own and ME not in self.known:
            raise UsageProblem(
                "without a configuration nobody knows who me is",
                "`fika init` makes one; or write your address",
            )
        either = (ME,) if self.own or request.without_me else ()
        return (*either, *(owner.addresses if owner else ()))

    def _owner(self, own: Own, owner: Owner) -> Participant:
        zone = self.request.zones.get(ME, owner.zone)
        hours = self.request.hours.get(ME, owner.hours)
        planning = {row.block.uid for row in blocks.every(own.db)}
        names = frozenset(each.name for each in own.settings.calendars if each.busy)
        window = self.wish.window
        rows = calendars.busy(own.db, names, seconds(window.start), seconds(window.end))
        busy = [each for each in busy_times(rows) if each.uid not in planning]
        kept = reserved(proposals.listed(own.db), self.rules, self.wish.now)
        busy += [Busy(each.when) for each in kept]
        for each in self._mine(owner):
            busy += self.known[each].busy or () if each in self.known else ()
        time = owner_time(
            replace(owner, zone=zone, hours=self._cut(hours)),
            self.rules,
            window,
            now=window.start,
            busy=busy,
            protected=blocks.protected(own.db),
            holidays=public_holidays(owner.country, self._years()),
        )
        return Participant(Member(ME, zone, time), "you", hours, ())

    def _person(self, named: str) -> tuple[Person, KnownPerson]:
        """Whom the list knows under an address or a name, with what the file says of them."""
        from agent.relationships.people import one

        listed = people.by_address(self.own.db, named) if self.own else None
        if listed is None and "@" not in named and named not in self.known:
            if self.own is None:
                remedy = "write for example ana@example.com"
                raise UsageProblem(f"{named!r} is no mail address", remedy)
            listed = one(self.own.db, named)
        given = self._in_file(named, *(listed.addresses if listed else ()))
        return listed or Person(PersonId(named), given.name or named, (named,)), given

    def _in_file(self, named: str, *addresses: str) -> KnownPerson:
        """What the file says of one person, who may be in it under several addresses."""
        names = dict.fromkeys((named, *addresses))
        found = [self.known[each] for each in names if each in self.known]
        busy = [each.busy for each in found if each.busy is not None]
        return KnownPerson(
            named,
            next((each.name for each in found if each.name), ""),
            next((each.zone for each in found if each.zone), ""),
            next((each.hours for each in found if each.hours), None),
            tuple(chain.from_iterable(busy)) if busy else None,
        )

    def _guest(self, person: Person, given: KnownPerson, times: GuestTimes) -> Participant:
        request, key = self.request, given.address
        zone = request.zones.get(key) or given.zone or person.zone
        hours = request.hours.get(key) or given.hours or person.hours
        title = given.name or person.name
        said = tuple(self._assumed(title, zone, hours))
        zone = zone if is_zone(zone) else self.zone
        hours = hours or self._usual_hours()
        seen = times.of(person)
        busy = (*(given.busy or ()), *(Busy(when) for when in seen or ()))
        known = given.busy is not None or seen is not None
        time = owner_time(
            Owner(title, (key,), zone, self._cut(hours)),
            replace(self.rules, lunch=None),
            self.wish.window,
            now=self.wish.window.start,
            busy=busy,
            holidays=self._holidays(person),
        )
        unseen = () if known else (f"{title}'s calendar is not known.",)
        return Participant(Member(key, zone, time, known), title, hours, (*said, *unseen))

    def _assumed(self, title: str, zone: str, hours: WeeklyHours | None) -> Iterable[str]:
        if not is_zone(zone):
            yield f"{title}'s time zone is not known: {self.zone} is assumed."
        if hours is None:
            usual = written_hours(self._usual_hours())
            yield f"{title}'s hours are not known: {usual} on their own clock are assumed."

    def _usual_zone(self) -> str:
        named = self.request.zones.get(EVERYONE, "")
        own = self.own.settings.owner.zone if self.own else ""
        return named or own or next((each.zone for each in self.request.known if each.zone), "UTC")

    def _usual_hours(self) -> WeeklyHours:
        own = self.own.settings.owner.hours if self.own else OFFICE_HOURS
        return self.request.hours.get(EVERYONE, own)

    def _cut(self, hours: WeeklyHours) -> WeeklyHours:
        kind = self.request.format
        return hours_for(kind, hours, self.format) if kind and self.format else hours

    def _holidays(self, person: Person) -> tuple[date, ...]:
        try:
            return tuple(public_holidays(person.country, self._years()))
        except UsageProblem as problem:
            self.notes.append(f"{person.name}: {problem.cause}")
            return ()

    def _years(self) -> range:
        return range(self.wish.window.start.year - 1, self.wish.window.end.year + 2)


def _bare() -> SlotRules:
    """What holds where nothing is configured: nothing that nobody asked for."""
    return SlotRules(minimum_notice=timedelta(), buffer=timedelta(), lunch=None)
