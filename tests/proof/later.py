"""The command line, started a while later by every clock it has or hears of, in seconds.

What a service takes a minute to show would cost each proof that minute.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Final

from agent import clock
from agent.clock import SystemClock
from connectors import clocks

AHEAD_S: Final = "PROOF_AHEAD_S"


def main() -> None:
    """Set the clocks, then do what the command line says."""
    ahead_s = float(os.environ.get(AHEAD_S, "0"))
    ahead = timedelta(seconds=ahead_s)
    SystemClock.now = lambda _: datetime.now(UTC) + ahead  # type: ignore[assignment, method-assign]
    clock.time = SimpleNamespace(  # type: ignore[assignment, attr-defined]
        **vars(time) | {"clock_gettime": lambda which: time.clock_gettime(which) + ahead_s}
    )
    told = clocks.compare
    clocks.compare = lambda made, sent, came: told(made and made + ahead, sent, came)
    from agent.__main__ import main as fika

    fika()


if __name__ == "__main__":
    main()
