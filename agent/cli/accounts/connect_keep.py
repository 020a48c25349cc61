"""What every way to connect an account begins and ends with."""

from __future__ import annotations

import click

from agent.app import App
from agent.cli.accounts.connect_view import chosen
from agent.settings import AccountSettings
from connectors.port import CalendarFound
from policies.hours import written_hours
from policies.people.person import WeeklyHours
from policies.text import shown


def begin(app: App, user: str) -> None:
    """Where nothing is configured yet, what `fika init` would ask about the owner."""
    from agent.accounts.connecting import begun
    from agent.cli.accounts.init import owner_asked

    if not app.config_path.exists():
        begun(app.config_path, owner_asked(user))
        click.echo(f"written: {app.config_path}")


def keep(
    app: App,
    /,
    draft: AccountSettings,
    listed: tuple[CalendarFound, ...],
    named: tuple[str, ...],
    *,
    writes: bool,
    hours: WeeklyHours | None = None,
) -> None:
    """Let the owner choose from what was ``listed``, and write account and calendars down.

    ``hours`` are the owner's as the account has them.
    """
    from agent.accounts.connecting import may_move, name_of, new_calendars, save

    picked = chosen(listed, named)
    new = new_calendars(app.settings, draft.name, picked)
    goes_to = ""
    if writes:
        goes_to = _written_to(app, draft, new, listed)
        if goes_to and not may_move(app.settings) and goes_to != app.settings.write_calendar:
            click.echo(
                f"Fika goes on writing to {shown(app.settings.write_calendar)}; "
                f'for {shown(goes_to)}, set calendar = "{shown(goes_to)}" under [write]'
            )
            goes_to = ""
    before = app.settings.owner.hours
    settings = save(app.config_path, draft, new, goes_to, hours)
    for each in picked:
        click.echo(f"reads {shown(name_of(settings, draft.name, each))}")
    if goes_to:
        click.echo(f"writes to {shown(goes_to)}")
    if settings.owner.hours != before:
        week = written_hours(settings.owner.hours)
        click.echo(f"your hours are {week}, as the account has them: change them under [owner]")
    click.echo("next: fika run --dry-run")


def _written_to(
    app: App,
    /,
    draft: AccountSettings,
    new: tuple[tuple[str, CalendarFound], ...],
    listed: tuple[CalendarFound, ...],
) -> str:
    """The calendar for planning slots and invitations: the primary one where it is read."""
    from agent.accounts.connecting import name_of

    names = {each.id: name for name, each in new}
    for each in listed:
        name = names.get(each.id) or name_of(app.settings, draft.name, each)
        if each.writable and name:
            return name
    click.echo("none of the calendars read is yours to write to, so nothing will be written")
    return ""
