"""How long what Fika keeps about its own doings is kept; what calendars say is not its to drop."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from policies.frozen import frozen

RUNS: Final = timedelta(days=400)
"""A run of the same day last year can still be looked up."""
WORDS: Final = timedelta(days=730)
LEAST_RUNS: Final = 60
"""So many runs stay however old they are: a clock gone wrong must not empty the ledger."""


@frozen
class Retention:
    """The moments before which things go.

    Runs that began before ``runs``. The words of proposals that came to nothing before
    ``words``, and with them the actions that ended unsent: who was proposed when, and what
    became of it, stays. What was sent stays whole: it is the history of a relationship.
    """

    runs: datetime
    words: datetime


def retention(now: datetime) -> Retention:
    """What goes at this moment."""
    return Retention(now - RUNS, now - WORDS)
