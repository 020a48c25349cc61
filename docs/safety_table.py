"""Writes the figures into `docs/safety.md` as the proofs recorded them: `make safety`.

Beside them what the exhaustive proof leaves out, as the simulator itself explains it.

Their folder is given; in it a folder for each command that records. What stands between the two
marks is replaced, and nothing else.
"""  # noqa: INP001 - a script beside the pages, no package

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.proof.figures import Figure, recorded  # noqa: E402 - found from the root alone
from tests.simulator.matrix import unreachable  # noqa: E402 - see above

PAGE: Final = ROOT / "docs" / "safety.md"
COMMANDS: Final = ("proof", "soak", "mutants")
_MARKS: Final = re.compile(r"(<!-- figures -->\n).*?(<!-- end of figures -->)", re.DOTALL)


def tables(folder: Path) -> Iterator[str]:
    """One table for each command that has been run."""
    for command in COMMANDS:
        found = recorded(folder / command)
        if found:
            yield f"### `make {command}`\n"
            yield "| figure | result | violations | seed | commit |"
            yield "| --- | ---: | ---: | --- | --- |"
            yield from map(_row, found)
            yield ""


def left_out() -> Iterator[str]:
    """The cells of the exhaustive proof that nothing can reach, by reason."""
    yield "### What the exhaustive proof leaves out, and why\n"
    yield "| combinations | why nothing reaches them |"
    yield "| ---: | --- |"
    for reason, count in sorted(unreachable().items(), key=lambda each: (-each[1], each[0])):
        yield f"| {count:,} | {reason} |"
    yield ""


def _row(figure: Figure) -> str:
    named = f"{figure.name}: {figure.note}" if figure.note else figure.name
    cells = (named, figure.value, f"{figure.violations:,}", figure.seed, f"`{figure.commit}`")
    return f"| {' | '.join(each.replace('|', '/') for each in cells)} |"


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Replace the tables by those of FOLDER."""
    found = list(tables(folder))
    if not found:
        raise click.UsageError("nothing is recorded there: run `make proof` first")
    made = "\n".join((*found, *left_out()))
    page = PAGE.read_text("utf-8")
    PAGE.write_text(_MARKS.sub(lambda found: f"{found[1]}\n{made}\n{found[2]}", page), "utf-8")


if __name__ == "__main__":
    main()
