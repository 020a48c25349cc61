from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from policies.interval import Interval
from policies.sending.action import Action, ActionId, ActionKind, ActionState, Payload
from tests.make import utc
from tests.proof.invariants import RUN, Scene, Step, broken
from tests.proof.ledger import Ledger, Yes
from tests.servers.provider import Delivery, Entry

NOW = utc("2026-03-02 09:00")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def hours(start: str) -> Interval:
    begins = utc(start)
    return Interval(begins, begins + timedelta(hours=1))


def action(number: int, kind: ActionKind, when: Interval, **fields: object) -> Action:
    """What was approved and sent about one proposal."""
    payload = Payload(
        kind=kind,
        uid=f"meeting-{number}",
        sequence=0,
        recipient=f"guest{number}@example.com",
        recipient_name="",
        sender="olle@example.com",
        sender_name="",
        start=when.start.isoformat(),
        end=when.end.isoformat(),
        zone="Europe/Stockholm",
        title="Coffee",
        text="",
        location="",
        calendar="work",
        channel="mail",
    )
    key = ActionId(f"{number} {kind}")
    made = Action(key, number, "", payload, payload.digest, ActionState.SENT, NOW, NOW)
    return replace(made, **fields)  # type: ignore[arg-type]


def delivery(of: Action) -> Delivery:
    told = of.payload
    guests = frozenset({told.recipient})
    return Delivery(
        told.recipient, told.uid, told.kind, told.when, told.title, guests, NOW + MINUTE
    )


def entry(uid: str, when: Interval) -> Entry:
    return Entry(uid, when, frozenset(), uid.encode())


def step(*told: Delivery) -> Step:
    return Step(RUN, killed=False, code=0, started=NOW, told=told, read=NOW)


ANA = action(1, ActionKind.INVITE, hours("2026-03-09 09:00"))
RAJ = action(2, ActionKind.INVITE, hours("2026-03-10 09:00"))
MEI = action(3, ActionKind.INVITE, hours("2026-03-11 09:00"), state=ActionState.EXPIRED)
BOARD = entry("board", hours("2026-03-12 09:00"))
PLAN = entry("fika-plan-1", hours("2026-03-13 09:00"))


def scene(*actions: Action, told: tuple[Delivery, ...] | None = None) -> Scene:
    """These actions and what came of them, beside a board meeting and a planning slot."""
    sent = [each for each in actions if each.state is ActionState.SENT]
    outbox = tuple(map(delivery, sent)) if told is None else told
    yeses = {
        each.id: Yes(each.payload.digest, NOW, NOW + DAY, taken=each in sent) for each in actions
    }
    own = {each.payload.uid: entry(each.payload.uid, each.payload.when) for each in sent}
    entries = {"board": BOARD, "plan": PLAN, **own}
    seen = frozenset(each.uid for each in entries.values())
    return Scene(
        [step(*outbox)],
        Ledger(actions, yeses, frozenset({PLAN.uid}), seen, NOW),
        outbox,
        entries,
        {"board": BOARD},
        {},
        timedelta(),
        per_run=2,
        per_day=2,
    )


GOOD = scene(ANA, RAJ, MEI)
TOLD = delivery(ANA)


def told(*outbox: Delivery) -> Scene:
    return replace(GOOD, outbox=outbox, steps=[step(*outbox)])


def yes(**fields: object) -> Scene:
    """Another approval of the first invitation."""
    changed = GOOD.ledger.yeses[ANA.id]._replace(**fields)  # type: ignore[arg-type]
    yeses = {**GOOD.ledger.yeses, ANA.id: changed}
    return replace(GOOD, ledger=replace(GOOD.ledger, yeses=yeses))


def entries(**changed: Entry | None) -> Scene:
    """Other entries, ``None`` for one that is gone; the store has read them."""
    made = {name: each for name, each in {**GOOD.entries, **changed}.items() if each}
    seen = frozenset(each.uid for each in made.values())
    return replace(GOOD, entries=made, ledger=replace(GOOD.ledger, seen=seen))


def ledger(**fields: object) -> Scene:
    return replace(GOOD, ledger=replace(GOOD.ledger, **fields))  # type: ignore[arg-type]


def late(added_after: timedelta) -> Scene:
    """Something comes in where the first meeting is to be, so long after the run began."""
    clash = entry("clash", ANA.payload.when)
    changed = entries(clash=clash)
    foreign = {**GOOD.foreign, "clash": clash}
    return replace(changed, foreign=foreign, late={"clash": NOW + added_after})


VIOLATIONS: dict[str, tuple[str, Scene]] = {
    "the same twice": ("I1", told(TOLD, delivery(RAJ), TOLD)),
    "two invitations for a proposal": (
        "I1",
        scene(ANA, replace(RAJ, proposal=1), MEI),
    ),
    "never stored": ("I2", told(TOLD, delivery(RAJ), TOLD._replace(uid="another"))),
    "moved to a time never approved": (
        "I2",
        told(TOLD._replace(when=PLAN.when), delivery(RAJ)),
    ),
    "no approval": ("I2", ledger(yeses={RAJ.id: GOOD.ledger.yeses[RAJ.id]})),
    "another digest": ("I2", yes(digest="0")),
    "approval not used up": ("I2", yes(taken=False)),
    "approval expired": ("I2", yes(expires=NOW)),
    "approval later": ("I2", yes(given=NOW + DAY)),
    "another recipient": (
        "I3",
        told(TOLD._replace(recipient="eve@example.net"), delivery(RAJ)),
    ),
    "one more guest": (
        "I3",
        told(TOLD._replace(guests=TOLD.guests | {"eve@example.net"}), delivery(RAJ)),
    ),
    "another title": ("I3", told(TOLD._replace(title="Party"), delivery(RAJ))),
    "a stranger in an entry": (
        "I3",
        entries(plan=PLAN._replace(guests=frozenset({"eve@example.net"}))),
    ),
    "too many in a run": ("I4", replace(GOOD, per_run=1)),
    "too many in a day": ("I4", replace(GOOD, per_day=1)),
    "a guest invited to two meetings": (
        "I4",
        scene(ANA, replace(RAJ, payload=replace(RAJ.payload, recipient=ANA.payload.recipient))),
    ),
    "an event of the owner's changed": ("I5", entries(board=BOARD._replace(content=b"changed"))),
    "an event of the owner's gone": ("I5", entries(board=None)),
    "an entry written twice": ("I5", entries(plan2=PLAN)),
    "an entry nobody knows": ("I5", entries(unknown=entry("unknown", PLAN.when))),
    "sent into time taken since": ("I6", late(-MINUTE)),
    "sent into time always taken": (
        "I6",
        scene(action(1, ActionKind.INVITE, BOARD.when), RAJ, MEI),
    ),
    "one time promised twice": (
        "I6",
        scene(ANA, action(2, ActionKind.INVITE, ANA.payload.when), MEI),
    ),
    "sent, and nobody told": ("I7", told(delivery(RAJ))),
    "told, and not recorded": (
        "I7",
        ledger(actions=(replace(ANA, state=ActionState.CANCELLED), RAJ, MEI)),
    ),
    "half-way": ("I7", ledger(actions=(ANA, RAJ, replace(MEI, state=ActionState.HELD)))),
    "in review": ("I7", ledger(actions=(ANA, RAJ, replace(MEI, state=ActionState.NEEDS_REVIEW)))),
    "untidy": ("I7", ledger(actions=(ANA, RAJ, replace(MEI, untidy=True)))),
    "an entry nobody needs": ("I7", entries(left=entry(MEI.payload.uid, MEI.payload.when))),
    "not read": ("I8", ledger(seen=GOOD.ledger.seen - {"board"})),
    "gone, and the store does not know": ("I8", ledger(seen=GOOD.ledger.seen | {MEI.payload.uid})),
}


def test_nothing_is_wrong_where_all_is_well() -> None:
    assert broken(GOOD) == []


def test_what_comes_in_after_the_last_reading_is_nobodys_fault() -> None:
    assert broken(late(MINUTE)) == []


def test_a_meeting_called_off_leaves_nothing_behind() -> None:
    off = action(1, ActionKind.CANCEL, ANA.payload.when)
    made = scene(ANA, RAJ, MEI, off)
    rest = {name: each for name, each in made.entries.items() if name != ANA.payload.uid}
    seen = frozenset(each.uid for each in rest.values())

    assert broken(replace(made, entries=rest, ledger=replace(made.ledger, seen=seen))) == []
    assert broken(made) == ["I7: an entry of ours that nobody needs"]


@pytest.mark.parametrize("name", VIOLATIONS)
def test_what_breaks_an_invariant_is_said_to(name: str) -> None:
    invariant, wrong = VIOLATIONS[name]

    assert invariant in {each.partition(":")[0] for each in broken(wrong)}, broken(wrong)
