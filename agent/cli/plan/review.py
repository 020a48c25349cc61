"""`fika plan review`: through the goals, then the people, one key each, to a changed plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import click

from agent.app import App
from agent.cli.answers import NEXT, QUIT, UNDO, Answers
from agent.cli.owner import today
from agent.cli.plan import view
from agent.cli.plan.view import Shown
from agent.plan import goals as plans
from agent.plan.review import Visit, Walk
from agent.relationships import audit as audits
from agent.store import reviews
from agent.store.reviews import ReviewKind
from policies.audit.cadence import Standing
from policies.audit.progress import Trend
from policies.goals.gaps import gaps
from policies.goals.goal import Goal, GoalState, Step
from policies.goals.review import QUARTER, matters, of_the_quarter
from policies.goals.templates import next_review
from policies.people.person import Priority, Quality
from policies.spoken import counted
from policies.text import shown

_STEP_WITHIN: Final = timedelta(days=14)
_GOALS_MAX: Final = 9
_SHOWN: Final = 10
_REACHED, _DROPPED, _STEP, _SNOOZE = "r", "d", "n", "z"
_GOAL_KEYS: Final = (
    "k: keep · r: reached · d: drop · n: a next step (then type it) · q: stop, to go on later"
)
_PEOPLE_KEYS: Final = (
    "A B C D: priority · + = -: strong, fair, poor · 1-9: helps with that goal, or not ·"
    " n: a next step (then type it)\n"
    "z: leave in peace for a quarter · . (or Enter): next · u: undo · q: stop, to go on later"
)
_QUALITIES: Final = {"+": Quality.STRONG, "=": Quality.FAIR, "-": Quality.POOR}
_PRIORITIES: Final = frozenset(each.value for each in Priority)


@click.command()
@click.option("--year", is_flag=True, help="Of the year: everyone, not only those who matter most.")
@click.pass_obj
def review(app: App, *, year: bool) -> None:
    """Go through the goals and the people, one key each; it ends with a changed plan.

    The review of the quarter is about priorities A and B, those who help with a goal, and those
    who decide; that of the year about everyone. Each answer is kept at once, also from a pipe;
    a review that was stopped goes on where it was.
    """
    walk = Walk(app.store, ReviewKind.YEAR if year else ReviewKind.QUARTER, today(app))
    heading = f"Review of the {walk.review.kind}, begun on {walk.review.started}"
    click.echo(heading if walk.is_new else f"{heading}; it goes on")
    answers = Answers()
    if _goals(app, walk, answers) and _people(app, walk, answers, year=year):
        walk.end()
        _summary(app, walk, year=year)
    else:
        click.echo(f"Kept so far. It goes on with: fika plan review{' --year' if year else ''}")


def _goals(app: App, walk: Walk, answers: Answers) -> bool:
    """Each open goal that was not looked at in this review; false when the owner stops."""
    standings = audits.audit(app.store, app.settings, app.clock.now())
    looked_at = next_review(walk.review.started)
    waiting = [
        each
        for each in plans.every(app.store)
        if each.is_open and not (each.review_on and each.review_on >= looked_at)
    ]
    if waiting:
        click.echo(f"\n{_GOAL_KEYS}")
    for number, goal in enumerate(waiting, 1):
        click.echo()
        view.print_goal(Shown([goal], standings, walk.today), goal)
        question = f"{number} of {len(waiting)}  {shown(goal.title)}  "
        while (key := answers.key(question, f"k{_REACHED}{_DROPPED}{_STEP}{NEXT}{QUIT}")) == _STEP:
            _step(app, walk, goal, answers)
        if key == QUIT:
            return False
        _settle(app, walk, goal, key)
    return True


def _settle(app: App, walk: Walk, goal: Goal, key: str) -> None:
    if key in {_REACHED, _DROPPED}:
        state = GoalState.REACHED if key == _REACHED else GoalState.DROPPED
        plans.end(app.store, goal, state, walk.today)
        return

    def kept(known: Goal) -> Goal:
        return plans.reviewed(known, walk.today)

    plans.change(app.store, goal.id, kept)


def _step(app: App, walk: Walk, goal: Goal, answers: Answers) -> None:
    if text := answers.line("Next step"):
        step = plans.add_step(app.store, goal, Step(text, walk.today + _STEP_WITHIN))
        click.echo(f"  {view.step_said(step)}")


class _Round:
    """One walk through people, with what was decided so far."""

    def __init__(self, app: App, walk: Walk, answers: Answers, waiting: Sequence[Standing]) -> None:
        self.app = app
        self.walk = walk
        self.answers = answers
        self.waiting = waiting
        self.visits: list[Visit] = []
        self.goals = [each for each in plans.every(app.store) if each.is_open][:_GOALS_MAX]

    def go(self) -> bool:
        """Whether it came to an end."""
        for number, goal in enumerate(self.goals, 1):
            click.echo(f"  {number}  {shown(goal.title)}")
        while len(self.visits) < len(self.waiting):
            standing = self.waiting[len(self.visits)]
            visit = self.walk.visit(standing)
            key = self._visited(standing, visit)
            if key == QUIT:
                return False
            if key == NEXT:
                self.walk.leave(visit)
                self.visits.append(visit)
            elif self.visits:
                self.walk.take_back(visit)
                self.walk.take_back(self.visits.pop())
            else:
                self.walk.take_back(visit)
                click.echo("there is nobody to go back to")
        return True

    def _visited(self, standing: Standing, visit: Visit) -> str:
        """One person until the owner goes on, back, or stops."""
        digits = "".join(str(number) for number in range(1, len(self.goals) + 1))
        known = f"+=-{_STEP}{_SNOOZE}{NEXT}{UNDO}{QUIT}{digits}"
        question = self._question(standing)
        while True:
            key = self.answers.key(question, known, upper=_PRIORITIES)
            if key in {NEXT, UNDO, QUIT}:
                if key == QUIT:
                    self._keep(visit)
                return key
            self._decide(visit, key)
            question = "      "

    def _keep(self, visit: Visit) -> None:
        """Somebody of whom something was decided is done with, even where the owner stops."""
        if visit.changes:
            self.walk.leave(visit)

    def _decide(self, visit: Visit, key: str) -> None:
        if key in _PRIORITIES:
            self.walk.set(visit, priority=Priority(key))
            click.echo(f"      priority {key}")
        elif key in _QUALITIES:
            self.walk.set(visit, quality=_QUALITIES[key])
            click.echo(f"      {_QUALITIES[key]}")
        elif key == _SNOOZE:
            until = self.walk.today + QUARTER
            self.walk.set(visit, snoozed_until=until)
            click.echo(f"      left in peace until {until}")
        elif key == _STEP:
            self._next_step(visit)
        else:
            goal = self.goals[int(key) - 1]
            helps = self.walk.toggle(visit, goal)
            click.echo(f"      {'helps' if helps else 'no longer helps'} with {shown(goal.title)}")

    def _next_step(self, visit: Visit) -> None:
        theirs = [
            each
            for each in plans.every(self.app.store)
            if each.is_open and visit.now.id in each.people
        ]
        if not theirs:
            click.echo("      they help with no goal yet: press its number first")
        elif text := self.answers.line("Next step"):
            due = self.walk.today + _STEP_WITHIN
            step = self.walk.next_step(visit, theirs[0], text, due)
            click.echo(f"      {view.step_said(step)}, for {shown(theirs[0].title)}")

    def _question(self, standing: Standing) -> str:
        from agent.terminal import STATUS_SHAPE

        person = standing.person
        where = ", ".join(filter(None, map(shown, (person.role, person.organisation))))
        facts = [
            f"{STATUS_SHAPE[standing.status]} {standing.status}",
            f"last contact {standing.last}" if standing.last else "still to meet",
            *([person.quality.value] if person.quality else []),
            *(
                [f"helps with {', '.join(map(shown, standing.help.goals))}"]
                * bool(standing.help.goals)
            ),
        ]
        place = f"{len(self.visits) + 1} of {len(self.waiting)}"
        name = shown(person.name) + (f" ({where})" if where else "")
        return f"{place}  {person.priority}  {name}: {'; '.join(facts)}  "


def _people(app: App, walk: Walk, answers: Answers, *, year: bool) -> bool:
    standings = audits.audit(app.store, app.settings, app.clock.now())
    everyone = standings if year else of_the_quarter(standings)
    waiting = walk.left(everyone)
    click.echo(f"\n{_PEOPLE_KEYS}" if waiting else "\nNobody is left to go through.")
    return _Round(app, walk, answers, waiting).go() if waiting else True


def _summary(app: App, walk: Walk, *, year: bool) -> None:
    """What the review changed, what has become of everyone since the last, and what comes next."""
    standings = audits.audit(app.store, app.settings, app.clock.now())
    goals = [each for each in plans.every(app.store) if each.is_open]
    changed = walk.changed(standings)
    click.echo(f"\nDone. Changed for {len(changed)} of {len(walk.review.changes)} people:")
    for name, what in changed:
        click.echo(f"  {shown(name)}: {'; '.join(shown(line) for line in what.splitlines())}")
    _since(app, walk, standings, year=year)
    plan = Shown(goals, standings, walk.today)
    for each in plans.due(goals, walk.today + QUARTER)[:_SHOWN]:
        click.echo(f"next: {view.step_said(each.step, plan.name(each.step.person))}")
    for one in [each for each in standings if _could_be_better(each)][:_SHOWN]:
        click.echo(f"{shown(one.person.name)}: poor. What would be better, and how will you start?")
    if missing := len(gaps(goals, standings, app.settings.owner, walk.today)):
        things = counted(missing, "thing is", "things are")
        click.echo(f"{things} missing in your plan: fika audit --gaps")


def _could_be_better(standing: Standing) -> bool:
    """Whoever matters while the owner rates the relationship as poor."""
    return matters(standing) and standing.person.quality is Quality.POOR


def _since(app: App, walk: Walk, standings: Sequence[Standing], *, year: bool) -> None:
    before = reviews.last(app.store, walk.review.kind, besides=walk.review.number)
    day: date = before or walk.today - (timedelta(days=365) if year else QUARTER)
    found = [each.trend for each in audits.since(app.store, app.settings, standings, day)]
    if any(each is not Trend.NEW for each in found):
        counts = ", ".join(
            f"{count} {each}" for each in Trend if (count := sum(one is each for one in found))
        )
        click.echo(f"Since {day}: {counts}.")
