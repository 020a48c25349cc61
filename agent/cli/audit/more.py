"""What else the audit tells: what has become of everyone, what is missing, and a coach's page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import click

from agent.app import App
from agent.outfile import write
from agent.plan import goals as plans
from agent.relationships import audit as audits
from agent.relationships.audit import Line
from agent.store import standings as history
from agent.terminal import path_shown, say
from policies.audit.cadence import Standing
from policies.audit.coach import CoachFacts, Row, markdown, rows, tellable
from policies.audit.progress import Progress, Trend
from policies.audit.segments import exposure
from policies.goals.gaps import Gap, gaps
from policies.goals.goal import Goal
from policies.people.person import PersonId
from policies.text import cell, shown

_SHOWN = 32


def show_since(app: App, standings: Sequence[Standing], day: date, *, as_json: bool) -> None:
    """Who came closer and who drifted away since the evening of ``day``."""
    found = audits.since(app.store, app.settings, standings, day)
    if as_json:
        from agent.terminal import json_text

        click.echo(json_text([_progress_record(each) for each in found]))
        return
    first = history.first_day(app.store)
    if first is None or first > day:
        said = f"before {first}" if first else "before the first run"
        click.echo(f"How people stood {said} is reckoned from the calendars of today.", err=True)
    _print_progress(found, day)


def show_gaps(app: App, lines: Sequence[Line], *, as_json: bool) -> None:
    """What is missing: in each goal, among those who decide, by function and level."""
    found = _gaps(app, [line.standing for line in lines])
    reach = exposure(line.facts.in_a_year for line in lines)
    if as_json:
        from agent.terminal import json_text

        records = [{"kind": g.kind, "goal": g.goal, "sentence": g.sentence} for g in found]
        click.echo(json_text({"missing": records, "exposure": reach._asdict()}))
        return
    for heading in dict.fromkeys(gap.goal for gap in found):
        click.echo(shown(heading) if heading else "Beyond single goals")
        for gap in found:
            if gap.goal == heading:
                say(f"  {gap.sentence}")
    if not found:
        say("Nothing is missing: every goal has people, steps, and those who decide.")
    if reach.contacts:
        share = 100 * reach.beyond // reach.contacts
        say(
            f"\nOf {reach.contacts} contacts in the past year {reach.beyond} ({share} %) were with"
            " people you do not meet day to day anyway."
        )


def write_export(app: App, standings: Sequence[Standing], file: Path, *, force: bool) -> None:
    """The audit for a coach, as CSV where the name says so, else as Markdown; ``-``: on screen."""
    facts = _coach_facts(app, standings)
    text = _csv(rows(facts)) if file.suffix.lower() == ".csv" else markdown(facts)
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    write(app.home, file, text, force=force)
    left_out = len(standings) - len(tellable(standings))
    without = f"; {left_out} sensitive left out" if left_out else ""
    click.echo(f"written: {path_shown(file)}, {len(standings) - left_out} people{without}")


def _gaps(app: App, standings: Sequence[Standing]) -> tuple[Gap, ...]:
    today = standings[0].today if standings else audits.today(app.settings, app.clock.now())
    return gaps(plans.every(app.store), standings, app.settings.owner, today)


def _coach_facts(app: App, standings: Sequence[Standing]) -> CoachFacts:
    settings, now = app.settings, app.clock.now()
    everyone = audits.audit(app.store, settings, now)
    names = {each.person.id: each.person.name for each in everyone}
    found = _gaps(app, everyone)
    return CoachFacts(
        day=audits.today(settings, now),
        owner=settings.owner,
        standings=tuple(standings),
        hidden=tuple(each.person for each in everyone if each.person.sensitive),
        plan=tuple(
            tuple(_plan_lines(each, names)) for each in plans.every(app.store) if each.is_open
        ),
        gaps=tuple(f"{gap.goal}: {gap.sentence}" if gap.goal else gap.sentence for gap in found),
    )


def _plan_lines(goal: Goal, names: Mapping[PersonId, str]) -> Iterator[str]:
    """A heading, then a line for each person and each step."""
    yield f"{goal.title}, by {goal.by}" if goal.by else goal.title
    for helper in goal.helpers:
        yield f"{names.get(helper.person, '')}: {helper.role}, {helper.stage}"
    for step in goal.to_do:
        who = f", with {names.get(step.person, '')}" if step.person else ""
        yield f"next: {step.text}{who}" + (f", by {step.due}" if step.due else "")


def _csv(found: Sequence[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(Row._fields)
    writer.writerows([cell(v) if isinstance(v, str) else v for v in each] for each in found)
    return out.getvalue()


def _print_progress(found: Sequence[Progress], day: date) -> None:
    from agent.terminal import STATUS_SHAPE, STATUS_STYLE, Column, Styled, print_grid

    columns = [
        Column("Person", gives_way=True),
        *(Column(""), Column("Then"), Column("Now")),
        *(Column("Quality then", spare=2), Column("Now", spare=1)),
    ]
    for trend in dict.fromkeys(each.trend for each in found):
        theirs = [each for each in found if each.trend is trend]
        if trend is Trend.SAME:
            continue
        click.echo(f"{trend.capitalize()} ({len(theirs)})")
        table = []
        for before, now, _ in theirs:
            person = now.person
            then = before.status if before else None
            statuses = [
                Styled(f"{STATUS_SHAPE[each]} {each}", STATUS_STYLE[each]) if each else ""
                for each in (then, now.status)
            ]
            qualities = [(before and before.quality) or "", person.quality or ""]
            table.append([shown(person.name, _SHOWN), person.priority, *statuses, *qualities])
        print_grid(columns, table)
        click.echo()
    same = sum(each.trend is Trend.SAME for each in found)
    say(f"Since {day}: {_counts(found)}; {same} as before.")


def _counts(found: Sequence[Progress]) -> str:
    moved = [trend for trend in Trend if trend is not Trend.SAME]
    return ", ".join(f"{sum(e.trend is trend for e in found)} {trend}" for trend in moved)


def _progress_record(each: Progress) -> dict[str, object]:
    before, now = each.before, each.now
    return {
        "id": now.person.id,
        "name": now.person.name,
        "trend": each.trend,
        "status_then": before.status if before else None,
        "status": now.status,
        "quality_then": before.quality if before else None,
        "quality": now.person.quality,
        "priority_then": before.priority if before else None,
        "priority": now.person.priority,
    }
