"""The last gate: whether an approved action may go ahead at this moment.

It is asked inside the very transaction that acts on its answer, with facts read there, so that
nothing can change between the question and the act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from policies.frozen import frozen
from policies.hours import written_length
from policies.interval import Interval
from policies.rules import Rules
from policies.sending.action import MEETS, ActionKind, Ceiling, Payload

SKEW: Final = timedelta(minutes=10)
"""How far the ledger, or what a service tells, may lie from the clock before it is not believed."""
_REPORT_AGAIN: Final = timedelta(days=1)


class Stage(StrEnum):
    """What the answer is for."""

    APPROVE = "approve"  # may the owner approve it
    HOLD = "hold"  # may its time be held in the owner's calendar
    SEND = "send"  # may it go out: this uses the approval up and counts against the limits
    AGAIN = "again"  # it passed SEND, then stood still before anything went out


class Verdict(StrEnum):
    """What to do: go ahead, leave it for a later run, or end it."""

    GO = "go"
    WAIT = "wait"
    EXPIRE = "expire"
    CANCEL = "cancel"


class Objection(StrEnum):
    """What stands in the way."""

    STOPPED = "stopped"
    SUSPENDED = "suspended"
    CLOCK = "clock"
    NO_APPROVAL = "no-approval"
    NOT_AS_APPROVED = "not-as-approved"
    APPROVAL_USED = "approval-used"
    APPROVAL_EXPIRED = "approval-expired"
    GUEST = "guest"
    TOO_LATE = "too-late"
    PAUSED = "paused"
    UNREAD = "unread"
    OLD_CONTENT = "old-content"
    TAKEN = "taken"
    GUEST_LIMIT = "guest-limit"
    RUN_LIMIT = "run-limit"
    DAY_LIMIT = "day-limit"


class Decision(NamedTuple):
    """The verdict; unless it is to go, the objection and a sentence for the owner."""

    verdict: Verdict
    objection: Objection | None = None
    sentence: str = ""


class CalendarAge(NamedTuple):
    """A calendar whose events take the owner's time.

    ``read_at`` is the last successful reading, ``None`` for never; ``content_at`` when the source
    itself last changed, ``None`` where its age says nothing (a live or synced source).
    """

    name: str
    read_at: datetime | None
    content_at: datetime | None


class Consent(NamedTuple):
    """The owner's yes as the ledger holds it; ``old_content_ok``: to calendars known to be old."""

    digest: str
    given: datetime
    expires: datetime
    used: bool
    old_content_ok: bool

    @property
    def valid(self) -> timedelta:
        """How long it lasts, whatever was set when it was given."""
        return min(self.expires - self.given, Ceiling.APPROVAL)


@frozen
class Facts:
    """All that is known at this moment.

    ``stored_digest`` stands beside the payload in the ledger. ``aged`` is how long ago the yes was
    given by the ledger's own clock, as far as that knows. ``suspended`` says why nothing may
    be written to its calendar or sent by its channel now, empty when it may. ``last_run`` is when
    the run before this one began, by the clock as it was then; ``None`` for none. ``ahead`` is how
    far the clock is ahead of the calendars' services (negative: behind), zero where none tells.
    ``guest_problem`` says why the recipient may not be written to, empty when they may. ``taken``
    is the owner's busy time without this meeting's own hold. The last three count what went out:
    with this run, within the last 24 hours (what the ledger dates in the future included, so that
    a clock set back forgets nothing), and how often this guest got the same kind within the time
    of `again_after`.
    """

    now: datetime
    payload: Payload
    stored_digest: str
    consent: Consent | None
    rules: Rules
    aged: timedelta = timedelta()
    stopped: bool = False
    suspended: str = ""
    last_run: datetime | None = None
    ahead: timedelta = timedelta()
    paused_until: datetime | None = None
    guest_problem: str = ""
    calendars: tuple[CalendarAge, ...] = ()
    taken: tuple[Interval, ...] = ()
    sent_in_run: int = 0
    sent_in_day: int = 0
    sent_to_guest: int = 0

    @property
    def meets(self) -> bool:
        """Whether it asks the guest for time; calling a meeting off is held to less."""
        return self.payload.kind in MEETS

    @property
    def begins(self) -> bool:
        """Whether it is the first the guest hears of it; only that is held to the owner's caps."""
        return self.payload.kind in {ActionKind.INVITE, ActionKind.REPORT}


def again_after(kind: ActionKind, rules: Rules) -> timedelta:
    """How long nobody gets a second one of this kind; zero: as soon as there is one."""
    between = max(rules.sending.per_person, Ceiling.PER_PERSON)
    return {ActionKind.INVITE: between, ActionKind.REPORT: _REPORT_AGAIN}.get(kind, timedelta())


def decide(facts: Facts, stage: Stage) -> Decision:
    """The first objection of those that count at this stage; to go when there is none."""
    for check in _CHECKS[stage]:
        found = check(facts)
        if found is not None:
            return found
    return Decision(Verdict.GO)


def as_of(facts: Facts) -> tuple[CalendarAge, ...]:
    """The calendars that show an old state, so that approving needs a second question."""
    return tuple(
        each
        for each in facts.calendars
        if each.content_at is not None
        and facts.now - each.content_at > facts.rules.sending.fresh_within
        and facts.meets
    )


def _stopped(facts: Facts) -> Decision | None:
    if not facts.stopped:
        return None
    return Decision(Verdict.WAIT, Objection.STOPPED, "there is a STOP file: nothing is sent")


def _awake(facts: Facts) -> Decision | None:
    if not facts.suspended:
        return None
    return Decision(Verdict.WAIT, Objection.SUSPENDED, facts.suspended)


def ahead_said(ahead: timedelta) -> str:
    """`this machine's clock is 15m behind your calendars' services`, to the minute."""
    minute, way = timedelta(minutes=1), "ahead of" if ahead > timedelta() else "behind"
    off = written_length(minute * round(abs(ahead) / minute))
    return f"this machine's clock is {off} {way} your calendars' services"


def _clock(facts: Facts) -> Decision | None:
    if abs(facts.ahead) > SKEW:
        return Decision(Verdict.WAIT, Objection.CLOCK, ahead_said(facts.ahead))
    known = [each.read_at for each in facts.calendars if each.read_at is not None]
    if facts.consent is not None:
        known.append(facts.consent.given)
    if facts.last_run is not None:
        known.append(facts.last_run)
    if max(known, default=facts.now) - facts.now <= SKEW:
        return None
    return Decision(
        Verdict.WAIT, Objection.CLOCK, "this machine's clock has been set back: check it"
    )


def _consent(facts: Facts) -> Decision | None:
    if facts.consent is None:
        return Decision(Verdict.CANCEL, Objection.NO_APPROVAL, "it was never approved")
    if not facts.payload.digest == facts.stored_digest == facts.consent.digest:
        return Decision(
            Verdict.CANCEL, Objection.NOT_AS_APPROVED, "it is no longer what was approved"
        )
    return None


def _unused(facts: Facts) -> Decision | None:
    if facts.consent is None or not facts.consent.used:
        return None
    return Decision(Verdict.CANCEL, Objection.APPROVAL_USED, "its approval was used already")


def _unexpired(facts: Facts) -> Decision | None:
    yes = facts.consent
    if yes is None or max(facts.now - yes.given, facts.aged) < yes.valid:
        return None
    sentence = f"its approval is older than {written_length(yes.valid)}"
    return Decision(Verdict.EXPIRE, Objection.APPROVAL_EXPIRED, sentence)


def _guest(facts: Facts) -> Decision | None:
    if not facts.guest_problem or facts.payload.kind is ActionKind.CANCEL:
        return None
    return Decision(Verdict.CANCEL, Objection.GUEST, facts.guest_problem)


def _in_time(facts: Facts) -> Decision | None:
    if facts.payload.kind is ActionKind.REPORT:
        return None
    when, notice = facts.payload.when, facts.rules.slots.minimum_notice
    if not facts.meets:
        over = facts.now >= when.end
        late = Decision(Verdict.EXPIRE, Objection.TOO_LATE, "the meeting is over")
        return late if over else None
    if when.start - facts.now >= notice:
        return None
    sentence = f"its time is less than {written_length(notice)} away"
    return Decision(Verdict.EXPIRE, Objection.TOO_LATE, sentence)


def _unpaused(facts: Facts) -> Decision | None:
    if facts.paused_until is None or facts.now >= facts.paused_until:
        return None
    if facts.payload.kind is ActionKind.CANCEL:
        return None
    return Decision(Verdict.WAIT, Objection.PAUSED, "Fika is paused")


def _read(facts: Facts) -> Decision | None:
    limit = min(facts.rules.sending.fresh_within, Ceiling.UNREAD)
    for each in facts.calendars if facts.meets else ():
        if each.read_at is None or facts.now - each.read_at > limit:
            since = "yet" if each.read_at is None else f"for {written_length(limit)}"
            sentence = f"the calendar {each.name} could not be read {since}"
            return Decision(Verdict.WAIT, Objection.UNREAD, sentence)
    return None


def _content(facts: Facts) -> Decision | None:
    old = as_of(facts)
    if not old or (facts.consent is not None and facts.consent.old_content_ok):
        return None
    sentence = f"the calendar {old[0].name} has not changed for {_length(facts, old[0])}"
    return Decision(Verdict.WAIT, Objection.OLD_CONTENT, sentence)


def _free(facts: Facts) -> Decision | None:
    if not facts.meets or not any(facts.payload.when.overlaps(each) for each in facts.taken):
        return None
    return Decision(Verdict.EXPIRE, Objection.TAKEN, "its time is no longer free")


def _guest_limit(facts: Facts) -> Decision | None:
    span = again_after(facts.payload.kind, facts.rules)
    if not span or facts.sent_to_guest == 0:
        return None
    within = written_length(span)
    sentence = f"the same person was invited within the last {within}"
    if facts.payload.kind is ActionKind.REPORT:
        sentence = f"the same person was sent a report within the last {within}"
    return Decision(Verdict.WAIT, Objection.GUEST_LIMIT, sentence)


def _limits(facts: Facts) -> Decision | None:
    per_run, per_day = Ceiling.PER_RUN, Ceiling.PER_DAY
    if facts.begins:
        per_run = min(per_run, facts.rules.sending.per_run)
        per_day = min(per_day, facts.rules.sending.per_day)
    if facts.sent_in_run >= per_run:
        return Decision(Verdict.WAIT, Objection.RUN_LIMIT, f"at most {per_run} are sent in a run")
    if facts.sent_in_day >= per_day:
        return Decision(Verdict.WAIT, Objection.DAY_LIMIT, f"at most {per_day} are sent in a day")
    return None


def _length(facts: Facts, calendar: CalendarAge) -> str:
    age = facts.now - (calendar.content_at or facts.now)
    return written_length(age - age % timedelta(hours=1))


_Check = Callable[[Facts], Decision | None]
_TIME: Final = (_guest, _in_time, _unpaused, _read)
_FIRST: Final = (_stopped, _awake, _clock, _consent)
_REST: Final = (_unexpired, *_TIME, _content, _free)
_CHECKS: Final[Mapping[Stage, tuple[_Check, ...]]] = MappingProxyType(
    {
        Stage.APPROVE: (_clock, *_TIME, _free, _guest_limit),
        Stage.HOLD: (*_FIRST, _unused, *_REST),
        Stage.SEND: (*_FIRST, _unused, *_REST, _guest_limit, _limits),
        Stage.AGAIN: (*_FIRST, *_REST),
    }
)
