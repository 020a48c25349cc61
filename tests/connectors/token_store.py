"""A token store in memory."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from typing import Any

from connectors.errors import TemporarilyUnavailable


class MemoryStore:
    """`connectors.tokens.TokenStore`; ``broken`` refuses to keep anything more."""

    def __init__(self) -> None:
        self.text = ""
        self.broken = False
        self._lock = threading.RLock()

    def locked(self) -> AbstractContextManager[Any]:
        return self._lock

    def load(self) -> str:
        return self.text

    def save(self, text: str) -> None:
        if self.broken:
            raise TemporarilyUnavailable("work", "the disk is full")
        self.text = text
