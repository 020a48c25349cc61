"""Circles: whom to start again with, who could introduce whom, what two people share.

Gathers facts from the store and lets `policies.circles` decide. Nothing is written or sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby

from agent.settings import Settings
from agent.store import circles as store
from agent.store.database import Database
from policies.audit.cadence import Standing
from policies.audit.evidence import in_the_room, own_answer
from policies.audit.segments import Segment, domains, segment
from policies.calendar.event import Event, Response, Visibility
from policies.circles import dormant as asleep
from policies.circles.ground import (
    GROUP_FROM,
    GROUP_UP_TO,
    Ground,
    Shared,
    Ties,
    common_ground,
    tellable,
)
from policies.circles.routes import Room, Route, Wanted, routes
from policies.circles.series import (
    Gathering,
    Lapse,
    Quiet,
    Series,
    lapse,
    quiet_groups,
    restarts,
)
from policies.frozen import frozen
from policies.people.identity import folded
from policies.people.person import Person, PersonId
from policies.text import shown
from policies.wall import local_date, local_day, seconds

UNTITLED = "a meeting without a title"
_SHARED_WITHIN = timedelta(days=730)


@frozen
class Restarts:
    """What could be taken up again, each by its own order; see `policies.circles`."""

    one_to_ones: tuple[Lapse, ...]
    groups: tuple[Quiet, ...]
    dormant: tuple[Standing, ...]


def to_restart(
    db: Database, settings: Settings, standings: Sequence[Standing], now: datetime
) -> Restarts:
    """Regular meetings that stopped, and people not met for over a year."""
    found = _series(db, settings, now)
    after = settings.rules.etiquette.dormant_after
    return Restarts(
        restarts(_lapses(db, settings, found, standings, now)),
        _groups(db, settings, found, standings, now),
        asleep.dormant(standings, after),
    )


def restart_lines(
    db: Database, settings: Settings, standings: Sequence[Standing], now: datetime
) -> tuple[str, ...]:
    """What could be taken up again, a line each; titles a calendar calls private are left out."""
    found = to_restart(db, settings, standings, now)
    return (
        *(f"{shown(each.standing.person.name)}: {each.sentence}" for each in found.one_to_ones),
        *(
            f"{shown(each.title) or UNTITLED}: {each.sentence}"
            for each in found.groups
            if not each.private
        ),
    )


def introductions(
    db: Database,
    settings: Settings,
    wanted: Sequence[Wanted],
    standings: Sequence[Standing],
    now: datetime,
) -> tuple[tuple[Route, ...], ...]:
    """For each of those wanted whom to ask for an introduction, best first."""
    since_s = seconds(now - settings.rules.history)
    owner, zone = frozenset(settings.owner.addresses), settings.owner.zone
    sought = frozenset(address for each in wanted for address in each.addresses)
    rooms = [
        room
        for each in store.meetings_with(db, _proving(settings), sought, since_s)
        if each.start_s <= seconds(now)
        for room in [_room(each, owner, zone)]
        if room.size <= settings.rules.evidence.seen_up_to
    ]
    today = local_date(now, zone)
    return tuple(routes(each, rooms, standings, today) for each in wanted)


def somebody_at(
    db: Database,
    settings: Settings,
    everyone: Iterable[Person],
    organisation: str,
    function: str = "",
) -> Wanted:
    """Whoever there is at an organisation, of one function or any.

    Colleagues there who stand in no list are known by the domain of those who do, unless a
    function is asked for, which no address tells.
    """
    there = [each for each in everyone if folded(each.organisation) == folded(organisation)]
    meant = [each for each in there if not function or folded(each.function) == folded(function)]
    addresses = frozenset(address for each in meant for address in each.addresses)
    if not function:
        addresses |= store.addresses_at(db, domains(addresses))
    house = there[0].organisation if there else organisation
    name = f"somebody in {function} at {house}" if function else f"somebody at {house}"
    inside = folded(house) == folded(settings.owner.organisation)
    return Wanted(name, addresses, house, function, is_one=False, is_colleague=inside)


def one_person(settings: Settings, person: Person) -> Wanted:
    return Wanted(
        person.name,
        frozenset(person.addresses),
        person.organisation,
        person.function,
        frozenset([person.id]),
        is_colleague=segment(person, settings.owner) is Segment.INTERNAL,
    )


def shared_ground(
    db: Database, settings: Settings, person: Person, now: datetime
) -> tuple[Ground, ...]:
    """Everything the owner and ``person`` have in common, what the owner noted first."""
    return common_ground(person, settings.owner, _shared(db, settings, person, now))


def ties(
    db: Database, settings: Settings, standings: Sequence[Standing], now: datetime
) -> Callable[[Person], Ties]:
    """What a proposal to somebody may make of all this, looked up for those who are proposed."""
    last = {each.person.id: each.last for each in standings}

    @cache
    def stopped() -> Mapping[PersonId, Lapse]:
        found = _series(db, settings, now)
        lapsed = _lapses(db, settings, found, standings, now)
        return {each.standing.person.id: each for each in lapsed}

    def of(person: Person) -> Ties:
        meetings = _shared(db, settings, person, now)
        lapsed = stopped().get(person.id)
        today = local_date(now, settings.owner.zone)
        said = tellable(
            person,
            settings.owner,
            meetings,
            today,
            last=last.get(person.id),
            lapsed=lapsed is not None,
        )
        quiet = (f"{said.quiet}, where you both were, has gone quiet.",) if said.quiet else ()
        return Ties(said, (*((lapsed.sentence,) if lapsed else ()), *quiet))

    return of


# ---------------------------------------------------------------- series


@frozen
class _Found:
    """One series: its parts, and whom its most usual instances bring together."""

    uid: str
    parts: tuple[store.Part, ...]
    members: frozenset[str]
    title: str

    def kept(self, owner: frozenset[str]) -> tuple[store.Part, ...]:
        return tuple(part for part in self.parts if _took_place(part.event, owner))


def _series(db: Database, settings: Settings, now: datetime) -> tuple[_Found, ...]:
    owner = frozenset(settings.owner.addresses)
    parts = store.series(db, _proving(settings), seconds(now))
    found = []
    for uid, group in groupby(parts, key=lambda part: part.uid):
        some = tuple(group)
        usual = max(some, key=lambda part: (part.past, part.last_s or 0, -part.item))
        members = in_the_room(usual.event, owner)
        if members and own_answer(usual.event, owner) is not None:
            found.append(_Found(uid, some, members, usual.event.summary))
    return tuple(found)


def _lapses(
    db: Database,
    settings: Settings,
    found: Iterable[_Found],
    standings: Iterable[Standing],
    now: datetime,
) -> list[Lapse]:
    by_address = {a: one for one in standings for a in one.person.addresses}
    owner, zone = frozenset(settings.owner.addresses), settings.owner.zone
    alone: dict[PersonId, list[_Found]] = {}
    for each in found:
        standing = by_address.get(next(iter(each.members))) if len(each.members) == 1 else None
        if standing is not None:
            alone.setdefault(standing.person.id, []).append(each)
    items = {part.item for some in alone.values() for each in some for part in each.parts}
    starts = store.starts(db, items, seconds(now))
    of = {one.person.id: one for one in by_address.values()}
    lapses = (
        lapse([_one_to_one(e, starts, owner) for e in some], of[person], seconds(now), zone)
        for person, some in alone.items()
    )
    return [each for each in lapses if each is not None]


def _one_to_one(
    found: _Found, starts: Mapping[tuple[int, int], Sequence[int]], owner: frozenset[str]
) -> Series:
    kept = found.kept(owner)
    return Series(
        found.uid,
        found.title,
        planned=_all_starts(found.parts, starts),
        held=_all_starts(kept, starts),
        next_s=min((part.next_s for part in kept if part.next_s is not None), default=None),
        deleted=all(part.deleted for part in found.parts),
    )


def _all_starts(
    parts: Iterable[store.Part], starts: Mapping[tuple[int, int], Sequence[int]]
) -> tuple[int, ...]:
    """Each once, though a series may stand in two calendars."""
    return tuple(sorted({s for part in parts for s in starts.get((part.item, part.at), ())}))


def _groups(
    db: Database,
    settings: Settings,
    found: Iterable[_Found],
    standings: Iterable[Standing],
    now: datetime,
) -> tuple[Quiet, ...]:
    owner, now_s = frozenset(settings.owner.addresses), seconds(now)
    groups = [each for each in found if GROUP_FROM <= len(each.members) + 1 <= GROUP_UP_TO]
    perhaps = {
        part.item
        for each in groups
        if all(part.next_s is None for part in each.kept(owner))
        for part in each.parts
    }
    starts = store.starts(db, perhaps, now_s)
    gatherings = [made for each in groups if (made := _gathering(each, starts, owner))]
    by_id = {one.person.id: one for one in standings}
    whose = {a: one.person.id for one in by_id.values() for a in one.person.addresses}
    return quiet_groups(gatherings, by_id, whose, now_s, settings.owner.zone)


def _gathering(
    found: _Found, starts: Mapping[tuple[int, int], Sequence[int]], owner: frozenset[str]
) -> Gathering | None:
    """Of one that goes on the instances were not looked up, and are not needed."""
    kept = [part for part in found.kept(owner) if part.last_s is not None or part.next_s]
    if not kept:
        return None
    held = _all_starts(kept, starts)
    return Gathering(
        found.uid,
        found.title,
        found.members,
        held=len(held),
        first_s=min(held, default=0),
        last_s=max(held, default=0),
        next_s=min((part.next_s for part in kept if part.next_s is not None), default=None),
        private=any(part.event.visibility is not Visibility.PUBLIC for part in kept),
    )


def _took_place(event: Event, owner: frozenset[str]) -> bool:
    answer = own_answer(event, owner)
    return answer not in (None, Response.DECLINED) and bool(in_the_room(event, owner))


# ---------------------------------------------------------------- rooms and shared meetings


def _room(each: store.Held, owner: frozenset[str], zone: str) -> Room:
    """Who was there; the owner is counted where they were."""
    others = in_the_room(each.event, owner)
    there = own_answer(each.event, owner) not in (None, Response.DECLINED)
    return Room(local_day(each.start_s, zone), others, len(others) + there)


def _shared(db: Database, settings: Settings, person: Person, now: datetime) -> tuple[Shared, ...]:
    """Meetings of the past two years that both took part in, by their title."""
    owner, zone, now_s = frozenset(settings.owner.addresses), settings.owner.zone, seconds(now)
    since_s = seconds(now - _SHARED_WITHIN)
    theirs = frozenset(person.addresses)
    titled: dict[str, list[store.Held]] = {}
    for each in store.meetings_with(db, _proving(settings), theirs, since_s):
        both = _took_place(each.event, owner) and theirs & in_the_room(each.event, owner)
        if both and each.event.summary.strip():
            titled.setdefault(folded(each.event.summary), []).append(each)
    found = []
    for meetings in titled.values():
        past = [each for each in meetings if each.start_s <= now_s]
        if past:
            newest = past[-1]
            ahead = [local_day(e.start_s, zone) for e in meetings if e.start_s > now_s]
            shared = Shared(
                title=newest.event.summary.strip(),
                times=len(past),
                last=local_day(newest.start_s, zone),
                size=len(in_the_room(newest.event, owner)) + 1,
                next=min(ahead, default=None),
                private=any(e.event.visibility is not Visibility.PUBLIC for e in meetings),
            )
            found.append(shared)
    return tuple(found)


def _proving(settings: Settings) -> tuple[str, ...]:
    """The calendars whose events prove contact."""
    return tuple(each.name for each in settings.calendars if each.evidence)
