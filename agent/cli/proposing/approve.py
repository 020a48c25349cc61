"""`fika approve` and the owner's other words about meetings: no, not now, call it off, it was sent.

Approving commits the owner's yes first and sends at once when nothing else runs; whatever keeps it
from going out now, the next run sends it.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import BinaryIO

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.proposing import approve_view as view
from agent.cli.proposing.sending import send
from agent.cli.values import AHEAD, NUMBER, YES
from agent.days import read_day
from agent.errors import UsageProblem
from agent.exits import Exit
from agent.relationships.memory import between_us
from agent.sending import approving, outcome
from agent.sending.approving import Approved, Offer
from agent.sending.telling import already_text
from agent.store import people, proposals
from policies.people.person import PersonId
from policies.people.tidy import body
from policies.proposal import ProposalState
from policies.sending.action import ActionState
from policies.spoken import day_said, until_said
from policies.text import shown
from policies.wall import WallTime, absolute, local_date, moment

_number = click.argument("number", type=NUMBER)
_edit = click.option("--edit", is_flag=True, help="Change title and text in your editor first.")
_until = click.option("--until", type=AHEAD, metavar="DAY", help="The first day it is over.")
_accept_old = click.option(
    "--accept-old", is_flag=True, help="Also if a calendar file has not changed for long."
)


@click.command()
@_number
@click.option("--slot", type=NUMBER, help="Another of its times, from `fika show`.")
@_edit
@YES
@_accept_old
@click.pass_context
def approve(
    ctx: click.Context, number: int, slot: int | None, edit: bool, yes: bool, accept_old: bool
) -> None:
    """Say yes to one proposal and send it.

    Shows exactly what will be sent, and asks. With --slot, a meeting that was sent before is
    moved: the guest gets the invitation again at the new time.
    """
    app: App = ctx.obj
    index = None if slot is None else slot - 1
    before = approving.standing_yes(app.store, number)
    if before is not None and (index is None or before.action.state is not ActionState.SENT):
        ctx.exit(_already(app, before, index, accept_old=accept_old))
    now, store, settings = app.clock.now(), app.store, app.settings

    def offered(title: str | None = None, text: str | None = None) -> Offer:
        if before is not None and index is not None:
            return approving.prepare_move(
                store, settings, number, index, now=now, title=title, text=text
            )
        return approving.prepare(
            store, settings, number, now=now, slot=index, title=title, text=text
        )

    offer = offered()
    if edit:
        page = _edited(view.editable(offer.payload))
        offer = offered(*view.edited(page))
    ctx.exit(_ask_and_send(app, offer, yes=yes, accept_old=accept_old))


@click.command()
@_number
@click.option("--why", default="", help="For yourself; nobody else reads it.")
@click.pass_context
def reject(ctx: click.Context, number: int, why: str) -> None:
    """Say no to one proposal, also to one that is approved and not sent yet."""
    app: App = ctx.obj
    was_approved = approving.standing_yes(app.store, number) is not None
    outcome.reject(app.store, number, body(why), app.clock.now())
    click.echo(f"Proposal {number} is rejected.")
    if was_approved:
        ctx.exit(send(app))


@click.command()
@_number
@_edit
@YES
@click.pass_context
def cancel(ctx: click.Context, number: int, edit: bool, yes: bool) -> None:
    """Call off a meeting that was sent: shows the cancellation, asks, and sends it."""
    app: App = ctx.obj
    now = app.clock.now()
    offer = approving.prepare_cancel(app.store, app.settings, number, now=now)
    if edit:
        text = _edited(offer.payload.text + "\n")
        offer = approving.prepare_cancel(app.store, app.settings, number, now=now, text=text)
    ctx.exit(_ask_and_send(app, offer, yes=yes, accept_old=True))


@click.command()
@_number
@click.option("--sent/--not-sent", default=None, help="What you found out.")
@click.pass_context
def settle(ctx: click.Context, number: int, sent: bool | None) -> None:
    """Say what became of a sending nobody can tell: look into your sent mail, or ask the guest."""
    app: App = ctx.obj
    if sent is None:
        raise UsageProblem("was it sent or not?", "say --sent or --not-sent")
    action = outcome.settle_by_owner(app.store, number, app.clock.now(), sent=sent)
    click.echo(f"Noted: {action.note}.")
    if not sent:
        proposal = proposals.get(app.store, number)
        if proposal is not None and proposal.state is ProposalState.OPEN:
            click.echo(f"It can be approved again: fika approve {number}")
    ctx.exit(send(app))


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="PERSON [LENGTH|DAY]")
@_until
@click.option("--off", is_flag=True, help="End it.")
@click.pass_obj
def snooze(app: App, words: tuple[str, ...], until: date | None, off: bool) -> None:
    """Leave one person in peace for a while: `fika snooze ana 6w`, or until a day.

    Proposals of theirs that wait for your yes are dropped.
    """
    from agent.relationships import people as folk

    today = _today(app)
    name, last = words, None
    if until is not None:
        last = until
    elif not off:
        name, last = words[:-1], read_day(words[-1], today, ahead=True)
    person = folk.one(app.store, " ".join(name))
    dropped = outcome.snooze(app.store, person, last, today)
    ends = f"in peace until {day_said(last, today)}" if last else "no longer snoozed"
    click.echo(f"{shown(person.name)} is {ends}.")
    for number in dropped:
        click.echo(f"Proposal {number} is dropped.")


@click.command()
@click.argument("length", required=False, metavar="[LENGTH|DAY]")
@_until
@click.option("--off", is_flag=True, help="End the pause.")
@click.pass_obj
def pause(app: App, length: str | None, until: date | None, off: bool) -> None:
    """Propose and send nothing for a while: for a LENGTH such as 2w, until a DAY, or for good.

    What was approved before waits; calling off a meeting still goes out.
    """
    from agent.store import pause as store
    from policies.hours import parse_length

    if (length is not None) + (until is not None) + off > 1:
        raise UsageProblem("give a length, --until or --off, not several")
    now, zone = app.clock.now(), app.settings.owner.zone
    if off:
        with app.store.transaction() as sql:
            store.resume(sql)
        click.echo("The pause is over.")
        return
    end = store.FOR_GOOD
    if length is not None:
        try:
            end = now + parse_length(length)
        except (ValueError, OverflowError):
            until = read_day(length, local_date(now, zone), ahead=True)
    if until is not None:
        end = moment(absolute(WallTime(datetime.combine(until, time()), zone), zone))
    if end <= now:
        raise UsageProblem(f"{end:%Y-%m-%d} is not in the future", "give a later day")
    with app.store.transaction() as sql:
        store.pause(sql, end)
    ends = "`fika pause --off`" if end == store.FOR_GOOD else until_said(end, now, zone)
    click.echo(f"Nothing is proposed or sent until {ends}.")


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


def _ask_and_send(app: App, offer: Offer, *, yes: bool, accept_old: bool) -> Exit:
    person = people.get(app.store, PersonId(offer.action.person))
    between = between_us(app.store, person, _today(app)) if person else ()
    for line in between:
        click.echo(f"Between you: {line}")
    click.echo(view.offer_text(offer, person))
    click.echo()
    if yes and offer.doubtful:
        raise UsageProblem(
            "nothing was approved: the address needs your eyes", "approve it without --yes"
        )
    if not agreed("Send it?", yes=yes):
        click.echo("Nothing was approved.")
        return Exit.OK
    if offer.old and not accept_old:
        question = "Send it although a calendar is old?"
        accept_old = agreed(question, yes=False, flag="--accept-old")
        if not accept_old:
            click.echo("Nothing was approved.")
            return Exit.OK
    approving.approve(app.store, app.settings, offer, now=app.clock.now(), accept_old=accept_old)
    return send(app)


def _today(app: App) -> date:
    return local_date(app.clock.now(), app.settings.owner.zone)


def _already(app: App, before: Approved, slot: int | None, *, accept_old: bool) -> Exit:
    """Approving again changes nothing, but lets what waits go on."""
    action = before.action
    proposal = proposals.get(app.store, action.proposal)
    if slot is not None and proposal is not None and slot != proposal.chosen:
        raise UsageProblem(
            f"proposal {action.proposal} is approved for another time and not sent yet",
            f"`fika reject {action.proposal}` takes it back",
        )
    if accept_old:
        approving.accept_old(app.store, before)
    click.echo(already_text(before, app.settings))
    return Exit.OK if action.state is ActionState.SENT else send(app)


def _edited(page: str) -> str:
    changed = click.edit(page, extension=".txt")
    if changed is None:
        raise UsageProblem("nothing was changed, so nothing was approved", "leave out --edit")
    return changed


def _name(app: App, person_id: str) -> str:
    person = people.get(app.store, PersonId(person_id))
    return shown(person.name if person else person_id)
