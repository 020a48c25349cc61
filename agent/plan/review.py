"""A walk through people, one at a time: what is decided is kept at once and can be taken back.

The quarterly and the yearly review of the plan and a coach's interview are such walks. One that
was broken off goes on with the next person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from agent.plan import goals as plan
from agent.store import people, reviews
from agent.store.database import Database
from agent.store.reviews import Review, ReviewKind
from policies.audit.cadence import Standing
from policies.goals.goal import Goal, GoalId, Helper, Step
from policies.people.merging import differences
from policies.people.person import Person

_STALE: Final = timedelta(days=42)
"""A walk broken off longer ago than this is begun anew: too much has changed since."""


@dataclass(slots=True)
class Visit:
    """What is decided about one person: as they were, as they are now, goals and steps.

    ``undo`` are the fields that were decided about, as they were; others may change elsewhere.
    """

    before: Person
    now: Person
    goals: list[tuple[Goal, bool]] = field(default_factory=list)
    steps: list[tuple[GoalId, int]] = field(default_factory=list)
    undo: dict[str, Any] = field(default_factory=dict)

    @property
    def changes(self) -> str:
        """In words, a line each; empty when nothing was changed."""
        found = [
            f"{each.field.replace('_', ' ')}: {each.before or '(none)'} → {each.after or '(none)'}"
            for each in differences(self.before, self.now)
        ]
        found += [f"{'helps' if on else 'no longer helps'} with {g.title}" for g, on in self.goals]
        found += ["a next step"] * bool(self.steps)
        return "\n".join(found)


class Walk:
    """One walk, begun now or gone on with."""

    def __init__(self, db: Database, kind: ReviewKind, today: date) -> None:
        self.db = db
        self.today = today
        known = reviews.under_way(db, kind)
        self.is_new = known is None or today - known.started > _STALE
        if known is None or self.is_new:
            with db.transaction() as sql:
                known = reviews.begin(sql, kind, today)
        self.review: Review = known

    def left(self, everyone: Iterable[Standing]) -> list[Standing]:
        """Those it has not come to yet, in the order given."""
        return [each for each in everyone if each.person.id not in self.review.changes]

    def visit(self, standing: Standing) -> Visit:
        """The person as they are kept now; who was removed meanwhile is shown as they were."""
        now = people.get(self.db, standing.person.id) or standing.person
        return Visit(now, now)

    def set(self, visit: Visit, **fields: object) -> None:
        """Give fields of the person these values; whoever was removed meanwhile stays so."""
        with self.db.transaction() as sql:
            known = people.get(self.db, visit.now.id)
            if known is not None:
                visit.undo = {name: getattr(known, name) for name in fields} | visit.undo
                visit.now = replace(known, **fields)  # type: ignore[arg-type]  # fields by name
                people.save(sql, visit.now)

    def toggle(self, visit: Visit, goal: Goal) -> bool:
        """Let the person help with a goal, or not any more; the answer is whether they do now."""
        known = plan.one(plan.every(self.db), goal.id)
        helps = visit.now.id not in known.people
        if people.get(self.db, visit.now.id) is None:
            return False
        if helps:
            plan.name_helper(self.db, known, Helper(visit.now.id))
        else:
            visit.undo.setdefault("goals", visit.now.goals)
            plan.leave_out(self.db, known, visit.now)
            visit.now = people.get(self.db, visit.now.id) or visit.now
        undone = [each for each in visit.goals if each[0].id == goal.id]
        visit.goals = [each for each in visit.goals if each[0].id != goal.id]
        if not undone:
            visit.goals.append((known, helps))
        return helps

    def next_step(self, visit: Visit, goal: Goal, text: str, due: date) -> Step:
        """A step with somebody who helps with ``goal``."""
        step = plan.add_step(self.db, goal, Step(text, due, visit.now.id))
        visit.steps.append((goal.id, step.number))
        return step

    def leave(self, visit: Visit) -> None:
        """The walk goes on to the next person."""
        with self.db.transaction() as sql:
            reviews.note(sql, self.review.number, visit.now.id, visit.changes)
        self.review.changes[visit.now.id] = visit.changes

    def take_back(self, visit: Visit) -> Visit:
        """Undo all that was decided about somebody; they are to be visited again."""
        for goal, helped in visit.goals:
            kept = plan.one(plan.every(self.db), goal.id)
            before = next((e for e in goal.helpers if e.person == visit.now.id), None)
            if helped:
                plan.leave_out(self.db, kept, visit.now)
            elif before is not None:
                plan.name_helper(self.db, kept, before)
        for key, number in visit.steps:
            plan.change(self.db, key, lambda kept, gone=number: _without_step(kept, gone))  # type: ignore[misc]  # bound now
        with self.db.transaction() as sql:
            known = people.get(self.db, visit.now.id)
            as_before = replace(known, **visit.undo) if known else visit.before
            if known is not None:
                people.save(sql, as_before)
            reviews.take_back(sql, self.review.number, visit.now.id)
        self.review.changes.pop(visit.now.id, None)
        return Visit(as_before, as_before)

    def end(self) -> None:
        with self.db.transaction() as sql:
            reviews.end(sql, self.review.number, self.today)

    def changed(self, everyone: Sequence[Standing]) -> list[tuple[str, str]]:
        """Whom it changed anything for, by name, and what."""
        names = {each.person.id: each.person.name for each in everyone}
        found = [(names.get(key, key), what) for key, what in self.review.changes.items() if what]
        return sorted(found)


def _without_step(goal: Goal, number: int) -> Goal:
    return replace(goal, steps=tuple(each for each in goal.steps if each.number != number))
