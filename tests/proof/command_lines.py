"""Runs many command lines through the real door in one process, which costs a start only once.

``python -m tests.proof.command_lines SEED COUNT`` works on copies of the state folder in
``FIKA_HOME``, in the folder it is started in, and prints one line of JSON for each: words, exit
code, what was written to both outputs, and the seconds it took.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from agent import __main__ as door
from agent.cli.root import cli
from tests.proof.malformed import Command, Parameter, command_lines

_ELSEWHERE = {"schedule", "demo", "web"}  # they change the machine, take long, or never end
_AFRESH = 60


def main(seed: int, count: int) -> None:
    first, home = Path(os.environ["FIKA_HOME"]), Path.cwd().with_name("state")
    os.environ["FIKA_HOME"] = str(home)
    commands = [each for each in _commands(cli, ()) if not _ELSEWHERE.intersection(each[0])]
    for number, words in enumerate(islice(command_lines(seed, commands), count)):
        if number % _AFRESH == 0 or not home.exists():
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(first, home)
        print(json.dumps(_run(words)))  # noqa: T201 - that is what it is for


def _run(words: list[str]) -> tuple[list[str], int, str, str, float]:
    written = io.BytesIO(), io.BytesIO()
    out = io.TextIOWrapper(written[0], "utf-8", write_through=True)
    err = io.TextIOWrapper(written[1], "utf-8", "backslashreplace", write_through=True)
    started = time.monotonic()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = door.run(words)
    took_s = time.monotonic() - started
    return words, code, written[0].getvalue().decode(), written[1].getvalue().decode(), took_s


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[Command]:
    """Every command, by the words that call it, with its parameters."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _commands(found, (*path, name))
        if not command.invoke_without_command:
            return
    yield path, tuple(map(_parameter, command.params))


def _parameter(given: click.Parameter) -> Parameter:
    if not isinstance(given, click.Option):
        return Parameter((), takes_word=True, many=given.nargs != 1)
    flags = (*given.opts, *given.secondary_opts)
    return Parameter(flags, takes_word=not given.is_flag, many=given.multiple)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
