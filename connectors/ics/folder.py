"""Reads a folder of iCalendar files as one calendar, each file only when it changed.

Such a folder is a *vdir*, as vdirsyncer and khal keep it (one item a file), or a collection of
exports. Every ``*.ics`` in it counts, except hidden files; folders inside are calendars of their
own.

Two files may hold the same UID. Then the file with the newest stamp in it counts, of equal ones
the one changed last, of those the last by name; the other files are named in the report.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from connectors.errors import NotAllowed, TemporarilyUnavailable
from connectors.ical import memory as remembering
from connectors.ical.document import Limits
from connectors.ical.memory import Memory, as_of
from connectors.ical.sandbox import Budget, Sandbox
from connectors.ics.disk import signature
from connectors.ics.files import Files, Reading, Terms, files_of, owners_of, repeats
from connectors.port import Changes, Cursor
from policies.frozen import frozen

_ENDING: Final = ".ics"

_Status = Mapping[str, os.stat_result]


@frozen
class FolderReader:
    """As `connectors.ics.reader.IcsReader`, for a path where a folder stands."""

    name: str
    path: Path
    zone: str
    now: Callable[[], datetime]
    limits: Limits
    budget: Budget

    def changes(self, cursor: Cursor | None) -> Changes:
        """A file that cannot be read is quarantined; what it held before is held to be there still.

        Raises:
            OSError: the folder cannot be listed.
            TemporarilyUnavailable: it is empty, where a file was before.
            NotAllowed: it is beyond our limits, or holds calendars only in folders inside it.
        """
        found = self._listing(cursor)
        memory = Memory("folder", remembering.terms(self.zone), self._state(found))
        last = remembering.recalled(cursor)
        if cursor and last and last[:3] == memory[:3]:
            return remembering.unchanged(cursor, last, self._as_of(found, last.newest_s))
        before = files_of(cursor)
        same_terms = last is not None and last[:2] == memory[:2]
        with Sandbox(self.name, self.budget) as sandbox:
            reading = Reading(self._terms(), sandbox, before, same_terms)
            for name, status in found.items():
                reading.take(name, status)
            owners = owners_of(reading.files)
            self._check_total(len(owners))
            changed = reading.changed(owners)
        memory = _summary(memory, reading.files, owners)
        known = remembering.digests_of(cursor)
        absent = known.keys() - owners.keys()
        return Changes(
            cursor=remembering.written(memory, reading.files),
            changed=changed,
            absent=tuple(sorted(absent)),
            quarantined=memory.quarantined,
            complete=memory.complete,
            anew=not known,
            unchanged=same_terms and reading.untouched and not changed and not absent,
            content_as_of=self._as_of(found, memory.newest_s),
            total=memory.total,
        )

    def _terms(self) -> Terms:
        return Terms(self.path, self.zone, self.limits, self._bounds(), self.now())

    def _bounds(self) -> str:
        limits, budget = self.limits, self.budget
        return f"{limits.components} {limits.bytes} {budget.cpu_s} {budget.memory_bytes}"

    def _listing(self, cursor: Cursor | None) -> dict[str, os.stat_result]:
        """The files by name; a link that leads nowhere is there too, as the link itself."""
        found: dict[str, os.stat_result] = {}
        folders: list[Path] = []
        with os.scandir(self.path) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if _is_folder(entry):
                    folders.append(Path(entry.path))
                elif entry.name.lower().endswith(_ENDING):
                    found[entry.name] = _status(entry)
        if not found:
            self._check_empty(folders, cursor)
        self._check_size(found)
        return dict(sorted(found.items()))

    def _check_empty(self, folders: Iterable[Path], cursor: Cursor | None) -> None:
        """An empty folder is an empty calendar, unless it looks like a mistake."""
        memory = remembering.recalled(cursor)
        if memory and memory.kind == "file":
            raise TemporarilyUnavailable(
                self.name, "an empty folder stands where the file was", "check its path"
            )
        if any(map(_holds_calendars, folders)):
            raise NotAllowed(
                self.name,
                "its calendars are in folders inside it",
                "give each of those folders as a calendar of its own",
            )

    def _check_size(self, found: _Status) -> None:
        fitting = (each.st_size for each in found.values() if each.st_size <= self.limits.bytes)
        if len(found) > self.limits.components or sum(fitting) > self.limits.bytes:
            raise NotAllowed(
                self.name,
                f"its files are more than {self.limits.components:,}, or larger than"
                f" {self.limits.bytes:,} bytes together",
                "raise limits.components or limits.bytes",
            )

    def _check_total(self, total: int) -> None:
        if total > self.limits.components:
            raise NotAllowed(
                self.name,
                f"it holds {total:,} entries, more than {self.limits.components:,}",
                "raise limits.components",
            )

    def _state(self, found: _Status) -> str:
        seen = [self._bounds(), *(f"{name}/{signature(each)}" for name, each in found.items())]
        return hashlib.sha256("\0".join(seen).encode("utf-8", "surrogateescape")).hexdigest()

    def _as_of(self, found: _Status, newest_s: int) -> datetime:
        changed = [each.st_mtime for each in found.values()] or [self.path.stat().st_mtime]
        return as_of(self.now(), newest_s, *changed)


def _summary(memory: Memory, files: Files, owners: Mapping[str, str]) -> Memory:
    left_out = [each for file in files.values() for each in file.quarantined]
    return memory._replace(
        state=memory.state if all(file.signature for file in files.values()) else "",
        total=len(owners),
        newest_s=max((file.newest_s for file in files.values()), default=0),
        complete=all(file.complete for file in files.values()),
        quarantined=remembering.named([*left_out, *repeats(files, owners)]),
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads back to itself
        return False


def _holds_calendars(folder: Path) -> bool:
    try:
        return any(path.suffix.lower() == _ENDING for path in folder.iterdir())
    except OSError:
        return False


def _status(entry: os.DirEntry[str]) -> os.stat_result:
    try:
        return entry.stat()
    except OSError:
        return entry.stat(follow_symlinks=False)
