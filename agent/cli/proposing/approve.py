"""`fika approve` and the owner's other words about one meeting: no, call it off, it was sent.

Approving commits the owner's yes first and sends at once when nothing else runs; whatever keeps it
from going out now, the next run sends it.
"""

from __future__ import annotations

import click

from agent.app import App
from agent.cli.asking import agreed
from agent.cli.completing import PROPOSAL
from agent.cli.owner import today
from agent.cli.proposing import approve_view as view
from agent.cli.proposing.sending import FOUND_OUT, send
from agent.cli.values import NUMBER, YES
from agent.clock import uptime
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

_number = click.argument("number", type=PROPOSAL)
_edit = click.option("--edit", is_flag=True, help="Change title and text in your editor first.")
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
    """Say no to one proposal, also to one that is approved and not sent yet.

    Of a meeting that was sent, a new time or a cancellation that still waits is taken back.
    """
    app: App = ctx.obj
    ended = outcome.reject(app.store, number, body(why), app.clock.now())
    click.echo(outcome.rejected_text(number, ended))
    if ended is not None:
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
@FOUND_OUT
@click.pass_context
def settle(ctx: click.Context, number: int, sent: bool) -> None:
    """Say what became of a sending nobody can tell: look into your sent mail, or ask the guest."""
    app: App = ctx.obj
    action = outcome.settle_by_owner(app.store, number, app.clock.now(), sent=sent)
    click.echo(f"Noted: {action.note}.")
    if not sent:
        proposal = proposals.get(app.store, number)
        if proposal is not None and proposal.state is ProposalState.OPEN:
            click.echo(f"It can be approved again: fika approve {number}")
    ctx.exit(send(app))


def _ask_and_send(app: App, offer: Offer, *, yes: bool, accept_old: bool) -> Exit:
    person = people.get(app.store, PersonId(offer.action.person))
    between = between_us(app.store, person, today(app)) if person else ()
    for line in between:
        click.echo(f"Between you: {line}")
    click.echo(view.offer_text(offer, person))
    click.echo()
    if yes and offer.doubtful:
        raise UsageProblem(
            "nothing was approved: a doubt needs your eyes", "approve it without --yes"
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
    approved = approving.approve(
        app.store,
        app.settings,
        offer,
        now=app.clock.now(),
        uptime=uptime(),
        accept_old=accept_old,
    )
    if not approved.new:
        click.echo(already_text(approved, app.settings))
    return send(app)


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
