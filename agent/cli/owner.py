"""The owner's day and zone, for commands that also work before there is a configuration."""

from __future__ import annotations

import os
from datetime import date

from agent.app import App
from agent.errors import UsageProblem
from agent.settings import Settings


def settings_if_any(app: App) -> Settings | None:
    """The configuration; ``None`` where there is none yet.

    Raises:
        UsageProblem: there is one, and it cannot be used.
    """
    try:
        return app.settings
    except UsageProblem:
        if os.path.exists(app.config_path):  # noqa: PTH110 - answers also where we may not look
            raise
        return None


def zone(app: App) -> str:
    """The owner's zone; UTC where none is configured."""
    settings = settings_if_any(app)
    return settings.owner.zone if settings else "UTC"


def today(app: App) -> date:
    """The day it is for the owner."""
    from policies.wall import local_date

    return local_date(app.clock.now(), zone(app))
