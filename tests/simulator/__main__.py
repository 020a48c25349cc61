"""`python -m tests.simulator replay SEED [--profile P]`: one schedule again, with its trace."""

from __future__ import annotations

import click

from tests.simulator.disk import Disk
from tests.simulator.schedule import NAMES, play


@click.group()
def main() -> None:
    """The crash simulator: what becomes of invitations when everything goes wrong."""


@main.command()
@click.argument("seed", type=int)
@click.option("--profile", type=click.Choice(NAMES), help="Another service than the seed's own.")
@click.pass_context
def replay(ctx: click.Context, seed: int, profile: str | None) -> None:
    """Play one schedule again and print all that happens."""
    with Disk() as disk:
        played = play(disk, seed, profile)
    click.echo(str(played.plan))
    for line in played.trace:
        click.echo(str(line))
    click.echo(f"VIOLATED {played.violation}" if played.violation else "every invariant holds")
    ctx.exit(1 if played.violation else 0)


@main.command()
@click.option("--first", default=0)
@click.option("--count", default=1000)
@click.option("--profile", type=click.Choice(NAMES))
def schedules(first: int, count: int, profile: str | None) -> None:
    """Play many schedules."""
    with Disk() as disk:
        for seed in range(first, first + count):
            played = play(disk, seed, profile)
            if played.violation:
                click.echo(f"seed {seed} {played.plan.profile}: {played.violation}")


if __name__ == "__main__":
    main()
