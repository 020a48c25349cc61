"""Plays the four years, and writes them into `docs/personas.md`, as pictures and as figures.

`make personas` does. What stands between the page's marks is replaced, and nothing else.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from policies.audit.cadence import Status
from tests.personas.cast import PERSONAS, Persona
from tests.personas.life import Counts, Life, Year
from tests.personas.picture import picture

_ROOT: Final = Path(__file__).parents[2]
_PAGE: Final = _ROOT / "docs" / "personas.md"
_FIGURES: Final = _ROOT / "docs" / "personas.json"
_PICTURES: Final = _ROOT / "docs" / "pictures"
_MARKS: Final = re.compile(r"(<!-- personas -->\n).*?(<!-- end of personas -->)", re.DOTALL)


@click.command()
def main() -> None:
    """Play the years and write what came of them."""
    years = [_year(each) for each in PERSONAS]
    for year in years:
        drawn = picture(year)
        (_PICTURES / f"{drawn.name}.svg").write_text(drawn.svg(), "utf-8")
    records = ",\n".join(json.dumps(record(each)) for each in years)
    _FIGURES.write_text(f"[\n{records}\n]\n", "utf-8")
    page = _PAGE.read_text("utf-8")
    made = "\n".join(_page(years))
    _PAGE.write_text(_MARKS.sub(lambda found: f"{found[1]}{made}\n{found[2]}", page), "utf-8")
    for year in years:
        click.echo(f"{year.persona.name}: {year.share():.0%} green, {year.invited.total()} invited")


def record(year: Year) -> dict[str, object]:
    """A year as JSON gives it: shares from 0 to 1, a list item for each week's Friday."""
    return {
        "persona": year.persona.key,
        "seed": year.persona.seed,
        "people": sum(year.weeks[-1].values()),
        "runs": year.runs,
        "weeks": [_named(each) for each in year.weeks],
        "without_fika": [_named(each) for each in year.without],
        "foreseen_on_day_one": [_named(each) for each in year.foreseen],
        "green_at_the_end": round(year.share(), 3),
        "green_by_who_really_came": round(year.share_really, 3),
        "green_without_fika": round(year.share_without, 3),
        "proposed": year.proposed,
        "invitations": year.invited.total(),
        "invitations_by_person": dict(sorted(year.invited.items())),
        "accepted": year.accepted,
        "declined": year.declined,
        "silent": year.silent,
        "planning_kept": year.kept,
        "planning_lost": year.lost,
        "cooldown_violations": year.cooldowns,
        "double_bookings": year.clashes,
    }


def _year(persona: Persona) -> Year:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "state"
        home.mkdir(mode=0o700)
        return Life(persona, home).live()


def _page(years: Sequence[Year]) -> Iterator[str]:
    columns = (
        "", "people", "green at first", "after half a year", "at the end", "had nobody asked",
        "foreseen for half a year", "invited", "most for one", "yes", "no", "silent",
        "within the cooldown", "double bookings",
    )  # fmt: skip
    yield f"| {' | '.join(columns)} |"
    yield f"| --- |{' ---: |' * (len(columns) - 1)}"
    for year in years:
        cells = (
            year.persona.name,
            sum(year.weeks[-1].values()),
            f"{year.share(week=0):.0%}",
            f"{year.share(week=25):.0%}",
            f"**{year.share():.0%}**",
            f"{year.share_without:.0%}",
            f"{year.share_foreseen:.0%}",
            year.invited.total(),
            max(year.invited.values(), default=0),
            year.accepted,
            year.declined,
            year.silent,
            year.cooldowns,
            year.clashes,
        )
        yield f"| {' | '.join(map(str, cells))} |"
    for year in years:
        name = f"persona-{year.persona.key}"
        yield f"\n## {year.persona.name}\n\n{year.persona.story}\n"
        yield f"![{picture(year).description}](pictures/{name}.svg)"


def _named(counts: Counts) -> dict[str, int]:
    return {status.value: counts[status] for status in Status}


if __name__ == "__main__":
    main()
