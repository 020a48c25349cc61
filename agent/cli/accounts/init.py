"""`fika init`: a few questions, or none when flags answer them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import click

from agent.app import App
from agent.errors import UsageProblem
from agent.setup import Answers, guessed_zone, named_calendar, write
from policies.text import shown

Check = Callable[[str], object]
"""Raises ValueError or UsageProblem for an answer that cannot be used."""


@click.command()
@click.option("--name", help="Your name as it should stand under a mail.")
@click.option(
    "--address", "addresses", multiple=True, help="Your mail address; the first one sends."
)
@click.option("--zone", help="Your time zone, for example Europe/Stockholm.")
@click.option(
    "--calendar", "calendars", multiple=True, metavar="[NAME=]PLACE",
    help="A folder of .ics files, an .ics file, or an https/webcal address. Repeat for more.",
)  # fmt: skip
@click.option(
    "--no-calendar", is_flag=True, help="None of those: `fika connect` adds an account's."
)
@click.option(
    "--write",
    "write_to",
    default="",
    help="The folder calendar for planning slots; default: a new one.",
)
@click.option("--country", default="", help="For public holidays: SE, or with a region DE-BE.")
@click.option("--place", default="", help="The city you work in.")
@click.option("--mail-host", default="", help="Your outgoing mail server, to send invitations.")
@click.option(
    "--mail-user", default="", help="Your user name there; the password goes to the keyring."
)
@click.pass_obj
def init(
    app: App,
    name: str | None,
    addresses: tuple[str, ...],
    zone: str | None,
    calendars: tuple[str, ...],
    write_to: str,
    country: str,
    place: str,
    mail_host: str,
    mail_user: str,
    *,
    no_calendar: bool,
) -> None:
    """Answer a few questions and write the configuration."""
    if os.path.exists(app.config_path):  # noqa: PTH110 - answers also where we may not look
        raise UsageProblem(
            f"there is a configuration at {app.config_path} already",
            "edit it, or move it away first",
        )
    _see_usable("--address", addresses, _address)
    _see_usable("--zone", (zone,) if zone else (), _zone)
    _see_usable("--calendar", calendars, _place)
    _see_usable("--mail-host", (mail_host,) if mail_host else (), _host)
    if no_calendar and (calendars or write_to):
        raise UsageProblem("--no-calendar goes with no --calendar and no --write", "leave it out")
    missing = _missing(name=name, address=addresses, zone=zone, calendar=calendars or no_calendar)
    answers = Answers(
        name=name or _asked("Your name", ""),
        addresses=addresses or _asked_for_many("address", "Your mail address", _address),
        zone=zone or _asked("Your time zone", guessed_zone(), _zone),
        calendars=tuple(
            map(named_calendar, () if no_calendar else calendars or _asked_for_calendars())
        ),
        write=write_to,
        country=country,
        place=place,
        mail_host=mail_host,
        mail_user=mail_user,
    )
    if sys.stdin.isatty() and missing and not country:
        question = "Your country, for public holidays (SE, DE-BE), or Enter for none"
        answers = replace(answers, country=_optional(question, _country))
    feeds = write(app.config_path, answers)
    click.echo(f"written: {app.config_path}")
    for each in feeds:
        click.echo(f"         {each}, which keeps the address of that calendar secret")
    if mail_host and mail_user:
        _password(mail_user)
    first = "fika connect google NAME   (or outlook, or caldav)" if no_calendar else "fika doctor"
    click.echo(f"next:    {first}")
    click.echo("         fika people import CONTACTS   (.csv, .vcf or .toml)")
    click.echo("         fika run --dry-run")


def owner_asked(address: str) -> Answers:
    """Who the owner is and where, for a configuration whose calendars are an account's.

    Raises:
        UsageProblem: there is no terminal to ask on.
    """
    if not sys.stdin.isatty():
        cause = "nothing is configured yet, and there is no terminal to ask on"
        remedy = "first: fika init --no-calendar --name … --address … --zone …"
        raise UsageProblem(cause, remedy)
    return Answers(
        name=_asked("Your name", ""),
        addresses=(_asked("Your mail address", address, _address),),
        zone=_asked("Your time zone", guessed_zone(), _zone),
        calendars=(),
    )


def _missing(**given: object) -> list[str]:
    """The flags whose answers are still to be asked for.

    Raises:
        UsageProblem: there is no terminal to ask on; it names them all.
    """
    missing = [f"--{flag}" for flag, value in given.items() if not value]
    needed = [flag for flag in missing if flag != "--zone" or not guessed_zone()]
    if needed and not sys.stdin.isatty():
        cause = f"there is no terminal to ask on; still missing: {', '.join(needed)}"
        either = "; with --no-calendar, fika connect adds an account's" * ("--calendar" in needed)
        raise UsageProblem(cause, f"fika init {' '.join(f'{each} …' for each in needed)}{either}")
    return missing


def _see_usable(flag: str, given: Iterable[str], check: Check) -> None:
    """What a flag says is checked like what is typed, and before anything is asked or written."""
    for text in given:
        try:
            check(text)
        except ValueError as error:
            raise UsageProblem(f"{flag} {shown(text)}: {error}") from error


def _password(user: str) -> None:
    """Put the password into the key ring now, or say how it gets there."""
    from agent.accounts.secrets import by_hand, keep_in_ring
    from connectors.errors import NeedsLogin

    later = f"password: {by_hand(user)}"
    if not sys.stdin.isatty() or not click.confirm(
        "Put the password of your mail server into the key ring now?", default=True
    ):
        click.echo(later)
        return
    try:
        keep_in_ring(user, click.prompt("Password (not shown)", hide_input=True), "mail")
    except NeedsLogin as error:
        click.echo(f"not kept: {error.cause}; {error.remedy}", err=True)
        click.echo(later)
    else:
        click.echo("password: kept in the key ring")


def _asked(question: str, usual: str, check: Check = str) -> str:
    """The answer; without a terminal the usual one."""
    if not sys.stdin.isatty():
        return usual
    return str(click.prompt(question, default=usual or None, value_proc=_again(check)))


def _asked_for_many(what: str, question: str, check: Check) -> tuple[str, ...]:
    found = [_asked(question, "", check)]
    while more := _optional(f"Another {what}, or Enter for no more", check):
        found.append(more)
    return tuple(found)


def _asked_for_calendars() -> tuple[str, ...]:
    click.echo(
        "For an account of Google, Outlook or CalDAV press Ctrl-C, which writes nothing, and\n"
        "type `fika connect google work` (or outlook, or caldav) instead."
    )
    return _asked_for_many("calendar", "A calendar: a folder, a file or an address", _place)


def _optional(question: str, check: Check) -> str:
    return str(
        click.prompt(
            question,
            default="",
            show_default=False,
            value_proc=_again(lambda text: check(text) if text else ""),
        )
    )


def _again(check: Check) -> Callable[[str], str]:
    """An answer that cannot be used is asked for again, with the reason."""

    def checked(text: str) -> str:
        try:
            check(text)
        except (ValueError, UsageProblem) as error:
            raise click.UsageError(str(error)) from error
        return text.strip()

    return checked


def _address(text: str) -> str:
    from policies.people.identity import address

    return address(text)


def _zone(text: str) -> str:
    from policies.hours import is_zone

    if not is_zone(text.strip()):
        raise ValueError("there is no such zone; write for example Europe/Berlin")
    return text


def _host(text: str) -> str:
    from agent.config.load import is_host

    if not is_host(text):
        raise ValueError("this is no name of a server; write for example smtp.example.com")
    return text


def _place(text: str) -> str:
    place = named_calendar(text)[1]
    if place.lower().startswith("http://"):
        raise ValueError("it would be read without encryption; give its https:// address")
    if "://" not in place and not Path(place).expanduser().exists():
        raise ValueError("there is nothing by that name")
    return place


def _country(text: str) -> str:
    from agent.proposing.holidays import public_holidays

    public_holidays(text, ())
    return text
