"""How the plan looks: goals with their people, next steps and what is missing, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import click

from agent.plan.goals import DUE_WITHIN, due
from agent.terminal import say
from policies.audit.cadence import Standing
from policies.goals.gaps import gaps_of, perhaps
from policies.goals.goal import Goal, Helper, Outcome, Step
from policies.goals.templates import Template
from policies.people.person import PersonId
from policies.spoken import counted
from policies.text import shown, shown_lines

_TEXT = 300
_EMPTY = (
    "No goals yet. What do you want to progress, and who can help?\n"
    "`fika plan templates` has some to start from; `fika plan add TITLE` adds your own."
)


@dataclass(frozen=True)
class Shown:
    """The goals to show, and how everyone stands."""

    goals: Sequence[Goal]
    standings: Sequence[Standing]
    today: date

    @cached_property
    def known(self) -> Mapping[PersonId, Standing]:
        return {each.person.id: each for each in self.standings}

    def name(self, person: PersonId | None) -> str:
        """Their name to be shown; empty for nobody."""
        standing = self.known.get(person) if person else None
        return shown(standing.person.name) if standing else ""


def print_plan(plan: Shown, *, ended: int) -> None:
    """Goal by goal; ``ended`` is how many are reached or dropped and not shown."""
    if not plan.goals:
        say(_EMPTY)
    for goal in plan.goals:
        print_goal(plan, goal)
        click.echo()
    if ended:
        click.echo(f"{ended} reached or dropped: fika plan --all")
    soon = due(plan.goals, plan.today + DUE_WITHIN)
    if soon:
        steps = counted(len(soon), "step is", "steps are")
        say(f"{steps} due within two weeks; `fika plan done NUMBER` marks one as done.")


def print_goal(plan: Shown, goal: Goal) -> None:
    say(_heading(goal))
    for line in _about(goal, plan.today):
        say(f"  {line}")
    if goal.helpers:
        _print_helpers(plan, goal)
    for step in goal.to_do:
        say(f"  {_step(step, plan)}")
    for outcome in goal.outcomes:
        say(f"  {_outcome(outcome, plan)}")
    for gap in gaps_of(goal, plan.standings, plan.today):
        say(f"  missing: {gap.sentence}")
    if goal.is_open and (found := perhaps(goal, plan.standings)):
        say(f"  perhaps: {', '.join(map(_suggested, found))}")


def print_templates(found: Mapping[str, Template]) -> None:
    for key, each in found.items():
        say(f"{key}: {each.title} ({', '.join(each.phases)})")
        say(f"  {each.question}")
        say(f"  needs people in these roles: {', '.join(each.roles)}")
        for step in each.steps:
            say(f"  - {step.text}, within {step.days} days")
    click.echo("\n`fika plan add --template KEY` starts from one.")


def records(plan: Shown) -> list[dict[str, object]]:
    """The goals as JSON gives them; the names of the fields do not change."""
    return [
        {
            "id": goal.id,
            "title": goal.title,
            "why": goal.why,
            "by": _iso(goal.by),
            "function": goal.function,
            "level": goal.level,
            "weight": goal.weight,
            "template": goal.template,
            "review_on": _iso(goal.review_on),
            "state": goal.state,
            "listed_on": _iso(goal.listed_on),
            "ended_on": _iso(goal.ended_on),
            "people": [_helper_record(each, plan) for each in goal.helpers],
            "steps": [_step_record(each) for each in goal.steps],
            "outcomes": [
                {
                    "number": each.number,
                    "kind": each.kind,
                    "text": each.text,
                    "day": _iso(each.day),
                    "person": each.person,
                }
                for each in goal.outcomes
            ],
            "perhaps": [each.person.id for each in perhaps(goal, plan.standings)],
            "missing": [gap.sentence for gap in gaps_of(goal, plan.standings, plan.today)],
        }
        for goal in plan.goals
    ]


def step_said(step: Step, name: str = "") -> str:
    """`3  ask for lunch, with Ana Silva, by 2026-05-01`"""
    who = f", with {name}" if name else ""
    when = f", by {step.due}" if step.due else ""
    return f"{step.number}  {shown(step.text, _TEXT)}{who}{when}"


def _suggested(standing: Standing) -> str:
    person = standing.person
    about = ", ".join(filter(None, (shown(person.function), person.seniority)))
    return f"{shown(person.name)} ({about})" if about else shown(person.name)


def _heading(goal: Goal) -> str:
    ends = f", by {goal.by}" if goal.by and goal.is_open else ""
    ended = "" if goal.is_open else f", {goal.state} on {goal.ended_on}"
    return f"{shown(goal.title, _TEXT)} ({goal.id}){ends}{ended}"


def _about(goal: Goal, today: date) -> Iterator[str]:
    if goal.why:
        yield f"why: {' '.join(shown_lines(goal.why).split())}"
    level = f"{goal.level} level or above" if goal.level else ""
    if about := ", ".join(filter(None, (shown(goal.function), level))):
        yield f"about: {about}"
    if goal.weight != 1:
        yield f"weight: {goal.weight}"
    if goal.review_on and goal.is_open:
        due = ": fika plan review" if goal.review_on <= today else ""
        yield f"to be looked at again on {goal.review_on}{due}"


def _print_helpers(plan: Shown, goal: Goal) -> None:
    from agent.terminal import STATUS_SHAPE, STATUS_STYLE, Column, Styled, print_grid

    rows = []
    for each in goal.helpers:
        standing = plan.known.get(each.person)
        if standing is None:
            continue
        status = standing.status
        rows.append(
            (
                "",
                shown(standing.person.name),
                standing.person.priority,
                each.role,
                each.stage,
                Styled(f"{STATUS_SHAPE[status]} {status}", STATUS_STYLE[status]),
                str(standing.last or "to meet"),
                standing.person.quality or "",
            )
        )
    columns = [
        *(Column(""), Column("Who", gives_way=True), Column(""), Column("Role", gives_way=True)),
        *(Column("Stage", spare=2), Column("Status"), Column("Last contact", spare=1)),
        Column("Quality", spare=3),
    ]
    print_grid(columns, rows)


def _step(step: Step, plan: Shown) -> str:
    late = " (late)" if step.due and step.due < plan.today else ""
    return f"next: {step_said(step, plan.name(step.person))}{late}"


def _outcome(outcome: Outcome, plan: Shown) -> str:
    name = plan.name(outcome.person)
    through = f", through {name}" if name else ""
    return f"came of it: {outcome.kind}: {shown(outcome.text, _TEXT)}{through}, {outcome.day}"


def _helper_record(helper: Helper, plan: Shown) -> dict[str, object]:
    standing = plan.known.get(helper.person)
    return {
        "person": helper.person,
        "role": helper.role,
        "stage": helper.stage,
        "status": standing.status if standing else None,
    }


def _step_record(step: Step) -> dict[str, object]:
    return {
        "number": step.number,
        "text": step.text,
        "due": _iso(step.due),
        "person": step.person,
        "done_on": _iso(step.done),
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
