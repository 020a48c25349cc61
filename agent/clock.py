"""The one place that asks for the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from policies.frozen import frozen

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


class Uptime(NamedTuple):
    """How long the machine has been up, sleep included; ``boot`` names this start of it."""

    boot: str
    seconds: float


def uptime() -> Uptime | None:
    """By a clock that nobody can set; ``None`` where the system does not name its starts."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return None
    try:
        boot = _BOOT.read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    return Uptime(boot, time.clock_gettime(time.CLOCK_BOOTTIME))


class Clock(Protocol):
    """Tells the time; tests and rehearsals bring their own."""

    def now(self) -> datetime:
        """The present moment in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@frozen
class FixedClock:
    """A clock that stands still."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment
