"""What a calendar says: events as the service states them, before recurrence is expanded.

The words are those of RFC 5545. Every connector's ``parse.py`` turns its payloads into these
values; `policies.calendar.recurrence` turns these into `policies.calendar.occurrence`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from policies.frozen import frozen
from policies.wall import When


class Status(StrEnum):
    """STATUS of a VEVENT (RFC 5545, section 3.8.1.11)."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"


class Response(StrEnum):
    """A participation status (PARTSTAT); ``DELEGATED`` counts as declined by the delegator."""

    NEEDS_ACTION = "needs-action"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"


class Kind(StrEnum):
    """What sort of entry it is; services beside iCalendar say so themselves."""

    DEFAULT = "default"
    FOCUS = "focus"
    OUT_OF_OFFICE = "out-of-office"
    WORKING_LOCATION = "working-location"
    BIRTHDAY = "birthday"


class Visibility(StrEnum):
    """CLASS of a VEVENT."""

    PUBLIC = "public"
    PRIVATE = "private"
    CONFIDENTIAL = "confidential"


class Attendee(NamedTuple):
    """One participant; ``address`` is lower case without ``mailto:``.

    ``is_person`` is false for rooms, resources and groups (CUTYPE).
    """

    address: str
    name: str = ""
    response: Response = Response.NEEDS_ACTION
    is_person: bool = True


class Span(NamedTuple):
    """How long an event lasts: whole calendar days, then exact seconds (RFC 5545, 3.3.6).

    ``Span(1, 0)`` over a change of the clocks is 23 or 25 hours; ``Span(0, 86400)`` is 24.
    """

    days: int
    seconds: int


@frozen
class Recurrence:
    """Which days a series falls on: rule values as RFC 5545 writes them, and single dates.

    ``rules`` and ``exclusion_rules`` are RRULE values such as ``FREQ=WEEKLY;BYDAY=MO``;
    ``extra`` are RDATEs (with their own length where a period was given), ``excluded`` EXDATEs.
    """

    rules: tuple[str, ...] = ()
    extra: tuple[tuple[When, Span | None], ...] = ()
    excluded: tuple[When, ...] = ()
    exclusion_rules: tuple[str, ...] = ()


@frozen
class Event:
    """One VEVENT: a single event, the master of a series, or an override of one instance.

    ``recurrence_id`` names the instance an override replaces (the start it would have had);
    ``this_and_future`` is RANGE=THISANDFUTURE. ``own_response`` is the owner's own answer where
    the service states it; elsewhere it is found among the attendees. ``marker`` is Fika's own
    private mark, present only on events Fika made. ``organizer`` is an address or empty.
    ``last_modified_s`` is LAST-MODIFIED, else DTSTAMP, in absolute seconds; 0 when unstated.
    ``unnamed_guests``: the service says, or may hide, that more are invited than it names.
    ``comments`` are what guests of an event of ours wrote with their answers, by address;
    ``proposed`` the times they named in place of ours: address, start and end in absolute seconds.
    """

    uid: str
    start: When
    span: Span
    summary: str = ""
    location: str = ""
    recurrence: Recurrence | None = None
    recurrence_id: When | None = None
    this_and_future: bool = False
    status: Status = Status.CONFIRMED
    busy: bool = True
    kind: Kind = Kind.DEFAULT
    visibility: Visibility = Visibility.PUBLIC
    organizer: str = ""
    attendees: tuple[Attendee, ...] = ()
    own_response: Response | None = None
    sequence: int = 0
    last_modified_s: int = 0
    marker: str = ""
    unnamed_guests: bool = False
    comments: tuple[tuple[str, str], ...] = ()
    proposed: tuple[tuple[str, int, int], ...] = ()


@frozen
class CalendarItem:
    """All that one calendar holds under one UID: a master with its overrides, or single events.

    Called a calendar object resource in RFC 4791, section 4.1. ``id`` is unique in its calendar
    and stable across readings (the UID itself for iCalendar files, the provider's id elsewhere);
    ``etag`` changes whenever anything in it does. Overrides without a master are legal.
    """

    id: str
    etag: str
    events: tuple[Event, ...]

    @property
    def recurs(self) -> bool:
        """Whether any of its events is a series."""
        return any(event.recurrence for event in self.events)
