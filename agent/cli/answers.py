"""What the owner answers: one key at a time, or a line; from the terminal or from a pipe."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from typing import Final

import click

from policies.text import shown

QUIT: Final = "q"
NEXT: Final = "."
UNDO: Final = "u"


def keys() -> Iterator[str]:
    """Keys as they are pressed; from a pipe every character that is not white space."""
    if sys.stdin.isatty():
        while True:
            yield click.getchar()
    while char := sys.stdin.read(1):
        if not char.isspace():
            yield char


class Answers:
    """Keys and lines as they are typed; from a pipe, white space between keys means nothing.

    What follows a key on its line is the line asked for next, unless it is empty. The end of a
    pipe is the key to quit, and an empty line.
    """

    def __init__(self, known: str = "") -> None:
        """``known`` tells the keys, to whoever typed another."""
        self._known = f"{known}\n" if known else ""
        self._at_terminal = sys.stdin.isatty()
        self._within_line = False

    def key(self, question: str, known: Collection[str], *, upper: Collection[str] = ()) -> str:
        """The next key that means something; ``upper`` are capitals whose small letter will do."""
        click.echo(question, nl=False)
        while True:
            typed = self._typed()
            if not typed:
                click.echo()
                return QUIT
            key = typed.upper() if typed.upper() in upper else typed.lower()
            if key in upper or key in known:
                click.echo(key)
                return key
            click.echo(f"{shown(typed)}\n{self._known}{question}", nl=False)

    def line(self, question: str) -> str:
        """A line, without the white space around it."""
        if self._at_terminal:
            return str(click.prompt(question, default="", show_default=False)).strip()
        answer = sys.stdin.readline().strip()
        if self._within_line and not answer:
            answer = sys.stdin.readline().strip()
        self._within_line = False
        click.echo(f"{question}: {shown(answer, 300)}")
        return answer

    def _typed(self) -> str:
        typed = next(keys(), "")
        if self._at_terminal:
            return NEXT if typed in "\r\n " else typed
        self._within_line = bool(typed)
        return typed
