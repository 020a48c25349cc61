"""`fika plan`: the Strategic Relationships Plan, shown and changed."""

from __future__ import annotations

import sys
from typing import Any

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.completing import PERSON
from agent.cli.groups import WholeSummaries
from agent.cli.owner import today
from agent.cli.plan import view
from agent.cli.plan.fields import day_said, goal_options, with_said
from agent.cli.plan.files import export, import_, note
from agent.cli.plan.review import review
from agent.cli.plan.view import Shown
from agent.cli.values import AS_JSON, NUMBER, YES, choice, chosen
from agent.errors import UsageProblem
from agent.plan import goals as plans
from agent.relationships import audit as audits
from agent.relationships import people as folk
from policies.goals.goal import (
    Goal,
    GoalState,
    Helper,
    Outcome,
    OutcomeKind,
    Role,
    Stage,
    Step,
    with_helper,
)
from policies.goals.templates import TEMPLATES, Phase, of_phase, titled
from policies.text import shown

_goal = click.argument("goal", metavar="GOAL")


@click.group(cls=WholeSummaries, invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Goals reached and dropped, too.")
@AS_JSON
@click.pass_context
def plan(ctx: click.Context, *, everything: bool, as_json: bool) -> None:
    """Goals, who can help with each, the next steps, and what is missing.

    Without a command: the plan. GOAL is its key, its title, or a part of the title.
    """
    if ctx.invoked_subcommand is not None:
        return
    app: App = ctx.obj
    goals = plans.every(app.store)
    open_ = [each for each in goals if each.is_open or everything]
    found = _shown(app, *open_)
    if as_json:
        from agent.terminal import json_text

        click.echo(json_text(view.records(found)))
    else:
        view.print_plan(found, ended=len(goals) - len(open_))
        for line in plans.reviews_due(app.store, goals, today(app)):
            click.echo(line)


for each in (review, export, import_, note):
    plan.add_command(each)


@plan.command()
@click.option("--phase", type=choice(Phase), help="Only those of this phase of a career.")
def templates(phase: str | None) -> None:
    """Goals that many people have, to start from."""
    view.print_templates(of_phase(Phase(phase) if phase else None))


@plan.command()
@click.argument("title", nargs=-1)
@click.option("--template", type=click.Choice(list(TEMPLATES)), help="See `fika plan templates`.")
@goal_options
@click.option(
    "--who", "people", multiple=True, type=PERSON, metavar="PERSON",
    help="Who can help; repeatable.",
)  # fmt: skip
@click.pass_obj
def add(
    app: App,
    /,
    *,
    title: tuple[str, ...],
    template: str | None,
    people: tuple[str, ...],
    **said: Any,  # noqa: ANN401 - as click gives the options
) -> None:
    """Add a goal: what do you want to progress, why, by when, and who can help?"""
    if not title and template is None:
        raise UsageProblem("a goal needs a title", "give one, or a --template")
    helpers = [folk.one(app.store, each) for each in people]
    words = " ".join(title) or titled(template or "", said["function"] or "")
    goal = plans.new(words, template or "", plans.every(app.store), today(app))
    if said["why"] is None and sys.stdin.isatty():
        question = TEMPLATES[template].question if template else "Why does it matter?"
        said["why"] = click.prompt(question, default="", show_default=False)
    goal = with_said(goal, said, today(app))
    for each in helpers:
        goal = with_helper(goal, Helper(each.id))
    plans.keep(app.store, goal)
    _say(app, goal)


@plan.command()
@_goal
@click.option("--title", metavar="TEXT")
@goal_options
@click.pass_obj
def edit(app: App, /, *, goal: str, **said: Any) -> None:  # noqa: ANN401 - as click gives the options
    """Change what is said of a goal; an empty text clears it."""
    if all(value is None for value in said.values()):
        raise UsageProblem("nothing to change was named", "see `fika plan edit --help`")
    known = _one(app, goal)
    _say(app, plans.change(app.store, known.id, lambda kept: with_said(kept, said, today(app))))


@plan.command()
@_goal
@click.argument("words", nargs=-1, required=True, type=PERSON, metavar="PERSON")
@click.option("--role", type=choice(Role), help="What they can do for it.")
@click.option("--stage", type=choice(Stage), help="How far the relationship has come for it.")
@click.option("--remove", is_flag=True, help="They do not help with it after all.")
@click.pass_obj
def who(
    app: App,
    goal: str,
    words: tuple[str, ...],
    *,
    role: str | None,
    stage: str | None,
    remove: bool,
) -> None:
    """Say that PERSON helps with a goal, in what role, and how far that has come."""
    known, person = _one(app, goal), folk.one(app.store, " ".join(words))
    if remove:
        _say(app, plans.leave_out(app.store, known, person))
        return
    before = next((each for each in known.helpers if each.person == person.id), Helper(person.id))
    helper = Helper(
        person.id,
        Role(chosen(role)) if role else before.role,
        Stage(stage) if stage else before.stage,
    )
    _say(app, plans.name_helper(app.store, known, helper))


@plan.command()
@_goal
@click.argument("text", nargs=-1, required=True)
@click.option("--with", "person", type=PERSON, metavar="PERSON", help="Whom it is about.")
@click.option(
    "--by", default="2w", show_default=True, metavar="DAY", help="2026-05-01, Friday, 6w."
)
@click.pass_obj
def step(app: App, goal: str, text: tuple[str, ...], person: str | None, by: str) -> None:
    """Add a next step to a goal: a thing to do, with whom, by when."""
    known = _one(app, goal)
    someone = folk.one(app.store, person).id if person else None
    made = Step(" ".join(text), day_said(by, today(app)), someone)
    if not made.text.strip():
        raise UsageProblem("the step says nothing", "say what is to be done")
    plans.add_step(app.store, known, made)
    _say(app, _one(app, known.id))


@plan.command()
@click.argument("number", type=NUMBER)
@click.option("--undo", is_flag=True, help="It is still to do.")
@click.pass_obj
def done(app: App, number: int, *, undo: bool) -> None:
    """Mark the step of this number as done."""
    goal, changed = plans.finish_step(app.store, number, None if undo else today(app))
    click.echo(f"{'to do again' if undo else 'done'}: {shown(changed.text, 300)}")
    if not any(each.due for each in goal.to_do):
        title = shown(goal.title)
        click.echo(f"What is next for {title}? fika plan step {goal.id} TEXT --by DAY")


@plan.command()
@_goal
@click.argument("text", nargs=-1, required=True)
@click.option("--kind", type=choice(OutcomeKind), default="opportunity", show_default=True)
@click.option("--with", "person", type=PERSON, metavar="PERSON", help="Through whom it came.")
@click.option("--on", "day", default="0d", metavar="DAY", help="When; today if left out.")
@click.pass_obj
def outcome(
    app: App, goal: str, text: tuple[str, ...], *, kind: str, person: str | None, day: str
) -> None:
    """Record what came of a goal: an opportunity, a referral, business again."""
    known, when = _one(app, goal), day_said(day, today(app))
    someone = folk.one(app.store, person).id if person else None
    made = Outcome(OutcomeKind(chosen(kind)), " ".join(text), when or today(app), someone)
    _say(app, plans.add_outcome(app.store, known, made))


@plan.command()
@_goal
@click.option("--dropped", is_flag=True, help="It was given up, not reached.")
@click.option("--again", is_flag=True, help="It is open again.")
@click.pass_obj
def end(app: App, goal: str, *, dropped: bool, again: bool) -> None:
    """Mark a goal as reached; it weighs in the ranking no longer."""
    if dropped and again:
        raise UsageProblem("--dropped and --again exclude each other", "give one of them")
    state = GoalState.DROPPED if dropped else GoalState.OPEN if again else GoalState.REACHED
    _say(app, plans.end(app.store, _one(app, goal), state, today(app)))


@plan.command()
@_goal
@YES
@click.pass_obj
def remove(app: App, goal: str, *, yes: bool) -> None:
    """Take a goal out of the plan, with its steps and what came of it."""
    known = _one(app, goal)
    title = shown(known.title)
    if agreed(f"Remove {title!r}, with its steps and what came of it?", yes=yes):
        plans.remove(app.store, known)
        click.echo(f"removed: {title}")


def _one(app: App, words: str) -> Goal:
    return plans.one(plans.every(app.store), words)


def _shown(app: App, *goals: Goal) -> Shown:
    standings = audits.audit(app.store, app.settings, app.clock.now())
    return Shown(goals, standings, today(app))


def _say(app: App, goal: Goal) -> None:
    """The goal as it is kept now, with the numbers of its steps."""
    kept = next(each for each in plans.every(app.store) if each.id == goal.id)
    view.print_goal(_shown(app, kept), kept)
