"""`fika accounts` and `fika disconnect`: what we are signed in to, and the way out."""

from __future__ import annotations

import click

from agent.accounts.standing import Standing, State, standings
from agent.app import App
from agent.cli.asking import agreed
from agent.cli.values import AS_JSON, YES
from agent.errors import UsageProblem
from agent.exits import Exit
from agent.settings import Service
from agent.terminal import say
from policies.text import shown


@click.command()
@AS_JSON
@click.pass_obj
def accounts(app: App, *, as_json: bool) -> int:
    """What you are signed in to, since when, and what for."""
    from agent.accounts.services import account_sign_in

    found = tuple(standings(app.settings, lambda each: account_sign_in(each, app.home, app.clock)))
    if as_json:
        from agent.terminal import json_text

        click.echo(json_text([_row(each) for each in found]))
    elif found:
        _print(found)
    else:
        say("No account is configured: fika connect google NAME, or outlook, or caldav")
    usable = all(each.state in {State.SIGNED_IN, State.PASSWORD} for each in found)
    return Exit.OK if usable else Exit.SIGN_IN


@click.command()
@click.argument("name")
@YES
@click.pass_obj
def disconnect(app: App, name: str, *, yes: bool) -> None:
    """Forget the sign-in of an account; at Google it is ended as well."""
    from agent.accounts.services import account_sign_in
    from agent.accounts.tokens import tokens_of
    from connectors.errors import ConnectorError

    account = next((each for each in app.settings.accounts if each.name == name), None)
    if account is None:
        raise UsageProblem(f"there is no account {shown(name)}", "`fika accounts` lists them")
    if account.service is Service.CALDAV:
        raise UsageProblem("a CalDAV account has no sign-in", "change its password instead")
    if not agreed(f"Forget the sign-in of {shown(name)}?", yes=yes):
        click.echo("nothing was done")
        return
    try:
        revoked = account_sign_in(account, app.home, app.clock).revoked()
    except ConnectorError:
        revoked = False  # what cannot be read can still be forgotten
    gone = tokens_of(account, app.home).forget()
    click.echo(f"forgotten: {shown(name)}" if gone else f"{shown(name)} was not signed in")
    if gone and not revoked:
        click.echo(f"to end it at the service too: {_PAGES[account.service]}")
    click.echo("its calendars stay configured, and fail until you connect it again or remove them")


_PAGES = {
    Service.GOOGLE: "https://myaccount.google.com/connections",
    Service.OUTLOOK: "https://account.live.com/consent/Manage, or https://myapps.microsoft.com",
}


def _row(each: Standing) -> dict[str, object]:
    known = each.sign_in
    return {
        "name": each.account.name,
        "service": each.account.service.value,
        "state": each.state.value,
        "user": (known.user if known else "") or each.account.user,
        "since": known.since.isoformat() if known else None,
        "ends": known.ends.isoformat() if known and known.ends else None,
        "jobs": sorted(known.jobs) if known else [],
        "permissions": list(known.permissions) if known else [],
        "lacking": [*(known.lacking if known else ()), *each.wanting],
        "warning": each.warning,
        "cause": each.cause,
        "remedy": each.remedy,
    }


def _print(found: tuple[Standing, ...]) -> None:
    from agent.terminal import Column, print_grid

    columns = (
        Column("Account", gives_way=True),
        Column("Service", spare=1),
        Column("As", gives_way=True),
        Column("State"),
        Column("Since", spare=2),
        Column("For", gives_way=True, spare=3),
    )
    cells = [
        (
            shown(each.account.name),
            each.account.service.value,
            shown((each.sign_in.user if each.sign_in else "") or each.account.user),
            each.state.value,
            f"{each.sign_in.since:%Y-%m-%d}" if each.sign_in else "",
            ", ".join(sorted(each.sign_in.jobs)) if each.sign_in else "",
        )
        for each in found
    ]
    print_grid(columns, cells)
    for each in found:
        lacking = each.sign_in.lacking if each.sign_in else ()
        for note in (each.cause, *each.wanting, each.warning, *lacking):
            if note:
                click.echo(f"{shown(each.account.name)}: {shown(note, 300)}")
        if each.remedy:
            click.echo(f"    → {shown(each.remedy, 300)}")
