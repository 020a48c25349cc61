"""The daily run up to the last gate: read, follow up, audit, protect, propose, digest.

It holds readers and a writer of the owner's own blocks, whose type has no field for a guest.
Sending is another module's, called after this one and never by it. Each step takes values and
returns values; a calendar that fails is a value in the report, and the rest go on. Running twice
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

from agent.exits import Exit, worst
from agent.planning import protect
from agent.planning.standing import Planning, agenda_facts
from agent.proposing import propose
from agent.proposing.holidays import public_holidays, unknown
from agent.reading import Outcome, Reading, read_all
from agent.relationships import audit, events, memory, remembering, rituals
from agent.relationships.remembering import NOTHING, Remembered
from agent.sending import followup
from agent.sending.freshness import Freshness, freshness
from agent.sending.suspension import standstill
from agent.settings import Settings
from agent.store import blocks, calendars, proposals
from agent.store.database import Database
from connectors.port import CalendarReader, CalendarWriter, FreeBusy
from policies.audit.cadence import Standing
from policies.frozen import frozen
from policies.interval import Interval
from policies.people.person import Person
from policies.proposal import ProposalState
from policies.slots.availability import Busy, stretches
from policies.wall import local_date, seconds

Progress = Callable[[str], None]
_SEEN = frozenset({Outcome.READ, Outcome.UNCHANGED})


@frozen
class DailyReport:
    """What one run found and did, up to the last gate."""

    now: datetime
    readings: tuple[Reading, ...]
    freshness: Freshness
    followup: followup.FollowUp
    standings: tuple[Standing, ...]
    protected: protect.ProtectReport
    proposed: propose.ProposeReport
    remembered: Remembered = NOTHING
    to_write: tuple[str, ...] = ()

    @property
    def exit(self) -> Exit:
        codes = {
            Outcome.FAILED: Exit.DEGRADED,
            Outcome.SHRUNK: Exit.DEGRADED,
            Outcome.SIGN_IN: Exit.SIGN_IN,
        }
        found = [codes.get(each.outcome, Exit.OK) for each in self.readings]
        if (
            any(not each.complete for each in self.readings)
            or self.protected.failures
            or self.freshness.stale
            or self.proposed.failures
        ):
            found.append(Exit.DEGRADED)
        return worst(found)


def run(
    db: Database,
    settings: Settings,
    readers: Mapping[str, CalendarReader],
    writer: CalendarWriter | None,
    now: datetime,
    *,
    run_id: int,
    free_busy: Sequence[FreeBusy] = (),
    on_step: Progress = lambda _: None,
) -> DailyReport:
    """One day's work, everything but sending; the caller holds the run lock.

    Raises:
        StateUnusable: the store cannot be used.
        UsageProblem: the owner's country or templates cannot be used.
    """
    readings = read_all(db, settings, readers, now, on_each=lambda name: on_step(f"reading {name}"))
    on_step("auditing")
    fresh = freshness(db, settings, now, run_id)
    follow = followup.look(db, settings, now)
    lines = audit.lines(db, settings, now, counting=_is_limited)
    standings = tuple(line.standing for line in lines)
    if not fresh.stale:  # else people would seem to have drifted away whom nobody looked up
        audit.remember(db, standings)
    memory.years_end(db, standings, local_date(now, settings.owner.zone))
    remembered = remembering.look(db, settings, now)
    busy = _busy(db, settings, standings, now)
    on_step("protecting time")
    notes = to_write(db, settings, now)
    planning = _planning(db, settings, standings, busy, notes, now)
    unseen = any(
        each.calendar == settings.write_calendar and each.outcome not in _SEEN for each in readings
    )
    # Slots in a calendar that could not be read would all look deleted.
    writes_to = None if unseen else _awake(db, settings, writer, now)
    protected = protect.protect(db, writes_to, planning, now)
    on_step("proposing")
    proposed = propose.ProposeReport()
    if not fresh.stale:
        proposed = propose.propose(
            db,
            settings,
            lines,
            busy,
            now,
            run=run_id,
            notes=(*fresh.notes, *unknown(settings.owner.country)),
            free_busy=free_busy,
        )
    return DailyReport(
        now,
        readings,
        fresh,
        follow,
        standings,
        protected,
        proposed,
        remembered,
        notes,
    )


def to_write(db: Database, settings: Settings, now: datetime) -> tuple[str, ...]:
    """Notes the owner has to write by hand: after events, and to teams; a line each."""
    today = local_date(now, settings.owner.zone)
    return (*events.lines(db, settings, now), *rituals.lines(db, today))


def refresh_agendas(
    db: Database,
    settings: Settings,
    writer: CalendarWriter | None,
    report: DailyReport,
) -> protect.RefreshReport:
    """Bring the agendas of the next planning slots up to date, after all else is done."""
    busy = _busy(db, settings, report.standings, report.now)
    planning = _planning(db, settings, report.standings, busy, report.to_write, report.now)
    return protect.refresh(db, _awake(db, settings, writer, report.now), planning, report.now)


def _awake(
    db: Database, settings: Settings, writer: CalendarWriter | None, now: datetime
) -> CalendarWriter | None:
    """The writer, unless its service wants to be left alone."""
    return None if standstill(db, settings, settings.write_calendar, now) else writer


def _busy(
    db: Database, settings: Settings, standings: Sequence[Standing], now: datetime
) -> Callable[[Interval], Iterable[Busy]]:
    """What takes the owner's time, our own slots by their uid.

    The calendars are asked once, for all of the stretch in which times are looked for: whatever a
    run looks at beyond it adds little.
    """
    reached = propose.reached(settings, standings, now)
    names = frozenset(each.name for each in settings.calendars if each.busy)
    read: dict[Interval, tuple[Busy, ...]] = {}

    def busy(window: Interval) -> Iterable[Busy]:
        wide = next((each for each in read if each.contains(window)), None)
        if wide is None:
            wide = Interval(min(window.start, reached.start), max(window.end, reached.end))
            own = {each.block.uid for each in blocks.every(db)}
            rows = calendars.taken(db, names, seconds(wide.start), seconds(wide.end), own)
            read[wide] = stretches(rows)
        return (each for each in read[wide] if each.when.overlaps(window))

    return busy


def _is_limited(person: Person) -> bool:
    """Whether the number of their contacts in a year decides about proposing them."""
    return person.boundaries.at_most_a_year is not None


def _or_waiting(
    db: Database, busy: Callable[[Interval], Iterable[Busy]]
) -> Callable[[Interval], Iterable[Busy]]:
    """Planning time keeps clear of the meetings that wait for a yes, too."""
    waiting = tuple(
        Busy(slot.when)
        for each in proposals.listed(db, ProposalState.OPEN, ProposalState.APPROVED)
        for slot in each.draft.slots
    )
    return lambda window: (*busy(window), *(e for e in waiting if e.when.overlaps(window)))


def _planning(
    db: Database,
    settings: Settings,
    standings: tuple[Standing, ...],
    busy: Callable[[Interval], Iterable[Busy]],
    notes: tuple[str, ...],
    now: datetime,
) -> Planning:
    zone = settings.owner.zone
    today = local_date(now, zone)
    years = {today.year, (today + timedelta(weeks=settings.rules.planning.weeks_ahead + 13)).year}
    return Planning(
        settings.owner,
        settings.rules,
        settings.write_calendar,
        _or_waiting(db, busy),
        tuple(public_holidays(settings.owner.country, years)),
        cache(
            lambda: agenda_facts(
                db,
                standings,
                today,
                zone,
                to_write=notes,
                restarts=lambda found: _restarts(db, settings, found, now),
            )
        ),
    )


def _restarts(
    db: Database, settings: Settings, standings: Sequence[Standing], now: datetime
) -> tuple[str, ...]:
    from agent.relationships.circles import restart_lines  # once a quarter

    return restart_lines(db, settings, standings, now)
