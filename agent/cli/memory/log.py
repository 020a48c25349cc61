"""`fika log`: contact that no calendar knows, and what was said, from one line; and its undo."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.completing import PERSON
from agent.cli.memory import log_view as view
from agent.cli.owner import today, zone
from agent.cli.values import Whole, choice, chosen
from agent.days import read_day
from agent.errors import UsageProblem
from agent.relationships import diary
from agent.relationships import memory as work
from agent.relationships import people as folk
from agent.store import diary as store_diary
from agent.store import people as store
from policies.memory.logline import Finding, Kind, read_line, settled
from policies.memory.mentions import Who
from policies.people.person import Format, Person, PersonId
from policies.text import shown
from policies.wall import local_day

_WHAT, _MOST, _LATELY = 200, 10, 10


@click.command()
@click.argument("words", nargs=-1, type=PERSON, metavar="[LINE]")
@click.option(
    "--on", "day", default="today", metavar="DAY", help="2026-05-01, yesterday, Friday, 2w."
)
@click.option("--how", type=choice(Format), help="How you met; asked for, else a coffee.")
@click.option("--note", default="", help="For your own eyes.")
@click.option("--undo", is_flag=True, help="Take back the last line, and all that came of it.")
@click.option("--yes", "-y", is_flag=True, help="Save, or take back, without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; nothing is asked.")
@click.pass_obj
def log(
    app: App,
    words: tuple[str, ...],
    day: str,
    how: str | None,
    note: str,
    *,
    undo: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Record a contact that no calendar knows, and what came of it.

    LINE is a PERSON, or a sentence: "coffee with Ana; promised the paper by Tuesday; she
    introduced Raj". What was understood is shown before it is saved; with --json it is saved only
    with --yes. Without a LINE: what was logged last.
    """
    if undo and words:
        raise UsageProblem("--undo takes back the last line, and logs none", "leave the words out")
    if undo:
        _take_back(app, yes=yes, as_json=as_json)
    elif words:
        form = Format(chosen(how)) if how else None
        flags = _Flags(_past_day(day, today(app)), form, note)
        _log(app, " ".join(words), flags, yes=yes, as_json=as_json)
    elif how or note or day != "today":
        raise UsageProblem("it does not say whom you met", "name them: fika log PERSON")
    else:
        _list(app, as_json=as_json)


class _Flags(NamedTuple):
    """What is said beside the line; it goes with contacts of which the line does not say it."""

    day: date
    form: Format | None
    note: str


def _log(app: App, text: str, flags: _Flags, *, yes: bool, as_json: bool) -> None:
    is_name = bool(store.find(app.store, text))
    found = () if is_name else read_line(text, _everyone(app), today(app))
    if is_name and as_json:
        found = (Finding(Kind.CONTACT, (Who(text, (folk.one(app.store, text).id,)),), "", text),)
    if not any(each.who for each in found):
        _one_contact(app, text, flags, is_line=len(found) > 1)
        return
    found = _with_flags(_settled(app, found), flags, today(app))
    if as_json:
        from agent.terminal import json_text

        if yes:
            diary.record(app.store, found, today(app), zone(app))
        click.echo(json_text({"saved": yes, "findings": [view.record(each) for each in found]}))
        return
    names = _names(app)
    click.echo("\n".join(view.understood(found, names, today(app))))
    if agreed("Save?", yes=yes):
        diary.record(app.store, found, today(app), zone(app))
        click.echo("saved; `fika log --undo` takes it back")
        _still_open(app, found, names)


def _one_contact(app: App, text: str, flags: _Flags, *, is_line: bool) -> None:
    if is_line and not store.find(app.store, text):
        raise UsageProblem(
            "nobody on your list is named in it", 'begin with a name: fika log "Ana: …"'
        )
    person = folk.one(app.store, text)
    when, form = flags.day, flags.form or _how()
    if not flags.note and _is_logged(app, person, when, form):
        click.echo(f"already logged for that day: {form.value} with {shown(person.name)}")
        return
    diary.contact(app.store, person, when, form, flags.note, today(app), zone(app))
    click.echo(f"logged: {form.value} with {shown(person.name)} on {when.isoformat()}")


def _is_logged(app: App, person: Person, when: date, form: Format) -> bool:
    theirs = (each for each in store.logged(app.store) if each.person == person.id)
    return any(each.format == form and local_day(each.at_s, zone(app)) == when for each in theirs)


def _how() -> Format:
    if not sys.stdin.isatty():
        return Format.COFFEE
    asked = click.prompt("How did you meet", type=choice(Format), default=Format.COFFEE.value)
    return Format(chosen(asked))


def _past_day(text: str, present: date) -> date:
    day = read_day(text, present, ahead=False)
    if day > present:
        raise UsageProblem(f"{day.isoformat()} is still to come", "log it when it has happened")
    return day


# ---------------------------------------------------------------- what was logged


def _list(app: App, *, as_json: bool) -> None:
    from agent.terminal import json_text

    found, names = store_diary.latest(app.store, _LATELY), _names(app)
    if as_json:
        click.echo(json_text([view.line_record(each) for each in found]))
    elif found:
        listed = ("\n".join(view.logged(each, names, today(app))) for each in found)
        click.echo("\n\n".join(listed))
    else:
        click.echo('Nothing is logged. `fika log "coffee with Ana"` does.')


def _take_back(app: App, *, yes: bool, as_json: bool) -> None:
    from agent.terminal import json_text

    last = next(iter(store_diary.latest(app.store, 1)), None)
    if last is None:
        raise UsageProblem("nothing is logged that could be taken back", "see `fika log`")
    names = _names(app)
    if as_json:
        stay = [each.person for each in diary.take_back(app.store, last)] if yes else []
        known = {"taken_back": yes, "notes_that_stay": stay, **view.line_record(last)}
        click.echo(json_text(known))
        return
    click.echo("\n".join(view.logged(last, names, today(app))))
    if agreed("Take all of it back?", yes=yes):
        for each in diary.take_back(app.store, last):
            click.echo(
                f"the notes on {names[each.person]} were changed since, and stay as they are"
            )
        click.echo("taken back")


def _names(app: App) -> dict[PersonId, str]:
    return {each.id: shown(each.name) for each in _everyone(app)}


# ---------------------------------------------------------------- a sentence


def _everyone(app: App) -> tuple[Person, ...]:
    return store.everyone(app.store)


def _settled(app: App, found: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings with everyone one person, asked for where they could be several."""
    about = next(each.who[0] for each in found if each.who)
    whole = [each if each.who else replace(each, who=(about,)) for each in found]
    names = {each.id: each for each in _everyone(app)}
    mentions = dict.fromkeys(who for each in whole for who in each.who)
    return settled(whole, {who: _one_of(who, names) for who in mentions})


def _one_of(who: Who, names: dict[PersonId, Person]) -> Who:
    """The one person meant.

    Raises:
        UsageProblem: it is nobody listed, or could be several and nobody is there to ask.
    """
    if len(who.found) == 1:
        return who
    if not who.found:
        raise UsageProblem(
            f"nobody on your list is called {shown(who.words)!r}",
            f"`fika people add {shown(who.words)}`, then log it again",
        )
    some = [names[each] for each in who.found[:_MOST]]
    if not sys.stdin.isatty():
        listed = (f"  {shown(each.id)}: {shown(each.name)}" for each in some)
        raise UsageProblem(
            "\n".join((f"{shown(who.words)!r} could be {len(who.found)} people", *listed)),
            "name one by its id",
        )
    for number, each in enumerate(some, 1):
        click.echo(f"  {number}  {shown(each.name)} ({shown(each.id)})")
    asked = click.prompt(f"Who is {shown(who.words)!r}", type=Whole(1, len(some)))
    return Who(who.words, (some[asked - 1].id,))


def _with_flags(found: Iterable[Finding], flags: _Flags, present: date) -> tuple[Finding, ...]:
    """What the flags add to contacts: day and way where the line names none, and a note."""
    whole: list[Finding] = []
    for each in found:
        if each.kind is not Kind.CONTACT:
            whole.append(each)
            continue
        day = _past_day(each.day.isoformat(), present) if each.day else flags.day
        whole.append(replace(each, day=day, format=each.format or flags.form or _how()))
    if flags.note and whole:
        whole.append(Finding(Kind.NOTE, whole[0].who[:1], flags.note))
    return tuple(whole)


def _still_open(app: App, found: Sequence[Finding], names: dict[PersonId, str]) -> None:
    """What was promised to these people before, now that it may have been kept."""
    new = {each.what for each in found if each.kind is Kind.PROMISED}
    everyone = {who.found[0] for each in found for who in each.who}
    for each in work.owed(app.store).promises:
        if each.mine and each.person in everyone and each.what not in new:
            said = f"{shown(each.what, _WHAT)} to {names[each.person]}"
            click.echo(f"Still promised: {said}. Kept? fika promises kept {each.number}")
