"""Who may be proposed now. Respect for other people's time is a set of limits, never a weight.

All days are whole days of the owner's calendar. A limit of n days that began on day d ends with
day d + n: on that day the person may be proposed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from policies.audit.cadence import Standing, ranked
from policies.memory.favour import Favour, gives_first_since, unreturned
from policies.memory.promise import Promise, worst_broken
from policies.people.person import Format, PersonId
from policies.proposal import Answer, ProposalState
from policies.quiet import quiet_until
from policies.rules import EtiquetteRules
from policies.spoken import counted, long_day


class Hold(StrEnum):
    """Why someone overdue is not proposed."""

    PAUSED = "paused"
    QUIET = "quiet"
    DO_NOT_CONTACT = "do-not-contact"
    NOT_BEFORE = "not-before"
    SNOOZED = "snoozed"
    ALREADY_PROPOSED = "already-proposed"
    MEETING_BOOKED = "meeting-booked"
    ANSWER_DUE = "answer-due"
    PROMISE_BROKEN = "promise-broken"
    ENOUGH_THIS_YEAR = "enough-this-year"
    COOLDOWN = "cooldown"
    DECLINED = "declined"
    TURNED_DOWN = "turned-down"
    GIVE_FIRST = "give-first"
    SILENT = "silent"
    ASK_OWNER = "ask-owner"
    WEEKLY_CAP = "weekly-cap"
    RUN_CAP = "run-cap"
    DORMANT_CAP = "dormant-cap"


class Held(NamedTuple):
    """Someone overdue who is left in peace, and why, in a sentence for the owner."""

    person: PersonId
    code: Hold
    sentence: str


class Approach(NamedTuple):
    """An earlier proposal to a person, as far as manners go.

    ``made`` is the day it was proposed to the owner, ``meets`` the day of its chosen slot,
    ``sent`` and ``answered`` the days it left and was answered, ``None`` when it was not.
    """

    number: int
    state: ProposalState
    made: date
    meets: date
    sent: date | None = None
    answer: Answer = Answer.NONE
    answered: date | None = None
    format: Format = Format.COFFEE

    @property
    def is_sent(self) -> bool:
        return self.state is ProposalState.SENT


class Past(NamedTuple):
    """What passed between owner and person: proposals, oldest first, and contacts in a year.

    ``promises`` and ``favours`` are all there ever were between the two.
    """

    approaches: tuple[Approach, ...] = ()
    contacts_in_a_year: int = 0
    promises: tuple[Promise, ...] = ()
    favours: tuple[Favour, ...] = ()

    @property
    def last_format(self) -> Format | None:
        """How the last invitation that went out asked to meet."""
        return next((each.format for each in reversed(self.approaches) if each.is_sent), None)


class Admission(NamedTuple):
    """Who may be proposed now, by rank, and who is overdue but held back, by rank."""

    admitted: tuple[Standing, ...]
    held: tuple[Held, ...]


class Room(NamedTuple):
    """How many more proposals may be made now, and which cap says so."""

    left: int
    cap: Hold


_WAITING = (ProposalState.OPEN, ProposalState.APPROVED)
_TURNED_DOWN = (ProposalState.REJECTED, ProposalState.CANCELLED)
_UNREFUSED = (Answer.NONE, Answer.ACCEPTED, Answer.TENTATIVE)


def admit(
    standings: Iterable[Standing],
    past: Mapping[PersonId, Past],
    rules: EtiquetteRules,
    *,
    paused_until: date | None = None,
) -> Admission:
    """Sort the overdue into those who may be proposed today and those who may not yet.

    ``paused_until`` is the first day the whole program may propose again. Of several reasons
    to hold someone back the weightiest is given.
    """
    admitted: list[Standing] = []
    held: list[Held] = []
    for one in ranked(each for each in standings if each.overdue):
        asked = _Asked(one, past.get(one.person.id, Past()), rules, paused_until)
        found = next(filter(None, (check(asked) for check in _CHECKS)), None)
        if found is None:
            admitted.append(one)
        else:
            held.append(Held(one.person.id, *found))
    return Admission(tuple(admitted), tuple(held))


def room(made: Iterable[date], rules: EtiquetteRules, today: date) -> Room:
    """How many may be proposed now, after those ``made`` on these days, whatever became of them.

    A second run on the same day fills up what the first left of its cap, and no more, so that
    running twice is the same as running once. Weeks are ISO weeks.
    """
    days = list(made)
    in_week = rules.per_week - sum(d.isocalendar()[:2] == today.isocalendar()[:2] for d in days)
    in_run = rules.per_run - days.count(today)
    cap = Hold.WEEKLY_CAP if in_week <= in_run else Hold.RUN_CAP
    return Room(max(min(in_week, in_run), 0), cap)


def beyond(standings: Sequence[Standing], cap: Hold, rules: EtiquetteRules) -> tuple[Held, ...]:
    """Those for whom no room is left under ``cap``."""
    limit, span = (rules.per_week, "week") if cap is Hold.WEEKLY_CAP else (rules.per_run, "day")
    sentence = f"At most {limit} are proposed in a {span}; others come first."
    return tuple(Held(each.person.id, cap, sentence) for each in standings)


class _Asked(NamedTuple):
    standing: Standing
    past: Past
    rules: EtiquetteRules
    paused_until: date | None

    @property
    def name(self) -> str:
        return self.standing.person.name

    def until(self, start: date, wait: timedelta) -> date | None:
        """The day the wait ends, ``None`` when it has."""
        end = start + min(wait, date.max - start)
        return end if self.standing.today < end else None


_Found = tuple[Hold, str] | None


def _paused(asked: _Asked) -> _Found:
    if asked.paused_until is None or asked.standing.today >= asked.paused_until:
        return None
    until = "" if asked.paused_until == date.max else f" until {long_day(asked.paused_until)}"
    return Hold.PAUSED, f"Fika is paused{until}."


def _quiet(asked: _Asked) -> _Found:
    until = quiet_until(asked.rules.quiet, asked.standing.today)
    if until is None:
        return None
    return Hold.QUIET, f"You keep this time quiet: nothing before {long_day(until)}."


def _boundaries(asked: _Asked) -> _Found:
    person, today = asked.standing.person, asked.standing.today
    limits = person.boundaries
    if limits.do_not_contact:
        return Hold.DO_NOT_CONTACT, f"You asked not to contact {person.name}."
    if limits.not_before is not None and today < limits.not_before:
        return Hold.NOT_BEFORE, f"Not before {long_day(limits.not_before)}, as you asked."
    if person.snoozed_until is not None and today < person.snoozed_until:
        return Hold.SNOOZED, f"Snoozed until {long_day(person.snoozed_until)}."
    return None


def _proposed(asked: _Asked) -> _Found:
    for each in asked.past.approaches:
        if each.state in _WAITING:
            return Hold.ALREADY_PROPOSED, f"Proposal {each.number} is waiting for you."
    return None


def _booked(asked: _Asked) -> _Found:
    today = asked.standing.today
    booked = asked.standing.next
    if booked is not None:
        return Hold.MEETING_BOOKED, f"You meet on {long_day(booked)} already."
    for each in asked.past.approaches:
        if each.is_sent and each.answer in _UNREFUSED and each.meets >= today:
            return Hold.MEETING_BOOKED, f"They are invited for {long_day(each.meets)} already."
    return None


def _answer_due(asked: _Asked) -> _Found:
    """A guest who named another time waits for the owner, not for the next invitation."""
    last = _last_sent(asked)
    if last is None or last.answer is not Answer.COUNTERED or _met_since(asked, last):
        return None
    if asked.until(last.answered or last.meets, asked.rules.after_silence) is None:
        return None
    return (
        Hold.ANSWER_DUE,
        f"{asked.name} named another time in answer to proposal {last.number}: answer that first.",
    )


def _broken(asked: _Asked) -> _Found:
    """Who waits for something promised does not want to be asked for more."""
    broken = worst_broken(asked.past.promises, asked.standing.today)
    if broken is None or broken.due is None:
        return None
    sentence = (
        f"You promised {asked.name} {broken.what} by {long_day(broken.due)}. Will you keep it,"
        f" or let it go? fika promises kept {broken.number}, fika promises let-go {broken.number}"
    )
    return Hold.PROMISE_BROKEN, sentence


def _give_first(asked: _Asked) -> _Found:
    """A balance that only takes is mended by giving: a letter that offers something may go, once.

    Where nothing is noted that it could offer, the owner is asked for it.
    """
    since = gives_first_since(asked.past.favours, asked.rules.asks_before_giving)
    if since is None:
        return None
    person, last = asked.standing.person, _last_sent(asked)
    gave = f"fika favours gave {person.id} WHAT"
    if last is not None and last.made > since:
        sentence = f"Proposal {last.number} was to offer {asked.name} something. Did you give it?"
        return Hold.GIVE_FIRST, f"{sentence} {gave}"
    if any(map(str.strip, person.to_give)):
        return None
    asks = counted(len(unreturned(asked.past.favours)), "thing")
    sentence = (
        f"You asked {asked.name} for {asks} and gave nothing since. What could you give? The letter"
        f" offers what you note with fika people edit {person.id} --to-give WHAT; given already:"
        f" {gave}"
    )
    return Hold.GIVE_FIRST, sentence


def _year(asked: _Asked) -> _Found:
    """Meetings of the past year and unanswered or refused invitations both count."""
    most = asked.standing.person.boundaries.at_most_a_year
    if most is None:
        return None
    since = asked.standing.today - timedelta(days=365)
    asked_only = sum(
        each.answer in (Answer.DECLINED, Answer.COUNTERED) and (each.sent or each.made) > since
        for each in asked.past.approaches
        if each.is_sent
    )
    if asked.past.contacts_in_a_year + asked_only < most:
        return None
    return Hold.ENOUGH_THIS_YEAR, f"{_times(most)} a year is as often as you want to ask."


def _cooldown(asked: _Asked) -> _Found:
    last = asked.standing.last
    until = asked.until(last, asked.rules.cooldown) if last else None
    if last is None or until is None:
        return None
    return Hold.COOLDOWN, f"You met on {long_day(last)}: nothing before {long_day(until)}."


def _declined(asked: _Asked) -> _Found:
    last = _last_sent(asked)
    if last is None or last.answer is not Answer.DECLINED or _met_since(asked, last):
        return None
    until = asked.until(last.answered or last.meets, asked.rules.after_decline)
    if until is None:
        return None
    return (
        Hold.DECLINED,
        f"{asked.name} said no to proposal {last.number}: nothing before {long_day(until)}.",
    )


def _turned_down(asked: _Asked) -> _Found:
    """What the owner did not want today they do not want tomorrow either."""
    for each in reversed(asked.past.approaches):
        until = asked.until(each.made, asked.rules.cooldown)
        if each.state in _TURNED_DOWN and until:
            verb = "rejected" if each.state is ProposalState.REJECTED else "called off"
            return (
                Hold.TURNED_DOWN,
                f"You {verb} proposal {each.number}: nothing before {long_day(until)}.",
            )
    return None


def _silent(asked: _Asked) -> _Found:
    """The wait doubles with every further silence, and in the end only the owner can tell."""
    silences = _silences(asked)
    if not silences:
        return None
    count, last = len(silences), silences[-1]
    unanswered = f"{_invitations(count)} to {asked.name} had no answer"
    if count >= asked.rules.silences_before_asking:
        log = f"fika log {asked.standing.person.id}"
        question = "Is another way better? Fika asks again once you log contact"
        return Hold.ASK_OWNER, f"{unanswered}. {question}: {log}"
    until = asked.until(last.sent or last.made, asked.rules.after_silence * 2 ** (count - 1))
    return (Hold.SILENT, f"{unanswered}: nothing before {long_day(until)}.") if until else None


_CHECKS: tuple[Callable[[_Asked], _Found], ...] = (
    _paused,
    _quiet,
    _boundaries,
    _proposed,
    _booked,
    _answer_due,
    _broken,
    _year,
    _cooldown,
    _declined,
    _turned_down,
    _give_first,
    _silent,
)


def _last_sent(asked: _Asked) -> Approach | None:
    return next((each for each in reversed(asked.past.approaches) if each.is_sent), None)


def _met_since(asked: _Asked, approach: Approach) -> bool:
    last = asked.standing.last
    return last is not None and last > (approach.answered or approach.meets)


def _silences(asked: _Asked) -> list[Approach]:
    """The unanswered invitations since the last sign of life, oldest first.

    An invitation nobody answered is taken to have been kept, so the day it was for is no sign
    of life; any other contact since is, and so is any answer.
    """
    silent: list[Approach] = []
    for each in reversed(asked.past.approaches):
        if each.is_sent:
            if each.answer is not Answer.NONE:
                break
            silent.append(each)
    offered = {each.meets for each in silent}
    last = asked.standing.last
    if last is not None and last not in offered:
        silent = [each for each in silent if (each.sent or each.made) > last]
    return silent[::-1]


def _times(count: int) -> str:
    return {1: "Once", 2: "Twice"}.get(count, f"{count} times")


def _invitations(count: int) -> str:
    return "An invitation" if count == 1 else f"{count} invitations"
