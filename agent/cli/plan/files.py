"""`fika plan export`, `import` and `note`: the plan as a file, and names out of a note."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.owner import today
from agent.cli.values import FORCE, YES
from agent.outfile import write
from agent.plan import files as plan_files
from agent.plan import goals as plans
from agent.plan.files import FromNote, Planned
from agent.terminal import path_shown
from policies.goals.written import plain
from policies.spoken import counted
from policies.text import shown

_SHOWN = 300
_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
_dry = click.option("--dry-run", is_flag=True, help="Show what would change, and stop.")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@FORCE
@click.pass_obj
def export(app: App, file: Path | None, *, force: bool) -> None:
    """Write the plan to a TOML file to edit by hand; without FILE, to standard output."""
    text = plan_files.written(app.store)
    if file is None:
        click.echo(text, nl=False)
    else:
        write(app.home, file, text, force=force)
        click.echo(f"written: {path_shown(file)}")


@click.command("import")
@_file
@_dry
@YES
@click.pass_obj
def import_(app: App, file: Path, *, dry_run: bool, yes: bool) -> None:
    """Read goals from a TOML file; you see what would change before it does.

    What the file states replaces what there is, what it leaves out stays. Goals that are not in
    the file stay as they are.
    """
    wanted = plan_files.planned(app.store, plan_files.read(file), today(app))
    for each in wanted:
        click.echo(_change(each))
    if not wanted:
        click.echo("nothing to change")
    elif dry_run:
        click.echo("a dry run changes nothing")
    elif agreed("Import?", yes=yes):
        plan_files.carry_out(app.store, wanted)
        click.echo(f"done: {counted(len(wanted), 'goal')}")


@click.command()
@click.argument("goal", metavar="GOAL")
@_file
@_dry
@YES
@click.pass_obj
def note(app: App, goal: str, file: Path, *, dry_run: bool, yes: bool) -> None:
    """Read who can help with a goal from a list of names, as you wrote it down.

    A name on each line, with or without a bullet; a role may stand beside it: Ana Silva (decides).
    Who is not on your list yet is added as still to meet, after asking.
    """
    known = plans.one(plans.every(app.store), goal)
    found = plan_files.note(app.store, file)
    for line in _note_lines(found):
        click.echo(line)
    if dry_run or not (found.known or found.unknown):
        click.echo("a dry run changes nothing" if dry_run else "nobody to add")
        return
    listing = bool(found.unknown) and agreed(
        f"List {len(found.unknown)} of them as still to meet?", yes=yes
    )
    changed = plan_files.take_note(app.store, known, found, today(app), listing=listing)
    click.echo(f"{shown(changed.title)}: {counted(len(changed.helpers), 'person')} can help")


def _change(each: Planned) -> str:
    before, after = each
    if before is None:
        people, steps = len(after.helpers), len(after.steps)
        counts = f"{counted(people, 'person')}, {counted(steps, 'step')}"
        return f"new: {shown(after.title, _SHOWN)} ({counts})"
    (old, old_lists), (new, new_lists) = plain(before), plain(after)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    names += [n for n in {**old_lists, **new_lists} if old_lists.get(n) != new_lists.get(n)]
    return f"changed: {shown(after.title, _SHOWN)}: {', '.join(names)}"


def _note_lines(found: FromNote) -> Iterator[str]:
    for each, person in found.known:
        yield f"on your list: {shown(person.name)} ({person.id}){_role(each.role)}"
    for each, people in found.unclear:
        keys = ", ".join(one.id for one in people)
        yield f"left out: {shown(each.name)} could be {keys}"
    for each in found.unknown:
        beside = f"  {shown(each.beside)}" if each.beside else ""
        yield f"to meet: {shown(each.name)}{_role(each.role)}{beside}"
    for other in found.others:
        yield f"left out: line {other.number} is no name: {shown(other.text, 60)}"


def _role(role: str | None) -> str:
    return f", {role}" if role else ""
