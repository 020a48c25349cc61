"""`fika demo`: the real daily run on an invented year, in a state folder of its own."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from string import Template

import click

from agent.app import App
from agent.cli.values import PLACE
from agent.clock import Clock
from agent.errors import UsageProblem

_LISTED_DAYS_AGO = 120
REMEMBERED = "promised Grace the case study by Friday; Sofia introduced Rahul"


@click.command()
@click.option(
    "--home",
    type=PLACE,
    help="An empty folder to make; default: a temporary one.",
)
@click.pass_obj
def demo(app: App, home: Path | None) -> None:
    """Try everything on an invented year of calendars.

    Forty people, two calendars, fifteen hundred entries; nothing of yours is read or changed.
    """
    folder = home or Path(tempfile.mkdtemp(prefix="fika-demo-"))
    if folder.exists() and any(folder.iterdir()):
        raise UsageProblem(f"{folder} is not empty", "name a folder that is, or leave --home out")
    _build(folder, app.clock)
    for words in (
        ("people", "import", str(folder / "people.toml"), "--yes"),
        ("plan", "import", str(folder / "plan.toml"), "--yes"),
        ("log", REMEMBERED, "--yes"),
        ("run",),
        ("audit", "--overdue"),
        ("proposals",),
    ):
        click.echo(f"\n$ fika {shlex.join(words)}", color=None)
        _fika(App(home=folder, clock=app.clock), words)
    _what_next(folder)


def _build(folder: Path, clock: Clock) -> None:
    """Write calendars, people and configuration, as their owner would have them."""
    from agent.demo import year
    from connectors.people import toml

    today = clock.now().date()
    text = resources.files("agent.demo").joinpath("people.toml").read_text("utf-8")
    people = tuple(each.person for each in toml.read(text, "people.toml").people)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    work = folder / "calendars" / "work"
    work.mkdir(parents=True)
    for name, calendar in year.work(today, people):
        (work / name).write_bytes(calendar.encode())
    (folder / "calendars" / "private.ics").write_bytes(year.private(today).encode())
    (folder / "people.toml").write_text(_listed(text, today), "utf-8")
    (folder / "plan.toml").write_text(_planned(today), "utf-8")
    (folder / "config.toml").write_text(_CONFIG.format(**_owner()), "utf-8")


def _listed(people: str, today: date) -> str:
    """The people as listed some months ago, so that those to meet are due by now."""
    day = today - timedelta(days=_LISTED_DAYS_AGO)
    return people.replace("[[person]]", f"[[person]]\nlisted_on = {day}")


def _planned(today: date) -> str:
    """The plan with its next steps in the coming weeks."""
    text = resources.files("agent.demo").joinpath("plan.toml").read_text("utf-8")
    days = {"soon": 9, "later": 30, "by": 270}
    found = {name: today + timedelta(days=count) for name, count in days.items()}
    return Template(text).substitute(found)


def _owner() -> dict[str, str]:
    from agent.demo import year

    addresses = ", ".join(f'"{each}"' for each in year.OWNER_ADDRESSES)
    return {"name": year.OWNER_NAME, "addresses": addresses, "zone": year.OWNER_ZONE}


_CONFIG = """[owner]
name = "{name}"
addresses = [{addresses}]
zone = "{zone}"
organisation = "Northwind"
seniority = "manager"
place = "Stockholm"
country = "SE"

[[calendar]]
name = "work"
path = "calendars/work"

[[calendar]]
name = "private"
path = "calendars/private.ics"
evidence = false

[write]
calendar = "work"

[formats.coffee]
places = ["Kaffebar Strand"]

[formats.lunch]
places = ["Matsalen"]
"""


def _fika(app: App, words: tuple[str, ...]) -> None:
    from agent.cli.root import cli

    cli.main(list(words), prog_name="fika", standalone_mode=False, obj=app)


def _what_next(folder: Path) -> None:
    fika = _program()
    rows = (
        (f"{fika} show 1", "why this person, why this time, and the exact text"),
        (f"{fika} why margareta", "every meeting behind one person's status"),
        (f"{fika} plan", "goals, who can help with each, the next steps"),
        (f"{fika} audit --gaps", "what is missing in plan and list"),
        (f"{fika} people discover", "whom you meet and have not listed"),
        (f"{fika} run --dry-run", "a second run finds nothing left to do"),
        ("ls $FIKA_HOME/calendars/work/fika*", "the planning slots, as any calendar reads them"),
    )
    width = max(len(command) for command, _ in rows)
    click.echo(f"\nAll of this is in {folder}, and nowhere else. Go on with:\n")
    click.echo(f"  export FIKA_HOME={shlex.quote(str(folder))}")
    for command, about in rows:
        click.echo(f"  {command:{width}}  {about}")
    click.echo(f"\nWith your own calendars: unset FIKA_HOME, then {fika} init")


def _program() -> str:
    """What to type to start this very Fika."""
    if shutil.which("fika"):
        return "fika"
    script = Path(sys.executable).with_name("fika")
    here = Path.cwd()
    return str(script.relative_to(here) if script.is_relative_to(here) else script)
