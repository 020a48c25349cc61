"""Someone worth keeping up with, and what the owner knows and has decided about them."""

from __future__ import annotations

from datetime import date, time, timedelta
from enum import StrEnum
from typing import Final, NewType

from policies.frozen import frozen

PersonId = NewType("PersonId", str)
"""A short readable key made from the name when the person is added; it never changes."""


class Priority(StrEnum):
    """How much the relationship matters to the owner, A most."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Relation(StrEnum):
    """What the person is to the owner."""

    TEAM = "team"
    MANAGER = "manager"
    SENIOR_LEADER = "senior leader"
    OTHER_FUNCTION = "other function"
    CLIENT = "client"
    SUPPLIER = "supplier"
    INVESTOR = "investor"
    PARTNER = "partner"
    COMMUNITY = "community"
    MENTOR = "mentor"
    FRIEND = "friend"
    UNKNOWN = "unknown"


class Quality(StrEnum):
    """The owner's own rating, beside the status: a relationship on time may still be poor."""

    STRONG = "strong"
    FAIR = "fair"
    POOR = "poor"


class Seniority(StrEnum):
    """Level in an organisation, lowest first; it sets the tone of an invitation."""

    JUNIOR = "junior"
    PROFESSIONAL = "professional"
    MANAGER = "manager"
    DIRECTOR = "director"
    EXECUTIVE = "executive"


_SENIOR: Final = frozenset({Seniority.DIRECTOR, Seniority.EXECUTIVE})


class Influence(StrEnum):
    """What a person decides, or has a say in, that matters to the owner."""

    PROMOTION = "promotion"
    PROJECTS = "projects"
    CLIENTS = "clients"
    TEAM = "team"
    BUDGET = "budget"
    HIRING = "hiring"


class Intent(StrEnum):
    """What the owner wants of the relationship."""

    GET_TO_KNOW = "get to know"
    KNOW_BETTER = "know better"
    RECONNECT = "reconnect"
    MEND = "mend"
    LEARN = "learn"
    MENTOR = "mentor"
    ADVOCATE = "advocate"
    WORK_TOGETHER = "work together"
    WIN_BUSINESS = "win business"
    SUPPORT = "support"


class Weekday(StrEnum):
    """A day of the week, Monday first."""

    MON = "Mon"
    TUE = "Tue"
    WED = "Wed"
    THU = "Thu"
    FRI = "Fri"
    SAT = "Sat"
    SUN = "Sun"


class Format(StrEnum):
    """An informal way to meet."""

    COFFEE = "coffee"
    LUNCH = "lunch"
    WALK = "walk"
    DRINK = "drink"
    CALL = "call"
    VIRTUAL_COFFEE = "virtual coffee"
    EVENT = "event"


@frozen
class Cadence:
    """How often to be in contact: an ideal gap, and a longest one.

    Raises:
        ValueError: a gap is not positive, or the longest is shorter than the ideal.
    """

    ideal: timedelta
    maximum: timedelta

    def __post_init__(self) -> None:
        if self.ideal <= timedelta():
            raise ValueError("the ideal gap must be longer than nothing")
        if self.maximum < self.ideal:
            raise ValueError("the longest gap is shorter than the ideal gap")


HoursOfDay = tuple[tuple[time, time], ...]


@frozen
class WeeklyHours:
    """The wall-clock hours of each weekday, Monday first; an empty day is a day off.

    Raises:
        ValueError: not seven days, or a span that ends before it starts.
    """

    days: tuple[HoursOfDay, ...]

    def __post_init__(self) -> None:
        if len(self.days) != len("MTWTFSS"):
            raise ValueError("weekly hours need seven days")
        for spans in self.days:
            for start, end in spans:
                if end <= start:
                    raise ValueError(f"hours end before they start: {start:%H:%M}-{end:%H:%M}")


@frozen
class Boundaries:
    """What the owner must not do: these are rules, never weights."""

    do_not_contact: bool = False
    not_before: date | None = None
    at_most_a_year: int | None = None


class PrivateNotes:
    """What the owner remembers for themselves; no outbound builder accepts this type.

    Printing, formatting or logging it shows that there are notes, never what they say.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The text, for the owner's own eyes and their own export."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrivateNotes) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "PrivateNotes(***)" if self._text else "PrivateNotes()"

    __str__ = __repr__


@frozen
class Person:
    """Someone to keep up with, met already or still to meet.

    ``addresses`` are lower case, the one to invite first. ``zone`` is an IANA name, empty when
    unknown (the owner's is then assumed, and said to be assumed); ``country`` an ISO 3166 code
    for public holidays, with an optional subdivision as ``DE-BE``. ``listed_on`` is the day they
    were put on the list: *to meet* counts from it. ``snoozed_until`` is the first day they may
    be proposed again. ``how_met``, ``common_ground`` and ``to_give``, what the owner can do for
    them, may be used in texts that leave the machine; ``notes`` never are. Each text of
    ``common_ground`` may have its kind in front, as ``school: KTH``. Whoever is ``sensitive`` is on
    no list that leaves the machine; an invitation to themselves is not a list. ``allowances`` are
    what the owner's rules allow for them alone; see `policies.people.allowances`. ``office_days``
    are those they usually spend in the office, empty where that is not known.
    """

    id: PersonId
    name: str
    addresses: tuple[str, ...] = ()
    priority: Priority = Priority.C
    listed_on: date = date(1970, 1, 1)
    cadence: Cadence | None = None
    relation: Relation = Relation.UNKNOWN
    organisation: str = ""
    function: str = ""
    role: str = ""
    seniority: Seniority | None = None
    influence: tuple[Influence, ...] = ()
    quality: Quality | None = None
    intent: Intent | None = None
    groups: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    zone: str = ""
    country: str = ""
    hours: WeeklyHours | None = None
    place: str = ""
    formats: tuple[Format, ...] = ()
    allowances: tuple[str, ...] = ()
    office_days: tuple[Weekday, ...] = ()
    boundaries: Boundaries = Boundaries()
    snoozed_until: date | None = None
    how_met: str = ""
    common_ground: tuple[str, ...] = ()
    to_give: tuple[str, ...] = ()
    sensitive: bool = False
    phone: str = ""
    notes: PrivateNotes = PrivateNotes()

    @property
    def is_senior(self) -> bool:
        """Whether their time is asked for more carefully than a colleague's."""
        return self.seniority in _SENIOR or self.relation is Relation.SENIOR_LEADER

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else self.name
