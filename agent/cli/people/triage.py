"""`fika triage`: the people the owner meets and has not listed, decided with one key each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

import click

from agent.app import App
from agent.cli.answers import keys
from agent.relationships import people as folk
from agent.relationships.people import Encountered
from policies.people.identity import SEVERAL_READERS
from policies.people.person import PersonId, Priority
from policies.text import shown
from policies.wall import local_date, local_day, seconds

_KEYS = "A B C D: list with that priority · s: skip · n: never ask again · u: undo · q: quit"
_PRIORITIES = frozenset(each.value for each in Priority)
_SKIP, _NEVER, _UNDO, _QUIT = "snuq"


@click.command()
@click.pass_obj
def triage(app: App) -> None:
    """Decide about the people you meet, one key each.

    Keys are read from the terminal, or one after the other from standard input. Every decision
    is kept at once; `u` takes the last one back.
    """
    zone, now = app.settings.owner.zone, app.clock.now()
    waiting = [
        each
        for each in folk.encountered(app.store, app.settings, seconds(now))
        if SEVERAL_READERS.isdisjoint(each.doubts)
    ]
    if not waiting:
        click.echo("Nobody to decide about: all whom you meet are listed.")
        return
    click.echo(_KEYS)
    _Round(app, waiting, zone, local_date(now, zone)).walk(keys())


class _Round:
    """One walk through the list, with what was decided so far."""

    def __init__(self, app: App, waiting: Sequence[Encountered], zone: str, today: date) -> None:
        self.app = app
        self.waiting = waiting
        self.zone = zone
        self.today = today
        self.decided: list[tuple[str, PersonId | None]] = []

    def walk(self, keys: Iterator[str]) -> None:
        while len(self.decided) < len(self.waiting):
            key = self._asked(keys)
            if key == _QUIT:
                break
            if key == _UNDO:
                self._undo()
            else:
                self._decide(key)
        click.echo(self._summary())

    def _asked(self, keys: Iterator[str]) -> str:
        """The next key that means something; the end of input is quitting."""
        click.echo(self._question(), nl=False)
        for key in keys:
            known = key.upper() if key.upper() in _PRIORITIES else key.lower()
            if known in _PRIORITIES or known in {_SKIP, _NEVER, _UNDO, _QUIT}:
                click.echo(known)
                return known
            click.echo(f"{shown(key)}\n{_KEYS}\n{self._question()}", nl=False)
        click.echo()
        return _QUIT

    def _question(self) -> str:
        each, place = self.waiting[len(self.decided)], len(self.decided) + 1
        last = local_day(each.last_s, self.zone).isoformat()
        often = f"met {_times(each.contacts)}"
        if each.seen:
            often += f", {_times(each.seen)} in a larger group"
        if each.perhaps is not None:
            often += f", perhaps {each.perhaps} of your list"
        return (
            f"{place} of {len(self.waiting)}  {shown(each.name)} <{shown(each.address)}>"
            f"  {often}, last {last}  "
        )

    def _decide(self, key: str) -> None:
        each = self.waiting[len(self.decided)]
        listed = None
        if key in _PRIORITIES:
            listed = folk.list_met(self.app.store, each, Priority(key), self.today)
        elif key == _NEVER:
            folk.never(self.app.store, each, self.today)
        self.decided.append((key, listed))

    def _undo(self) -> None:
        if not self.decided:
            click.echo("there is nothing to take back")
            return
        key, listed = self.decided.pop()
        if key != _SKIP:
            folk.undo(self.app.store, self.waiting[len(self.decided)], listed)

    def _summary(self) -> str:
        counts = Counter(key for key, _ in self.decided)
        listed = " ".join(f"{each}: {counts[each]}" for each in Priority if counts[each])
        left = len(self.waiting) - len(self.decided) + counts[_SKIP]
        return f"listed {listed or 'nobody'}; never {counts[_NEVER]}; {left} left for another time"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
