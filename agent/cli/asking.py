"""Asking the owner, and never waiting for an answer where nobody can give one."""

from __future__ import annotations

import sys

import click

from agent.errors import UsageProblem


def agreed(question: str, *, yes: bool, flag: str = "--yes") -> bool:
    """The owner's answer; ``yes`` is the one given beforehand with ``flag``.

    Raises:
        UsageProblem: there is no terminal to ask on.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageProblem(
            f"{question} Nothing was done: this needs your yes, and there is no terminal to ask on",
            f"say it with {flag}",
        )
    return click.confirm(question)
