"""The ports: what the agent may ask of a service, whichever service it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from policies.calendar.event import CalendarItem
from policies.frozen import frozen
from policies.interval import Interval

if TYPE_CHECKING:  # half of what starting a process to read one changed calendar would cost
    from email.message import EmailMessage

    from policies.people.importing import Incoming
    from policies.sending.action import Payload


class Cursor(str):
    """Where a reading ended; only the reader that wrote it can read it.

    ``parts`` are what the reader needs only some of at a time, by name; a text of the same name
    never changes. Whoever keeps the cursor keeps those, and lets go of all others.
    """

    __slots__ = ("parts",)
    parts: Mapping[str, str]

    def __new__(cls, text: str, parts: Mapping[str, str] = MappingProxyType({})) -> Cursor:
        made = super().__new__(cls, text)
        made.parts = parts
        return made


class Quarantined(NamedTuple):
    """Something one reading had to leave out: where it stands and why, never what it says."""

    place: str
    reason: str


@frozen
class Changes:
    """What changed in one calendar since a cursor.

    ``changed`` replaces items by id. ``deleted`` are ids the service says were deleted;
    ``absent`` are ids that a complete listing no longer holds, which is not the same: what has
    ended and left a file still happened. ``anew``: no cursor said what was there before, so
    ``changed`` tells all there is, and nobody but whoever kept the rest knows what is absent.
    When ``complete`` is false, what is missing is unknown, not gone. ``unchanged`` says that
    nothing differs from the cursor. ``content_as_of`` is when the source itself last changed,
    ``None`` for a live service. ``total`` counts the items the source holds now. Without a
    ``cursor`` the next reading begins anew.
    """

    cursor: Cursor | None
    changed: Sequence[CalendarItem] = ()
    deleted: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    anew: bool = False
    complete: bool = True
    unchanged: bool = False
    content_as_of: datetime | None = None
    total: int = 0


class CalendarFound(NamedTuple):
    """A calendar of an account, as its service lists it; ``id`` is what it is read by.

    ``invites``: the service itself tells the guests of what is written there.
    """

    id: str
    name: str
    writable: bool
    primary: bool
    invites: bool = True


class AccountCalendars(Protocol):
    """The calendars of one account, for the owner to choose from."""

    def calendars(self) -> tuple[CalendarFound, ...]:
        """All of them, the primary one first.

        Raises: as `CalendarReader.changes`.
        """


class CalendarReader(Protocol):
    """One calendar of one account, read only."""

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        """What changed since ``cursor``; everything overlapping ``window`` when there is none.

        A reader may answer with more than the window (a file is read whole). Where it cannot go
        on from ``cursor`` it reads everything, and what was there before and is not is absent.

        Raises:
            NeedsLogin: a person must sign in again.
            TemporarilyUnavailable: a later run may succeed.
            UnreadableAnswer: the source said something we cannot read.
            NotAllowed: the source refuses, or a limit of ours does.
        """


@frozen
class OwnEvent:
    """An event of Fika's own in the owner's calendar; there is no field for a guest.

    ``uid`` is deterministic, so that writing it twice is writing it once. ``zone`` is the IANA
    zone its times are written in. ``marker`` is the private mark (`X-FIKA`) we know it by.
    """

    uid: str
    when: Interval
    zone: str
    title: str
    text: str
    marker: str
    location: str = ""
    busy: bool = True
    private: bool = True


class Written(NamedTuple):
    """Where an event of ours stands, and the version we last saw there."""

    ref: str
    etag: str


class Found(NamedTuple):
    """An event of ours as it stands now; ``event`` is ``None`` when it is no longer readable.

    ``guests`` are the addresses invited to it, where the service says so; ``unreached``: it says
    as well that what it had to tell them could not be delivered.
    """

    written: Written
    event: OwnEvent | None
    guests: frozenset[str] = frozenset()
    unreached: bool = False


class CalendarWriter(Protocol):
    """The owner's own blocks in one calendar: it can write nothing that has a guest."""

    def find(self, uid: str) -> Found | None:
        """The event of ours with this uid, or ``None`` where there is none.

        Raises:
            TemporarilyUnavailable: it could not be looked up.
        """

    def create(self, event: OwnEvent) -> Written:
        """Write a new event, only if nothing stands there.

        Raises:
            ChangedMeanwhile: something stands there already.
            TemporarilyUnavailable: nothing was written.
            MayHaveHappened: no answer; use `find`.
        """

    def update(self, written: Written, event: OwnEvent) -> Written:
        """Replace it, only if it is still the version in ``written``.

        Raises: as `create`.
        """

    def delete(self, written: Written) -> None:
        """Remove it, only if it is still the version in ``written``; gone already is well.

        Raises: as `create`.
        """


class MailsGuest(StrEnum):
    """Who tells the guest: the calendar's own service, or we, with a mail of our own."""

    SERVICE = "service"
    US = "us"


SETTLES: Final = timedelta(seconds=60)
"""The longest that what was written may stay unseen at a service whose reads lag its writes."""


@frozen
class Abilities:
    """What a channel for invitations can promise; sending adapts to it.

    ``strong_ids``: a second entry with the uid of a first is surely refused. Where that is not
    sure, nothing is created again before ``settles_within``, the longest a written entry may stay
    unseen, has passed. ``conditional_update``: a change is refused, in one step at the service,
    unless the entry is as we last saw it. Where a service mails the guest, looking at the entry
    tells whether the guest was told; after a mail of our own nothing can tell.
    """

    strong_ids: bool
    conditional_update: bool
    mails_guest: MailsGuest
    settles_within: timedelta = timedelta()


class InvitationWriter(CalendarWriter, Protocol):
    """One calendar of the owner's with a way to tell a guest.

    What it creates and updates has no guest; only `deliver` reaches one.
    """

    @property
    def abilities(self) -> Abilities: ...

    def deliver(self, written: Written | None, payload: Payload, stamp: datetime) -> Written:
        """Tell the guest exactly what ``payload`` says, if our entry is as in ``written``.

        ``None``: there is no entry (a meeting is called off that the owner removed). ``stamp`` is
        when this was decided; the same payload and stamp give the same bytes.

        Raises:
            ChangedMeanwhile: the entry is another than ``written``; nothing was sent.
            NeedsLogin, NotAllowed, TemporarilyUnavailable: nothing was sent.
            MayHaveHappened, UnreadableAnswer: it may have been sent.
        """


class FreeBusy(Protocol):
    """What a service lets this account see of other people's time."""

    def busy(
        self, addresses: tuple[str, ...], window: Interval
    ) -> Mapping[str, tuple[Interval, ...] | None]:
        """When each of ``addresses`` is taken within ``window``; each of them is a key.

        ``None``: nobody lets us see it, which is not the same as free.

        Raises: as `CalendarReader.changes`.
        """


class Mailer(Protocol):
    """Hands one message to a mail server; nothing can be asked of it afterwards."""

    def send(self, message: EmailMessage) -> None:
        """Send to the recipients named in the message, all of them or none.

        Raises:
            NeedsLogin: the server wants another password; nothing was sent.
            NotAllowed: the server refuses this message or recipient for good; nothing was sent.
            TemporarilyUnavailable: nothing was sent.
            MayHaveHappened: the connection ended between the message and the answer.
        """


@frozen
class PeopleRead:
    """People as a source names them, and the rows or cards that had to be left out.

    With the ``cursor`` a source at a service reads later only who changed since; empty: everyone.
    """

    people: tuple[Incoming, ...]
    quarantined: tuple[Quarantined, ...] = ()
    cursor: str = ""


class PeopleSource(Protocol):
    """A list of people: an export file, an address book."""

    def people(self) -> PeopleRead:
        """Everyone in it.

        Raises:
            UnreadableAnswer: it is not in a form we know.
            NotAllowed: it is larger than our limits.
        """
