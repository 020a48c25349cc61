"""`fika simulate`: whether the plan fits the diary, played week by week."""

from __future__ import annotations

from typing import Final

import click

from agent.app import App
from agent.cli.audit import simulate_view as view
from agent.cli.values import AS_JSON, Whole
from policies.text import shown

_MOST_WEEKS: Final = 52


@click.command()
@click.option(
    "--weeks",
    type=Whole(1, _MOST_WEEKS),
    default=26,
    show_default=True,
    help="How far to look ahead.",
)
@click.option(
    "--learn",
    type=Whole(1, _MOST_WEEKS),
    default=12,
    show_default=True,
    metavar="WEEKS",
    help="From how many past weeks to learn how much free time a week has.",
)
@click.option(
    "--yes-rate",
    type=Whole(1, 100),
    metavar="PERCENT",
    help="How many of a hundred invitations lead to a meeting; else as in the past year.",
)
@click.option("--all", "everyone", is_flag=True, help="Name everyone, not only the first.")
@AS_JSON
@click.pass_obj
def simulate(
    app: App, *, weeks: int, learn: int, yes_rate: int | None, everyone: bool, as_json: bool
) -> None:
    """Whether everyone's cadence fits your diary, and what would make it fit.

    Plays your usual free time, your caps, your planning slots and everyone's cadence forward:
    when each red turns green, who never does, and which one change would be enough. It changes
    nothing and sends nothing.
    """
    from agent.relationships.audit import unread
    from agent.relationships.foresight import foresee

    for sentence in unread(app.store, app.settings):
        click.echo(f"Meetings may be missing: {shown(sentence)}", err=True)
    share = yes_rate / 100 if yes_rate else None
    now = app.clock.now()
    seen = foresee(app.store, app.settings, now, weeks=weeks, learn=learn, share=share)
    if as_json:
        click.echo(view.as_json(seen))
    else:
        view.print_text(seen, everyone=everyone)
