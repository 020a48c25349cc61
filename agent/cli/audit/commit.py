"""`fika commit`: one person to build a relationship with, and who is told of it each month."""

from __future__ import annotations

from datetime import date

import click

from agent.app import App
from agent.cli.completing import PERSON
from agent.cli.groups import WithDefault
from agent.cli.proposing.sending import report_agreed, send
from agent.cli.values import AHEAD, AS_JSON, YES
from agent.clock import uptime
from agent.relationships import accountability
from agent.relationships import letter as letters
from agent.relationships.people import one
from agent.sending import reporting
from agent.terminal import say
from policies.audit.commitment import CommitmentState
from policies.text import shown
from policies.wall import local_date


@click.group(cls=WithDefault, bare="show")
def commit() -> None:
    """Name one person to build a relationship with, and be held to it.

    Planning slots, the digest and the audit show it. Whoever you choose may be told each month,
    in numbers and by a letter that waits for your yes. Without a command: what stands.
    """


@commit.command(name="to")
@click.argument("words", nargs=-1, required=True, type=PERSON, metavar="PERSON")
@click.option("--until", required=True, type=AHEAD, metavar="DAY", help="Its last day.")
@click.option(
    "--tell",
    default="",
    type=PERSON,
    metavar="READER",
    help="Who is told each month: an address, or a person of your list. Without it nobody.",
)
@click.pass_obj
def commit_to(app: App, words: tuple[str, ...], *, until: date, tell: str) -> None:
    """Commit to PERSON: an id, a mail address, or a name or part of one."""
    person = one(app.store, " ".join(words))
    reader = letters.reader_for(app.store, person, tell) if tell else ""
    accountability.commit(app.store, app.settings, person, until, reader, app.clock.now())
    click.echo(f"You are committed to {shown(person.name)} until {until}.")
    if reader:
        click.echo(
            f"On the first of each month a letter to {shown(reader)} waits for your yes:"
            " fika commit letter"
        )


@commit.command()
@AS_JSON
@click.pass_obj
def show(app: App, *, as_json: bool) -> None:
    """The commitment that stands, and whether a letter is due."""
    from agent.relationships import audit

    db, settings, now = app.store, app.settings, app.clock.now()
    today = local_date(now, settings.owner.zone)
    known = accountability.standing(db)
    letter = accountability.due(db, today)
    if as_json:
        from agent.terminal import json_text

        click.echo(
            json_text(
                known
                and {
                    "person": known.person,
                    "made": str(known.made),
                    "until": str(known.until),
                    "tell": known.tell or None,
                    "letter_due": str(letter.month) if letter else None,
                }
            )
        )
        return
    if known is None:
        say("You are committed to nobody: `fika commit to PERSON --until DATE` names one.")
        return
    click.echo(accountability.said(db, audit.audit(db, settings, now), today))
    click.echo(f"Told each month: {shown(known.tell) or 'nobody'}")
    if letter:
        click.echo(f"The letter for {letter.month:%B %Y} waits for your yes: fika commit letter")


@commit.command()
@click.option("--skip", is_flag=True, help="Leave this month's unsent for good.")
@YES
@click.pass_context
def letter(ctx: click.Context, *, skip: bool, yes: bool) -> None:
    """Show the monthly letter exactly as it would be sent, and send it after your yes.

    It tells numbers of the last whole month and your commitment: no notes, no addresses, nobody
    else's name, and nobody who is sensitive.
    """
    app: App = ctx.obj
    db, settings, now = app.store, app.settings, app.clock.now()
    if skip:
        left = letters.skip(db, settings, now)
        click.echo(f"The letter for {left.month:%B %Y} stays unsent.")
        return
    offer = letters.prepare(db, settings, now)
    reader = reporting.reader(db, offer.payload.recipient)
    if not report_agreed(app, offer, reader.person, yes=yes):
        click.echo("Nothing was approved. `fika commit letter --skip` ends the asking.")
        return
    reporting.approve(db, settings, offer, now=app.clock.now(), uptime=uptime())
    ctx.exit(send(app))


@commit.command()
@click.pass_obj
def kept(app: App) -> None:
    """The relationship is built: the commitment is kept."""
    _end(app, CommitmentState.KEPT)


@commit.command()
@click.pass_obj
def drop(app: App) -> None:
    """Give the commitment up."""
    _end(app, CommitmentState.GIVEN_UP)


def _end(app: App, state: CommitmentState) -> None:
    ended = accountability.end(app.store, app.settings, state, app.clock.now())
    person = one(app.store, ended.person)
    click.echo(f"Your commitment to {shown(person.name)} is {state}.")
