"""A proposal as the page shows it: everything that a yes needs, at one glance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from agent.proposing.showing import guest_zone
from agent.relationships.audit import status_of
from agent.relationships.memory import between_us
from agent.sending.approving import Offer, prepare
from agent.sending.payloads import CannotApprove, CannotSend
from agent.store import people
from agent.store.day import DayRow, taken
from agent.web.strip import Side, Strip, bounds, strip
from agent.web.visit import Visit
from policies.audit.cadence import Standing
from policies.interval import Interval
from policies.outreach.drafting import why_this_time
from policies.people.person import Person
from policies.proposal import Proposal, Slot
from policies.sending.action import Payload
from policies.spoken import short_moment
from policies.wall import local_datetime, seconds

_BY: Final = {"google": "Google Calendar", "outlook": "Outlook", "caldav": "your calendar's server"}


class Time(NamedTuple):
    """One time of a proposal, ``place`` counted from 0.

    ``theirs`` is the guest's clock, empty where it shows the same. ``gone`` says why it is
    no longer good, empty while it is.
    """

    place: int
    when: str
    theirs: str
    where: str
    points: str
    parts: tuple[str, ...]
    strip: Strip
    gone: str


class Card(NamedTuple):
    """``shown`` is the time that the words are for. ``offer`` is what a yes would send.

    Without one ``problem`` says why, and ``remedy`` what to do. What speaks for each time stands
    beside it, and not among the ``reasons``; ``between`` is what is owed, either way.
    """

    proposal: Proposal
    person: Person | None
    standing: Standing | None
    expires: str
    reasons: tuple[str, ...]
    between: tuple[str, ...]
    times: tuple[Time, ...]
    shown: int
    title: str
    text: str
    offer: Offer | None
    by: str
    problem: str
    remedy: str


def cards(visit: Visit, waiting: Sequence[Proposal]) -> list[Card]:
    """Of those that wait for a yes; the calendars are looked at once for all their days."""
    days = [bounds(slot.when, visit.zone) for each in waiting for slot in each.draft.slots]
    if not days:
        return []
    busy = {each.name for each in visit.app.settings.calendars if each.busy}
    found = taken(visit.app.store, min(first for first, _ in days), max(last for _, last in days))
    rows = [row for row in found if row.calendar in busy]
    return [_card(visit, each, rows) for each in waiting]


def _card(visit: Visit, proposal: Proposal, rows: Sequence[DayRow]) -> Card:
    """Its words are for the first of its times that is still good."""
    draft = proposal.draft
    person = people.get(visit.app.store, draft.person)
    offers = [_offered(visit, proposal, index) for index in range(len(draft.slots))]
    order = [proposal.chosen, *range(len(offers))]
    shown = next((i for i in order if isinstance(offers[i], Offer)), proposal.chosen)
    found = offers[shown]
    offer = found if isinstance(found, Offer) else None
    problem = found if isinstance(found, CannotApprove) else None
    about_times = {why_this_time(slot, visit.zone) for slot in draft.slots}
    standing = status_of(visit.app.store, visit.app.settings, person, visit.now) if person else None
    return Card(
        proposal=proposal,
        person=person,
        standing=standing,
        expires=short_moment(draft.expires, visit.zone),
        reasons=tuple(each for each in draft.reasons if each not in about_times),
        between=between_us(visit.app.store, person, visit.today) if person else (),
        times=tuple(
            _time(visit, person, index, slot, offers[index], rows)
            for index, slot in enumerate(draft.slots)
        ),
        shown=shown,
        title=offer.payload.title if offer else draft.title,
        text=offer.payload.text if offer else draft.text,
        offer=offer,
        by=sent_by(offer.payload) if offer else "",
        problem=problem.cause if problem else "",
        remedy=problem.remedy if problem else "",
    )


def sent_by(payload: Payload) -> str:
    """How it reaches the guest, and where its entry is."""
    return (
        f"By {_BY.get(payload.channel, 'mail')}, with its entry in the calendar {payload.calendar}."
    )


def when_said(when: Interval, zone: str) -> str:
    """`Wed 2 Dec 15:00 to 15:45` on the clock of ``zone``."""
    return f"{short_moment(when.start, zone)} to {local_datetime(seconds(when.end), zone):%H:%M}"


def _offered(visit: Visit, proposal: Proposal, index: int) -> Offer | CannotApprove:
    try:
        return prepare(
            visit.app.store, visit.app.settings, proposal.number, now=visit.now, slot=index
        )
    except CannotApprove as problem:
        return problem


def _time(
    visit: Visit,
    person: Person | None,
    index: int,
    slot: Slot,
    found: Offer | CannotApprove,
    around: Sequence[DayRow],
) -> Time:
    owner, zone = visit.app.settings.owner, guest_zone(person)
    hours = person.hours if person else None
    here, there = when_said(slot.when, owner.zone), when_said(slot.when, zone or owner.zone)
    first, last = bounds(slot.when, owner.zone)
    rows = [row for row in around if row.end_s > first and row.start_s < last]
    guest = Side(zone or owner.zone, hours or owner.hours, assumed=not hours)
    gone = isinstance(found, CannotApprove) and not isinstance(found, CannotSend)
    return Time(
        place=index,
        when=here,
        theirs="" if there == here else there,
        where=slot.place,
        points=f"{slot.score:.1f}",
        parts=tuple(f"{part.name} {part.points:+.3g}" for part in slot.parts),
        strip=strip(slot.when, rows, Side(owner.zone, owner.hours), guest),
        gone=str(found) if gone else "",
    )
