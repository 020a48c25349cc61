"""Several workers of one process each, of which one at a time goes on: who, chance says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

Pick = Callable[[int], int]
"""Which of so many goes on."""


class Turns:
    """Hands the turn from worker to worker; with a single one there is nothing to hand on."""

    def __init__(self, pick: Pick) -> None:
        self._pick = pick
        self._gates: dict[int, threading.Lock] = {}
        self._now = 0

    @property
    def now(self) -> int:
        """Whose turn it is, from 0."""
        return self._now

    def run(self, works: Sequence[Callable[[], None]]) -> None:
        """Run them all, each as far as it goes whenever it has the turn.

        Raises: what one of them raised, the first of them first.
        """
        if len(works) == 1:
            works[0]()
            return
        raised: dict[int, BaseException] = {}
        self._gates = {number: _shut() for number in range(len(works))}
        over = _shut()

        def worker(number: int) -> None:
            self._gates[number].acquire()
            try:
                works[number]()
            except BaseException as error:  # noqa: BLE001 - handed to the caller below
                raised[number] = error
            del self._gates[number]
            self._next(over)

        threads = [threading.Thread(target=worker, args=(each,)) for each in range(len(works))]
        for each in threads:
            each.start()
        self._next(over)
        over.acquire()
        for each in threads:
            each.join()
        self._now = 0
        for _, error in sorted(raised.items()):
            raise error

    def pass_on(self) -> None:
        """Called by the worker that has the turn: maybe another goes on now."""
        if len(self._gates) < 2:
            return
        mine, gate = self._now, self._gates[self._now]
        self._now = sorted(self._gates)[self._pick(len(self._gates))]
        if self._now != mine:
            self._gates[self._now].release()
            gate.acquire()

    def _next(self, over: threading.Lock) -> None:
        if not self._gates:
            over.release()
            return
        self._now = min(self._gates)
        self._gates[self._now].release()


def _shut() -> threading.Lock:
    """A gate through which one goes each time it is released."""
    gate = threading.Lock()
    gate.acquire()
    return gate
