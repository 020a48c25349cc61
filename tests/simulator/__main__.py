"""The simulator as a command: ``replay SEED`` plays one schedule again and tells all of it.

``soak`` plays many, ``pairs`` kills every recovery a second time.
"""

from __future__ import annotations

import click

from tests.proof.figures import record
from tests.simulator.disk import Disk
from tests.simulator.many import Tally, side_by_side
from tests.simulator.matrix import each_walk, walked_twice
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
@click.option("--schedules", default=100_000)
@click.pass_context
def soak(ctx: click.Context, first: int, schedules: int) -> None:
    """Play many schedules on every core."""
    known = Tally()
    for known in side_by_side(range(first, first + schedules)):
        for violation in known.violations:
            click.echo(violation, err=True)
        if known.violations:
            break
        click.echo(f"{known.schedules:,} schedules, {known.deaths:,} kills", err=True)
    record(
        "Random crash schedules, soak",
        known.schedules,
        seed=f"{first} to {first + schedules - 1}",
        violations=len(known.violations),
        note=f"{known.deaths:,} kills, {known.delivered:,} messages to guests",
    )
    ctx.exit(1 if known.violations else 0)


@main.command()
@click.pass_context
def pairs(ctx: click.Context) -> None:
    """Every kill, and every second kill in what recovers from it; about two hours of CPU time."""
    count, violations = 0, 0
    for walk in each_walk(walked_twice):
        count += walk.cases
        violations += len(walk.violations)
        for violation in walk.violations:
            click.echo(violation)
        click.echo(f"{count:,} pairs, {violations} violations", err=True)
    record("A second kill during every recovery", count, violations=violations)
    ctx.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
