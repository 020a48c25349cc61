"""What can be wrong with the state folder; every one ends in exit code 5.

StateUnusable          it cannot be used as it is
├── Damaged            its content is lost: only a backup helps
└── WrittenByNewer     a newer Fika has changed its form
"""

from __future__ import annotations


class StateUnusable(Exception):
    """The state cannot be used; ``cause`` is one plain line, ``remedy`` what to do about it."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy


class Damaged(StateUnusable):
    """The store's own content cannot be trusted, however the folder around it is put right."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause, "restore the newest backup with `fika restore`")


class WrittenByNewer(StateUnusable):
    """Its form is one that only a newer Fika knows."""
