"""Reads a calendar kept on disk: one iCalendar file, or a folder of them.

A file that did not change costs a look at its times. Whatever is wrong with a file ends in an
error: an unreadable calendar never looks like an empty one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import field
from datetime import datetime
from io import BufferedReader
from pathlib import Path

from connectors.ical import memory as remembering
from connectors.ical.document import Limits
from connectors.ical.memory import Memory, as_of
from connectors.ical.pages import page_bytes
from connectors.ical.reading import Source, changes
from connectors.ical.sandbox import Budget, Sandbox
from connectors.ics.disk import being_written, check_size, failure, mark, opened, signature
from connectors.ics.folder import FolderReader
from connectors.port import Changes, Cursor
from policies.frozen import frozen
from policies.interval import Interval


@frozen
class IcsReader:
    """The calendar at ``path``, read whole; whether that is a file or a folder is seen each time.

    ``zone`` is the IANA zone of times that name none. Freshness is that of the content: the
    newest of the file's own change and the stamps of its events.
    """

    name: str
    path: Path
    zone: str
    now: Callable[[], datetime]
    limits: Limits = field(default_factory=Limits)
    budget: Budget = field(default_factory=Budget)

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        """See `connectors.port.CalendarReader.changes`; the answer covers all time.

        Raises:
            TemporarilyUnavailable: nothing is there, it is empty, or is just being written.
            NotAllowed: it may not be read, is no file, or is beyond a limit.
            UnreadableAnswer: it is no calendar.
        """
        try:
            if self.path.is_dir():
                folder = FolderReader(
                    self.name, self.path, self.zone, self.now, self.limits, self.budget
                )
                return folder.changes(cursor)
            with opened(self.path) as file:
                return self._file(file, cursor)
        except OSError as error:
            raise failure(self.name, error) from error

    def _file(self, file: BufferedReader, cursor: Cursor | None) -> Changes:
        status = os.fstat(file.fileno())
        check_size(self.name, status.st_size, self.limits.bytes)
        terms, seen = remembering.terms(self.zone), mark(status, self.now())
        before = remembering.recalled(cursor)
        alike = before if before and before[:2] == ("file", terms) else None
        if cursor and alike and seen and seen == alike.etag:
            return self._unchanged(cursor, alike, status)
        state = hashlib.file_digest(file, "sha256").hexdigest()
        if cursor and alike and state == alike.state:
            alike = alike._replace(etag=seen)
            return self._unchanged(remembering.renewed(cursor, alike), alike, status)
        memory = Memory("file", terms, state, etag=seen)
        with Sandbox(self.name, self.budget) as sandbox:
            found = changes(
                Source(sandbox, file, self.zone, self.limits, page_bytes(status.st_size)),
                cursor,
                memory,
                lambda newest_s: as_of(self.now(), status.st_mtime, newest_s),
            )
        if signature(os.fstat(file.fileno())) != signature(status):
            raise being_written(self.name)
        return found

    def _unchanged(self, cursor: Cursor, memory: Memory, status: os.stat_result) -> Changes:
        fresh = as_of(self.now(), status.st_mtime, memory.newest_s)
        return remembering.unchanged(cursor, memory, fresh)
