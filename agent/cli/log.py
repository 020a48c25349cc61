"""`fika log`: contact that no calendar knows, and what was said, from one line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.owner import today, zone
from agent.cli.values import choice, read_day
from agent.errors import UsageProblem
from agent.relationships import memory as work
from agent.relationships import people as folk
from agent.store import people as store
from policies.memory.logline import Finding, Kind, read_line, settled
from policies.memory.mentions import Who
from policies.memory.thanks import thanks_for
from policies.people.person import Format, Person, PersonId
from policies.spoken import by_when, day_said
from policies.text import shown
from policies.wall import local_date, moment

_WHAT, _MOST = 200, 10


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="LINE")
@click.option(
    "--on", "day", default="today", metavar="DAY", help="2026-05-01, yesterday, Friday, 2w."
)
@click.option("--how", type=choice(Format), help="How you met; asked for, else a coffee.")
@click.option("--note", default="", help="For your own eyes.")
@click.option("--yes", "-y", is_flag=True, help="Save what was understood without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print what was understood as JSON.")
@click.pass_obj
def log(
    app: App,
    words: tuple[str, ...],
    day: str,
    how: str | None,
    note: str,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Record a contact that no calendar knows, and what came of it.

    LINE is a PERSON, or a sentence: "coffee with Ana; promised the paper by Tuesday; she
    introduced Raj". What was understood is shown before it is saved; with --json it is saved only
    with --yes.
    """
    when, text = _past_day(day, today(app)), " ".join(words)
    form = Format(how.replace("-", " ")) if how else None
    is_name = bool(store.find(app.store, text))
    found = () if is_name else read_line(text, _everyone(app), today(app))
    if is_name and as_json:
        found = (Finding(Kind.CONTACT, (Who(text, (folk.one(app.store, text).id,)),), "", text),)
    if not any(each.who for each in found):
        _one_contact(app, text, when, form, note, is_line=len(found) > 1)
        return
    found = _with_flags(_settled(app, found), when, form, note, today(app))
    if as_json:
        from agent.terminal import json_text

        if yes:
            work.record(app.store, found, today(app), zone(app))
        click.echo(json_text({"saved": yes, "findings": [_record(each) for each in found]}))
        return
    names = {each.id: shown(each.name) for each in _everyone(app)}
    click.echo("\n".join(_understood(found, names, today(app))))
    if agreed("Save?", yes=yes):
        work.record(app.store, found, today(app), zone(app))
        click.echo("saved")
        _still_open(app, found, names)


def _one_contact(
    app: App, text: str, when: date, form: Format | None, note: str, *, is_line: bool
) -> None:
    if is_line and not store.find(app.store, text):
        raise UsageProblem(
            "nobody on your list is named in it", 'begin with a name: fika log "Ana: …"'
        )
    person = folk.one(app.store, text)
    form = form or _how()
    if not note and _is_logged(app, person, when, form):
        click.echo(f"already logged for that day: {form.value} with {shown(person.name)}")
        return
    folk.record(app.store, person, when, form, note, zone(app))
    click.echo(f"logged: {form.value} with {shown(person.name)} on {when.isoformat()}")


def _is_logged(app: App, person: Person, when: date, form: Format) -> bool:
    theirs = (each for each in store.logged(app.store) if each.person == person.id)
    return any(
        each.format == form and local_date(moment(each.at_s), zone(app)) == when for each in theirs
    )


def _how() -> Format:
    if not sys.stdin.isatty():
        return Format.COFFEE
    asked = click.prompt("How did you meet", type=choice(Format), default=Format.COFFEE.value)
    return Format(asked.replace("-", " "))


def _past_day(text: str, present: date) -> date:
    day = read_day(text, present, ahead=False)
    if day > present:
        raise UsageProblem(f"{day.isoformat()} is still to come", "log it when it has happened")
    return day


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
    asked = click.prompt(f"Who is {shown(who.words)!r}", type=click.IntRange(1, len(some)))
    return Who(who.words, (some[asked - 1].id,))


def _with_flags(
    found: Iterable[Finding], when: date, form: Format | None, note: str, present: date
) -> tuple[Finding, ...]:
    """What the flags add to contacts: day and way where the line names none, and a note."""
    whole: list[Finding] = []
    for each in found:
        if each.kind is not Kind.CONTACT:
            whole.append(each)
            continue
        day = _past_day(each.day.isoformat(), present) if each.day else when
        whole.append(replace(each, day=day, format=each.format or form or _how()))
    if note and whole:
        whole.append(Finding(Kind.NOTE, whole[0].who[:1], note))
    return tuple(whole)


# ---------------------------------------------------------------- what was understood


def _understood(
    found: Iterable[Finding], names: dict[PersonId, str], present: date
) -> Iterable[str]:
    """A line for each thing, in the words it will be remembered by."""
    yield "Understood:"
    for each in found:
        who = " and ".join(names[one.found[0]] for one in each.who)
        yield f"  {_LABELS[each.kind]:9} {_sentence(each, who, present)}"
        if each.kind in work.TO_BE_THANKED:
            occasion = work.TO_BE_THANKED[each.kind]
            due = thanks_for(each.who[0].found[0], occasion, "", present).due
            yield f"  {'to thank':9} {who} for this, {by_when(due, present)}"


_LABELS = {
    Kind.CONTACT: "contact",
    Kind.PROMISED: "promise",
    Kind.PROMISED_ME: "promise",
    Kind.GAVE: "given",
    Kind.HAD: "had",
    Kind.INTRODUCED_ME: "had",
    Kind.ASKED: "asked",
    Kind.THANKED: "thanked",
    Kind.TO_THANK: "to thank",
    Kind.NOTE: "note",
}


def _sentence(each: Finding, who: str, present: date) -> str:
    what = shown(each.what, _WHAT)
    on = f" on {day_said(each.day, present)}" if each.day else ""
    due = f", {by_when(each.day, present)}" if each.day else ""
    match each.kind:
        case Kind.CONTACT:
            return f"{each.format} with {who}{on}"
        case Kind.PROMISED | Kind.GAVE:
            return f"to {who}: {what}{due if each.kind is Kind.PROMISED else on}"
        case Kind.PROMISED_ME | Kind.HAD | Kind.INTRODUCED_ME | Kind.ASKED:
            return f"from {who}: {what}{due if each.kind is Kind.PROMISED_ME else on}"
        case Kind.THANKED | Kind.TO_THANK:
            for_what = f" for {what}" if what else ""
            return f"{who}{for_what}{on if each.kind is Kind.THANKED else due}"
        case Kind.NOTE:
            return f"on {who}, kept as it is: {what}"


def _record(each: Finding) -> dict[str, object]:
    return {
        "kind": each.kind.value,
        "people": [who.found[0] for who in each.who],
        "what": each.what,
        "cue": each.cue,
        "day": each.day.isoformat() if each.day else None,
        "format": each.format.value if each.format else None,
    }


def _still_open(app: App, found: Sequence[Finding], names: dict[PersonId, str]) -> None:
    """What was promised to these people before, now that it may have been kept."""
    new = {each.what for each in found if each.kind is Kind.PROMISED}
    everyone = {who.found[0] for each in found for who in each.who}
    for each in work.owed(app.store).promises:
        if each.mine and each.person in everyone and each.what not in new:
            said = f"{shown(each.what, _WHAT)} to {names[each.person]}"
            click.echo(f"Still promised: {said}. Kept? fika promises kept {each.number}")
