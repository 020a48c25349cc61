"""A channel that tells the owner something: Slack, Teams, Telegram, ntfy, a webhook, by apprise.

Its address is a secret, for whoever has it can write there. The library's own log would tell it;
it is kept from everyone, and only the number of an answer is taken from it.
"""

from __future__ import annotations

import logging
import queue
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from connectors.errors import ConnectorError, NotAllowed, TemporarilyUnavailable
from policies.frozen import frozen

if TYPE_CHECKING:
    from apprise import Apprise

PATIENCE: Final = timedelta(seconds=20)
_STATUS: Final = re.compile(r"\berror=(\d{3})\b")
_REFUSALS: Final = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.GONE,
    }
)
_TALKATIVE: Final = ("apprise", "urllib3")
_ADDRESS: Final = "check its address, docs/digest.md has the form of each"


@frozen
class Channel:
    """One channel by its configured name; ``url`` is asked for its address when it is needed."""

    name: str
    url: Callable[[], str]
    patience: timedelta = PATIENCE

    def send(self, title: str, body: str) -> None:
        """Hand over one message of plain text.

        Raises:
            NotAllowed: the library is missing, or the address is refused.
            TemporarilyUnavailable: nobody took it in time.
            ConnectorError: as ``url`` raises.
        """
        channel = self._opened()
        answers: queue.SimpleQueue[ConnectorError | None] = queue.SimpleQueue()
        # In a thread of its own: a service that answers a letter at a time would hold us for ever.
        threading.Thread(
            target=lambda: answers.put(self._sent(channel, title, body)), daemon=True
        ).start()
        try:
            problem = answers.get(timeout=self.patience.total_seconds())
        except queue.Empty:
            cause = f"it did not take it within {self.patience.total_seconds():g} s"
            raise TemporarilyUnavailable(self.name, cause) from None
        if problem is not None:
            raise problem

    def check(self) -> None:
        """Look at all that `send` needs, and send nothing.

        Raises:
            ConnectorError: as `send`, of what is missing here.
        """
        self._opened()

    def _opened(self) -> Apprise:
        try:
            from apprise import Apprise, AppriseAsset, PersistentStoreMode
        except ImportError as error:
            raise NotAllowed(
                self.name,
                "channels need the extra `channels`, which is not installed",
                'in its checkout: pipx install --force ".[channels]"'
                ' (or: uv tool install --reinstall ".[channels]")',
            ) from error
        asset = AppriseAsset(
            app_id="Fika",
            app_desc="Fika",
            app_url="",
            image_url_mask="",  # nothing of a message is to be fetched from elsewhere
            image_url_logo="",
            async_mode=False,
            storage_mode=PersistentStoreMode.MEMORY,
        )
        url = self.url()
        with _heard():
            channel = Apprise(asset=asset)
            if not channel.add(url):
                raise NotAllowed(self.name, "its address is none that apprise knows", _ADDRESS)
        return channel

    def _sent(self, channel: Apprise, title: str, body: str) -> ConnectorError | None:
        from apprise import NotifyFormat

        try:
            with _heard() as answer:
                if channel.notify(body=body, title=title, body_format=NotifyFormat.TEXT):
                    return None
        except Exception as error:  # noqa: BLE001 - whatever service it is, in a thread of its own
            return TemporarilyUnavailable(self.name, f"apprise failed ({type(error).__name__})")
        if not answer.code:
            return TemporarilyUnavailable(self.name, "it cannot be reached")
        if answer.code in _REFUSALS:
            return NotAllowed(self.name, f"it answers {answer.code}", _ADDRESS)
        return TemporarilyUnavailable(self.name, f"it answers {answer.code}")


class _Answer(logging.Handler):
    """Takes the number of an answer out of the library's log; 0 where there is none."""

    code = 0

    def emit(self, record: logging.LogRecord) -> None:
        if status := _STATUS.search(record.getMessage()):
            self.code = int(status[1])


@contextmanager
def _heard() -> Iterator[_Answer]:
    """What the library logs meanwhile; none of it goes further then or later: it has addresses."""
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:  # without one, Python prints warnings by itself
            logger.addHandler(logging.NullHandler())
    log, answer = logging.getLogger("apprise"), _Answer(logging.WARNING)
    log.addHandler(answer)
    try:
        yield answer
    finally:
        log.removeHandler(answer)
