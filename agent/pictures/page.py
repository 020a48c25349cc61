"""The relationships report: one HTML file that needs nothing beside it, and PNGs."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple

from jinja2 import Environment, StrictUndefined

from agent.errors import UsageProblem
from agent.pictures.figure import Picture
from agent.pictures.palette import STATUS_MEANING, stylesheet
from agent.store import files
from agent.terminal import STATUS_SHAPE
from policies.audit.cadence import Standing, Status
from policies.audit.report import report_title
from policies.spoken import counted
from policies.text import shown

PAGE: Final = "relationships.html"


class Row(NamedTuple):
    """One person as the table of the page has them."""

    name: str
    priority: str
    status: str
    shape: str
    relation: str
    last: str
    over: str
    quality: str


def html(
    pictures: Sequence[Picture], standings: Sequence[Standing], today: date, *, for_others: bool
) -> str:
    """The page. ``for_others``: without the owner's own ratings, and saying what was left out."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    text = resources.files("agent.pictures").joinpath("page.html").read_text("utf-8")
    return environment.from_string(text).render(
        title=report_title(today),
        summary=_summary(standings),
        about="People the owner keeps to themselves are not in it."
        if for_others
        else "For your own eyes: it names everyone. fika report write --for-others leaves out"
        " whoever is marked as sensitive, and your ratings.",
        stylesheet=stylesheet(),
        pictures=pictures,
        rows=tuple(map(_row, standings)),
        quality=not for_others and any(each.person.quality for each in standings),
    )


def write(place: Path, made: Mapping[str, bytes]) -> None:
    """Put these files into the folder ``place``, for their owner's eyes only, each whole or not.

    Raises:
        UsageProblem: it cannot be written there.
    """
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in made.items():
            with _put(place / name) as path:
                path.write_bytes(content)
    except OSError as error:
        cause = f"{error.filename or place}: {error.strerror}"
        raise UsageProblem(cause, "choose another place") from error


@contextlib.contextmanager
def _put(path: Path) -> Iterator[Path]:
    made = files.beside(path)
    made.unlink(missing_ok=True)
    try:
        files.make_file(made)
        yield made
        files.put(made, path)
    finally:
        with contextlib.suppress(OSError):
            made.unlink(missing_ok=True)


def _summary(standings: Sequence[Standing]) -> str:
    counts = Counter(each.status for each in standings)
    parts = (f"{counts[each]} {each} ({STATUS_MEANING[each]})" for each in Status if counts[each])
    people = counted(len(standings), "person")
    return f"{people}: {', '.join(parts)}." if standings else "Nobody is on the list."


def _row(one: Standing) -> Row:
    person = one.person
    return Row(
        name=shown(person.name),
        priority=person.priority,
        status=one.status,
        shape=STATUS_SHAPE[one.status],
        relation="" if person.relation == "unknown" else person.relation,
        last=str(one.last) if one.last else "still to meet",
        over=f"{one.days_over:+d}",
        quality=person.quality or "",
    )
