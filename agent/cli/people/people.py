"""`fika people`: the list and everything that changes it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.completing import PERSON
from agent.cli.groups import WithDefault
from agent.cli.owner import settings_if_any, today, zone
from agent.cli.people.fields import field_options, values
from agent.cli.people.importing import import_
from agent.cli.values import AS_JSON, FORCE, YES, choice
from agent.errors import UsageProblem
from agent.plan.goals import about
from agent.relationships import people as folk
from agent.relationships.memory import between_us
from agent.terminal import path_shown, say
from connectors.people.files import FileKind
from policies.circles.ground import Ground
from policies.people.merging import Change, differences
from policies.people.merging import merge as merged
from policies.people.person import Person, PersonId, Priority, Relation
from policies.text import shown, shown_lines

_MET_SHOWN = 40
_FIRST = "Next: `fika people import CONTACTS`, or `fika triage`."


_words = click.argument("words", nargs=-1, required=True, type=PERSON, metavar="PERSON")


@click.group(cls=WithDefault)
def people() -> None:
    """List, import, export, edit and merge people. Without a command: the list.

    PERSON is an id, a name, the beginning of one, or an address.
    """


people.add_command(import_)


@people.command("list")
@click.argument("words", nargs=-1, type=PERSON)
@click.option("--priority", "priorities", multiple=True, type=choice(Priority))
@click.option("--relation", "relations", multiple=True, type=choice(Relation))
@click.option("--group", "groups", multiple=True, metavar="NAME")
@AS_JSON
@click.pass_obj
def listed(
    app: App,
    *,
    words: tuple[str, ...],
    priorities: tuple[str, ...],
    relations: tuple[str, ...],
    groups: tuple[str, ...],
    as_json: bool,
) -> None:
    """Everyone, or those whose name or address holds WORDS."""
    from agent.cli.people import view
    from agent.relationships.choosing import Wanted, is_listed_so, see_groups
    from agent.store import people as store
    from agent.terminal import json_text

    everyone = store.everyone(app.store)
    see_groups(everyone, groups)
    asked = Wanted(groups=groups, relations=relations, priorities=priorities)
    found = store.find(app.store, " ".join(words)) if words else everyone
    wanted = [each for each in found if is_listed_so(each, asked)]
    if as_json:
        click.echo(json_text([view.record(each) for each in wanted]))
    elif wanted:
        view.show_people(wanted)
    else:
        click.echo("Nobody." if words or found else f"Nobody yet. {_FIRST}")


@people.command()
@_words
@AS_JSON
@click.pass_obj
def show(app: App, words: tuple[str, ...], *, as_json: bool) -> None:
    """All that is known of one person, notes too."""
    from agent.cli.people import view
    from agent.store import people as store
    from agent.terminal import json_text

    person = folk.one(app.store, " ".join(words))
    logged = [each for each in store.logged(app.store) if each.person == person.id]
    shared = _shared(app, person)
    between = (*about(app.store, person), *between_us(app.store, person, today(app)))
    if as_json:
        known = view.record(person, notes=True)
        known |= {"shared": view.shared_record(shared), "between": list(between)}
        click.echo(json_text(known))
    else:
        say(view.one_person(person, logged, zone(app), shared, between))


def _shared(app: App, person: Person) -> tuple[Ground, ...]:
    """What owner and person have in common; nothing without a configuration."""
    from agent.relationships.circles import shared_ground

    settings = settings_if_any(app)
    return shared_ground(app.store, settings, person, app.clock.now()) if settings else ()


@people.command()
@click.argument("name", nargs=-1, required=True)
@field_options("name", "listed_on")
@click.pass_obj
def add(app: App, /, name: tuple[str, ...], **options: Any) -> None:  # noqa: ANN401 - one for each field
    """Put someone on the list, met already or still to meet."""
    given = values(options, Person(PersonId(""), ""), today(app))
    person = folk.add(app.store, " ".join(name), given, today(app))
    _said(f"added: {shown(person.name)} ({person.id}), priority {person.priority}", ())
    _caution(person)


@people.command()
@_words
@field_options("id")
@click.pass_obj
def edit(app: App, /, words: tuple[str, ...], **options: Any) -> None:  # noqa: ANN401 - one for each field
    """Change fields of one person; an empty text clears a field."""
    person = folk.one(app.store, " ".join(words))
    given = values(options, person, today(app))
    if not given:
        raise UsageProblem("nothing to change was named", "see `fika people edit --help`")
    edited = folk.edit(app.store, person, given)
    found = differences(person, edited)
    _said(f"{shown(edited.name)} ({edited.id})" + ("" if found else ": as before"), found)
    if edited.addresses != person.addresses:
        _caution(edited)


@people.command()
@click.argument("kept", type=PERSON, metavar="PERSON")
@click.argument("other", type=PERSON, metavar="OTHER")
@YES
@click.pass_obj
def merge(app: App, kept: str, other: str, *, yes: bool) -> None:
    """Make OTHER part of PERSON, with all that is recorded of both."""
    one, two = folk.one(app.store, kept), folk.one(app.store, other)
    if one.id == two.id:
        raise UsageProblem(f"both are {shown(one.name)} ({one.id})", "name each by their id")
    found = differences(one, merged(one, two))
    ends = ":" if found else "."
    _said(f"{shown(two.name)} ({two.id}) becomes part of {shown(one.name)} ({one.id}){ends}", found)
    if agreed("Merge?", yes=yes):
        folk.join(app.store, one, two)
        click.echo(f"merged: {two.id} is now {one.id}")


@people.command()
@_words
@YES
@click.pass_obj
def remove(app: App, words: tuple[str, ...], *, yes: bool) -> None:
    """Take someone off the list.

    Their meetings stay in your calendars; notes, logged contact, promises and thanks go.
    """
    person = folk.one(app.store, " ".join(words))
    if agreed(f"Remove {shown(person.name)} ({person.id}), notes and logged contact?", yes=yes):
        folk.remove(app.store, person)
        click.echo(f"removed: {shown(person.name)} ({person.id})")


@people.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--csv", "as_csv", is_flag=True, help="For a spreadsheet; also if FILE ends in .csv.")
@FORCE
@click.pass_obj
def export(app: App, file: Path | None, *, as_csv: bool, force: bool) -> None:
    """Write everyone to a file, private notes included.

    Without FILE, to standard output. It is TOML to edit by hand, or CSV for a spreadsheet;
    `fika people import` takes either back.
    """
    from agent.outfile import write
    from agent.relationships import files as people_files

    as_csv = as_csv or (file is not None and file.suffix.lower() == ".csv")
    text = people_files.written(app.store, FileKind.CSV if as_csv else FileKind.TOML)
    if file is not None:
        write(app.home, file, text, force=force)
        click.echo(f"written: {path_shown(file)}")
    elif as_csv and sys.stdout.isatty():
        click.echo(shown_lines(text, len(text)))
    else:
        click.echo(text, nl=False, color=True)  # or it would take out what looks like colours


@people.command()
@click.option("--all", "everything", is_flag=True, help="Not only the most met.")
@AS_JSON
@click.pass_obj
def discover(app: App, *, everything: bool, as_json: bool) -> None:
    """Whom you meet and have not listed, most met first."""
    from agent.cli.people import view
    from agent.terminal import json_text
    from policies.wall import seconds

    found = folk.encountered(app.store, app.settings, seconds(app.clock.now()))
    where = app.settings.owner.zone
    if as_json:
        click.echo(json_text([view.encounter(each, where) for each in found]))
    elif found:
        view.show_encounters(found, len(found) if everything else _MET_SHOWN, where)
    else:
        say("Nobody: all whom your calendars name are listed. `fika run` reads them again.")


def _said(heading: str, found: Iterable[Change]) -> None:
    from agent.cli.people.view import changes

    click.echo("\n".join((heading, *changes(found))))


def _caution(person: Person) -> None:
    for remark in folk.cautions(person):
        click.echo(f"note: {shown(remark)}", err=True)
