"""`fika proposals`: what waits for the owner's yes. `fika show`: everything about one of them."""

from __future__ import annotations

import click

from agent.app import App
from agent.cli.completing import PROPOSAL
from agent.cli.proposing import list_view, show_view
from agent.cli.values import AS_JSON, NUMBER
from agent.proposing.showing import showing
from agent.sending.payloads import cannot_send
from agent.sending.stillness import stillness
from agent.sending.telling import outcome_text
from agent.settings import Settings
from agent.store import actions, people
from agent.store import proposals as store
from agent.terminal import say
from policies.proposal import ProposalState
from policies.sending.action import UNDER_WAY, ActionState
from policies.text import as_sentence

_QUESTIONS = 10  # at once; more would not be answered


@click.command()
@click.option(
    "--all", "everything", is_flag=True, help="Also those that are over, and all questions."
)
@AS_JSON
@click.pass_obj
def proposals(app: App, *, everything: bool, as_json: bool) -> None:
    """Meetings waiting for your yes or on their way, and who could not be placed.

    Times are on your own clock. `fika show NUMBER` has everything about one of them.
    """
    now, zone = app.clock.now(), app.settings.owner.zone
    found = store.listed(app.store)
    if not everything:
        found = tuple(each for each in found if each.is_current(now))
    names = {each.id: each.name for each in people.everyone(app.store)}
    unplaced = store.unplaced(app.store)
    unsure = {each.proposal for each in actions.in_state(app.store, {ActionState.NEEDS_REVIEW})}
    if as_json:
        click.echo(list_view.list_json(found, unplaced, names, zone, unsure))
    else:
        most = None if everything else _QUESTIONS
        list_view.print_list(found, unplaced, names, zone, unsure, most)
        waiting = [each.number for each in found if each.state is ProposalState.OPEN]
        if waiting:
            say(f"\n{_next(waiting[0], app.settings)}")
        still = stillness(app.store, app.settings, app.home, now)
        if said := "\n".join(as_sentence(str(each)) for each in still):
            say(f"\n{said}")
        for each in actions.in_state(app.store, UNDER_WAY | {ActionState.NEEDS_REVIEW}):
            if each.report:
                say(f"\n{outcome_text(each)}")


@click.command()
@click.argument("number", type=PROPOSAL)
@click.option("--slot", type=NUMBER, help="Look at another of its times.")
@AS_JSON
@click.pass_obj
def show(app: App, *, number: int, slot: int | None, as_json: bool) -> None:
    """One proposal: exact text and time, the day around it, why, and what a yes would send."""
    index = None if slot is None else slot - 1
    found = showing(app.store, app.settings, number, app.clock.now(), slot=index)
    if as_json:
        click.echo(show_view.show_json(found, app.settings.owner.zone))
    else:
        show_view.print_show(found, app.settings.owner.zone)


def _next(number: int, settings: Settings) -> str:
    missing = cannot_send(settings)
    sends = f"fika approve {number} sends it"
    if missing:
        sends = f"and nothing can be sent yet: {missing.cause} ({missing.remedy})"
    return f"fika show {number} shows the first, {sends}."
