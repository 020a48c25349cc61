"""Sees what this process does to the world outside, by an audit hook, whatever library does it.

A hook cannot be taken out again, so it stays, idle, for the rest of the process.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_watching: dict[str, list[str]] = {}
_hooked: list[bool] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    seen = _watching.get(event)
    if seen is None:
        return
    target = arguments[1]
    first = str(target[0]) if isinstance(target, tuple) else str(target)
    seen.append(first)
    if event == "socket.connect" and not first.startswith("127."):
        raise ConnectionRefusedError("blocked by the test")


@contextmanager
def watched_events(name: str) -> Iterator[list[str]]:
    """The second argument of each event of this name meanwhile, of a tuple its first part."""
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(True)
    _watching[name] = []
    try:
        yield _watching[name]
    finally:
        del _watching[name]


@contextmanager
def watched_connections() -> Iterator[list[str]]:
    """The addresses connected to meanwhile; those beyond loopback are refused after noting."""
    with watched_events("socket.connect") as connected:
        yield connected
