"""What every command is given: where the state is, the settings, the clock and the store."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from agent.clock import Clock, SystemClock
from agent.errors import UsageProblem

if TYPE_CHECKING:  # loaded on first use: `fika --help` needs none
    from agent.settings import Settings
    from agent.store.database import Database
    from agent.wiring import Services


def home() -> Path:
    """The one state folder: ``FIKA_HOME``, else the platform's own place for it.

    Raises:
        UsageProblem: ``FIKA_HOME`` is in the home of a user who has none.
    """
    named = os.environ.get("FIKA_HOME")
    if named:
        try:
            return Path(named).expanduser()
        except RuntimeError as error:
            raise UsageProblem("FIKA_HOME names nobody's home", "write it in full") from error
    from platformdirs import user_data_path

    return user_data_path("fika", appauthor=False)


def _load(path: Path) -> Settings:
    from agent.config.load import load

    return load(path)


@dataclass
class App:
    """One command's surroundings; settings, store and services are opened on first use."""

    home: Path = field(default_factory=home)
    clock: Clock = field(default_factory=SystemClock)
    load: Callable[[Path], Settings] = _load

    @property
    def config_path(self) -> Path:
        return self.home / "config.toml"

    @cached_property
    def settings(self) -> Settings:
        """The owner's configuration.

        Raises:
            agent.config.load.ConfigProblems: all that is wrong with it, at once.
        """
        return self.load(self.config_path)

    @cached_property
    def store(self) -> Database:
        """The open store.

        Raises:
            agent.store.errors.StateUnusable: it cannot be used.
        """
        from agent.store.database import Database

        return Database(self.home)

    @cached_property
    def services(self) -> Services:
        """Calendars, accounts and mail, as configured; see `agent.wiring`."""
        from agent.wiring import Services

        return Services(self.settings, self.home, self.clock)

    def close(self) -> None:
        if "services" in self.__dict__:
            self.services.close()
        if "store" in self.__dict__:
            self.store.close()
