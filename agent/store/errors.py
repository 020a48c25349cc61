"""What can be wrong with the state folder; every one ends in exit code 5."""

from __future__ import annotations


class StateUnusable(Exception):
    """The state cannot be used; ``cause`` is one plain line, ``remedy`` what to do about it."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy
