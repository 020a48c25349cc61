"""When a service takes us for a sender of spam, it is left alone: 24 hours, or as long as it says.

A service that refuses in this way counts what is tried meanwhile against the account. The ledger
remembers it, so that no run and no command tries; a day later, or on the owner's word, it is over.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from agent.settings import Settings
from agent.store import elapsed
from agent.store.database import Database
from agent.store.suspension import suspend, suspended
from connectors.errors import ConnectorError, WritingSuspended
from policies.spoken import short_moment
from policies.text import shown


def heed(sql: sqlite3.Connection, error: ConnectorError, now: datetime) -> None:
    """Remember it where this error says that nothing is to be written for a while.

    The caller has let the ledger's clock go on to ``now``, or an end counted from a clock that
    jumped would not be believed later.
    """
    if isinstance(error, WritingSuspended):
        suspend(sql, error.source, elapsed.counted_at(sql, now) + error.lasts)


def standstill(
    db: Database, settings: Settings, calendar: str, now: datetime, channel: str = ""
) -> str:
    """Why nothing may be written to ``calendar`` or sent by ``channel`` now; empty when it may.

    A refusal names a calendar, its account, its service or a channel; each of them counts.
    """
    account = settings.account_of(calendar)
    names = {calendar, channel, *((account.name, account.service.value) if account else ())}
    found = suspended(db, now)
    return next((said(name, found[name], settings) for name in sorted(names & found.keys())), "")


def said(name: str, until: datetime, settings: Settings) -> str:
    """`google wants nothing written until Tue 1 Dec 10:00`."""
    end = short_moment(until, settings.owner.zone)
    return f"{shown(name)} wants nothing written until {end}"
