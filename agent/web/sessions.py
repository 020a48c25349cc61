"""Who is at the page: sessions in memory, and the marks that bind a form to one of them.

The browser keeps a session in a cookie with a random name and the random path below which its
pages live. Cookies know no ports: another program of this machine would be sent ours by any
browser that visits it, but not under a path it cannot guess.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
_AT_ONCE: Final = 8
_NOTES: Final = 20


@dataclass(slots=True)
class Session:
    """One browser. ``room`` is the first part of the paths of its pages.

    ``notes`` are sentences to be shown after something was done, by a random key.
    """

    key: str
    room: str
    began: datetime
    seen: datetime
    secret: bytes = field(repr=False)
    notes: dict[str, str] = field(default_factory=dict, repr=False)

    def mark(self, *about: object) -> str:
        """What a form carries so that it counts for this session and for just this."""
        text = "\0".join(map(str, about)).encode("utf-8", "surrogatepass")
        return hmac.new(self.secret, text, hashlib.sha256).hexdigest()

    def is_mark(self, given: str, *about: object) -> bool:
        return hmac.compare_digest(given.encode(), self.mark(*about).encode())

    def note(self, text: str) -> str:
        """Keep a sentence for the next page; its key."""
        key = secrets.token_urlsafe(8)
        self.notes[key] = text
        while len(self.notes) > _NOTES:
            self.notes.pop(next(iter(self.notes)))
        return key


class Sessions:
    """All of them. One ends half an hour after it was last used, or twelve hours after it began.

    ``cookie`` is the name of the cookie, another each time the page is served.
    """

    def __init__(self) -> None:
        self.cookie: Final = f"fika-{secrets.token_hex(8)}"
        self._open: dict[str, Session] = {}
        self._lock = threading.Lock()

    def begin(self, now: datetime) -> Session:
        """A new one; of too many the one unused for longest ends."""
        key, room = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
        session = Session(key, room, now, now, secrets.token_bytes(32))
        with self._lock:
            self._open[_hidden(key)] = session
            while len(self._open) > _AT_ONCE:
                oldest = min(self._open, key=lambda each: self._open[each].seen)
                del self._open[oldest]
        return session

    def find(self, key: str, room: str, now: datetime) -> Session | None:
        """The session of a cookie in its own room, if it has not ended; it was used just now."""
        with self._lock:
            session = self._open.get(_hidden(key))
            if session is None or not hmac.compare_digest(session.room.encode(), room.encode()):
                return None
            if now - session.seen > IDLE or now - session.began > LONGEST or now < session.began:
                del self._open[_hidden(key)]
                return None
            session.seen = now
            return session

    def end(self, session: Session) -> None:
        with self._lock:
            self._open.pop(_hidden(session.key), None)


def _hidden(key: str) -> str:
    """What a key is looked up by: how long that takes says nothing about the key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
