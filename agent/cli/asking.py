"""Asking the owner, and never waiting for an answer where nobody can give one."""

from __future__ import annotations

import sys

import click

from agent.errors import UsageProblem


def agreed(question: str, *, yes: bool) -> bool:
    """The owner's answer; ``yes`` is the one given beforehand with a flag.

    Raises:
        UsageProblem: there is no terminal to ask on.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageProblem(
            "nothing was done: this needs your yes, and there is no terminal to ask on",
            "say it with --yes",
        )
    return click.confirm(question)
