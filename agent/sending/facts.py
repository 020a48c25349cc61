"""What the last gate decides on, gathered from the ledger, the people and the calendars.

Called inside a transaction, it sees exactly what that transaction sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain

from agent.sending.suspension import standstill
from agent.settings import CalendarSettings, Settings, SourceKind
from agent.store import actions, blocks, calendars, elapsed, people, runs, sendings, skew
from agent.store.database import Database
from agent.store.pause import paused_until
from connectors.port import SETTLES
from policies.interval import Interval
from policies.people.identity import SEVERAL_READERS, doubts, sentence
from policies.people.person import Person, PersonId
from policies.sending.action import Action, ActionKind, ActionState
from policies.sending.gate import CalendarAge, Facts, again_after
from policies.slots.allowing import rules_for
from policies.slots.availability import busy_times
from policies.wall import local_date, moment, seconds

_DAY = timedelta(hours=24)


def gathered(
    db: Database, settings: Settings, action: Action, now: datetime, *, run: int, stopped: bool
) -> Facts:
    """Everything there is to know about sending ``action`` at this moment."""
    person = people.get(db, PersonId(action.person))
    addresses = {action.payload.recipient, *(person.addresses if person else ())}
    kind, calendar = action.payload.kind, action.payload.calendar
    counted = elapsed.counted(db.meta(elapsed.NAME), now)
    since = counted - again_after(kind, settings.rules)
    given = actions.counted_yes(db, action.id)
    return Facts(
        now=now,
        payload=action.payload,
        stored_digest=action.payload_digest,
        consent=actions.consent(db, action.id),
        aged=counted - given if given else timedelta(),
        rules=settings.rules,
        stopped=stopped,
        suspended=standstill(db, settings, calendar, now, action.payload.channel),
        last_run=runs.before(db, run),
        ahead=skew.ahead(db, {each.name for each in settings.calendars}),
        paused_until=paused_until(db),
        guest_problem=report_problem(person, action.payload.recipient)
        if kind is ActionKind.REPORT
        else guest_problem(settings, person, action.payload.recipient, now),
        calendars=tuple(ages(db, settings)),
        taken=() if kind is ActionKind.REPORT else taken(db, settings, action, person),
        sent_in_run=sendings.sent_in_run(db, run),
        sent_in_day=sendings.sent_since(db, counted - _DAY),
        sent_to_guest=sendings.sent_to(
            db, kind, addresses, since, person=action.person, besides=action.id
        ),
    )


def guest_problem(settings: Settings, person: Person | None, address: str, now: datetime) -> str:
    """Why this address may not be written to, in a sentence; empty when it may."""
    if person is None:
        return "the person is no longer on your list"
    if address not in person.addresses:
        return f"{address} is not an address of {person.name}"
    if address in settings.owner.addresses:
        return f"{address} is your own address"
    if person.boundaries.do_not_contact:
        return f"{person.name} is marked as not to be contacted"
    not_before = person.boundaries.not_before
    if not_before is not None and local_date(now, settings.owner.zone) < not_before:
        return f"{person.name} is not to be contacted before {not_before.isoformat()}"
    return _shared_problem(address)


def report_problem(person: Person | None, address: str) -> str:
    """Why nobody may be sent a report at this address; the reader need not be on the list."""
    if person is not None and person.boundaries.do_not_contact:
        return f"{person.name} is marked as not to be contacted"
    return _shared_problem(address)


def _shared_problem(address: str) -> str:
    shared = [each for each in doubts(address) if each in SEVERAL_READERS]
    return f"{address}: {sentence(shared[0])}" if shared else ""


def taken(
    db: Database, settings: Settings, action: Action, person: Person | None
) -> tuple[Interval, ...]:
    """The owner's time around the meeting that is not free, the meeting's own entries left out.

    What the calendars showed when they were last read, without what was called off and removed
    since, and what was promised since: other meetings that are approved or sent, and planning
    slots. An entry of the same proposal that was not sent after all is removed, which no reading
    may have seen yet. What the owner allows for this person does not count.
    """
    when, rules = action.payload.when, settings.rules.slots
    rules = rules_for(person, rules) if person else rules
    seen = _Seen(calendars.calendars(db))
    own = {each.payload.uid for each in actions.of_proposal(db, action.proposal)}
    gone = own | set(_freed(db, seen))
    rows = calendars.busy(db, _busy_names(settings), seconds(when.start), seconds(when.end))
    shown = tuple(
        each.when
        for each in busy_times(rows)
        if each.uid not in gone
        and (rules.tentative_blocks or not each.tentative)
        and (rules.all_day_busy_blocks or not each.all_day)
    )
    return (*shown, *_promised(db, action, seen), *blocks.protected(db))


class _Seen:
    """What a reading of its calendar has seen for certain, of all that was done there."""

    def __init__(self, rows: Iterable[calendars.CalendarRow]) -> None:
        lag_s = int(SETTLES.total_seconds())
        self._until_s = {each.name: max((each.read_at_s or 0) - lag_s, 0) for each in rows}

    @property
    def all_until(self) -> datetime:
        """What happened before then, every calendar shows."""
        return moment(min(self._until_s.values(), default=0))

    def of(self, action: Action) -> bool:
        return self._until_s.get(action.payload.calendar, 0) > seconds(action.updated)


def _promised(db: Database, besides: Action, seen: _Seen) -> tuple[Interval, ...]:
    """The times of other meetings whose entries a reading may not have seen yet.

    What was sent takes the place of what was sent before; what is under way may yet fail, and then
    the time before it holds.
    """
    times: dict[str, list[Interval]] = {}
    for action in actions.promised(db, seen.all_until):
        payload, sent = action.payload, action.state is ActionState.SENT
        if sent and seen.of(action):
            continue
        meeting = times.setdefault(payload.uid, [])
        if sent:
            meeting.clear()
        if payload.kind is not ActionKind.CANCEL:
            meeting.append(payload.when)
    times.pop(besides.payload.uid, None)
    return tuple(chain.from_iterable(times.values()))


def _freed(db: Database, seen: _Seen) -> Iterator[str]:
    """Meetings whose entries are gone since their calendar was read, by UID."""
    return (each.payload.uid for each in actions.freed(db, seen.all_until) if not seen.of(each))


def ages(db: Database, settings: Settings) -> Iterator[CalendarAge]:
    rows = {each.name: each for each in calendars.calendars(db)}
    for each in settings.calendars:
        if not each.busy:
            continue
        row = rows.get(each.name)
        read_at = None if row is None or row.read_at_s is None else moment(row.read_at_s)
        content_s = row.content_at_s if row is not None and _ages_with_content(each) else None
        yield CalendarAge(each.name, read_at, None if content_s is None else moment(content_s))


def _ages_with_content(calendar: CalendarSettings) -> bool:
    """Whether the age of its content matters: of a file that no program keeps fresh."""
    return calendar.kind is SourceKind.ICS and not calendar.synced


def _busy_names(settings: Settings) -> tuple[str, ...]:
    return tuple(each.name for each in settings.calendars if each.busy)
