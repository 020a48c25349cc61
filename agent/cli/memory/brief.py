"""`fika brief`: what to look at before a coffee. `fika after`: did it happen, and what next?"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from agent.app import App
from agent.cli.answers import keys
from agent.cli.completing import PERSON
from agent.cli.values import AS_JSON
from agent.errors import UsageProblem
from agent.relationships import aftermath
from agent.relationships.aftermath import Next, Over
from policies.memory.brief import brief as parts_of
from policies.memory.brief import title
from policies.spoken import day_said
from policies.text import shown, shown_lines
from policies.wall import local_date, local_datetime


@click.command()
@click.argument("words", nargs=-1, required=True, type=PERSON, metavar="PERSON|NUMBER")
@AS_JSON
@click.pass_obj
def brief(app: App, words: tuple[str, ...], *, as_json: bool) -> None:
    """What to look at before a coffee: history, common ground, promises, three questions.

    NUMBER is that of a proposal. It shows your private notes too, and leaves this machine
    nowhere but in your own digest, which is without them.
    """
    from agent.relationships import briefing
    from agent.terminal import console, json_text, print_sections

    facts = briefing.of_words(app.store, app.settings, " ".join(words), app.clock.now())
    parts, notes = parts_of(facts), facts.person.notes.reveal()
    if as_json:
        record = {each.heading.lower(): list(each.lines) for each in parts}
        click.echo(json_text({"title": title(facts), **record, "notes": notes}))
        return
    screen = console()
    screen.print(title(facts), style="bold", markup=False, soft_wrap=True)
    print_sections((each.heading, each.lines, False) for each in parts)
    if notes:
        screen.print("\nYour notes", style="bold", markup=False)
        for line in shown_lines(notes).splitlines():
            screen.print(f"  {line}", markup=False, soft_wrap=True)


_HAPPENED = "y: it happened · n: it did not · s: ask me later · q: quit"
_NEXT = (
    "p: I promised something · o: they promised me something · h: they helped me · g: I gave"
    " something · t: thank them · l: I learned something · n: nothing more"
)


@click.command()
@click.option("--again", is_flag=True, help="Ask about those you have answered, too.")
@AS_JSON
@click.pass_obj
def after(app: App, *, again: bool, as_json: bool) -> None:
    """After a coffee: did it happen, and what next? One key each.

    A coffee that did not happen is no contact. Keys are read from the terminal, or one after
    the other from standard input, where what was promised follows its key on the same line.
    """
    found = aftermath.to_ask(app.store, app.clock.now(), again=again)
    if as_json:
        from agent.terminal import json_text

        click.echo(json_text([_record(each, app) for each in found]))
    elif not found:
        click.echo("Nothing to ask: every coffee of the last two weeks is answered.")
    else:
        click.echo(_HAPPENED)
        _walk(app, found)


def _walk(app: App, found: Sequence[Over]) -> None:
    for each in found:
        key = _key(f"{_said(each, app)}: did it happen?  ", "ynsq")
        if key == "q":
            return
        if key == "s":
            continue
        aftermath.say(app.store, each, happened=key == "y")
        if key == "n":
            click.echo("  It counts as no contact any more.")
            continue
        click.echo(f"  {_NEXT}")
        while (key := _key("  What next?  ", "pohgtln")) != "n":
            _remember(app, each, key)


def _remember(app: App, over: Over, key: str) -> None:
    try:
        noted = aftermath.keep(app.store, app.settings, over, Next(key), _words(), app.clock.now())
    except UsageProblem as problem:
        click.echo(f"  {problem.cause}: {problem.remedy}")
    else:
        click.echo(f"  {shown(noted, 200)}")


def _key(question: str, known: str) -> str:
    """The next key that means something; the end of input is the last of ``known``."""
    click.echo(question, nl=False)
    for key in keys():
        if key.lower() in known:
            click.echo(key.lower())
            return key.lower()
        if not sys.stdin.isatty():
            sys.stdin.readline()  # words that were meant for another question answer none
        click.echo(f"\n  one of {' '.join(known)}, please\n{question}", nl=False)
    click.echo()
    return known[-1]


def _words() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("  What, and by when", default="", show_default=False))
    return sys.stdin.readline().strip()


def _said(over: Over, app: App) -> str:
    """`Ana Silva: coffee, Tue 3 Mar 09:30`, or as the calendar calls it."""
    local = local_datetime(over.meeting.start_s, app.settings.owner.zone)
    day = day_said(local.date(), local_date(app.clock.now(), app.settings.owner.zone))
    return f"{shown(over.person.name)}: {shown(over.meeting.what)}, {day} {local:%H:%M}"


def _record(over: Over, app: App) -> dict[str, object]:
    local = local_datetime(over.meeting.start_s, app.settings.owner.zone)
    return {
        "person": over.person.id,
        "name": over.person.name,
        "what": over.meeting.what,
        "start": local.isoformat(),
        "proposal": over.meeting.proposal or None,
    }
