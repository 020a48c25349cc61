"""Gathers what to look at before a coffee; `policies.memory.brief` says it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from agent.errors import UsageProblem
from agent.plan import goals as plan
from agent.relationships import circles
from agent.relationships import people as folk
from agent.relationships.aftermath import coffees
from agent.relationships.audit import status_of
from agent.settings import Settings
from agent.store import memory, memory_meetings, people, proposals
from agent.store.database import Database
from agent.store.meetings import Meeting, history
from agent.store.memory_meetings import Alone
from policies.audit.evidence import Strength
from policies.calendar.event import Visibility
from policies.memory.brief import BriefFacts, Coming, Met
from policies.people.person import Person
from policies.proposal import Answer, Proposal, ProposalState
from policies.spoken import day_said
from policies.text import shown
from policies.wall import local_date, local_datetime, local_day, seconds

_NUMBER = re.compile(r"[0-9]{1,9}")
_AHEAD = timedelta(days=400)
_MET = 3


def of_words(db: Database, settings: Settings, words: str, now: datetime) -> BriefFacts:
    """The brief for a person, before their next coffee, or for the proposal of this number.

    Raises:
        UsageProblem: nobody is meant, or several are; there is no such proposal.
    """
    if _NUMBER.fullmatch(words) and not people.find(db, words):
        proposal = proposals.get(db, int(words))
        person = people.get(db, proposal.draft.person) if proposal else None
        if proposal is None or person is None:
            raise UsageProblem(f"there is no proposal {shown(words)}", "see `fika proposals`")
        return _facts(db, settings, person, _proposed(proposal, settings, now), now)
    person = folk.one(db, words)
    now_s = seconds(now)
    ahead = memory_meetings.alone(db, now_s, now_s + _AHEAD // timedelta(seconds=1))
    coming = next((each for each in coffees(ahead) if each.person == person.id), None)
    return _facts(db, settings, person, coming and _coming(coming, settings, now), now)


def of_coffees(
    db: Database, settings: Settings, found: Iterable[Alone], now: datetime
) -> tuple[BriefFacts, ...]:
    """A brief for each of these."""
    return tuple(
        _facts(db, settings, person, _coming(each, settings, now), now)
        for each in found
        if (person := people.get(db, each.person)) is not None
    )


def _facts(
    db: Database, settings: Settings, person: Person, coming: Coming | None, now: datetime
) -> BriefFacts:
    ground = circles.shared_ground(db, settings, person, now)
    return BriefFacts(
        standing=status_of(db, settings, person, now),
        coming=coming,
        met=_met(history(db, person.id), settings, now),
        promises=memory.promises_by_person(db).get(person.id, ()),
        thanks=tuple(each for each in memory.thanks(db) if each.person == person.id),
        favours=memory.favours_by_person(db).get(person.id, ()),
        goals=tuple(
            goal.title
            for goal in plan.every(db)
            if goal.is_open and any(each.person == person.id for each in goal.helpers)
        ),
        news=memory.news(db),
        unanswered=_unanswered(db, person),
        asks_before_giving=settings.rules.etiquette.asks_before_giving,
        ground=tuple(f"{each.what}{f' ({each.why})' if each.why else ''}" for each in ground),
    )


def _unanswered(db: Database, person: Person) -> int:
    """How many of the last invitations had no answer."""
    sent = [e for e in proposals.listed(db, ProposalState.SENT) if e.draft.person == person.id]
    silent = takewhile(lambda each: each.answer is Answer.NONE, reversed(sent))
    return sum(1 for _ in silent)


def _met(found: Sequence[Meeting], settings: Settings, now: datetime) -> tuple[Met, ...]:
    past = (e for e in found if e.is_past(seconds(now)) and e.strength is Strength.CONTACT)
    return tuple(
        Met(local_day(each.start_s, settings.owner.zone), _called(each))
        for each, _ in zip(past, range(_MET), strict=False)
    )


def _called(each: Meeting) -> str:
    """Its title, unless the calendar calls it private: a brief is mailed in the digest."""
    if each.event is None:
        return each.what
    return each.event.summary if each.event.visibility is Visibility.PUBLIC else "in private"


def _coming(each: Alone, settings: Settings, now: datetime) -> Coming:
    return Coming(each.named, _when(each.start_s, settings, now), shown(each.place))


def _proposed(proposal: Proposal, settings: Settings, now: datetime) -> Coming:
    slot = proposal.slot
    when = _when(seconds(slot.when.start), settings, now)
    return Coming(proposal.draft.format, when, shown(slot.place))


def _when(start_s: int, settings: Settings, now: datetime) -> str:
    """`Tue 3 Mar at 09:30` on the owner's clock."""
    local = local_datetime(start_s, settings.owner.zone)
    return f"{day_said(local.date(), local_date(now, settings.owner.zone))} at {local:%H:%M}"
