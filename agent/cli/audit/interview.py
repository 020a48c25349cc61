"""`fika audit --interview`: a coach and a client go through the people who matter together.

Twenty minutes: how much each relationship matters, how good it is, what the person decides, what
the client wants of it; who is missing; and at the end a summary with next steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import click

from agent.app import App
from agent.cli.answers import NEXT, QUIT, UNDO, Answers
from agent.cli.owner import today
from agent.plan import goals as plans
from agent.plan.review import Visit, Walk
from agent.relationships import audit as audits
from agent.relationships import people as folk
from agent.relationships.audit import Line
from agent.store.reviews import ReviewKind
from policies.audit.cadence import Standing, Status
from policies.goals.gaps import gaps
from policies.goals.review import QUARTER, of_the_interview
from policies.people.person import Influence, Intent, Person, Priority, Quality
from policies.people.tidy import line
from policies.spoken import counted
from policies.text import shown

_PRIORITIES: Final = frozenset(each.value for each in Priority)
_RATED: Final = frozenset({Priority.A, Priority.B})
_QUALITIES: Final = {"+": Quality.STRONG, "=": Quality.FAIR, "-": Quality.POOR}
_DECIDES: Final = {
    "p": Influence.PROMOTION,
    "j": Influence.PROJECTS,
    "c": Influence.CLIENTS,
    "t": Influence.TEAM,
    "b": Influence.BUDGET,
    "h": Influence.HIRING,
}
_WANTED: Final = {
    "g": Intent.GET_TO_KNOW,
    "k": Intent.KNOW_BETTER,
    "r": Intent.RECONNECT,
    "m": Intent.MEND,
    "l": Intent.LEARN,
    "t": Intent.MENTOR,
    "a": Intent.ADVOCATE,
    "w": Intent.WORK_TOGETHER,
    "b": Intent.WIN_BUSINESS,
    "s": Intent.SUPPORT,
}
_REST: Final = "z"
_MISSING: Final = (
    (Influence.PROMOTION, "Who else decides about your promotion, and is not on your list?"),
    (Influence.PROJECTS, "Who else decides which projects or clients you get?"),
    (Influence.TEAM, "Who else decides who is on the team?"),
    (None, "Whom would you like to meet?"),
)
_GOING: Final = frozenset({NEXT, UNDO, QUIT})
_STEPS: Final = 5
_HELP: Final = (
    "1. How much does the relationship matter?  A most, D least · . as it is\n"
    "Then of A and B:\n"
    "2. How good is it?  + strong · = fair · - poor · . not sure\n"
    "3. What do they decide?  p promotion · j projects · c clients · t team · b budget · h hiring\n"
    "   · . nothing more\n"
    "4. What do you want of it?  g get to know · k know better · r reconnect · m mend · l learn\n"
    "   · t a mentor · a an advocate · w work together · b business · s support them\n"
    "   · z let it rest for a quarter · . as it is\n"
    "At any question: u goes back to the one before · q stops, to go on later"
)


def interviewed(app: App, lines: Sequence[Line]) -> None:
    """Ask about those of ``lines`` who matter most; each answer is kept at once."""
    walk = Walk(app.store, ReviewKind.INTERVIEW, today(app))
    met = [(each.standing, each.facts.in_a_year) for each in lines]
    everyone = of_the_interview(met)
    # Whoever was asked about may rank lower now, and must not make room for somebody new.
    waiting = walk.left(everyone)[: max(0, len(everyone) - len(walk.review.changes))]
    begun = "An interview" if walk.is_new else f"The interview begun on {walk.review.started}"
    click.echo(
        f"{begun}: {counted(len(waiting), 'person')}, then whoever is missing."
        f" Twenty minutes.\n{_HELP}"
    )
    answers = Answers(_HELP)
    if _people(walk, answers, waiting):
        _to_meet(app, answers)
        walk.end()
        _summary(app, walk)
    else:
        click.echo("Kept so far. It goes on with: fika audit --interview")


def _people(walk: Walk, answers: Answers, waiting: Sequence[Standing]) -> bool:
    """One after the other; false when it is stopped."""
    done: list[Visit] = []
    while len(done) < len(waiting):
        standing = waiting[len(done)]
        visit = walk.visit(standing)
        click.echo(f"\n{len(done) + 1} of {len(waiting)}  {_introduced(standing)}")
        key = _asked(walk, answers, visit)
        if key == QUIT:
            if visit.changes:
                walk.leave(visit)
            return False
        if key == UNDO:
            walk.take_back(visit)
            if done:
                walk.take_back(done.pop())
            continue
        walk.leave(visit)
        done.append(visit)
    return True


def _asked(walk: Walk, answers: Answers, visit: Visit) -> str:
    """The questions about one person, the others only if they matter; the key that ended them."""
    for question in (_matters, _good, _decides, _wants):
        key = question(walk, answers, visit)
        if key in {UNDO, QUIT}:
            return key
        if visit.now.priority not in _RATED:
            break
    return NEXT


def _matters(walk: Walk, answers: Answers, visit: Visit) -> str:
    question = f"   matters ({visit.now.priority})  "
    key = answers.key(question, _GOING, upper=_PRIORITIES)
    if key in _PRIORITIES:
        walk.set(visit, priority=Priority(key))
    return key


def _good(walk: Walk, answers: Answers, visit: Visit) -> str:
    question = f"   how good ({visit.now.quality or 'not rated'})  "
    key = answers.key(question, {*_QUALITIES, *_GOING})
    if key in _QUALITIES:
        walk.set(visit, quality=_QUALITIES[key])
    return key


def _decides(walk: Walk, answers: Answers, visit: Visit) -> str:
    """What they decide, one key each; a key again takes it away."""
    while True:
        known = ", ".join(visit.now.influence) or "nothing said"
        key = answers.key(f"   decides ({known})  ", {*_DECIDES, *_GOING})
        if key in _GOING:
            return key
        walk.set(visit, influence=_toggled(visit.now.influence, _DECIDES[key]))


def _wants(walk: Walk, answers: Answers, visit: Visit) -> str:
    question = f"   what for ({visit.now.intent or 'not said'})  "
    key = answers.key(question, {*_WANTED, _REST, *_GOING})
    if key in _WANTED:
        walk.set(visit, intent=_WANTED[key])
    elif key == _REST:
        walk.set(visit, snoozed_until=walk.today + QUARTER)
    return key


def _toggled(known: tuple[Influence, ...], one: Influence) -> tuple[Influence, ...]:
    return tuple(e for e in known if e is not one) if one in known else (*known, one)


def _to_meet(app: App, answers: Answers) -> None:
    """Names of people who are missing, each on a line; an empty line goes on."""
    click.echo("\nWho is missing? A name on each line; an empty line goes on.")
    for influence, question in _MISSING:
        while name := answers.line(question):
            has_letters = any(map(str.isalpha, name))
            click.echo(
                f"   {_listed(app, answers, name, influence) if has_letters else 'that is no name'}"
            )


def _listed(app: App, answers: Answers, name: str, influence: Influence | None) -> str:
    """Put somebody on the list, or note it of whoever is there already."""
    known = _known(app, name)
    decides = (influence.value,) if influence else ()
    if known is None:
        values: dict[str, object] = {"priority": Priority.B.value, "influence": decides}
        if influence is None and (gift := answers.line("   What could you do for them?")):
            values["to_give"] = (line(gift),)
        person = folk.add(app.store, name, values, today(app))
        return f"to meet: {shown(person.name)} ({person.id}), priority B"
    if influence and influence not in known.influence:
        folk.edit(app.store, known, {"influence": [*known.influence, influence.value]})
    return f"on your list already: {shown(known.name)} ({known.id})"


def _known(app: App, name: str) -> Person | None:
    from agent.store import people

    found = people.find(app.store, name)
    return found[0] if len(found) == 1 else None


def _introduced(standing: Standing) -> str:
    from agent.terminal import STATUS_SHAPE

    person = standing.person
    where = ", ".join(filter(None, map(shown, (person.role, person.function, person.organisation))))
    since = f"last contact {standing.last}" if standing.last else "still to meet"
    name = shown(person.name) + (f" ({where})" if where else "")
    return f"{name}  {STATUS_SHAPE[standing.status]} {standing.status}, {since}"


def _summary(app: App, walk: Walk) -> None:
    """The map in a few lines, what is missing, and where to begin."""
    standings = audits.audit(app.store, app.settings, app.clock.now())
    talked = [each for each in standings if each.person.id in walk.review.changes]
    click.echo(
        f"\nDone: {counted(len(talked), 'person')}, changed for {len(walk.changed(standings))}."
    )
    for priority in Priority:
        theirs = [each for each in talked if each.person.priority is priority]
        if theirs:
            click.echo(f"  {priority}: {_counted(theirs)}")
    for what in Influence:
        deciding = [each for each in standings if what in each.person.influence]
        if deciding:
            click.echo(f"  {what}: {', '.join(map(_named, deciding))}")
    for wanted in Intent:
        of_whom = [each for each in talked if each.person.intent is wanted]
        if of_whom:
            click.echo(f"  wanted, {wanted}: {', '.join(map(_named, of_whom))}")
    goals = [each for each in plans.every(app.store) if each.is_open]
    for gap in gaps(goals, standings, app.settings.owner, walk.today)[:_STEPS]:
        click.echo(f"  missing: {f'{shown(gap.goal)}: ' if gap.goal else ''}{gap.sentence}")
    click.echo("\nWhere to begin:")
    for first in _first_steps(talked):
        click.echo(f"  - {first}")
    if not goals:
        click.echo("  - What should be different in a year? fika plan templates")
    click.echo("  - For the coach: fika audit --export audit.md")


def _first_steps(talked: Sequence[Standing]) -> list[str]:
    """Whom to write to first: those who matter and are out of touch, then those on bad terms."""
    late = [each for each in talked if each.person.priority in _RATED and each.overdue]
    poor = [e for e in talked if e.person.priority in _RATED and e.person.quality is Quality.POOR]
    lines = [f"{_named(each)}: {each.reason}" for each in late[:_STEPS]]
    lines += [
        f"{_named(each)}: a poor relationship that matters. What would they say of it?"
        for each in poor[:_STEPS]
    ]
    return lines or ["Nobody who matters is out of touch: thank someone."]


def _counted(standings: Sequence[Standing]) -> str:
    statuses = Counter(each.status for each in standings)
    qualities = Counter(each.person.quality for each in standings)
    said = [f"{statuses[each]} {each}" for each in Status if statuses[each]]
    said += [f"{qualities[each]} {each}" for each in Quality if qualities[each]]
    return f"{counted(len(standings), 'person')}, {', '.join(said)}"


def _named(standing: Standing) -> str:
    from agent.terminal import STATUS_SHAPE

    return f"{shown(standing.person.name)} {STATUS_SHAPE[standing.status]}"
