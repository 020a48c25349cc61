"""What a run has to say to its owner, as sections of short lines; each medium sets them its way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Final, NamedTuple, TypeVar

from agent.daily import DailyReport
from agent.planning.protect import ProtectReport, RefreshReport
from agent.proposing.answering import to_answer
from agent.reading import Outcome, Reading
from agent.relationships.remembering import Remembered, told
from agent.sending.outcome import settling, waiting
from agent.sending.ports import DispatchReport
from agent.sending.stillness import Still
from connectors.errors import ConnectorError
from policies.audit.cadence import Standing, Status
from policies.interval import Interval
from policies.outreach.etiquette import Hold
from policies.people.person import PersonId
from policies.planning.block import Purpose
from policies.planning.periods import period_said
from policies.proposal import Proposal
from policies.sending.action import UNDER_WAY, Action, ActionKind, ActionState
from policies.spoken import counted, short_moment
from policies.text import shown
from policies.wall import local_date, local_datetime, seconds

_T = TypeVar("_T")
_MOST: Final = 5
_PURPOSES: Final = {
    Purpose.FIRST: "the first, longer slot",
    Purpose.RHYTHM: "the weekly slot",
    Purpose.REVIEW: "the quarterly review",
}
_UNSENT: Final = frozenset({ActionState.CANCELLED, ActionState.EXPIRED})
_CAPS: Final = frozenset({Hold.WEEKLY_CAP, Hold.RUN_CAP, Hold.DORMANT_CAP})
_ENDED: Final = _UNSENT | {ActionState.SENT}
SENDING: Final = {
    ActionKind.INVITE: "invitation",
    ActionKind.RESCHEDULE: "new time",
    ActionKind.CANCEL: "cancellation",
    ActionKind.REPORT: "report",
}
"""What the owner calls each kind of thing that is sent."""


class Section(NamedTuple):
    """``urgent``: it asks the owner to do something; the other sections tell."""

    heading: str
    lines: tuple[str, ...]
    urgent: bool = False


class Result(NamedTuple):
    """One whole run; ``rehearsal``: nothing of it was really done.

    ``committed`` is the commitment in a line, ``letter`` what of it waits to be told. ``still`` is
    what keeps Fika from proposing or sending, ``is_shared``: another machine uses the same folder.
    ``withheld`` proposals are left out. ``before`` is when the last run that went well ended,
    ``None`` where none did. ``not_yours`` says which calendars know the owner by another address.
    """

    report: DailyReport
    dispatch: DispatchReport
    agendas: RefreshReport
    waiting: tuple[Proposal, ...]
    zone: str
    rehearsal: bool = False
    still: tuple[Still, ...] = ()
    is_shared: bool = False
    committed: str = ""
    letter: str = ""
    withheld: int = 0
    before: datetime | None = None
    not_yours: tuple[str, ...] = ()


def digest(result: Result) -> tuple[Section, ...]:
    """Everything worth saying, what is asked of the owner first; no section without a line."""
    report = result.report
    names = {each.person.id: shown(each.person.name) for each in report.standings}
    sections = (
        Section("Needs you", (*_stillness(result), *_problems(result, names)), urgent=True),
        Section("Waiting for your yes", (*_waiting(result, names), *_letter(result)), urgent=True),
        Section("Questions", tuple(_questions(report)), urgent=True),
        *due(report.remembered, names, report.to_write, report.now, result.zone),
        Section("Answers", tuple(_answers(report, names))),
        Section("Changed", tuple(_changed(result, names))),
        Section("Sent" if not result.rehearsal else "Would be sent", tuple(_sent(result, names))),
        Section("Time put aside", tuple(_planning(report.protected, result.zone))),
        Section("Committed to", (result.committed,) if result.committed else ()),
        Section("Most overdue", (*_overdue(report.standings), *_unasked(result))),
    )
    return tuple(each for each in sections if each.lines)


def due(
    remembered: Remembered,
    names: Mapping[PersonId, str],
    to_write: tuple[str, ...],
    now: datetime,
    zone: str,
) -> tuple[Section, ...]:
    """What is due beside proposals, with a command in each line where one ends it."""
    sections = (
        *(Section(*each) for each in told(remembered, names, now, zone)),
        Section("To write", to_write, urgent=True),
    )
    return tuple(each for each in sections if each.lines)


def without_sensitive(result: Result) -> Result:
    """What of it may leave this machine: nothing that names whoever is marked as sensitive.

    One line says that something was left out, so that a proposal for them is not forgotten.
    """
    report = result.report
    hidden = {each.person.id for each in report.standings if each.person.sensitive}
    if not hidden:
        return result

    def kept(found: Iterable[_T], of: Callable[[_T], str]) -> tuple[_T, ...]:
        return tuple(each for each in found if of(each) not in hidden)

    proposed, followup, dispatch = report.proposed, report.followup, result.dispatch
    waiting = kept(result.waiting, lambda each: each.draft.person)
    rest = replace(
        report,
        standings=kept(report.standings, lambda each: each.person.id),
        remembered=report.remembered.without(hidden),
        followup=replace(
            followup,
            answered=kept(followup.answered, lambda each: each.person),
            changed=kept(followup.changed, lambda each: each.person),
        ),
        proposed=replace(
            proposed,
            new=kept(proposed.new, lambda each: each.draft.person),
            expired=kept(proposed.expired, lambda each: each.person),
            held=kept(proposed.held, lambda each: each.person),
            unplaced=kept(proposed.unplaced, lambda each: each.person),
            moved=kept(proposed.moved, lambda each: each.person),
        ),
    )
    return result._replace(
        report=rest,
        dispatch=replace(dispatch, outcomes=kept(dispatch.outcomes, lambda each: each.person)),
        waiting=waiting,
        withheld=len(result.waiting) - len(waiting),
    )


def is_news(result: Result) -> bool:
    """Whether anything happened that is worth a message of its own; a pause is none."""
    report, protected = result.report, result.report.protected
    return bool(
        report.proposed.new
        or report.remembered.briefs
        or report.proposed.expired
        or report.proposed.moved
        or report.followup.answered
        or report.followup.changed
        or protected.written
        or protected.rebooked
        or protected.lost
        or any(each.state in _ENDED for each in result.dispatch.outcomes)
        or any(True for _ in _problems(result, {}))
        or any(each.fails for each in result.still)
        or _has_come_up(result)
    )


def _has_come_up(result: Result) -> bool:
    """Whether something waits for the owner, by the day alone, that the run before could not say.

    A month's letter, a promise on its last day, the question how a coffee went: told once each.
    """
    report = result.report
    today = local_date(report.now, result.zone)
    last = local_date(result.before, result.zone) if result.before else date.min
    ended_s = seconds(result.before) if result.before else 0
    return bool(
        (result.letter and last < today.replace(day=1))
        or any(e.mine and e.due and last < e.due <= today for e in report.remembered.owed.promises)
        or any(each.meeting.end_s > ended_s for each in report.remembered.over)
    )


def summary(readings: Iterable[Reading], standings: Iterable[Standing]) -> str:
    """One line: what was read, and how everyone stands."""
    read = tuple(readings)
    entries = sum(each.total for each in read)
    counts = dict.fromkeys(Status, 0)
    for each in standings:
        counts[each.status] += 1
    people = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    found = f"{counted(len(read), 'calendar')}, {counted(entries, 'entry')}"
    return f"{found}; {people or 'nobody listed yet'}"


def when(interval: Interval, zone: str) -> str:
    """`Tue 1 Dec 09:30-10:15` on the owner's clock."""
    end = local_datetime(seconds(interval.end), zone)
    return f"{short_moment(interval.start, zone)}-{end:%H:%M}"


def _stillness(result: Result) -> Iterator[str]:
    """What keeps Fika from doing or knowing all there is, and how to end that."""
    yield from map(str, result.still)
    yield from result.not_yours
    yield from result.report.freshness.remedied
    if result.is_shared:
        yield (
            "another machine runs Fika on this same folder, which can destroy it: leave it to one,"
            " and move it with fika backup and fika restore"
        )


def _problems(result: Result, names: Mapping[PersonId, str]) -> Iterator[str]:
    for reading in result.report.readings:
        yield from _reading_problems(reading)
    yield from result.report.freshness.stale
    yield from dict.fromkeys(_refusals(result))
    for action in result.dispatch.outcomes:
        if action.state is ActionState.NEEDS_REVIEW:
            yield f"{action.called}: {shown(action.note, 300)}: {settling(action)}"
        elif action.state in UNDER_WAY:
            what = f"the {SENDING[action.payload.kind]} for {_recipient(action, names)}"
            yield f"{action.called}: {what} {waiting(action)}"
    for changed in result.report.followup.changed:
        name = names.get(PersonId(changed.person), shown(changed.person))
        yield f"proposal {changed.proposal}, {name}: {shown(changed.sentence, 300)}"


def _refusals(result: Result) -> Iterator[str]:
    """What services would not do after the reading; what that has met already is not said again."""
    told = {(each.cause, each.remedy) for each in result.report.readings}
    for each in (*result.report.protected.failures, *result.agendas.failures):
        if (each.cause, each.remedy) not in told:
            yield f"{shown(each.calendar)}: {shown(each.cause)}; {shown(each.remedy)}"
    for error in result.report.proposed.failures:
        yield f"when guests are free: {_with_remedy(error)}"
    for error in result.dispatch.failures:
        if (error.cause, error.remedy) not in told:
            yield f"sending: {_with_remedy(error)}"


def _with_remedy(error: ConnectorError) -> str:
    return shown(str(error)) + (f"; {shown(error.remedy)}" if error.remedy else "")


def _reading_problems(reading: Reading) -> Iterator[str]:
    name = shown(reading.calendar)
    if reading.outcome not in {Outcome.READ, Outcome.UNCHANGED}:
        remedy = f"; {shown(reading.remedy)}" if reading.remedy else ""
        yield f"{name}: {shown(reading.cause)}{remedy}"
    if reading.quarantined:
        first = reading.quarantined[0]
        more = len(reading.quarantined) - 1
        others = f", and {more} more: fika calendars" if more else ""
        yield f"{name}: left out {shown(first.place)}: {shown(first.reason)}{others}"


def _waiting(result: Result, names: Mapping[PersonId, str]) -> Iterator[str]:
    standings = {each.person.id: each for each in result.report.standings}
    new = {each.number for each in result.report.proposed.new} if result.rehearsal else set()
    for proposal in result.waiting:
        draft = proposal.draft
        standing = standings.get(draft.person)
        since = f" ({_since(standing)})" if standing else ""
        number = proposal.number
        look = " (to be proposed)" if number in new else f": fika show {number}"
        yield (
            f"{number}. {names.get(draft.person, draft.person)}{since}: {draft.format},"
            f" {when(proposal.slot.when, result.zone)}{look}"
        )
    if result.withheld:
        yield f"{result.withheld} more that stay on your machine: fika proposals"


def _letter(result: Result) -> tuple[str, ...]:
    return (result.letter,) if result.letter else ()


def _questions(report: DailyReport) -> Iterator[str]:
    for each in report.proposed.unplaced[:_MOST]:
        yield f"{shown(each.question, 200)} {to_answer(each)}".rstrip()


def _answers(report: DailyReport, names: Mapping[PersonId, str]) -> Iterator[str]:
    for each in report.followup.answered:
        said = f": {shown(each.comment)}" if each.comment else ""
        name = names.get(PersonId(each.person), shown(each.person))
        yield f"{name} has {each.answer} (proposal {each.proposal}){said}"


def _changed(result: Result, names: Mapping[PersonId, str]) -> Iterator[str]:
    """What became of proposals, and of what was approved, without the owner's doing."""
    for action in result.dispatch.outcomes:
        if action.state in _UNSENT:
            what = f"the {SENDING[action.payload.kind]} for {_recipient(action, names)}"
            yield f"{action.called}: {what} was not sent: {shown(action.note, 300)}"
    times = {each.number: each.slot.when for each in result.waiting}
    for gone in result.report.proposed.expired:
        name = names.get(gone.person, shown(gone.person))
        yield f"{gone.number}. {name}: taken back. {shown(gone.why, 300)}"
    for moved in result.report.proposed.moved:
        name = names.get(moved.person, shown(moved.person))
        at = f" {when(times[moved.number], result.zone)}" if moved.number in times else ""
        yield f"{moved.number}. {name}: its time is no longer good; it now offers{at or ' another'}"


def _sent(result: Result, names: Mapping[PersonId, str]) -> Iterator[str]:
    for action in result.dispatch.outcomes:
        if action.state is ActionState.SENT:
            yield f"{_recipient(action, names)}: {SENDING[action.payload.kind]}"


def _recipient(action: Action, names: Mapping[PersonId, str]) -> str:
    return names.get(PersonId(action.person), shown(action.payload.recipient))


def _planning(protected: ProtectReport, zone: str) -> Iterator[str]:
    """What has a time by its time, then what has none."""
    told = [
        *((each.when, _PURPOSES[each.purpose]) for each in protected.written),
        *((each.when, "rebooked, a meeting took its old time") for each in protected.rebooked),
        *((each.block.when, f"lost ({each.why})") for each in protected.lost),
    ]
    for at, what in sorted(told):
        yield f"{when(at, zone)}: {what}"
    for missing in protected.no_room:
        period = period_said(missing.period)
        yield f"no room for {_PURPOSES[missing.purpose]}{period and ' '}{period}; {missing.reason}"


def _overdue(standings: Iterable[Standing]) -> Iterator[str]:
    overdue = [each for each in standings if each.overdue]
    for each in overdue[:_MOST]:
        person = each.person
        yield f"{shown(person.name)} ({person.priority}): {_since(each)}"
    if len(overdue) > _MOST:
        yield f"and {len(overdue) - _MOST} more: fika audit --overdue"


def _unasked(result: Result) -> Iterator[str]:
    """How many of the overdue are not proposed; whoever is has a line of their own."""
    told = {each.draft.person for each in result.waiting}
    told |= {PersonId(e.person) for e in result.dispatch.outcomes if e.state in UNDER_WAY}
    codes = [
        each.code
        for each in result.report.proposed.held
        if each.person not in told and each.code is not Hold.ALREADY_PROPOSED
    ]
    later = sum(code in _CAPS for code in codes)
    counts = {"left in peace for now": len(codes) - later, "waiting their turn": later}
    said = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
    if said:
        yield f"of these, {said}: fika why NAME says why"


def _since(standing: Standing) -> str:
    if standing.to_meet:
        return "still to meet"
    return f"{standing.status}, {standing.days_since} days since contact"
