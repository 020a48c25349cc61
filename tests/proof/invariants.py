"""The invariants of sending, asked of the provider after the real program has come to rest.

I1  a guest is told each approved thing once, and invited once for each proposal
I2  each telling has an approval: earlier, unexpired, of exactly what was sent, used for it alone
I3  whom the provider's entries name, and who was told, is whom the owner approved
I4  the limits for each run, day and guest hold
I5  entries that are not ours are byte by byte as they were, and each of ours is in the ledger
I6  nothing was sent into time that was known to be taken
I7  what the ledger says was sent, was; nothing is half-way, nothing that nobody needs is left
I8  what the store has read is what the calendars hold
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final

from policies.sending.action import UNDER_WAY, Action, ActionKind, ActionState
from tests.proof.ledger import Ledger
from tests.servers.provider import Delivery, Entry

RUN: Final = ("run",)


@dataclass(frozen=True, slots=True)
class Step:
    """One command: ``told`` is what guests were told by it, ``read`` as `Ledger.read` after it."""

    words: tuple[str, ...]
    killed: bool
    code: int
    started: datetime
    told: tuple[Delivery, ...]
    read: datetime


@dataclass(frozen=True, slots=True)
class Scene:
    """All there is to judge: the ``outbox`` holds what was told before the first step as well.

    ``foreign`` are the entries that are not ours, ``late`` when some of them turned up between the
    steps. ``ahead`` is the most by which a clock of ours was ahead of the provider's.
    """

    steps: Sequence[Step]
    ledger: Ledger
    outbox: Sequence[Delivery]
    entries: Mapping[str, Entry]
    foreign: Mapping[str, Entry]
    late: Mapping[str, datetime]
    ahead: timedelta
    per_run: int
    per_day: int


def broken(scene: Scene) -> list[str]:
    """Every invariant that does not hold, with what is wrong; guests are not named."""
    return [f"{name}: {each}" for name, check in _CHECKS.items() for each in check(scene)]


def deed_of(ledger: Ledger, told: Delivery) -> Action | None:
    """The action that this delivery carried out; the latest try where there were several."""
    same = (
        each
        for each in reversed(ledger.actions)
        if (each.payload.uid, each.payload.kind, each.payload.when)
        == (told.uid, told.kind, told.when)
    )
    return next(same, None)


def _once(scene: Scene) -> Iterator[str]:
    told = Counter((each.recipient, each.uid, each.kind, each.when) for each in scene.outbox)
    for (_, _, kind, _), times in told.items():
        if times > 1:
            yield f"the same {kind} {times} times"
    deeds = (deed_of(scene.ledger, each) for each in scene.outbox)
    invited = Counter(
        each.proposal for each in deeds if each and each.payload.kind is ActionKind.INVITE
    )
    for proposal, times in invited.items():
        if times > 1:
            yield f"proposal {proposal}: {times} invitations"


def _approved(scene: Scene) -> Iterator[str]:
    for told in scene.outbox:
        action = deed_of(scene.ledger, told)
        if action is None:
            yield f"a {told.kind} that nobody ever stored"
            continue
        yes = scene.ledger.yeses.get(action.id)
        if yes is None:
            yield f"proposal {action.proposal}: a {told.kind} without an approval"
        elif yes.digest != action.payload.digest or action.payload_digest != yes.digest:
            yield f"proposal {action.proposal}: approved was something else"
        elif not yes.taken:
            yield f"proposal {action.proposal}: sent, and the approval can be used again"
        elif not yes.given - scene.ahead <= told.at <= yes.expires:
            yield f"proposal {action.proposal}: sent outside the time of its approval"


def _as_approved(scene: Scene) -> Iterator[str]:
    for told in scene.outbox:
        action = deed_of(scene.ledger, told)
        if action is not None:
            approved = action.payload.recipient.lower()
            if told.recipient != approved or told.guests != {approved}:
                yield f"proposal {action.proposal}: somebody else was told"
            if told.title != action.payload.title:
                yield f"proposal {action.proposal}: another title was sent"
    allowed = {(each.payload.uid, each.payload.recipient.lower()) for each in scene.ledger.actions}
    for name, entry in _own(scene):
        if not {(entry.uid, guest) for guest in entry.guests} <= allowed:
            yield f"{name} names somebody else"


def _limits(scene: Scene) -> Iterator[str]:
    for step in scene.steps:
        count = len(_invitations(step.told))
        if count > scene.per_run:
            yield f"{count} invitations in one `{' '.join(step.words)}`"
    invited = _invitations(scene.outbox)
    if len(invited) > scene.per_day:
        yield f"{len(invited)} invitations in a day"
    if max(Counter(each.recipient for each in invited).values(), default=0) > 1:
        yield "one guest was invited twice in one day"


def _ours_only(scene: Scene) -> Iterator[str]:
    for name, entry in scene.foreign.items():
        if scene.entries.get(name) != entry:
            yield f"{name} is not as its owner left it"
    known = {each.payload.uid for each in scene.ledger.actions} | scene.ledger.slots
    own = Counter(entry.uid for _, entry in _own(scene))
    for uid, times in own.items():
        if times > 1:
            yield f"{times} entries for one meeting"
        if uid not in known:
            yield "an entry that the ledger does not know"


def _free(scene: Scene) -> Iterator[str]:
    for name, added in scene.late.items():
        taken = scene.foreign[name].when
        for step in _knowing(scene.steps, added):
            if any(each.when.overlaps(taken) for each in _promises(step.told)):
                yield f"`{' '.join(step.words)}` sent into time known to be taken"
    before = [each.when for name, each in scene.foreign.items() if name not in scene.late]
    for each in _promises(scene.outbox):
        if any(each.when.overlaps(taken) for taken in before):
            yield "sent into time that was always taken"
    standing = {each.uid: each for each in scene.outbox}
    for one, other in combinations(_promises(tuple(standing.values())), 2):
        if one.when.overlaps(other.when):
            yield "two guests were promised the same time"


def _done(scene: Scene) -> Iterator[str]:
    for action in scene.ledger.actions:
        told = [each for each in scene.outbox if deed_of(scene.ledger, each) == action]
        what = f"proposal {action.proposal}, {action.payload.kind}"
        if action.state is ActionState.SENT and not told:
            yield f"{what}: recorded as sent, and nobody was told"
        if action.state is not ActionState.SENT and told:
            yield f"{what}: {action.state}, and the guest was told"
        if action.state in UNDER_WAY or action.state is ActionState.NEEDS_REVIEW or action.untidy:
            yield f"{what}: still {action.state}"
    needed = {each.payload.uid for each in scene.ledger.in_state(ActionState.SENT)}
    needed -= {each.uid for each in scene.outbox if each.kind is ActionKind.CANCEL}
    for _, entry in _own(scene):
        if entry.uid not in needed | scene.ledger.slots:
            yield "an entry of ours that nobody needs"


def _read(scene: Scene) -> Iterator[str]:
    """A service may have a name of its own for what we wrote; a foreign entry has one only."""
    present = {each.uid for each in scene.entries.values()}
    if missing := {each.uid for each in scene.foreign.values()} & present - scene.ledger.seen:
        yield f"{len(missing)} entries the store has not read"
    written = {each.payload.uid for each in scene.ledger.actions} | scene.ledger.slots
    known = {each.uid for each in scene.foreign.values()} | written
    if gone := scene.ledger.seen & known - present:
        yield f"{len(gone)} entries the store has and no calendar"


_CHECKS: Final[Mapping[str, Callable[[Scene], Iterator[str]]]] = {
    "I1": _once,
    "I2": _approved,
    "I3": _as_approved,
    "I4": _limits,
    "I5": _ours_only,
    "I6": _free,
    "I7": _done,
    "I8": _read,
}


def _own(scene: Scene) -> Iterator[tuple[str, Entry]]:
    return ((name, each) for name, each in scene.entries.items() if name not in scene.foreign)


def _knowing(steps: Sequence[Step], added: datetime) -> Iterator[Step]:
    """From the first run on that read all calendars after that; it reads before it sends."""
    knows = False
    for step in steps:
        began = step.started.replace(microsecond=0)
        knows |= step.words == RUN and step.started > added and step.read >= began
        if knows:
            yield step


def _invitations(told: Iterable[Delivery]) -> list[Delivery]:
    return [each for each in told if each.kind is ActionKind.INVITE]


def _promises(told: Iterable[Delivery]) -> list[Delivery]:
    """Those that say a meeting will be."""
    return [each for each in told if each.kind is not ActionKind.CANCEL]
