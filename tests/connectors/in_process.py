"""The sandbox without its child process, for tests that read thousands of documents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import IO

from connectors.ical import document
from connectors.ical.document import Document, Limits, NotACalendar, TooLarge
from connectors.ical.index import Skipped
from connectors.ical.pages import Page
from connectors.ical.sandbox import Budget, Sandbox, _refusal, _Request
from policies.calendar import codec


class InThisProcess(Sandbox):
    """Reads what a child would be sent; ``read_bytes`` is how much, of each document."""

    def __init__(self) -> None:
        super().__init__("work", Budget())
        self.read_bytes: list[int] = []

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
        request = _Request(data, known, zone, limits, page_bytes, left_out)
        *_, skipped = json.loads(request.header(None))
        text = b"".join(request.pieces())
        self.read_bytes.append(len(text))
        try:
            found = document.read(
                text,
                known,
                zone=zone,
                limits=limits,
                page_bytes=page_bytes,
                skipped=[Skipped(*each) for each in skipped],
            )
        except (NotACalendar, TooLarge) as error:
            raise _refusal("work", error) from error
        return replace(found, items=tuple(codec.decode(codec.encode(e)) for e in found.items))
