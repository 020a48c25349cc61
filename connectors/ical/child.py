"""The far end of `connectors.ical.sandbox`: reads documents in a process with little to lose.

Each request is a line of JSON and the document in counted pieces; each answer is lines: ``?`` and
the id of the item in hand, where the request asks for it, ``+`` and an item, ``=`` and a page,
``.`` and the rest of the `Document`, or ``!`` and what was wrong. An item's digest is its
etag; of the others those are told that are new or another, and the ids of those that are gone.
Nothing here is unpickled, and nothing of the document is repeated in an error.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from io import BytesIO
from itertools import starmap
from typing import BinaryIO, Final

from connectors.ical.document import Limits, NotACalendar, TooLarge, read
from connectors.ical.index import Skipped
from connectors.ical.memory import named
from policies.calendar import codec
from policies.calendar.event import CalendarItem

_PARTS: Final = 10
"""Attendees and single dates that are allowed for each component that is."""


def main() -> None:
    """Serve requests from standard input until it ends; limits are the first two arguments."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.excepthook = partial(_tell, answers)
    _confine(cpu_s=int(sys.argv[1]), memory_bytes=int(sys.argv[2]))
    gc.disable()  # what one document leaves behind goes with the process
    while header := requests.readline():
        _serve(header, _received(requests), answers)
        answers.flush()
    os._exit(0)  # nothing to tidy up: half a million objects need not be freed one by one


def _confine(cpu_s: int, memory_bytes: int) -> None:
    """No more computing, memory or core file than this, where the platform has such limits."""
    try:
        import resource
    except ImportError:  # Windows: only the parent's deadline holds
        return
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    for limit, soft in (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        lowest = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
        try:
            resource.setrlimit(limit, (lowest, hard))
        except (OSError, ValueError):  # macOS refuses RLIMIT_AS
            continue


def _received(requests: BinaryIO) -> bytes:
    held = BytesIO()
    while size := int(requests.readline()):
        held.write(requests.read(size))
    return held.getvalue()  # without another copy


def _serve(header: bytes, data: bytes, answers: BinaryIO) -> None:
    known, zone, components, size, left_out, page_bytes, skipped = json.loads(header)
    watch = None if left_out is None else _watch(answers, left_out)
    try:
        document = read(
            data,
            known,
            zone=zone,
            limits=Limits(components, size),
            watch=watch,
            page_bytes=page_bytes,
            skipped=[*starmap(Skipped, skipped)],
        )
        _check_parts(document.items, _PARTS * components)
    except (NotACalendar, TooLarge) as error:
        _say(answers, b"!", [type(error).__name__, str(error)])
        return
    answers.writelines(b"+" + codec.encode(item).encode() + b"\n" for item in document.items)
    cut, digests = document.cut, document.digests
    told = known | {item.id: item.etag for item in document.items}
    for at, page, part in cut.pages if cut else ():
        _say(answers, b"=", [at, page, part])
    rest = (
        {key: digest for key, digest in digests.items() if told.get(key) != digest},
        [key for key in known if key not in digests],
        named(document.quarantined),
        document.total,
        document.newest_s,
        document.calendar_zone,
        document.complete,
        cut and (cut.context, cut.newest, cut.rest),
        document.lacking,
    )
    _say(answers, b".", rest)


def _watch(answers: BinaryIO, left_out: Sequence[str]) -> Callable[[str], bool]:
    """Tells which item is in hand, at once, so that it is known should it be the last."""

    def watch(key: str) -> bool:
        _say(answers, b"?", key)
        answers.flush()
        return key not in left_out

    return watch


def _check_parts(items: Iterable[CalendarItem], most: int) -> None:
    """Dates and attendees take twenty bytes in a document and ten times that in memory.

    Raises:
        TooLarge: there are more than ``most``.
    """
    parts = 0
    for item in items:
        for event in item.events:
            parts += len(event.attendees)
            if event.recurrence:
                parts += len(event.recurrence.extra) + len(event.recurrence.excluded)
        if parts > most:
            raise TooLarge(f"more than {most:,} attendees and single dates")


def _say(answers: BinaryIO, kind: bytes, what: object) -> None:
    answers.write(kind + json.dumps(what, separators=(",", ":")).encode() + b"\n")


def _tell(answers: BinaryIO, kind: type[BaseException], *_: object) -> None:
    """What ends the process unforeseen is told by its type alone."""
    _say(answers, b"!", [kind.__name__, ""])
    answers.flush()
