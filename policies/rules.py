"""Every rule the owner can set, with its default; `config.example.toml` has the same list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import time, timedelta
from types import MappingProxyType

from policies.frozen import frozen
from policies.people.person import Cadence, Format, Priority, WeeklyHours
from policies.quiet import Quiet

_WORKDAY = ((time(9), time(17)),)
OFFICE_HOURS = WeeklyHours((_WORKDAY,) * 5 + ((), ()))


def _gap(ideal_days: int, maximum_days: int) -> Cadence:
    return Cadence(timedelta(days=ideal_days), timedelta(days=maximum_days))


@frozen
class CadenceRules:
    """Gap and weight per priority; ``to_meet_share`` scales the rank of people not yet met."""

    gaps: Mapping[Priority, Cadence] = field(
        default_factory=lambda: MappingProxyType(
            {
                Priority.A: _gap(21, 35),
                Priority.B: _gap(60, 90),
                Priority.C: _gap(180, 240),
                Priority.D: _gap(365, 450),
            }
        )
    )
    weights: Mapping[Priority, float] = field(
        default_factory=lambda: MappingProxyType(
            {Priority.A: 8.0, Priority.B: 4.0, Priority.C: 2.0, Priority.D: 1.0}
        )
    )
    to_meet_share: float = 0.5


@frozen
class GoalRules:
    """How much each goal someone helps with adds to their rank: 1 doubles it, 0 leaves it."""

    weight: float = 1.0


@frozen
class EvidenceRules:
    """What a meeting proves. Sizes count people, the owner included.

    Up to ``contact_up_to`` people a meeting is contact, up to ``seen_up_to`` it is only seen.
    """

    contact_up_to: int = 4
    seen_up_to: int = 8
    unanswered_counts: bool = True
    tentative_counts: bool = True


@frozen
class PlanningRules:
    """The owner's protected time: one longer slot first, a short rhythm, a quarterly review."""

    enabled: bool = True
    first_length: timedelta = timedelta(minutes=90)
    length: timedelta = timedelta(minutes=30)
    per_week: int = 1
    review_length: timedelta = timedelta(minutes=60)
    weeks_ahead: int = 4
    hours: WeeklyHours | None = None
    preferred_days: tuple[int, ...] = ()
    preferred_time: time = time(9, 30)
    minimum_notice: timedelta = timedelta(hours=12)
    buffer: timedelta = timedelta(minutes=5)
    title: str = "Planning: relationships"


@frozen
class FormatRule:
    """One way to meet: how long, when in the day (wall clock), where, and its travel time.

    ``per_week`` is a limit of its own within that of all meetings; 0 for none.
    """

    length: timedelta
    earliest: time
    latest_end: time
    in_person: bool
    places: tuple[str, ...] = ()
    travel: timedelta = timedelta()
    per_week: int = 0


def _formats() -> Mapping[Format, FormatRule]:
    quarter, half = timedelta(minutes=15), timedelta(minutes=30)
    return MappingProxyType(
        {
            Format.COFFEE: FormatRule(
                timedelta(minutes=45), time(9), time(16, 30), True, (), quarter
            ),
            Format.LUNCH: FormatRule(
                timedelta(minutes=60), time(11, 30), time(13, 30), True, (), quarter
            ),
            Format.WALK: FormatRule(timedelta(minutes=45), time(9), time(17), True, (), quarter),
            Format.DRINK: FormatRule(
                timedelta(minutes=60), time(17), time(19, 30), True, (), quarter
            ),
            Format.CALL: FormatRule(half, time(8), time(18), False),
            Format.VIRTUAL_COFFEE: FormatRule(half, time(8, 30), time(17), False),
            Format.EVENT: FormatRule(timedelta(hours=2), time(9), time(21), True, (), half),
        }
    )


@frozen
class Preferences:
    """What makes one possible time better than another, in points; what speaks against it is < 0.

    ``suits`` is what every possible time has, so that none is worth nothing. A preference of no
    points is switched off.
    """

    suits: float = 10.0
    time_of_day: float = 3.0
    long_stretch: float = 2.0
    room_around: float = 1.5
    fair_warning: float = 1.5
    office_day: float = 2.0
    early_for_seniors: float = 1.0
    soon_when_red: float = 2.0
    full_day: float = -1.0
    friday_afternoon: float = -1.5
    monday_morning: float = -1.0
    their_lunch: float = -1.0
    edge_of_their_day: float = -1.0
    beside_theirs: float = -1.0


@frozen
class SlotRules:
    """Where a meeting may lie. ``lunch`` is the owner's, on the wall clock.

    ``travel`` is kept free between meetings in person at different places. With ``office_only``
    nobody is met in person on a day the owner is known to work elsewhere.
    """

    minimum_notice: timedelta = timedelta(hours=48)
    horizon: timedelta = timedelta(weeks=3)
    buffer: timedelta = timedelta(minutes=15)
    travel: timedelta = timedelta(minutes=30)
    grid: timedelta = timedelta(minutes=15)
    lunch: tuple[time, time] | None = (time(12), time(13))
    per_day: int = 1
    per_week: int = 3
    alternatives: int = 3
    all_day_busy_blocks: bool = True
    tentative_blocks: bool = True
    office_only: bool = False
    preferences: Preferences = Preferences()
    formats: Mapping[Format, FormatRule] = field(default_factory=_formats)


@frozen
class EtiquetteRules:
    """Respect for other people's time: limits, never weights."""

    cooldown: timedelta = timedelta(days=14)
    per_run: int = 3
    per_week: int = 3
    expires_after: timedelta = timedelta(days=7)
    after_silence: timedelta = timedelta(days=21)
    silences_before_asking: int = 3
    after_decline: timedelta = timedelta(days=42)
    dormant_after: timedelta = timedelta(days=365)
    dormant_per_week: int = 1
    asks_before_giving: int = 3
    quiet: tuple[Quiet, ...] = ()


@frozen
class SendingRules:
    """Caps at the last gate; `policies.sending.action.CEILING` bounds them whatever is set here."""

    per_run: int = 3
    per_day: int = 5
    per_person: timedelta = timedelta(days=14)
    approval_valid: timedelta = timedelta(hours=72)
    fresh_within: timedelta = timedelta(hours=26)


@frozen
class Owner:
    """Whose calendars these are. ``addresses`` are lower case, the sender first.

    ``country`` is an ISO 3166 code with an optional subdivision (``DE-BE``), empty for none.
    ``office_days`` are the weekdays usually spent in the office, Monday 0; empty where they are
    not known. ``background`` are schools, past employers, groups and tools, as ``school: KTH``.
    """

    name: str
    addresses: tuple[str, ...]
    zone: str
    hours: WeeklyHours = OFFICE_HOURS
    country: str = ""
    organisation: str = ""
    seniority: str = ""
    place: str = ""
    language: str = "en"
    background: tuple[str, ...] = ()
    office_days: tuple[int, ...] = ()


@frozen
class Rules:
    """All of them."""

    cadence: CadenceRules = CadenceRules()
    goals: GoalRules = GoalRules()
    evidence: EvidenceRules = EvidenceRules()
    planning: PlanningRules = PlanningRules()
    slots: SlotRules = SlotRules()
    etiquette: EtiquetteRules = EtiquetteRules()
    sending: SendingRules = SendingRules()
    history: timedelta = timedelta(days=900)
