"""One run at a time: a lock the kernel frees when its holder dies."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from agent.errors import FikaError
from agent.store.errors import StateUnusable


class AlreadyRunning(FikaError):
    """Another run holds the lock; it does the same work, so there is nothing to do."""


@contextlib.contextmanager
def held(home: Path) -> Iterator[None]:
    """Hold the run lock of this state folder, without waiting for it.

    Raises:
        AlreadyRunning: another process holds it.
    """
    from agent.store.locks import take

    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = take(home / "run.lock")
    if lock is None:
        raise AlreadyRunning("another run is under way", "wait for it to end")
    with lock:
        yield


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold the run lock for work that no run does in our stead.

    Raises:
        StateUnusable: a run is under way.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(home))
        except AlreadyRunning as error:
            raise StateUnusable(
                "a run is under way, so nothing was done", "say it again when it has ended"
            ) from error
        yield
