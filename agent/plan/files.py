"""The plan out to a file and in again, and names from a note into a goal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from agent.errors import UsageProblem
from agent.plan import goals as plan
from agent.relationships import people as folk
from agent.store import goals, people
from agent.store.database import Database
from connectors import plan_file
from connectors.errors import NotAllowed, UnreadableAnswer
from connectors.people import encoded
from policies.goals.goal import Goal, GoalId, Helper, with_helper
from policies.goals.note import NotAName, Noted, noted
from policies.goals.templates import next_review
from policies.goals.written import Stated
from policies.people.identity import folded, person_id
from policies.people.person import Person, PersonId, Priority
from policies.text import shown

_NOTE_LIMIT = 1024 * 1024


class Planned(NamedTuple):
    """A goal as an import would leave it; ``before`` is ``None`` for a new one."""

    before: Goal | None
    after: Goal


class FromNote(NamedTuple):
    """What a note says: who is on the list, whom several could be, who is still to meet."""

    known: tuple[tuple[Noted, Person], ...]
    unclear: tuple[tuple[Noted, tuple[Person, ...]], ...]
    unknown: tuple[Noted, ...]
    others: tuple[NotAName, ...]


def written(db: Database) -> str:
    """Every goal as the text of a file that can be imported again."""
    return plan_file.written(goals.every(db))


def read(path: Path) -> tuple[Stated, ...]:
    """The goals in a file.

    Raises:
        UsageProblem: it cannot be read; the owner named it, so it is theirs to put right.
    """
    try:
        return plan_file.read_file(path)
    except (UnreadableAnswer, NotAllowed) as error:
        raise UsageProblem(str(error), error.remedy) from error


def planned(db: Database, found: Sequence[Stated], today: date) -> tuple[Planned, ...]:
    """What importing these would change; a goal is known by its key, else by its title.

    Raises:
        UsageProblem: everyone named who is nobody on the list, or could be several.
    """
    known = {each.id: each for each in goals.every(db)}
    problems: list[str] = []
    wanted: list[Planned] = []
    for stated in found:
        before = known.get(stated.goal.id) or next(
            (each for each in known.values() if each.called(stated.goal.title)), None
        )
        start = before or _new(stated.goal, known, today)
        after = _meant(db, stated.over(start), before, problems)
        known[after.id] = after
        wanted.append(Planned(before, after))
    if problems:
        remedy = "add them with `fika people add`, or correct the file"
        raise UsageProblem("\n".join(dict.fromkeys(problems)), remedy)
    return tuple(each for each in wanted if each.before != each.after)


def carry_out(db: Database, wanted: Iterable[Planned]) -> None:
    """Make the changes of an import, all or none.

    Raises:
        UsageProblem: the plan changed since it was planned.
    """
    with db.transaction() as sql:
        known = {each.id: each for each in goals.every(db)}
        for before, after in wanted:
            if known.get(after.id) != before:
                raise UsageProblem("your plan changed meanwhile", "import the file again")
            goals.save(sql, plan.tidied(after))
            known[after.id] = after


def note(db: Database, path: Path) -> FromNote:
    """Who is meant by the names in a note; a name fits when all its words are in somebody's.

    Raises:
        UsageProblem: it cannot be read.
    """
    try:
        text = encoded.text(encoded.read(path, _NOTE_LIMIT), path.name)
    except (UnreadableAnswer, NotAllowed) as error:
        raise UsageProblem(str(error), error.remedy) from error
    names, others = noted(text)
    everyone = people.everyone(db)
    found = [(each, _fitting(each, everyone)) for each in names]
    return FromNote(
        known=tuple((each, fits[0]) for each, fits in found if len(fits) == 1),
        unclear=tuple((each, fits) for each, fits in found if len(fits) > 1),
        unknown=tuple(each for each, fits in found if not fits),
        others=others,
    )


def take_note(db: Database, goal: Goal, found: FromNote, today: date, *, listing: bool) -> Goal:
    """Everyone known helps with the goal; whoever is unknown is listed to be met, if ``listing``.

    Who helps already keeps their role, unless the note says one.
    """
    values = {"priority": Priority.B.value}
    named = [*found.known]
    if listing:
        named += [(each, folk.add(db, each.name, values, today)) for each in found.unknown]

    def helped(kept: Goal) -> Goal:
        for each, person in named:
            before = next((e for e in kept.helpers if e.person == person.id), Helper(person.id))
            kept = with_helper(kept, replace(before, role=each.role or before.role))
        return kept

    return plan.change(db, goal.id, helped)


def _new(goal: Goal, known: Iterable[GoalId], today: date) -> Goal:
    title = goal.title or goal.id
    key = GoalId(person_id(goal.id or title, set(known)))
    return Goal(key, title, today, review_on=next_review(today))


def _meant(db: Database, goal: Goal, before: Goal | None, problems: list[str]) -> Goal:
    """The goal with people by their ids, and no numbers but those it had, each once."""
    steps = {each.number for each in before.steps} if before else set()
    outcomes = {each.number for each in before.outcomes} if before else set()

    def once(number: int, had: set[int]) -> int:
        kept = number if number in had else 0
        had.discard(number)
        return kept

    def who(words: PersonId) -> PersonId:
        try:
            return folk.one(db, words).id
        except UsageProblem as error:
            problems.append(f"{shown(goal.title)}: {error.cause}")
            return words

    return replace(
        goal,
        helpers=tuple(replace(each, person=who(each.person)) for each in goal.helpers),
        steps=tuple(
            replace(
                each,
                person=who(each.person) if each.person else None,
                number=once(each.number, steps),
            )
            for each in goal.steps
        ),
        outcomes=tuple(
            replace(
                each,
                person=who(each.person) if each.person else None,
                number=once(each.number, outcomes),
            )
            for each in goal.outcomes
        ),
    )


def _fitting(each: Noted, everyone: Iterable[Person]) -> tuple[Person, ...]:
    """Everyone of that whole name; failing that, everyone whose name has each of its words."""
    words = folded(each.name).split()
    whole = tuple(one for one in everyone if folded(one.name).split() == words)
    return whole or tuple(one for one in everyone if set(words) <= set(folded(one.name).split()))
