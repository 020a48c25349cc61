"""A yes is to exactly one payload: nothing else goes out for it, and nothing without one.

20,000 random edits of what was approved, at every stage of its way, and 10,000 random sequences
of everything that can be done without saying yes.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any, Final

import pytest

from agent.errors import UsageProblem
from agent.sending import approving, followup, outcome
from agent.store import actions, people, proposals
from agent.store.actions import Overtaken
from agent.store.database import Database
from connectors.ical.reply import NotAReply
from connectors.port import InvitationWriter
from policies.proposal import ProposalState
from policies.sending.action import ARROWS, ActionKind, ActionState, Payload
from tests import make
from tests.agent.model_channel import CALDAV, GOOGLE, MAIL, Entry, ModelChannel
from tests.agent.world import DAY, FIRST, MINUTE, SETTINGS, Crash, World
from tests.connectors import replies
from tests.proof.figures import record

pytestmark = pytest.mark.proof

SEED: Final = 20_260_331
EDITS, SEQUENCES, A_STORE = 20_000, 10_000, 250
STAGES: Final = {"before its claim": 99, "claimed": 1, "held": 4}
"""How an edit finds the action: where the run before it was killed, by its count of checkpoints."""
ABILITIES: Final = {
    "caldav": CALDAV,
    "google": replace(GOOGLE, settles_within=timedelta()),
    "mail": MAIL,
}
TABLES: Final = ("action", "approval", "proposal", "sending", "transition")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database(tmp_path_factory.mktemp("approval") / "state") as db:
        yield db


class Everywhere(dict[tuple[str, str], InvitationWriter]):
    """Sends by any channel and into any calendar, so that nothing fails for being not set up."""

    def __init__(self, channel: ModelChannel) -> None:
        super().__init__()
        self._channel = channel

    def get(self, key: object, default: object = None) -> Any:  # noqa: ANN401 - as a mapping's
        return self._channel


class Approved:
    """One approved invitation at a stage of its way, which can be put back there."""

    def __init__(self, empty: Database, profile: str, stage: str) -> None:
        self.world = World(empty.copy(), ABILITIES[profile])
        self.world.read()
        self.action = self.world.approve(self.world.propose()).action
        self.world.crash_at = [len(self.world.passed) + STAGES[stage]]
        if stage != "before its claim":
            with pytest.raises(Crash):
                self.world.settle()
        channel = self.world.channel
        self.world.ports = replace(self.world.ports, channels=Everywhere(channel))
        self._entries = {ref: replace(each) for ref, each in channel.entries.items()}
        self._rows = {name: self.world.db.rows(f"SELECT * FROM {name}") for name in TABLES}  # noqa: S608 - our own words

    def put_back(self) -> None:
        entries: dict[str, Entry] = {ref: replace(each) for ref, each in self._entries.items()}
        self.world.channel.entries = entries
        with self.world.db.transaction() as sql:
            sql.execute("PRAGMA defer_foreign_keys = ON")
            for name, rows in self._rows.items():
                sql.execute(f"DELETE FROM {name}")  # noqa: S608 - our own words
                for row in rows:
                    marks = ", ".join("?" * len(row))
                    sql.execute(f"INSERT INTO {name} VALUES ({marks})", row)  # noqa: S608 - our own words


def edited(payload: Payload, chance: random.Random) -> Payload:
    """Another payload: one field is another, by a character or altogether."""
    while True:
        name = chance.choice([each.name for each in fields(Payload)])
        value = getattr(payload, name)
        try:
            changed: dict[str, Any] = {name: _another(value, chance)}
            other = replace(payload, **changed)
        except ValueError:
            continue
        if other.canonical() != payload.canonical():
            return other


def _another(value: object, chance: random.Random) -> object:
    if isinstance(value, ActionKind):
        return chance.choice([each for each in ActionKind if each is not value])
    if isinstance(value, int):
        return value + chance.choice([-1, 1, chance.randrange(2, 10**6)])
    text, place = str(value), chance.randrange(len(str(value)) + 1)
    deeds: list[Callable[[], str]] = [
        lambda: text[:place] + text[place + 1 :],
        lambda: text[:place] + chance.choice("aZ09 @.-+\u0430\u200b\u202e") + text[place:],
        lambda: text[:place] + chance.choice("bY18é") + text[place + 1 :],
        text.swapcase,
        lambda: text[::-1],
        lambda: chance.choice(["", " ", "eve@example.net", "UTC", "2026-04-09T09:00:00+00:00"]),
    ]
    return chance.choice(deeds)()


@pytest.mark.parametrize("profile", ABILITIES)
def test_whatever_is_edited_after_the_yes_is_refused(empty: Database, profile: str) -> None:
    chance = random.Random(f"{SEED} {profile}")
    stages = [Approved(empty, profile, stage) for stage in STAGES]
    states = [each.world.action(each.action.id).state for each in stages]
    assert states == [ActionState.APPROVED, ActionState.HOLDING, ActionState.HELD]
    fields_edited = set()

    for number in range(EDITS // len(ABILITIES) + 1):
        here = stages[number % len(stages)]
        here.put_back()
        forged = edited(here.action.payload, chance)
        with here.world.db.transaction() as sql:
            sql.execute("UPDATE action SET payload = ?", (forged.canonical(),))
            if chance.random() < 0.5:
                sql.execute("UPDATE action SET digest = ?", (forged.digest,))
        here.world.settle()

        assert here.world.outbox == [], forged
        assert here.world.action(here.action.id).state is not ActionState.SENT
        fields_edited |= _differing(forged, here.action.payload)

    assert fields_edited == {each.name for each in fields(Payload)}
    _each_goes_out_unedited(stages)
    record(
        f"Edits of an approved payload ({profile})",
        EDITS // len(ABILITIES) + 1,
        seed=SEED,
        note="every field, before its claim, claimed and held",
    )
    for each in stages:
        each.world.db.close()


def _each_goes_out_unedited(stages: list[Approved]) -> None:
    """What was refused was refused for the edit alone."""
    for each in stages:
        each.put_back()
        each.world.settle()
        assert len(each.world.outbox) == 1


def _differing(one: Payload, other: Payload) -> set[str]:
    names = (each.name for each in fields(Payload))
    return {name for name in names if getattr(one, name) != getattr(other, name)}


# ---------------------------------------------------------------- never a yes


class Unasked:
    """Everything that can be done to a store without saying yes, and some that cannot."""

    def __init__(self, empty: Database, chance: random.Random) -> None:
        self.chance = chance
        self.world = World(empty.copy(), chance.choice(list(ABILITIES.values())))
        self.world.read()
        self.people = [make.person(f"Guest {number}") for number in range(6)]
        self.done = 0

    def anything(self) -> None:
        deeds = _DEEDS
        self.done += 1
        with suppress(UsageProblem, Overtaken, NotAReply, sqlite3.IntegrityError, ValueError):
            deeds[self.chance.choice(list(deeds))](self)

    def number(self) -> int:
        return self.chance.randrange(1, max(2, proposals.next_number(self.world.db)))

    def propose(self) -> None:
        start = FIRST.start + self.chance.randrange(1, 60) * DAY
        self.world.propose(
            self.chance.choice(self.people),
            replace(FIRST, start=start, end=start + 45 * MINUTE),
            expires=start,
        )

    def look(self) -> None:
        now = self.world.clock.now()
        approving.prepare(self.world.db, SETTINGS, self.number(), now=now, slot=1)

    def call_off(self) -> None:
        now = self.world.clock.now()
        approving.prepare_cancel(self.world.db, SETTINGS, self.number(), now=now)

    def move(self) -> None:
        now = self.world.clock.now()
        approving.prepare_move(self.world.db, SETTINGS, self.number(), 1, now=now)

    def reject(self) -> None:
        outcome.reject(self.world.db, self.number(), "no", self.world.clock.now())

    def settle_doubt(self) -> None:
        now, sent = self.world.clock.now(), self.chance.random() < 0.5
        outcome.settle_by_owner(self.world.db, self.number(), now, sent=sent)

    def answer(self) -> None:
        reply = replies.google(uid="0" * 32, guest=self.people[0].addresses[0])
        followup.take_replies(self.world.db, SETTINGS, reply, self.world.clock.now())

    def choose(self) -> None:
        with self.world.db.transaction() as sql:
            proposals.choose(sql, self.number(), 2)
            proposals.rewrite(sql, self.number(), "Another title", "Another text")

    def claim_state(self) -> None:
        """A proposal is set to a state that it has not earned."""
        with self.world.db.transaction() as sql:
            proposals.set_state(sql, self.number(), self.chance.choice(list(ProposalState)))

    def store_unapproved(self) -> None:
        """An action as `approving.approve` stores it, but for the yes."""
        now = self.world.clock.now()
        offer = approving.prepare(self.world.db, SETTINGS, self.number(), now=now)
        with self.world.db.transaction() as sql:
            actions.add(sql, offer.action, offer.generation)

    def push_on(self) -> None:
        """An action is pushed along an arrow by whoever does not ask."""
        found = actions.in_state(self.world.db, ActionState)
        action = self.chance.choice(found) if found else None
        if action is None or not ARROWS[action.state]:
            return
        to = self.chance.choice(sorted(ARROWS[action.state] - {ActionState.SENT}))
        with self.world.db.transaction() as sql:
            actions.move(sql, action, to, self.world.clock.now())

    def take(self) -> None:
        found = actions.in_state(self.world.db, ActionState)
        if found:
            with self.world.db.transaction() as sql:
                actions.take_approval(sql, self.chance.choice(found), 1, self.world.clock.now())

    def change_people(self) -> None:
        with self.world.db.transaction() as sql:
            people.save(sql, self.chance.choice(self.people))

    def run(self) -> None:
        self.world.later(self.chance.randrange(1, 600) * MINUTE)
        self.world.settle()

    def by_hand(self) -> None:
        self.world.settle()


_DEEDS: Final[Mapping[str, Callable[[Unasked], None]]] = {
    name: deed
    for name, deed in vars(Unasked).items()
    if not name.startswith("_") and name not in {"anything", "number"} and callable(deed)
}


def test_without_a_yes_nothing_goes_out_whatever_else_is_done(empty: Database) -> None:
    chance = random.Random(SEED)
    deeds, stored = 0, 0

    for _ in range(SEQUENCES // A_STORE):
        here = Unasked(empty, chance)
        for _ in range(A_STORE):
            for _ in range(chance.randrange(3, 8)):
                here.anything()
            here.world.settle()
            assert here.world.outbox == []
        deeds += here.done
        stored += len(actions.in_state(here.world.db, ActionState))
        here.world.db.close()

    assert stored > SEQUENCES // A_STORE
    record("Sequences of commands without a yes", SEQUENCES, seed=SEED, note=f"{deeds:,} commands")
