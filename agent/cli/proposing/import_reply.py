"""`fika import-reply`: a guest's answer out of a file."""

from __future__ import annotations

from typing import BinaryIO

import click

from agent.app import App
from agent.errors import UsageProblem
from agent.exits import Exit
from agent.store import people
from policies.people.person import PersonId
from policies.text import shown


@click.command(name="import-reply")
@click.argument("files", nargs=-1, required=True, type=click.File("rb"), metavar="FILE...")
@click.pass_context
def import_reply(ctx: click.Context, files: tuple[BinaryIO, ...]) -> None:
    """Read a guest's answer from a calendar file (.ics), a saved mail (.eml) or a mailbox.

    `-` reads standard input, so that a mail program can pipe a message to it.
    """
    from agent.sending.followup import take_replies
    from connectors.ical.reply import LARGEST_FILE, NotAReply

    app: App = ctx.obj
    taken = 0
    for file in files:
        name = shown(str(file.name))
        try:
            data = file.read(LARGEST_FILE + 1)
            found = take_replies(app.store, app.settings, data, app.clock.now())
        except NotAReply as error:
            click.echo(f"{name}: {error}", err=True)
            continue
        except OSError as error:
            raise UsageProblem(f"{name}: {error.strerror}", "check the file") from error
        for each in found.answered:
            comment = f": {shown(each.comment, 400)}" if each.comment else ""
            who = _name(app, each.person)
            click.echo(f"{who} has {each.answer.value} (proposal {each.proposal}){comment}")
        for refused in found.refused:
            click.echo(f"{name}: not taken: {refused}", err=True)
        taken += len(found.answered)
    ctx.exit(Exit.OK if taken else Exit.USAGE)


def _name(app: App, person_id: str) -> str:
    person = people.get(app.store, PersonId(person_id))
    return shown(person.name if person else person_id)
