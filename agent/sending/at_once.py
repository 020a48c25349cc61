"""Sending what the owner approved at once: the end of `fika approve` and of the page's button.

One way for both, under the lock that runs hold. What cannot go out now, the next run sends.
"""

from __future__ import annotations

from typing import NamedTuple

from agent import runlock
from agent.app import App
from agent.dispatch import settle
from agent.sending.ports import DispatchReport
from agent.sending.stillness import Still, stopped


class Attempt(NamedTuple):
    """``busy``: another run is under way and goes on with it. ``stopped``: by the `STOP` file."""

    report: DispatchReport = DispatchReport()
    busy: bool = False
    stopped: Still | None = None


def send_at_once(app: App) -> Attempt:
    """Send what is approved, unless another run is at it.

    Raises:
        StateUnusable: the store cannot be used.
        ConnectorError: what sending needs cannot be had at all.
    """
    ports = app.services.sending()
    by_hand = -int(app.clock.now().timestamp())
    try:
        with runlock.held(app.home):
            report = settle(app.store, ports, app.settings, by_hand)
    except runlock.AlreadyRunning:
        return Attempt(busy=True)
    return Attempt(report, stopped=stopped(app.home) if ports.stopped() else None)
