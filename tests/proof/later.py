"""The command line, started a while later by every clock it has: so many seconds of waiting.

What a service takes a minute to show would cost each proof that minute.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Final

from agent import clock
from agent.clock import SystemClock, Uptime

AHEAD_S: Final = "PROOF_AHEAD_S"


class _Later(SystemClock):
    def now(self) -> datetime:
        return super().now() + timedelta(seconds=_ahead_s())


def _ahead_s() -> float:
    return float(os.environ.get(AHEAD_S, "0"))


def main() -> None:
    """Set the clocks before anything has looked at them, then do what the command line says."""
    found = clock.uptime()
    passed = found and Uptime(found.boot, found.seconds + _ahead_s())
    clock.uptime = lambda: passed
    clock.SystemClock = _Later  # type: ignore[misc]
    from agent.__main__ import main as fika

    fika()


if __name__ == "__main__":
    main()
