"""Telling a monitor that a run begins and how it ended, so that silence is noticed elsewhere.

In the manner of healthchecks.io: the address with ``/start``, with ``/fail``, or with an exit
code. The address is a secret; nothing else is ever sent. A monitor that cannot be reached costs
some seconds and a sentence, and never the run.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

from agent.accounts.secrets import read_secret
from agent.exits import Exit
from agent.settings import PingSettings
from connectors.errors import ConnectorError, NeedsLogin, NotAllowed

_NAME: Final = "the monitor"
_LOOKING_UP: Final = timedelta(seconds=3)
_TELLING: Final = timedelta(seconds=7)  # ten in all
_LONGEST: Final = 64 * 1024

Now = Callable[[], datetime]


def started(settings: PingSettings | None, now: Now, *, within: timedelta = _TELLING) -> str:
    """Say that a run begins; returns why that could not be said, empty when it was.

    Without settings there is nobody to tell, and all is well.
    """
    return _told(settings, "start", now, within)


def finished(settings: PingSettings | None, code: Exit, now: Now) -> str:
    """Say how a run ended; every code but 0 is a failure to the monitor. Returns as `started`."""
    return _told(settings, str(int(code)), now, _TELLING)


def failed(settings: PingSettings | None, now: Now) -> str:
    """Say that a run failed without being able to say so itself. Returns as `started`."""
    return _told(settings, "fail", now, _TELLING)


def tried(settings: PingSettings, now: Now) -> str:
    """Leave a line in the monitor's log, which it takes for neither success nor failure."""
    return _told(settings, "log", now, _TELLING)


def _told(settings: PingSettings | None, what: str, now: Now, within: timedelta) -> str:
    if settings is None:
        return ""
    try:
        _tell(settings, what, now, within)
    except ConnectorError as error:
        return f"{error}; {_remedy(error)}"
    return ""


def _tell(settings: PingSettings, what: str, now: Now, within: timedelta) -> None:
    from connectors.http import Web, address

    text = settings.url
    if settings.url_secret is not None:
        text = read_secret(settings.url_secret, _NAME, patience=_LOOKING_UP).reveal()
    url = address(_NAME, text)
    host = url.raw_host.decode() if settings.allow_private_host else ""
    web = Web(_NAME, within, _LONGEST, now, open_host=host)
    whole = url.copy_with(path=f"{url.path.rstrip('/')}/{what}")
    with closing(web.get(whole, {}).body) as body:
        answer = body.read(_LONGEST)
    if b"not found" in answer[:200]:
        raise NotAllowed(_NAME, "it knows no such check")


def _remedy(error: ConnectorError) -> str:
    if isinstance(error, NeedsLogin):
        return error.remedy
    if isinstance(error, NotAllowed):
        return "see [ping] in the configuration: its address, and allow_private_host"
    return "the next run tells it"
