"""`fika intro`: who could introduce you, to one person or to somebody of an organisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from agent.app import App
from agent.cli.completing import PERSON
from agent.cli.values import AS_JSON
from agent.errors import UsageProblem
from agent.terminal import say
from policies.text import shown

if TYPE_CHECKING:
    from policies.audit.cadence import Standing
    from policies.circles.routes import Route, Wanted

_MOST = 5


@click.command()
@click.argument("words", nargs=-1, type=PERSON, metavar="[PERSON]")
@click.option(
    "--at", "organisation", metavar="ORGANISATION", help="Somebody there, not one person."
)
@click.option("--function", metavar="NAME", help="With --at: of this function, such as finance.")
@click.option(
    "--ask", type=PERSON, metavar="PERSON", help="A note to ask this one, for you to send."
)
@AS_JSON
@click.pass_obj
def intro(
    app: App,
    words: tuple[str, ...],
    organisation: str | None,
    function: str | None,
    ask: str | None,
    *,
    as_json: bool,
) -> None:
    """Who could introduce you, by who was in small meetings with whom.

    Without a PERSON: everyone you are still to meet, with what you can do for them. Nobody is
    asked by Fika: that is for you to do.
    """
    from agent.relationships.audit import audit

    if bool(words) == bool(organisation) and (words or function or ask):
        raise UsageProblem("name a person, or an organisation with --at", "see `fika intro --help`")
    standings = audit(app.store, app.settings, app.clock.now())
    if not words and not organisation:
        _to_meet(app, standings, as_json=as_json)
        return
    wanted = _wanted(app, standings, " ".join(words), organisation or "", function or "")
    (found,) = _routes(app, [wanted], standings)
    gives = [g for each in standings if each.person.id in wanted.ids for g in each.person.to_give]
    if ask is not None:
        _ask(app, wanted, found, ask, gives, as_json=as_json)
    else:
        _show(wanted, found, gives, as_json=as_json)


def _wanted(
    app: App, standings: Sequence[Standing], words: str, organisation: str, function: str
) -> Wanted:
    from agent.relationships import circles
    from agent.relationships import people as folk

    if organisation:
        everyone = [each.person for each in standings]
        return circles.somebody_at(app.store, app.settings, everyone, organisation, function)
    if function:
        raise UsageProblem("--function goes with --at", "see `fika intro --help`")
    return circles.one_person(app.settings, folk.one(app.store, words))


def _routes(
    app: App, wanted: Sequence[Wanted], standings: Sequence[Standing]
) -> tuple[tuple[Route, ...], ...]:
    from agent.relationships.circles import introductions

    return introductions(app.store, app.settings, wanted, standings, app.clock.now())


def _show(wanted: Wanted, found: Sequence[Route], gives: Sequence[str], *, as_json: bool) -> None:
    from agent.terminal import json_text

    if as_json:
        click.echo(json_text([_record(each) for each in found]))
        return
    if not found:
        say(f"Nobody you know was in a small meeting with {shown(wanted.name)}.")
    for number, each in enumerate(found[:_MOST], 1):
        say(f"{number}. {shown(each.sentence, 400)}")
    if len(found) > _MOST:
        click.echo(f"   and {len(found) - _MOST} more: --json has them")
    for give in gives:
        click.echo(f"What you can do for them: {shown(give)}")
    if found:
        say("A note to ask one of them, for you to send: --ask NAME")


def _ask(
    app: App,
    wanted: Wanted,
    found: Sequence[Route],
    name: str,
    gives: Sequence[str],
    *,
    as_json: bool,
) -> None:
    from agent.cli.circles.notes_view import note_record, show_note
    from agent.relationships import people as folk
    from agent.terminal import json_text
    from policies.outreach.notes import introduction

    asked = folk.one(app.store, name)
    if asked.id not in {each.via.person.id for each in found}:
        raise UsageProblem(
            f"nothing shows that {shown(asked.name)} knows {shown(wanted.name)}",
            "choose one that `fika intro` names",
        )
    note = introduction(
        asked.name,
        wanted.name,
        app.settings.owner.name,
        is_one=wanted.is_one,
        give="; ".join(gives),
    )
    to = asked.addresses[:1]
    if as_json:
        click.echo(json_text(note_record(note, to)))
    else:
        show_note(note, to)


def _to_meet(app: App, standings: Sequence[Standing], *, as_json: bool) -> None:
    from agent.relationships.circles import one_person
    from agent.terminal import Column, json_text, print_grid

    waiting = [each for each in standings if each.to_meet]
    wanted = [one_person(app.settings, each.person) for each in waiting]
    best = list(zip(waiting, _routes(app, wanted, standings), strict=True))
    if as_json:
        click.echo(
            json_text(
                [
                    {
                        "person": each.person.id,
                        "name": each.person.name,
                        "organisation": each.person.organisation,
                        "to_give": list(each.person.to_give),
                        "routes": [_record(route) for route in found[:_MOST]],
                    }
                    for each, found in best
                ]
            )
        )
    elif not best:
        click.echo(
            "Nobody is still to meet. `fika people add NAME` lists somebody you would like to."
        )
    else:
        columns = [
            Column("To meet", gives_way=True),
            Column("Where", gives_way=True, spare=3),
            Column("You can give", gives_way=True, spare=1),
            Column("Ask", gives_way=True),
            Column("Because", gives_way=True, spare=2),
        ]
        print_grid(columns, [_row(each, found) for each, found in best])


def _row(each: Standing, found: Sequence[Route]) -> list[str]:
    person = each.person
    ask, because = (found[0].via.person.name, found[0].because) if found else ("", "nobody yet")
    cells = (person.name, person.organisation, "; ".join(person.to_give), ask, because)
    return [shown(cell) for cell in cells]


def _record(each: Route) -> dict[str, object]:
    return {
        "ask": each.via.person.id,
        "name": each.via.person.name,
        "footing": each.footing.value,
        "rooms": each.rooms,
        "last": each.last.isoformat() if each.last else None,
        "strength": round(each.strength, 4),
        "sentence": each.sentence,
    }
