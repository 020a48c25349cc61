"""Reads iCalendar documents in a child process, so that nothing a document holds can end the run.

The child has an empty environment and limits on computing time and memory; its answers come back
as lines of text. When it dies, the document that was in hand is named, and the next one gets a
new child. On platforms without POSIX limits (Windows) only the deadline holds; macOS has no limit
on memory.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import starmap
from pathlib import Path
from types import TracebackType
from typing import IO, Final, NamedTuple, cast

from connectors.errors import ConnectorError, NotAllowed, TemporarilyUnavailable, UnreadableAnswer
from connectors.ical.document import Document, Limits, NotACalendar, TooLarge
from connectors.ical.encoded import Encoded
from connectors.ical.pages import Cut, Page, closed_up, page_of
from connectors.port import Quarantined
from policies.calendar import codec
from policies.frozen import frozen

_ENTRY: Final = (
    "import sys; sys.path[:] = sys.argv[3:]; from connectors.ical.child import main; main()"
)
_INHERITED: Final = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All of the environment the child gets: what an interpreter may need to start at all."""
_MIB: Final = 1024 * 1024
_PIECE: Final = _MIB
_END: Final = b"0\n"
_LAST_WORDS_S: Final = 5.0
_OUT_OF_TIME: Final = getattr(signal, "SIGXCPU", 0)
_DEATHS: Final = 4
_SHARE_AFTER_DEATH: Final = 4


@frozen
class Budget:
    """What reading one source may cost: seconds of computing, bytes of memory.

    ``margin_s`` is how much longer than its computing time a child may take by the clock.
    After a death the next child has a quarter of the computing time, and after four there is
    no next one, so a source costs at most one and three quarters of ``cpu_s``.
    """

    cpu_s: int = 60
    memory_bytes: int = 1024 * 1024 * 1024
    margin_s: float = 30.0


class Sandbox:
    """Reads the documents of one source, starting a child when the first one comes.

    Use it in a ``with`` statement, which ends the child.
    """

    def __init__(self, source: str, budget: Budget) -> None:
        self._source = source
        self._budget = budget
        self._child: _Child | None = None
        self._deaths = 0

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def read(
        self,
        data: IO[bytes],
        known: Mapping[str, str],
        *,
        zone: str,
        limits: Limits,
        page_bytes: int = 0,
        left_out: Sequence[tuple[int, Page]] = (),
    ) -> Document:
        """As `connectors.ical.document.read`; ``data`` is read from its beginning, in pieces.

        The pages ``left_out``, each with where it begins, are not read.

        A child that dies over a document after it had read others may have died of those, so
        the document is tried once more, first in a new child. When that dies too, the next one
        tells which item it has in hand, and the one it dies of is left out.

        Raises:
            NotAllowed: a limit of ours was reached.
            UnreadableAnswer: it is no calendar, or reading it fails.
            TemporarilyUnavailable: ``data`` cannot be read, or no child can be started.
        """
        request = _Request(data, known, zone, limits, page_bytes, left_out)
        without: set[str] | None = None
        first: _Died | None = None
        while True:
            child = self._child = self._child or self._started()
            try:
                return child.ask(request, without)
            except _Died as death:
                self._end()
                self._deaths += 1
                if child.served:
                    continue
                first = first or death
                if self._deaths == _DEATHS or (without is not None and death.item is None):
                    raise first.kind(self._source, first.cause, first.remedy) from death
                without = {*(without or ()), *filter(None, (death.item,))}
            except (NotACalendar, TooLarge) as error:
                raise _refusal(self._source, error) from error
            except OSError as error:
                self._end()  # half a request is in the pipe
                raise TemporarilyUnavailable(
                    self._source, f"it cannot be read: {error.strerror}"
                ) from error

    def _started(self) -> _Child:
        if self._deaths >= _DEATHS:
            raise TemporarilyUnavailable(
                self._source, "left for another run, after too much that cannot be read"
            )
        share = _SHARE_AFTER_DEATH if self._deaths else 1
        try:
            return _Child(self._budget, max(self._budget.cpu_s // share, 1))
        except OSError as error:
            raise TemporarilyUnavailable(
                self._source, f"no process to read it in: {error.strerror}"
            ) from error

    def _end(self) -> None:
        if self._child:
            self._child.close()
            self._child = None


class _Request(NamedTuple):
    """What `Sandbox.read` is asked for."""

    data: IO[bytes]
    known: Mapping[str, str]
    zone: str
    limits: Limits
    page_bytes: int
    left_out: Sequence[tuple[int, Page]]

    def header(self, without: set[str] | None) -> bytes:
        skipped = [
            (at, page.lines, page.events, page.shared) for at, page in closed_up(self.left_out)
        ]
        components, size = self.limits.components, self.limits.bytes
        skip = None if without is None else sorted(without)
        told = [dict(self.known), self.zone, components, size, skip, self.page_bytes, skipped]
        return json.dumps(told).encode()

    def pieces(self) -> Iterator[bytes]:
        """The document but for the pages left out, a mebibyte at a time."""
        self.data.seek(0)
        at = 0
        for begins, page in self.left_out:
            while at < begins and (piece := self.data.read(min(begins - at, _PIECE))):
                yield piece
                at += len(piece)
            at = self.data.seek(begins + page.size)
        while piece := self.data.read(_PIECE):
            yield piece


class _Died(Exception):
    """The child is gone, and what to make of it; ``item`` is the one it died of, if that shows."""

    def __init__(
        self, kind: type[ConnectorError], cause: str, remedy: str = "", item: str | None = None
    ) -> None:
        super().__init__(cause)
        self.kind = kind
        self.cause = cause
        self.remedy = remedy
        self.item = item


class _Child:
    """One process; ``served`` counts the documents it has answered for."""

    def __init__(self, budget: Budget, cpu_s: int) -> None:
        self.served = 0
        self._cpu_s = cpu_s
        self._memory_bytes = budget.memory_bytes
        self._late = threading.Event()
        self._in_hand: str | None = None
        self._since = 0.0
        self._process = _process(cpu_s, budget.memory_bytes)
        self._requests = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)
        self._timer = threading.Timer(cpu_s + budget.margin_s, self._stop)
        self._timer.daemon = True
        self._timer.start()

    def ask(self, request: _Request, without: set[str] | None) -> Document:
        self._put(request.header(without) + b"\n")
        for piece in request.pieces():
            self._put(b"%d\n" % len(piece))
            self._put(piece)
        self._put(_END)
        document = self._answer(request.known)
        self.served += 1
        return document

    def close(self) -> None:
        """End it; it holds nothing that would have to be saved."""
        self._timer.cancel()
        self._process.kill()
        self._process.wait()
        self._answers.close()
        with suppress(OSError):  # what could not be sent
            self._requests.close()

    def _stop(self) -> None:
        self._late.set()
        self._process.kill()

    def _put(self, piece: bytes) -> None:
        try:
            self._requests.write(piece)
            if piece == _END:
                self._requests.flush()
        except OSError as error:
            raise self._told(self._answers.readline(_PIECE)) from error

    def _answer(self, known: Mapping[str, str]) -> Document:
        """The answer never takes more room than the child may: it is refused beyond that."""
        items: list[bytes] = []
        digests = dict(known)
        cut: list[tuple[int, Page, str]] = []
        room = self._memory_bytes
        while True:
            line = self._answers.readline(room)
            room -= len(line)
            if room <= 0:
                self._process.kill()
                raise self._death("MemoryError")
            if not line.endswith(b"\n"):  # cut off in the middle, or nothing at all
                raise self._death()
            if line.startswith(b"+"):
                item = line[1:]
                items.append(item)
                key, digest = codec.names(item.decode())
                digests[key] = digest
            elif line.startswith(b"?"):
                self._in_hand, self._since = json.loads(line[1:]), time.monotonic()
            elif line.startswith(b"="):
                cut.append(_page(line))
            elif line.startswith(b"."):
                return _document(items, digests, cut, line)
            else:
                raise self._told(line)

    def _told(self, line: bytes) -> Exception:
        if not line.endswith(b"\n"):
            return self._death()
        name, message = json.loads(line[1:])
        for kind in (NotACalendar, TooLarge):
            if name == kind.__name__:
                self.served += 1
                return kind(message)
        return self._death(name)

    def _death(self, told: str = "") -> _Died:
        """Why the child is gone; ``told`` is the type of the exception it ended with."""
        try:
            code = self._process.wait(timeout=_LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if self._late.is_set():
            return _Died(NotAllowed, "reading it takes too long", "raise limits.cpu", self._slow())
        if code == -_OUT_OF_TIME:
            cause = f"reading it takes more than {self._cpu_s} s of computing"
            return _Died(NotAllowed, cause, "raise limits.cpu", self._slow())
        if told == "MemoryError":
            amount = self._memory_bytes // _MIB
            cause = f"reading it takes more than {amount:,} MiB of memory"
            return _Died(NotAllowed, cause, "raise limits.memory_bytes", self._in_hand)
        if code < 0:
            told = signal.Signals(-code).name
        return _Died(UnreadableAnswer, f"reading it failed ({told or code})", "", self._in_hand)

    def _slow(self) -> str | None:
        """The item in hand, when most of the time went into it and not into those before."""
        took_s = time.monotonic() - self._since
        return self._in_hand if took_s > self._cpu_s / 2 else None


def _process(cpu_s: int, memory_bytes: int) -> subprocess.Popen[bytes]:
    """The child, importing what we import, from where we do, and knowing nothing else of us."""
    root = str(Path(__file__).parents[2])
    path = [*filter(os.path.isabs, sys.path), *([] if root in sys.path else [root])]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-I", "-S", "-c", _ENTRY, str(cpu_s), str(memory_bytes), *path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _INHERITED if name in os.environ},
    )


def _page(line: bytes) -> tuple[int, Page, str]:
    begins, fields, part = json.loads(line[1:])
    return begins, page_of(fields), part


def _document(
    items: list[bytes],
    digests: dict[str, str],
    pages: list[tuple[int, Page, str]],
    line: bytes,
) -> Document:
    rest, gone, quarantined, total, newest_s, zone, complete, cut, lacking = json.loads(line[1:])
    digests.update(rest)
    for key in gone:
        del digests[key]
    return Document(
        Encoded(items),
        digests,
        tuple(starmap(Quarantined, quarantined)),
        total,
        newest_s,
        zone,
        complete,
        Cut(cut[0], cut[1], tuple(pages), tuple(cut[2])) if cut else None,
        tuple(lacking),
    )


def _refusal(source: str, error: NotACalendar | TooLarge) -> ConnectorError:
    if isinstance(error, TooLarge):
        return NotAllowed(source, str(error), "raise limits.components or limits.bytes")
    return UnreadableAnswer(
        source, "it is no calendar", "give an iCalendar file: it begins with BEGIN:VCALENDAR"
    )
