"""`fika events`: what to go to, whom one knows there, and following up within two days."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.completing import PEOPLE, PERSON
from agent.cli.groups import WithDefault
from agent.cli.values import AHEAD, AS_JSON, YES
from agent.terminal import say
from policies.text import shown

if TYPE_CHECKING:
    from datetime import date, datetime

    from policies.circles.events import Event
    from policies.people.person import Person, PersonId

_KNOWN = 4
_event = click.argument("words", metavar="EVENT")


@click.group(cls=WithDefault)
def events() -> None:
    """Events of many people: ahead, and to be followed up. Without a command: both lists.

    EVENT is its number, or a part of its title in your calendar.
    """


@events.command("list")
@AS_JSON
@click.pass_obj
def listed(app: App, *, as_json: bool) -> None:
    """What is to be followed up, then what is ahead."""
    from agent.plan import goals as plan
    from agent.relationships import events as gathered
    from agent.store import people as store
    from agent.terminal import json_text
    from policies.circles.events import ahead, to_follow_up

    now = app.clock.now()
    found = gathered.every(app.store, app.settings, now)
    names = {each.id: shown(each.name) for each in store.everyone(app.store)}
    goals: dict[str, str] = {each.id: each.title for each in plan.every(app.store)}
    over, coming = to_follow_up(found, now), ahead(found, now)
    if as_json:
        click.echo(json_text([_record(each) for each in (*over, *coming)]))
        return
    parts = [
        _part("To follow up", (_over(app, each, names, now) for each in over)),
        _part("Ahead", (_ahead(app, each, names, goals) for each in coming)),
    ]
    nothing = "None near. One that stands in no calendar: fika events add TITLE --on DAY"
    say("\n\n".join(filter(None, parts)) or nothing)


@events.command()
@click.argument("title", nargs=-1, required=True)
@click.option("--on", "day", type=AHEAD, required=True, metavar="DAY")
@click.option("--goal", metavar="GOAL", help="What you go for; going becomes a step of it.")
@click.pass_obj
def add(app: App, title: tuple[str, ...], day: date, goal: str | None) -> None:
    """Note an event that stands in no calendar."""
    from agent.relationships import events as gathered
    from policies.people.tidy import line

    made = gathered.add(app.store, app.settings, line(" ".join(title)), day)
    if goal is not None:
        made = gathered.serve(app.store, app.settings, made, goal)
    click.echo(f"{made.number}. {shown(made.title)}, {_day(app, made)}")


@events.command()
@_event
@click.option("--goal", metavar="GOAL", help="What you go for; going becomes a step of it.")
@click.pass_obj
def go(app: App, words: str, goal: str | None) -> None:
    """Say that you go to one, and what for.

    It may be anything in your calendars, of whatever size.
    """
    from agent.relationships import events as gathered

    found = _one(app, words)
    if goal is not None:
        kept = gathered.serve(app.store, app.settings, found, goal)
    else:
        kept = gathered.keep(app.store, found)
    step = "; a step of your goal now: fika plan" if goal is not None else ""
    click.echo(f"{kept.number}. {shown(kept.title)}, {_day(app, kept)}{step}")


@events.command()
@_event
@click.argument("people", nargs=-1, required=True, type=PEOPLE, metavar="PERSON...")
@click.pass_obj
def met(app: App, words: str, people: tuple[str, ...]) -> None:
    """Say whom you met there.

    It counts as contact, and each of them is to be written to within two days.
    """
    from agent.relationships import events as gathered

    met_there = [_person(app, each) for each in people]
    kept = gathered.meet(app.store, _one(app, words), met_there, app.clock.now())
    for each in met_there:
        click.echo(f"met: {shown(each.name)} (a note: fika events note {kept.number} {each.id})")
    click.echo(f"Write to them by {_moment(app, kept.follow_up_by)}.")


@events.command()
@_event
@click.argument("person", type=PERSON, metavar="PERSON")
@AS_JSON
@click.pass_obj
def note(app: App, words: str, person: str, *, as_json: bool) -> None:
    """A note to somebody you met there, for you to send."""
    from agent.cli.circles.notes_view import note_record, show_note
    from agent.terminal import json_text
    from policies.outreach.notes import after_event

    event, guest = _one(app, words), _person(app, person)
    made = after_event(guest.name, app.settings.owner.name, event.title)
    if as_json:
        click.echo(json_text(note_record(made, guest.addresses[:1])))
        return
    show_note(made, guest.addresses[:1])
    click.echo(f"When it is sent: fika events done {event.number or shown(words)} {guest.id}")


@events.command()
@_event
@click.argument("people", nargs=-1, required=True, type=PEOPLE, metavar="PERSON...")
@click.pass_obj
def done(app: App, words: str, people: tuple[str, ...]) -> None:
    """Say that you wrote to them."""
    from agent.relationships import events as gathered

    event = _one(app, words)
    for each in people:
        person = _person(app, each)
        gathered.follow(app.store, event, person)
        click.echo(f"followed up: {shown(person.name)}")


@events.command()
@_event
@YES
@click.pass_obj
def drop(app: App, words: str, *, yes: bool) -> None:
    """Forget what you said of one; contact there stays."""
    from agent.relationships import events as gathered

    event = _one(app, words)
    if agreed(f"Forget what you said of {shown(event.title)}?", yes=yes):
        gathered.drop(app.store, event)
        click.echo(f"dropped: {shown(event.title)}")


def _one(app: App, words: str) -> Event:
    from agent.relationships import events as gathered

    return gathered.one(app.store, app.settings, words, app.clock.now())


def _person(app: App, words: str) -> Person:
    from agent.relationships import people as folk

    return folk.one(app.store, words)


def _part(heading: str, lines: Iterable[str]) -> str:
    found = [f"  {each}" for each in lines]
    return "\n".join((heading, *found)) if found else ""


def _over(app: App, each: Event, names: dict[PersonId, str], now: datetime) -> str:
    by = _moment(app, each.follow_up_by)
    when = f"by {by}" if now < each.follow_up_by else f"(it was due {by})"
    if each.to_follow_up:
        who = " and ".join(names[person] for person in each.to_follow_up)
        return f"{_called(each)}: write to {who} {when}"
    ask = f"fika events met {each.number or repr(shown(each.title))} PERSON"
    return f"{_called(each)}: whom did you meet? {ask}, and write to them {when}"


def _ahead(app: App, each: Event, names: dict[PersonId, str], goals: dict[str, str]) -> str:
    size = f", {each.size} invited" if each.size else ""
    known = [names[person] for person in each.known]
    more = f" and {len(known) - _KNOWN} more" if len(known) > _KNOWN else ""
    there = f"; you know {', '.join(known[:_KNOWN])}{more}" if known else ""
    goal = f"; for {shown(goals[each.goal])}" if each.goal else ""
    return f"{_day(app, each)}: {_called(each)}{size}{there}{goal}"


def _called(each: Event) -> str:
    number = f"{each.number}. " if each.number else ""
    return f"{number}{shown(each.title) or 'without a title'}"


def _day(app: App, each: Event) -> str:
    from policies.wall import local_date

    day = local_date(each.start, app.settings.owner.zone)
    return f"{day:%a} {day.day} {day:%b %Y}"


def _moment(app: App, at: datetime) -> str:
    from policies.spoken import moment_said

    return moment_said(at, app.settings.owner.zone)


def _record(each: Event) -> dict[str, object]:
    return {
        "number": each.number or None,
        "title": each.title,
        "uid": each.uid or None,
        "start": each.start.isoformat(),
        "end": each.end.isoformat(),
        "size": each.size or None,
        "goal": each.goal or None,
        "known": list(each.known),
        "met": [{"person": person, "followed_up": done} for person, done in each.met],
        "follow_up_by": each.follow_up_by.isoformat(),
    }
