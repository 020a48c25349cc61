"""Events of many people: what is ahead, whom one knows there, and following up within two days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from policies.frozen import frozen
from policies.people.person import PersonId

FOLLOW_UP_WITHIN: Final = timedelta(hours=48)
LOOK_BACK: Final = timedelta(days=14)
LOOK_AHEAD: Final = timedelta(days=90)


@frozen
class Event:
    """Something many people go to, in a calendar or noted by the owner.

    ``number`` is 0 until the owner says anything about it. ``uid`` is the calendar's, empty for
    one that stands in none. ``size`` is how many were invited, 0 where nobody says, and
    ``elsewhere`` how many of them from outside the owner's house; ``private``: its calendar says
    so. ``known`` are people of the list who are invited; ``met`` whom the owner says they met
    there, each with whether they were written to since.
    """

    title: str
    start: datetime
    end: datetime
    uid: str = ""
    size: int = 0
    number: int = 0
    goal: str = ""
    elsewhere: int = 0
    private: bool = False
    known: tuple[PersonId, ...] = ()
    met: tuple[tuple[PersonId, bool], ...] = ()

    @property
    def told(self) -> str:
        """Its title for what may leave the machine."""
        return "a private event" if self.private else self.title

    @property
    def follow_up_by(self) -> datetime:
        return self.end + FOLLOW_UP_WITHIN

    @property
    def to_follow_up(self) -> tuple[PersonId, ...]:
        return tuple(person for person, done in self.met if not done)


def ahead(events: Iterable[Event], now: datetime) -> tuple[Event, ...]:
    """What has not ended yet, soonest first."""
    return tuple(sorted((each for each in events if each.end > now), key=_soonest))


def to_follow_up(events: Iterable[Event], now: datetime) -> tuple[Event, ...]:
    """What is over and has somebody still to be written to, the most pressing first.

    In the first two days also those of which the owner has not said whom they met: for as long
    as faces and names are fresh.
    """
    over = (each for each in events if each.end <= now)
    return tuple(
        sorted(
            (
                each
                for each in over
                if each.to_follow_up or (not each.met and now < each.follow_up_by)
            ),
            key=_soonest,
        )
    )


def _soonest(event: Event) -> tuple[datetime, str, str]:
    return event.start, event.title, event.uid
