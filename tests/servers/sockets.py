"""Sees every connection this process opens, and lets none out to the world."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_watching: list[list[str]] = []
_hooked: list[bool] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect" or not _watching:
        return
    target = arguments[1]
    host = str(target[0]) if isinstance(target, tuple) else str(target)
    _watching[-1].append(host)
    if not host.startswith("127."):
        raise ConnectionRefusedError("blocked by the test")


@contextmanager
def watched_connections() -> Iterator[list[str]]:
    """The addresses connected to meanwhile; those beyond loopback are refused after noting.

    An audit hook sees each ``connect`` whatever library makes it. It cannot be taken out again,
    so it stays, idle.
    """
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(True)
    _watching.append([])
    try:
        yield _watching[-1]
    finally:
        _watching.pop()
