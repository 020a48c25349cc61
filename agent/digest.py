"""What a run has to say to its owner, as sections of short lines; each medium sets them its way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Final, NamedTuple

from agent.daily import DailyReport
from agent.protect import ProtectReport, RefreshReport
from agent.reading import Outcome, Reading
from agent.sending import DispatchReport
from policies.action import Action, ActionKind, ActionState
from policies.block import Purpose
from policies.cadence import Standing, Status
from policies.interval import Interval
from policies.person import PersonId
from policies.proposal import Proposal
from policies.text import shown
from policies.wall import local_datetime, seconds

_MOST: Final = 5
_PURPOSES: Final = {
    Purpose.FIRST: "the first, longer slot",
    Purpose.RHYTHM: "the weekly slot",
    Purpose.REVIEW: "the quarterly review",
}
_DONE: Final = {
    ActionKind.INVITE: "invitation",
    ActionKind.RESCHEDULE: "new time",
    ActionKind.CANCEL: "cancellation",
    ActionKind.REPORT: "report",
}


class Section(NamedTuple):
    """``urgent``: it asks the owner to do something; the other sections tell."""

    heading: str
    lines: tuple[str, ...]
    urgent: bool = False


class Result(NamedTuple):
    """One whole run; ``rehearsal``: nothing of it was really done."""

    report: DailyReport
    dispatch: DispatchReport
    agendas: RefreshReport
    waiting: tuple[Proposal, ...]
    zone: str
    rehearsal: bool = False


def digest(result: Result) -> tuple[Section, ...]:
    """Everything worth saying, what is asked of the owner first; no section without a line."""
    report = result.report
    names = {each.person.id: shown(each.person.name) for each in report.standings}
    sections = (
        Section("Needs you", tuple(_problems(result)), urgent=True),
        Section("Waiting for your yes", tuple(_waiting(result, names)), urgent=True),
        Section("Questions", tuple(_questions(report)), urgent=True),
        Section("Answers", tuple(_answers(report))),
        Section("Sent" if not result.rehearsal else "Would be sent", tuple(_sent(result, names))),
        Section("Time put aside", tuple(_planning(report.protected, result.zone))),
        Section("Most overdue", tuple(_overdue(report.standings))),
    )
    return tuple(each for each in sections if each.lines)


def is_news(result: Result) -> bool:
    """Whether anything happened that is worth a message of its own."""
    report, protected = result.report, result.report.protected
    return bool(
        report.proposed.new
        or report.proposed.expired
        or report.followup.answered
        or report.followup.changed
        or protected.written
        or protected.rebooked
        or protected.lost
        or any(each.state is ActionState.SENT for each in result.dispatch.outcomes)
        or any(True for _ in _problems(result))
    )


def summary(readings: Iterable[Reading], standings: Iterable[Standing]) -> str:
    """One line: what was read, and how everyone stands."""
    read = tuple(readings)
    entries = sum(each.total for each in read)
    calendars = "1 calendar" if len(read) == 1 else f"{len(read)} calendars"
    counts = dict.fromkeys(Status, 0)
    for each in standings:
        counts[each.status] += 1
    people = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    return f"{calendars}, {entries} entries; {people or 'nobody listed yet'}"


def when(interval: Interval, zone: str) -> str:
    """`Tue 1 Dec 09:30-10:15` on the owner's clock."""
    start = local_datetime(seconds(interval.start), zone)
    end = local_datetime(seconds(interval.end), zone)
    return f"{_day(start)} {start:%H:%M}-{end:%H:%M}"


def _problems(result: Result) -> Iterator[str]:
    for reading in result.report.readings:
        yield from _reading_problems(reading)
    for sentence in result.report.freshness.stale:
        yield f"{sentence}: nothing is proposed or sent until it is read"
    for failure in result.report.protected.failures:
        yield f"{shown(failure.calendar)}: {shown(failure.cause)}; {shown(failure.remedy)}"
    for error in result.dispatch.failures:
        yield f"sending: {shown(str(error))}" + (f"; {shown(error.remedy)}" if error.remedy else "")
    for action in result.dispatch.outcomes:
        if action.state is ActionState.NEEDS_REVIEW:
            yield f"proposal {action.proposal}: {shown(action.note)}: fika settle {action.proposal}"
    for changed in result.report.followup.changed:
        yield f"proposal {changed.proposal}: {shown(changed.sentence)}"


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
    for proposal in result.waiting:
        draft = proposal.draft
        standing = standings.get(draft.person)
        since = f" ({_since(standing)})" if standing else ""
        yield (
            f"{proposal.number}. {names.get(draft.person, draft.person)}{since}: {draft.format},"
            f" {when(proposal.slot.when, result.zone)}: fika show {proposal.number}"
        )


def _questions(report: DailyReport) -> Iterator[str]:
    for each in report.proposed.unplaced[:_MOST]:
        yield shown(each.question, 200)


def _answers(report: DailyReport) -> Iterator[str]:
    for each in report.followup.answered:
        said = f": {shown(each.comment)}" if each.comment else ""
        yield f"{shown(each.person)} {each.answer} (proposal {each.proposal}){said}"


def _sent(result: Result, names: Mapping[PersonId, str]) -> Iterator[str]:
    for action in result.dispatch.outcomes:
        if action.state is ActionState.SENT:
            yield f"{_recipient(action, names)}: {_DONE[action.payload.kind]}"


def _recipient(action: Action, names: Mapping[PersonId, str]) -> str:
    return names.get(PersonId(action.person), shown(action.payload.recipient))


def _planning(protected: ProtectReport, zone: str) -> Iterator[str]:
    for written in protected.written:
        yield f"{when(written.when, zone)}: {_PURPOSES[written.purpose]}"
    for moved in protected.rebooked:
        yield f"{when(moved.when, zone)}: rebooked, a meeting took its old time"
    for lost in protected.lost:
        yield f"{when(lost.block.when, zone)}: lost ({lost.why})"
    for missing in protected.no_room:
        yield f"{missing.period}: no room for {_PURPOSES[missing.purpose]}; {missing.reason}"


def _overdue(standings: Iterable[Standing]) -> Iterator[str]:
    overdue = [each for each in standings if each.overdue]
    for each in overdue[:_MOST]:
        person = each.person
        yield f"{shown(person.name)} ({person.priority}): {_since(each)}"
    if len(overdue) > _MOST:
        yield f"and {len(overdue) - _MOST} more: fika audit"


def _since(standing: Standing) -> str:
    if standing.to_meet:
        return "still to meet"
    return f"{standing.status}, {standing.days_since} days since contact"


def _day(day: date | datetime) -> str:
    return f"{day:%a} {day.day} {day:%b}"
