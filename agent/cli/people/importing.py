"""`fika people import`: what it would change, the owner's yes, and the change."""

from __future__ import annotations

from pathlib import Path

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.owner import settings_if_any, today
from agent.cli.values import YES, choice
from agent.errors import UsageProblem
from agent.relationships import people as folk
from agent.settings import AccountSettings
from agent.store import meta
from connectors.people.csv_columns import mapping
from connectors.people.files import FileKind
from policies.people.importing import Rules
from policies.people.person import Priority
from policies.people.tidy import line
from policies.text import shown

_SHOWN = 20
_CURSOR = "contacts of "
"""Before the name of an account: how far its contacts were imported."""


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--account", default="", metavar="NAME", help="The contacts of a connected account.")
@click.option("--anew", is_flag=True, help="All of an account's contacts, not only changes.")
@click.option("--format", "kind", type=choice(FileKind), help="If its name misleads.")
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="name=COLUMN,email=COLUMN",
    help="What the columns of an unknown CSV mean; by number if it has no headings.",
)
@click.option("--encoding", default="", help="Of an old file, such as cp1251.")
@click.option("--priority", type=choice(Priority), help="For everyone new.  [default: C]")
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Put everyone in it.")
@click.option("--all", "everything", is_flag=True, help="Show every line of the preview.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and stop.")
@YES
@click.pass_obj
def import_(
    app: App,
    file: Path | None,
    *,
    account: str,
    anew: bool,
    kind: str | None,
    mapped: tuple[str, ...],
    encoding: str,
    priority: str | None,
    groups: tuple[str, ...],
    everything: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Read people from an export, a file of your own, or the contacts of an account.

    FILE is CSV (of Google, Outlook, LinkedIn or any other program), vCard, or Fika's own TOML.
    Records that share an address become one person; nothing is merged on a name. You see what
    would change before it does. Importing the same file again changes nothing. Of an account only
    what changed since the last import is read, where the service can tell.
    """
    from agent.cli.people.view import import_lines

    if bool(file) == bool(account):
        cause = "say where the people are"
        raise UsageProblem(cause, "name a file, or an account with --account")
    name = file.name if file else account
    if file is not None:
        from agent.relationships import files as people_files

        form = FileKind(kind) if kind else None
        read = people_files.read(file, form, _columns(mapped), encoding)
    else:
        before = "" if anew else app.store.meta(_CURSOR + account)
        read = app.services.account(_configured(app, account)).people(before).people()
    plan = folk.planned(app.store, read.people, _rules(app, priority, groups))
    click.echo(f"{shown(name)}: {len(read.people)} read, {plan.unchanged} known already")
    for each in import_lines(plan, read.quarantined, None if everything else _SHOWN):
        click.echo(each)
    what = f"{len(plan.added)} to add, {len(plan.completed)} to complete"
    if not plan.added and not plan.completed:
        click.echo("nothing to change")
    elif dry_run:
        click.echo(f"{what}; a dry run changes nothing")
    elif not agreed(f"{what}. Import?", yes=yes):
        return
    else:
        folk.carry_out(app.store, plan)
        click.echo(f"done: {len(plan.added)} added, {len(plan.completed)} completed")
    if not dry_run:
        _keep(app, account, read.cursor)


def _keep(app: App, account: str, cursor: str) -> None:
    """The next import of these contacts goes on from here."""
    if cursor:
        with app.store.transaction() as sql:
            meta.remember(sql, _CURSOR + account, cursor)


def _configured(app: App, account: str) -> AccountSettings:
    names = [each.name for each in app.settings.accounts]
    for each in app.settings.accounts:
        if each.name == account:
            return each
    remedy = f"there is {', '.join(map(shown, names))}" if names else "see `fika connect --help`"
    raise UsageProblem(f"no account is called {shown(account)}", remedy)


def _columns(mapped: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    try:
        return mapping(",".join(mapped)) if mapped else {}
    except ValueError as error:
        raise UsageProblem(shown(str(error), 300), "see `fika people import --help`") from error


def _rules(app: App, priority: str | None, groups: tuple[str, ...]) -> Rules:
    settings = settings_if_any(app)
    return Rules(
        today=today(app),
        owner=folk.own_addresses(settings) if settings else frozenset(),
        priority=Priority(priority) if priority else None,
        groups=tuple(filter(None, map(line, groups))),
    )
