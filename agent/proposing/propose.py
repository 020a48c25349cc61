"""Puts proposals to the owner: gathers facts, lets `policies.outreach.proposing` decide, saves it.

Nothing here leaves the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from agent.errors import UsageProblem
from agent.proposing.guests import GuestTimes, guests
from agent.proposing.holidays import public_holidays
from agent.relationships import rituals
from agent.relationships.audit import Line, audit
from agent.settings import Settings
from agent.store import blocks, memory, proposals, whereabouts
from agent.store.database import Database
from agent.store.pause import FOR_GOOD, paused_until
from connectors.errors import ConnectorError
from connectors.port import FreeBusy
from policies.audit.cadence import Standing
from policies.circles.ground import Ties
from policies.frozen import frozen
from policies.interval import Interval
from policies.outreach.etiquette import Approach, Held, Past, admit, beyond, room
from policies.outreach.proposing import Proposed, ProposingFacts, dormant_apart
from policies.outreach.proposing import proposals as proposed
from policies.outreach.templates import Template, TemplateProblems, parse_template
from policies.outreach.waiting import Fate, fate
from policies.people.person import Person, PersonId
from policies.proposal import Proposal, ProposalState, Unplaced
from policies.quiet import quiet_days
from policies.slots.allowing import reach, side_for
from policies.slots.availability import Busy
from policies.slots.candidates import OwnerSide
from policies.slots.places import office_days
from policies.wall import local_date, moment, seconds

_TEMPLATE_BYTES = 64 * 1024


class Expired(NamedTuple):
    """An open proposal that was taken back, and why, in a sentence."""

    number: int
    person: PersonId
    why: str


class Moved(NamedTuple):
    """An open proposal that now offers another of its times; ``chosen`` is the index."""

    number: int
    person: PersonId
    chosen: int


@frozen
class ProposeReport:
    """What is new, what is no more, whom there was no time for, and who is left in peace.

    ``failures`` are services that did not tell when guests are taken.
    """

    new: tuple[Proposal, ...] = ()
    expired: tuple[Expired, ...] = ()
    held: tuple[Held, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    moved: tuple[Moved, ...] = ()
    failures: tuple[ConnectorError, ...] = ()


def propose(
    db: Database,
    settings: Settings,
    lines: Sequence[Line],
    busy: Callable[[Interval], Iterable[Busy]],
    now: datetime,
    *,
    run: int = 0,
    notes: tuple[str, ...] = (),
    free_busy: Sequence[FreeBusy] = (),
) -> ProposeReport:
    """Look over the proposals that wait, then make new ones; all of it is one transaction.

    ``lines`` is today's audit. ``busy`` answers what takes the owner's time in a stretch; planning
    slots may be among it. ``notes`` are assumptions that hold for every proposal, such as the age
    of a calendar. ``free_busy`` tell when guests are taken, where they let us see it. A second run
    on the same day finds nothing left to do.

    Raises:
        UsageProblem: a template of the owner's, or the owner's country, cannot be used.
        StateUnusable: the store cannot be read or written.
    """
    templates = templates_in(settings.templates) if settings.templates else {}
    window = reached(settings, (line.standing for line in lines), now)
    side = _owner_side(db, settings, busy, now, window)
    earlier = proposals.listed(db)
    lines = rituals.with_turns(db, lines, earlier, settings.owner.zone)
    fates = _fates(db, settings, lines, side, earlier)
    as_of_now = tuple(_with_fate(each, fates.get(each.number)) for each in earlier)
    before = proposals.unplaced(db)
    listed = {line.standing.person.id for line in lines}
    standings = tuple(line.standing for line in lines)
    overdue = [line for line in lines if line.standing.overdue]
    times = GuestTimes(free_busy, [line.standing.person for line in overdue], window)
    decided = proposed(
        ProposingFacts(
            standings=standings,
            side=side,
            rules=settings.rules,
            proposals=as_of_now,
            past=past_with(db, overdue, as_of_now, settings.owner.zone),
            before=tuple(each for each in before if each.person in listed),
            guest=guests(times, _years(window)),
            paused_until=pause_end(db, now, settings.owner.zone),
            templates=templates,
            notes=notes,
            ties=_ties(db, settings, standings, now),
        )
    )
    report = replace(_report(db, earlier, fates, decided, now), failures=tuple(times.failures))
    return _written(db, report, before, run, now)


def reached(settings: Settings, standings: Iterable[Standing], now: datetime) -> Interval:
    """The stretch in which times are looked for, whoever it is for."""
    side = OwnerSide(settings.owner, settings.rules.slots, now)
    return reach(side, (each.person for each in standings))


class LeftInPeace(NamedTuple):
    """Why someone overdue is not proposed: a code of `Hold` or `NoSlot`, and a sentence."""

    code: str
    sentence: str


def left_in_peace(
    db: Database, settings: Settings, line: Line, now: datetime
) -> LeftInPeace | None:
    """What the next run would say of this person, found afresh.

    ``None`` for who is not overdue, and for who is next to be proposed.
    """
    if not line.standing.overdue:
        return None
    person, etiquette = line.standing.person.id, settings.rules.etiquette
    zone, earlier = settings.owner.zone, proposals.listed(db)
    past = past_with(db, [line], earlier, zone)
    paused = pause_end(db, now, zone)
    held = admit([line.standing], past, etiquette, paused_until=paused).held
    unplaced = [each for each in proposals.unplaced(db) if each.person == person]
    if not held and unplaced:
        return LeftInPeace(unplaced[0].code, unplaced[0].question)
    if not held:
        made = (local_date(each.created, zone) for each in earlier)
        left, cap = room(made, etiquette, line.standing.today)
        held = beyond([line.standing], cap, etiquette) if left == 0 else ()
    if not held:
        everyone = audit(db, settings, now)
        _, held = dormant_apart([line.standing], everyone, earlier, etiquette, zone)
    return LeftInPeace(held[0].code, held[0].sentence) if held else None


def templates_in(folder: Path) -> Mapping[str, Template]:
    """The owner's own texts, by name; see `policies.outreach.templates` for their form.

    Raises:
        UsageProblem: all that is wrong with any of them.
    """
    found: dict[str, Template] = {}
    problems: list[str] = []
    try:
        files = sorted(each for each in folder.iterdir() if each.suffix == ".txt")
        for file in files:
            try:
                found.update([parse_template(file.stem, _text_of(file))])
            except TemplateProblems as error:
                problems += [f"{file.name}: {each}" for each in error.problems]
            except UnicodeDecodeError:
                problems.append(f"{file.name}: it is not UTF-8 text")
    except OSError as error:
        raise UsageProblem(
            f"templates: {folder}: {error.strerror}", "see [texts] in the configuration"
        ) from error
    if problems:
        raise UsageProblem("templates: " + "; ".join(problems), f"edit the files in {folder}")
    return found


def _text_of(file: Path) -> str:
    with file.open("rb") as opened:
        data = opened.read(_TEMPLATE_BYTES + 1)
    if len(data) > _TEMPLATE_BYTES:
        raise TemplateProblems(("it is longer than 64 KiB",))
    return data.decode()


# ---------------------------------------------------------------- the facts


def _owner_side(
    db: Database,
    settings: Settings,
    busy: Callable[[Interval], Iterable[Busy]],
    now: datetime,
    window: Interval,
) -> OwnerSide:
    planning = {row.block.uid for row in blocks.every(db)}
    days = public_holidays(settings.owner.country, _years(window))
    return OwnerSide(
        settings.owner,
        settings.rules.slots,
        now,
        busy=tuple(each for each in busy(window) if each.uid not in planning),
        protected=blocks.protected(db),
        holidays=(*days, *_quiet_days(settings, window)),
        office_days=_office_days(db, settings, window),
    )


def _quiet_days(settings: Settings, window: Interval) -> tuple[date, ...]:
    zone = settings.owner.zone
    first, last = local_date(window.start, zone), local_date(window.end, zone)
    return quiet_days(settings.rules.etiquette.quiet, first, last)


def _office_days(db: Database, settings: Settings, window: Interval) -> Mapping[date, bool]:
    names = frozenset(each.name for each in settings.calendars if each.busy)
    rows = whereabouts.presence(db, names, seconds(window.start), seconds(window.end))
    return office_days(rows, settings.owner.zone)


def _ties(
    db: Database, settings: Settings, standings: Sequence[Standing], now: datetime
) -> Callable[[Person], Ties]:
    """As `agent.relationships.circles.ties`, which loads with the first proposal."""

    @cache
    def found() -> Callable[[Person], Ties]:
        from agent.relationships.circles import ties

        return ties(db, settings, standings, now)

    def of(person: Person) -> Ties:
        return found()(person)

    return of


def _years(window: Interval) -> range:
    return range(window.start.year - 1, window.end.year + 2)  # around New Year in any zone


def past_with(
    db: Database, lines: Iterable[Line], earlier: Iterable[Proposal], zone: str
) -> Mapping[PersonId, Past]:
    """What passed with each of ``lines``: proposals of every kind, and contact in a year."""
    sent = proposals.sent_times(db)
    promises, favours = memory.promises_by_person(db), memory.favours_by_person(db)
    approaches: dict[PersonId, list[Approach]] = {}
    for each in earlier:
        approach = _approach(each, sent.get(each.number), zone)
        approaches.setdefault(each.draft.person, []).append(approach)
    return {
        person.id: Past(
            tuple(approaches.get(person.id, ())),
            line.facts.in_a_year,
            promises.get(person.id, ()),
            favours.get(person.id, ()),
        )
        for line in lines
        for person in [line.standing.person]
    }


def _approach(proposal: Proposal, sent: datetime | None, zone: str) -> Approach:
    answered = proposal.answered
    return Approach(
        number=proposal.number,
        state=proposal.state,
        made=local_date(proposal.created, zone),
        meets=local_date(proposal.slot.when.start, zone),
        sent=None if sent is None else local_date(sent, zone),
        answer=proposal.answer,
        answered=None if answered is None else local_date(answered, zone),
        format=proposal.draft.format,
    )


def pause_end(db: Database, now: datetime, zone: str) -> date | None:
    """The first whole day that is not paused any more; ``None`` when nothing is paused."""
    until = paused_until(db)
    if until is None or until <= now:
        return None
    if until == FOR_GOOD:
        return date.max
    return local_date(until - timedelta(seconds=1), zone) + timedelta(days=1)


# ---------------------------------------------------------------- proposals that wait


def _fates(
    db: Database,
    settings: Settings,
    lines: Iterable[Line],
    side: OwnerSide,
    earlier: Sequence[Proposal],
) -> Mapping[int, Fate]:
    waiting = {each.draft.person for each in earlier if each.state is ProposalState.OPEN}
    theirs = [line for line in lines if line.standing.person.id in waiting]
    standings = {line.standing.person.id: line.standing for line in theirs}
    past = past_with(db, theirs, earlier, settings.owner.zone)
    return {
        each.number: fate(
            each,
            standings.get(each.draft.person),
            past.get(each.draft.person, Past()),
            side_for(standings[each.draft.person].person, side)
            if each.draft.person in standings
            else side,
            settings.rules,
        )
        for each in earlier
        if each.state is ProposalState.OPEN
    }


def _with_fate(proposal: Proposal, fate_: Fate | None) -> Proposal:
    if fate_ is None:
        return proposal
    if fate_.chosen is None:
        return replace(proposal, state=ProposalState.EXPIRED)
    return replace(proposal, chosen=fate_.chosen)


# ---------------------------------------------------------------- the answer


def _report(
    db: Database,
    earlier: Iterable[Proposal],
    fates: Mapping[int, Fate],
    decided: Proposed,
    now: datetime,
) -> ProposeReport:
    waiting = [(each, fates[each.number]) for each in earlier if each.number in fates]
    at = moment(seconds(now))
    numbered = enumerate(decided.drafts, start=proposals.next_number(db))
    return ProposeReport(
        new=tuple(Proposal(number, each, ProposalState.OPEN, at) for number, each in numbered),
        expired=tuple(
            Expired(each.number, each.draft.person, end.why)
            for each, end in waiting
            if end.chosen is None
        ),
        held=decided.held,
        unplaced=decided.unplaced,
        moved=tuple(
            Moved(each.number, each.draft.person, end.chosen)
            for each, end in waiting
            if end.chosen not in (None, each.chosen)
        ),
    )


def _written(
    db: Database, report: ProposeReport, before: Sequence[Unplaced], run: int, now: datetime
) -> ProposeReport:
    """The report as the store numbered it; nothing is written where nothing is new."""
    asked_anew = report.unplaced != tuple(before)
    if not (report.new or report.expired or report.moved or asked_anew):
        return report
    with db.transaction() as sql:
        for gone in report.expired:
            proposals.set_state(sql, gone.number, ProposalState.EXPIRED)
            proposals.set_outcome(sql, gone.number, gone.why)
        for moved in report.moved:
            proposals.choose(sql, moved.number, moved.chosen)
        new = tuple(
            replace(each, number=proposals.add(sql, each.draft, now)) for each in report.new
        )
        if asked_anew:
            proposals.replace_unplaced(sql, report.unplaced, run)
    return replace(report, new=new)
