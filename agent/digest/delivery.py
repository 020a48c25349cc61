"""The digest out of the machine: one a day at most, to places in the owner's configuration only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from agent.digest import forms
from agent.digest.mail import message
from agent.digest.sections import Section
from agent.settings import ChannelSettings, Settings
from agent.store import meta
from agent.store.database import Database
from connectors.channels import Channel
from connectors.errors import ConnectorError
from connectors.port import Mailer
from policies.wall import local_date

MAIL = "mail"
_MAILED = "digest mailed on"
_OWED = "digest owed"
_TEST = "Fika can reach you here. The digest comes at most once a day."


class Destination(NamedTuple):
    """Where a digest goes; ``send`` raises a `ConnectorError` where it cannot be had there."""

    name: str
    send: Callable[[Sequence[Section]], None]


class Undelivered(NamedTuple):
    """A place that a digest did not reach, and why, with what to do."""

    name: str
    cause: str


def destinations(
    settings: Settings,
    mailer: Mailer | None,
    channels: Iterable[tuple[ChannelSettings, Channel]],
    now: datetime,
) -> tuple[Destination, ...]:
    """Mail, where the owner wants it, and every channel."""
    page = settings.digest.page

    def through(to: ChannelSettings, channel: Channel) -> Destination:
        form = forms.chat if to.names else forms.counted
        return Destination(
            to.name, lambda said: channel.send(forms.subject(said), form(said, page))
        )

    found = [through(*each) for each in channels]
    if mailer is None:
        return tuple(found)
    return (Destination(MAIL, lambda said: mailer.send(message(settings, said, now))), *found)


def send_once_a_day(
    db: Database, zone: str, to: Sequence[Destination], sections: Sequence[Section], now: datetime
) -> tuple[Undelivered, ...]:
    """Send it to each place that has not had today's; a place that fails keeps no other from it.

    The day is noted first: a digest lost on the way is better than two. Where one was lost, or
    came too late for today, another is owed the next day.
    """
    today = local_date(now, zone).isoformat()
    said = forms.shortened(sections)
    first = [each for each in to if _is_new(db, _key(each.name), today)]
    failed = [problem for each in first for problem in _tried(each, said)]
    is_behind = bool(failed) or len(first) < len(to)
    _is_new(db, _OWED, "yes" if is_behind else "")
    return tuple(failed)


def is_owed(db: Database) -> bool:
    """Whether something was to be said that did not arrive, so that it is said without news."""
    return db.meta(_OWED) == "yes"


def tested(to: Iterable[Destination]) -> tuple[Undelivered, ...]:
    """Say one sentence everywhere, which counts for no day's digest."""
    said = (Section("A test", (_TEST,)),)
    return tuple(problem for each in to for problem in _tried(each, said))


def _tried(to: Destination, sections: Sequence[Section]) -> list[Undelivered]:
    try:
        to.send(sections)
    except ConnectorError as error:
        cause = f"{error.cause}; {error.remedy}" if error.remedy else error.cause
        return [Undelivered(to.name, cause)]
    return []


def _key(name: str) -> str:
    return _MAILED if name == MAIL else f"digest sent to {name} on"


def _is_new(db: Database, key: str, value: str) -> bool:
    """Note it down, and say whether anything else stood there."""
    with db.transaction() as sql:
        return meta.remember(sql, key, value)
