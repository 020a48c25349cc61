"""Sending what the owner approved at once: the end of `fika approve` and of the page's button.

One way for both, under the lock that runs hold. What cannot go out now, the next run sends.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final, NamedTuple

from agent import runlock
from agent.app import App
from agent.dispatch import settle
from agent.reading import Reading, read_some
from agent.sending.facts import ages
from agent.sending.ports import DispatchReport
from agent.sending.stillness import Still, stopped
from agent.settings import CalendarSettings
from agent.store import actions
from policies.sending.action import MEETS, UNDER_WAY

_FRESH: Final = timedelta(seconds=60)


class Attempt(NamedTuple):
    """``busy``: another run is under way and goes on with it. ``stopped``: by the `STOP` file.

    ``readings`` are of the calendars that were looked at once more before it.
    """

    report: DispatchReport = DispatchReport()
    busy: bool = False
    stopped: Still | None = None
    readings: tuple[Reading, ...] = ()


def send_at_once(app: App, on_step: Callable[[str], None] = lambda _: None) -> Attempt:
    """Send what is approved, unless another run is at it; ``on_step`` is told what is being done.

    Before anybody is asked for time, what may take the owner's is read again: what came up since
    the daily run counts. A calendar that cannot be read is judged by its age, as a run does.

    Raises:
        StateUnusable: the store cannot be used.
        ConnectorError: what sending needs cannot be had at all.
    """
    ports = app.services.sending()
    by_hand = -int(app.clock.now().timestamp())
    try:
        with runlock.held(app.home):
            readings = _read_again(app, on_step) if _asks_for_time(app) else ()
            on_step("sending what was approved")
            report = settle(app.store, ports, app.settings, by_hand)
    except runlock.AlreadyRunning:
        return Attempt(busy=True)
    return Attempt(report, False, stopped(app.home) if ports.stopped() else None, readings)


def _asks_for_time(app: App) -> bool:
    return any(each.payload.kind in MEETS for each in actions.in_state(app.store, UNDER_WAY))


def _read_again(app: App, on_step: Callable[[str], None]) -> tuple[Reading, ...]:
    return read_some(
        app.store,
        app.settings,
        _not_fresh(app),
        app.services.readers(),
        app.clock.now(),
        on_each=lambda name: on_step(f"reading {name}"),
    )


def _not_fresh(app: App) -> tuple[CalendarSettings, ...]:
    """The calendars that take the owner's time and were not read a moment ago."""
    now = app.clock.now()
    old = {
        each.name
        for each in ages(app.store, app.settings)
        if each.read_at is None or abs(now - each.read_at) > _FRESH
    }
    return tuple(each for each in app.settings.calendars if each.name in old)
