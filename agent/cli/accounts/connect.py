"""`fika connect`: sign in to an account, and choose the calendars to read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from agent.app import App
from agent.cli.accounts.connect_caldav import caldav
from agent.cli.accounts.connect_keep import begin, keep
from agent.cli.accounts.connect_view import (
    HEADLESS_PORT,
    Browser,
    browser,
    explained,
    no_key_ring,
    show_code,
    wanted_place,
)
from agent.cli.values import Whole
from agent.errors import UsageProblem
from agent.settings import AccountSettings, Service, TokensIn
from agent.terminal import path_shown
from connectors.errors import ConnectorError, NeedsLogin
from connectors.port import CalendarFound
from connectors.tokens import AccountSignIn, Job, SignIn
from policies.frozen import frozen
from policies.people.person import WeeklyHours
from policies.text import shown

if TYPE_CHECKING:  # loaded by who signs in
    from agent.accounts.services import Account

F = TypeVar("F", bound=Callable[..., Any])
Way = Callable[[AccountSignIn, frozenset[Job]], SignIn]
"""One way to sign in for these jobs."""


@frozen
class Wishes:
    """What the flags of every service say."""

    user: str
    write: bool
    contacts: bool
    tokens: str | None
    calendars: tuple[str, ...]
    url: str
    sign_in_url: str
    allow_private_host: bool

    def over(self, draft: AccountSettings) -> AccountSettings:
        """The account with what was given instead of what was configured."""
        return replace(
            draft,
            user=self.user or draft.user,
            url=self.url or draft.url,
            sign_in_url=self.sign_in_url or draft.sign_in_url,
            allow_private_host=self.allow_private_host or draft.allow_private_host,
        )

    def jobs(self, known: SignIn | None) -> frozenset[Job]:
        """What to ask for: what is wanted now, and what was granted before."""
        wanted = {Job.READ} | (known.jobs if known else frozenset())
        wanted |= {Job.WRITE} if self.write else set()
        return frozenset(wanted | ({Job.CONTACTS} if self.contacts else set()))


@click.group()
def connect() -> None:
    """Connect a Google, Outlook or CalDAV account, and choose its calendars."""


connect.add_command(caldav)


def _of_every_service(command: F) -> F:
    """The options that mean the same for all of them."""
    options = (
        click.option("--user", default="", help="The address you sign in with."),
        click.option("--write", is_flag=True, help="Also plan and invite in your own calendar."),
        click.option("--contacts", is_flag=True, help="Also read your contacts."),
        click.option(
            "--tokens", type=click.Choice([each.value for each in TokensIn]),
            help="Where the key to the sign-in is kept; default: the key ring.",
        ),
        click.option(
            "--calendar", "calendars", multiple=True, metavar="NAME",
            help="A calendar to read, by name or id, or `all`; default: asked for. Repeatable.",
        ),
        click.option("--url", default="", help="Another server than the service's own."),
        click.option("--sign-in-url", default="", help="Another place to sign in at."),
        click.option("--allow-private-host", is_flag=True, help="It may be on your own network."),
    )  # fmt: skip
    for each in reversed(options):
        command = each(command)
    return command


_port = click.option(
    "--port", type=Whole(0, 65_535), default=None,
    help=f"Where the browser comes back to; default: any, or {HEADLESS_PORT} without a browser.",
)  # fmt: skip
_no_browser = click.option("--no-browser", is_flag=True, help="There is no browser here.")


@connect.command()
@click.argument("name")
@click.option("--client", type=Path, help="The JSON of your OAuth client: docs/google.md.")
@_of_every_service
@_port
@_no_browser
@click.option("--export", "export_to", type=Path, help="Sign in for another machine, into FILE.")
@click.option("--import", "import_from", type=Path, help="Take over what --export wrote.")
@click.option("--service-account", type=Path, help="The key of an organisation's service account.")
@click.option("--subject", default="", help="Whom the service account acts for.")
@click.pass_obj
def google(
    app: App,
    /,
    name: str,
    client: Path | None,
    port: int | None,
    no_browser: bool,
    export_to: Path | None,
    import_from: Path | None,
    service_account: Path | None,
    subject: str,
    **flags: Any,  # noqa: ANN401 - those of `Wishes`
) -> None:
    """Sign in to Google. NAME is what you call the account, such as work."""
    from agent.accounts.connecting import drafted, with_client

    wishes = Wishes(**flags)
    wishes = replace(wishes, user=wishes.user or subject)
    visited = browser(port, none=no_browser)
    if export_to is not None:
        _export(app, name, wishes, visited, client, export_to)
        return
    begin(app, wishes.user)
    draft = wishes.over(drafted(app.settings, name, Service.GOOGLE))
    if given := service_account or client or _asked_for_client(draft):
        draft = with_client(draft, given, app.home)

    def way(account: AccountSignIn, jobs: frozenset[Job]) -> SignIn:
        if import_from is not None:
            return account.brought(_read(import_from, name), user=draft.user)
        if service_account or subject:
            return account.delegated(jobs, draft.user)
        return account.in_browser(jobs, visited.visit, port=visited.port, user=draft.user)

    if service_account and not draft.user:
        raise UsageProblem("whom is it to act for?", "say it with --subject ADDRESS")
    _connect(app, draft, wishes, way)
    if import_from is not None:
        click.echo(f"delete {path_shown(import_from)} now: it is as good as a password")


@connect.command()
@click.argument("name")
@click.option("--client-id", default="", help="Your application's id: docs/outlook.md.")
@click.option("--tenant", default="", help="common, organizations, consumers, or one tenant's id.")
@_of_every_service
@_port
@_no_browser
@click.pass_obj
def outlook(
    app: App,
    /,
    name: str,
    client_id: str,
    tenant: str,
    port: int | None,
    no_browser: bool,
    **flags: Any,  # noqa: ANN401 - those of `Wishes`
) -> None:
    """Sign in to Outlook or Microsoft 365. NAME is what you call the account."""
    from agent.accounts.connecting import drafted

    wishes = Wishes(**flags)
    visited = browser(port, none=no_browser)
    begin(app, wishes.user)
    draft = wishes.over(drafted(app.settings, name, Service.OUTLOOK))
    draft = replace(
        draft,
        client_id=client_id or draft.client_id or _asked_for_id(),
        tenant=tenant or draft.tenant,
    )

    def way(account: AccountSignIn, jobs: frozenset[Job]) -> SignIn:
        if visited.is_elsewhere and port is None:
            return account.with_code(jobs, show_code)
        return account.in_browser(jobs, visited.visit, port=visited.port, user=draft.user)

    _connect(app, draft, wishes, way)


def _connect(app: App, draft: AccountSettings, wishes: Wishes, way: Way) -> None:
    from agent.accounts.services import account_sign_in

    draft = _with_key(app, draft, wishes.tokens)
    account = account_sign_in(draft, app.home, app.clock)
    sign_in = way(account, wishes.jobs(account.known()))
    explained(draft.name, sign_in, account.warning(sign_in))
    service = app.services.account(draft)
    listed, hours = service.calendars().calendars(), _hours(service)
    draft = replace(draft, user=draft.user or sign_in.user or _address_in(listed))
    writes = wishes.write and Job.WRITE in sign_in.jobs
    keep(app, draft, listed, wishes.calendars, writes=writes, hours=hours)


def _hours(service: Account) -> WeeklyHours | None:
    """The owner's week by the account, if it may be asked: nothing that a sign-in fails for."""
    try:
        return service.hours()
    except ConnectorError:
        return None


def _with_key(app: App, draft: AccountSettings, place: str | None) -> AccountSettings:
    """The account with a key for its tokens; in a file only if the owner says so."""
    from agent.accounts.connecting import kept_in
    from agent.accounts.tokens import tokens_of

    draft = kept_in(draft, wanted_place(place, draft, app.settings), app.home)
    try:
        with no_key_ring(draft):
            is_new = tokens_of(draft, app.home).make_key()
    except NeedsLogin as error:
        if place or draft.tokens is TokensIn.FILE or not sys.stdin.isatty():
            raise
        click.echo(f"{error.cause}; docs/google.md says what a file protects against")
        if not click.confirm("Keep the sign-in in an encrypted file, with its key beside it?"):
            raise
        return _with_key(app, draft, TokensIn.FILE.value)
    if is_new and draft.tokens is TokensIn.FILE and draft.tokens_key:
        click.echo(f"made {shown(draft.tokens_key.file, 300)}, the key to its tokens")
    return draft


def _address_in(listed: tuple[CalendarFound, ...]) -> str:
    """Google's primary calendar is called by the address of its owner."""
    return next((each.id for each in listed if each.primary and "@" in each.id), "")


def _export(
    app: App, name: str, wishes: Wishes, visited: Browser, client: Path | None, file: Path
) -> None:
    """Sign in here, and keep it in ``file`` alone, for the machine that has no browser."""
    from agent.accounts.services import account_sign_in
    from agent.settings import SecretRef
    from agent.store.files import make_file

    if client is None:
        raise UsageProblem("which OAuth client is it for?", "say it with --client FILE")
    draft = wishes.over(
        AccountSettings(name, Service.GOOGLE, client=SecretRef(file=str(client.expanduser())))
    )
    account = account_sign_in(draft, app.home, app.clock)
    try:
        make_file(file)
    except OSError as error:
        raise UsageProblem(f"{file}: {error.strerror}", "name a file that is not there") from error
    try:
        jobs = wishes.jobs(None)
        text = account.exported(jobs, visited.visit, port=visited.port, user=draft.user)
        file.write_text(text, "utf-8")
    except BaseException:
        file.unlink()
        raise
    click.echo(f"written: {path_shown(file)}, as good as a password")
    click.echo("copy it to the other machine, and there:")
    click.echo(f"  fika connect google {shown(name)} --import {shown(file.name)}")


def _asked_for_client(draft: AccountSettings) -> Path | None:
    """The client file of an account that has none yet."""
    if draft.client is not None:
        return None
    if not sys.stdin.isatty():
        raise UsageProblem(
            "the JSON of your OAuth client is missing",
            "docs/google.md says how to get it; then give it with --client FILE",
        )
    click.echo("Google wants to know an application of your own: docs/google.md, steps 1 to 4.")
    return Path(click.prompt("The JSON file you downloaded there"))


def _asked_for_id() -> str:
    if not sys.stdin.isatty():
        raise UsageProblem(
            "the client id of your application is missing",
            "docs/outlook.md says how to get it; then give it with --client-id ID",
        )
    click.echo("Microsoft wants to know an application of your own: docs/outlook.md, steps 1 to 4.")
    return str(click.prompt("Its Application (client) ID")).strip()


def _read(file: Path, name: str) -> str:
    from agent.accounts.secrets import read_secret
    from agent.settings import SecretRef

    return read_secret(SecretRef(file=str(file)), name).reveal()
