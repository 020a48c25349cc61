"""What `fika connect` says and asks: where to open a browser, what was granted, which calendars."""

from __future__ import annotations

import getpass
import os
import socket
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager

import click

from agent.errors import UsageProblem
from agent.settings import AccountSettings, Settings, TokensIn
from connectors.errors import NeedsLogin
from connectors.port import CalendarFound
from connectors.tokens import SignIn
from policies.frozen import frozen
from policies.text import shown

HEADLESS_PORT = 8765


@frozen
class Browser:
    """A browser on this machine or, ``is_elsewhere``, one that reaches ``port`` through ssh."""

    port: int
    is_elsewhere: bool

    def visit(self, url: str, port: int) -> None:
        if not self.is_elsewhere and webbrowser.open(url):
            click.echo("Your browser opens; if it does not, this is the address:")
        elif self.is_elsewhere:
            there = f"{getpass.getuser()}@{socket.gethostname()}"
            click.echo("On the machine where your browser is, keep this running:\n")
            click.echo(f"  ssh -L {port}:127.0.0.1:{port} {shown(there)}\n")
            click.echo("and open this address there:")
        else:
            click.echo("Open this address in a browser on this machine:")
        click.echo(f"\n  {url}\n")


def browser(port: int | None, *, none: bool) -> Browser:
    """The browser of this machine, unless there is ``none``, or none to be seen."""
    elsewhere = none or not _has_screen()
    return Browser((HEADLESS_PORT if elsewhere else 0) if port is None else port, elsewhere)


def show_code(page: str, code: str) -> None:
    """Where to type which code; the browser may be on any machine."""
    click.echo(f"In a browser on any machine, open\n\n  {shown(page)}\n")
    click.echo(f"and type this code: {shown(code)}\n")


def explained(name: str, sign_in: SignIn, warning: str) -> None:
    """Say what was granted, and what will not work."""
    who = f" as {shown(sign_in.user)}" if sign_in.user else ""
    click.echo(f"signed in to {shown(name)}{who}: {', '.join(sorted(sign_in.jobs))}")
    for each in sign_in.lacking:
        click.echo(f"not granted: {each}; sign in again and tick it if you want it")
    if warning:
        click.echo(f"warning: {warning}", err=True)


def chosen(listed: tuple[CalendarFound, ...], named: tuple[str, ...]) -> tuple[CalendarFound, ...]:
    """The calendars to read: those named, those the owner picks, else the primary one.

    Raises:
        UsageProblem: there is none by that name.
    """
    if named:
        return _by_name(listed, named)
    if len(listed) > 1 and sys.stdin.isatty():
        return _picked(listed)
    primary = tuple(each for each in listed if each.primary) or listed[:1]
    if len(listed) > len(primary):
        others = ", ".join(shown(each.name, 40) for each in listed if each not in primary)
        click.echo(f"others there are, to be read with --calendar NAME: {others}")
    return primary


def wanted_place(given: str | None, draft: AccountSettings, settings: Settings) -> TokensIn:
    """Where the tokens go: as said, as configured, else into the key ring."""
    if given:
        return TokensIn(given)
    configured = any(each.name == draft.name for each in settings.accounts)
    return draft.tokens if configured else TokensIn.KEYRING


@contextmanager
def no_key_ring(draft: AccountSettings) -> Iterator[None]:
    """Where a key ring cannot be had, say what else there is; never take it by ourselves."""
    try:
        yield
    except NeedsLogin as error:
        if draft.tokens is not TokensIn.KEYRING:
            raise
        remedy = (
            "unlock it; or say --tokens file to keep the sign-in in an encrypted file, "
            "beside its key: docs/google.md says what that protects against"
        )
        raise NeedsLogin(error.source, error.cause, remedy) from error


def _has_screen() -> bool:
    if os.name == "nt" or sys.platform == "darwin" or os.environ.get("BROWSER"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _by_name(
    listed: tuple[CalendarFound, ...], named: tuple[str, ...]
) -> tuple[CalendarFound, ...]:
    if "all" in named:
        return listed
    for name in named:
        if not any(name in (each.id, each.name) for each in listed):
            there = ", ".join(shown(each.name, 40) for each in listed)
            raise UsageProblem(f"there is no calendar {shown(name)}", f"there are: {there}")
    return tuple(each for each in listed if {each.id, each.name} & set(named))


def _picked(listed: tuple[CalendarFound, ...]) -> tuple[CalendarFound, ...]:
    for number, each in enumerate(listed, 1):
        kind = "your main one" if each.primary else "yours" if each.writable else "to read only"
        click.echo(f"{number:3}  {shown(each.name, 60)}  ({kind})")

    def numbers(text: str) -> tuple[CalendarFound, ...]:
        if text.strip() == "all":
            return listed
        try:
            wanted = {int(word) for word in text.replace(",", " ").split()}
        except ValueError:
            wanted = {0}
        if not wanted <= set(range(1, len(listed) + 1)):
            raise click.UsageError("write the numbers of those to read, such as 1 3, or all")
        return tuple(each for number, each in enumerate(listed, 1) if number in wanted)

    usual = " ".join(str(number) for number, each in enumerate(listed, 1) if each.writable)
    picked: tuple[CalendarFound, ...] = click.prompt(
        "Which to read?", default=usual or "1", value_proc=numbers
    )
    return picked
