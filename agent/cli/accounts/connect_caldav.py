"""`fika connect caldav`: an account on any standard server, with an app password."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from agent.app import App
from agent.cli.accounts.connect_keep import begin, keep
from agent.errors import UsageProblem
from agent.settings import AccountSettings, SecretRef, Service


@click.command()
@click.argument("name")
@click.option("--url", default="", help="The address of your server: docs/caldav.md.")
@click.option("--user", default="", help="What you sign in with.")
@click.option("--password-env", default="", metavar="NAME", help="A variable that holds it.")
@click.option("--password-command", default="", metavar="COMMAND", help="What prints it.")
@click.option("--password-file", type=Path, help="A file that only you can read.")
@click.option("--write", is_flag=True, help="Also plan and invite in your own calendar.")
@click.option(
    "--calendar",
    "calendars",
    multiple=True,
    metavar="NAME",
    help="A calendar to read, by name or address, or `all`; default: asked for. Repeatable.",
)
@click.option("--allow-private-host", is_flag=True, help="It may be on your own network.")
@click.pass_obj
def caldav(
    app: App,
    /,
    name: str,
    url: str,
    user: str,
    password_env: str,
    password_command: str,
    password_file: Path | None,
    write: bool,
    calendars: tuple[str, ...],
    allow_private_host: bool,
) -> None:  # fmt: skip
    """Connect a calendar server. NAME is what you call the account, such as home.

    Without one of the --password options the password is asked for and kept in the key ring.
    Without --url the domain you sign in with is asked where its calendars are.
    """
    from agent.accounts.connecting import drafted

    begin(app, user if "@" in user else "")
    draft = drafted(app.settings, name, Service.CALDAV)
    user = user or draft.user or _asked("user", "What you sign in with")
    draft = replace(
        draft,
        url=url or draft.url or _server(user),
        user=user,
        allow_private_host=allow_private_host or draft.allow_private_host,
    )
    file = str(password_file.expanduser().absolute()) if password_file else ""
    given = SecretRef(env=password_env, command=password_command, file=file)
    draft = replace(draft, password=_password(draft, given))
    listed = app.services.account(draft).calendars().calendars()
    invites = any(each.invites for each in listed if each.writable)
    keep(app, replace(draft, schedules=invites), listed, calendars, writes=write)
    if write:
        click.echo(_who_invites(invites=invites, has_mail=app.settings.mail is not None))


def _server(user: str) -> str:
    """What the domain itself says is believed; a server elsewhere is a suggestion to confirm."""
    from agent.accounts.services import calendar_server

    found, inside = calendar_server(user) if "@" in user else ("", False)
    if inside:
        click.echo(f"its calendars are at {found}")
        return found
    return _asked("url", "The address of your calendar server", suggested=found)


def _password(draft: AccountSettings, given: SecretRef) -> SecretRef:
    """Where it is kept: as said, as before, or in the key ring, where it is put now."""
    from agent.accounts.secrets import keep_in_ring

    said = [each for each in (given.env, given.command, given.file) if each]
    if len(said) > 1:
        raise UsageProblem("the password can be in one place only", "give one --password option")
    if said:
        return given
    if draft.password is not None:
        return draft.password
    ring = f"{draft.name} {draft.user}"
    keep_in_ring(ring, _asked("password-env", "Your app password (not shown)", hide=True), ring)
    return SecretRef(keyring=ring)


def _asked(option: str, question: str, *, suggested: str = "", hide: bool = False) -> str:
    if not sys.stdin.isatty():
        cause = f"there is no terminal to ask on; still missing: --{option}"
        raise UsageProblem(cause, f"give --{option} {suggested or '…'}")
    return str(click.prompt(question, default=suggested or None, hide_input=hide)).strip()


def _who_invites(*, invites: bool, has_mail: bool) -> str:
    if invites:
        return "the server itself invites the guests of what you approve"
    if has_mail:
        return "the server invites nobody: what you approve goes out by your own mail"
    return "the server invites nobody: add a [mail] section to send what you approve"
