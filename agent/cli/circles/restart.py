"""`fika restart`: what could be taken up again, and the words for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from agent.app import App
from agent.cli.values import AS_JSON
from agent.errors import UsageProblem
from agent.terminal import say
from policies.text import shown

if TYPE_CHECKING:
    from agent.relationships.circles import Restarts
    from policies.audit.cadence import Standing
    from policies.circles.series import Lapse, Quiet
    from policies.outreach.notes import Note

_MOST = 12
_MEMBERS = 5


@click.command()
@click.argument("words", nargs=-1, metavar="[NAME]")
@click.option("--all", "everything", is_flag=True, help="All who have been asleep, not the first.")
@AS_JSON
@click.pass_obj
def restart(app: App, words: tuple[str, ...], *, everything: bool, as_json: bool) -> None:
    """One-to-ones that stopped, groups gone quiet, and ties asleep for over a year.

    With the NAME of one of those people or groups: a note to them, for you to send.
    """
    from agent.relationships.audit import audit
    from agent.relationships.circles import to_restart
    from agent.terminal import json_text

    now = app.clock.now()
    found = to_restart(app.store, app.settings, audit(app.store, app.settings, now), now)
    if words:
        _say(_note(app, found, " ".join(words)), as_json=as_json)
    elif as_json:
        click.echo(json_text(_record(found)))
    else:
        _show(app, found, len(found.dormant) if everything else _MOST)


def _say(note: tuple[Note, tuple[str, ...]], *, as_json: bool) -> None:
    from agent.cli.circles.notes_view import note_record, show_note
    from agent.terminal import json_text

    if as_json:
        click.echo(json_text(note_record(*note)))
    else:
        show_note(*note)


def _note(app: App, found: Restarts, words: str) -> tuple[Note, tuple[str, ...]]:
    """The words for taking it up again, and whom they are for."""
    from policies.outreach import notes
    from policies.outreach.wording import is_upward
    from policies.people.identity import folded
    from policies.spoken import since_said
    from policies.wall import local_date

    owner, sought = app.settings.owner, folded(words)
    for group in found.groups:
        if sought in folded(group.title):
            today = local_date(app.clock.now(), owner.zone)
            since = since_said(group.last, today, northern=owner.zone.startswith("Europe/"))
            return notes.group_again(group.title, owner.name, since), group.addresses
    for each in found.one_to_ones:
        person = each.standing.person
        if sought in (folded(person.id), folded(person.name)) or sought in folded(person.name):
            upward = is_upward(person.relation, person.seniority, owner.seniority)
            note = notes.one_to_one_again(person.name, owner.name, upward=upward)
            return note, person.addresses[:1]
    raise UsageProblem(f"nothing to restart is called {shown(words)!r}", "see `fika restart`")


def _show(app: App, found: Restarts, most: int) -> None:
    parts = [
        _part("One-to-ones that stopped", map(_one_to_one, found.one_to_ones)),
        _part("Groups gone quiet", (line for each in found.groups for line in _group(each))),
        _part(_asleep(app), _dormant(found.dormant, most)),
    ]
    said = "\n\n".join(filter(None, parts))
    if not said:
        say("Nothing has stopped, and nobody has been asleep for over a year.")
        return
    hint = "A note to one of them, for you to send: fika restart NAME"
    say(f"{said}\n\n{hint}" if found.one_to_ones or found.groups else said)


def _part(heading: str, lines: Iterable[str]) -> str:
    found = list(lines)
    return "\n".join((heading, *found)) if found else ""


def _one_to_one(each: Lapse) -> str:
    person = each.standing.person
    return f"  {shown(person.name)} ({person.priority}): {each.sentence}"


def _group(each: Quiet) -> Iterable[str]:
    from agent.relationships.circles import UNTITLED

    yield f"  {shown(each.title) or UNTITLED}: {each.sentence}"
    names = [f"{shown(one.person.name)} ({one.person.priority})" for one in each.worth[:_MEMBERS]]
    more = len(each.worth) - _MEMBERS
    if more > 0:
        names.append(f"{more} more")
    if names:
        yield f"    worth a coffee of their own: {', '.join(names)}"


def _asleep(app: App) -> str:
    rules = app.settings.rules.etiquette
    cap = rules.dormant_per_week
    long = (
        "a year"
        if rules.dormant_after == timedelta(days=365)
        else f"{rules.dormant_after.days} days"
    )
    many = f"at most {cap} a week is proposed" if cap else "none is proposed"
    return f"Asleep for over {long}, apart from everyone else ({many})"


def _dormant(found: Sequence[Standing], most: int) -> Iterable[str]:
    from policies.spoken import long_day

    for each in found[:most]:
        last = long_day(each.counted_from)
        yield f"  {shown(each.person.name)} ({each.person.priority}): last met on {last}"
    if len(found) > most:
        yield f"  and {len(found) - most} more: --all shows them"


def _record(found: Restarts) -> dict[str, object]:
    return {
        "one_to_ones": [
            {
                "person": each.standing.person.id,
                "name": each.standing.person.name,
                "priority": each.standing.person.priority.value,
                "ending": each.ending.value,
                "title": each.title,
                "every_days": each.every_days,
                "last": each.last.isoformat(),
                "held_lately": each.held,
                "of": each.of,
            }
            for each in found.one_to_ones
        ],
        "groups": [
            {
                "title": each.title,
                "size": each.size,
                "every_days": each.every_days,
                "last": each.last.isoformat(),
                "worth_a_coffee": [one.person.id for one in each.worth],
            }
            for each in found.groups
        ],
        "dormant": [
            {
                "person": each.person.id,
                "name": each.person.name,
                "priority": each.person.priority.value,
                "last": each.counted_from.isoformat(),
            }
            for each in found.dormant
        ],
    }
