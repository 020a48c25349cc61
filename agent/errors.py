"""Errors that a command ends with, each with its exit code.

FikaError
├── UsageProblem   the command line or the configuration is wrong
└── (see agent.store.errors.StateUnusable and connectors.errors for the others)
"""

from __future__ import annotations


class FikaError(Exception):
    """``cause`` is one plain line, ``remedy`` what to do about it."""

    def __init__(self, cause: str, remedy: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy


class UsageProblem(FikaError):
    """The command line or the configuration is wrong."""
