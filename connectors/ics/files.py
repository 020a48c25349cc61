"""The files of one folder in one reading: what each holds now, and which item is whose.

A file is known by its times, size and inode. One that changed less than two seconds before we
looked is looked at again next time, since the grain of the file system's clock could hide a
second change; git guards its index in the same way.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BufferedReader
from itertools import starmap
from pathlib import Path
from typing import NamedTuple

from connectors.errors import ConnectorError, TemporarilyUnavailable
from connectors.ical import memory as remembering
from connectors.ical.document import Document, Limits
from connectors.ical.sandbox import Sandbox
from connectors.ics.disk import being_written, check_size, failure, mark, opened, signature
from connectors.port import Cursor, Quarantined
from policies.calendar.event import CalendarItem
from policies.frozen import frozen


class File(NamedTuple):
    """What the cursor holds of one file.

    ``signature`` is empty when its bytes must be looked at next time whatever they are.
    ``given_up`` are the limits under which these bytes could not be read, empty when they could;
    what is remembered is then from an older version.
    """

    digests: Mapping[str, str] = {}
    signature: str = ""
    sha256: str = ""
    newest_s: int = 0
    changed_ns: int = 0
    given_up: str = ""
    complete: bool = True
    quarantined: tuple[Quarantined, ...] = ()


Files = Mapping[str, File]


@frozen
class Terms:
    """How the files are read. ``bounds`` are all the limits, as text to compare."""

    folder: Path
    zone: str
    limits: Limits
    bounds: str
    now: datetime


class Reading:
    """What became of each file, and the items read from those that changed.

    ``before`` are the files of the last reading, ``same_terms`` whether it was as this one.
    """

    def __init__(self, terms: Terms, sandbox: Sandbox, before: Files, same_terms: bool) -> None:
        self.files: dict[str, File] = {}
        self.parsed: dict[str, dict[str, CalendarItem]] = {}
        self._terms = terms
        self._sandbox = sandbox
        self._before = before
        self._same_terms = same_terms

    def take(self, name: str, status: os.stat_result) -> None:
        """Read the file where it is not as it was; whatever is wrong with it stays its own."""
        old = self._before.get(name, File())
        seen = mark(status, self._terms.now)
        if self._stands(old) and seen and seen == old.signature:
            self.files[name] = old
            return
        looked = File(signature=seen)
        try:
            with opened(self._terms.folder / name) as file:
                status = os.fstat(file.fileno())
                check_size(name, status.st_size, self._terms.limits.bytes)
                looked = File(
                    signature=mark(status, self._terms.now),
                    sha256=hashlib.file_digest(file, "sha256").hexdigest(),
                    changed_ns=status.st_mtime_ns,
                )
                self.files[name] = self._read(name, file, old, looked)
                if signature(os.fstat(file.fileno())) != signature(status):
                    raise being_written(name)
        except (OSError, ConnectorError) as error:
            self.files[name] = self._failed(name, old, looked, error)
            self.parsed.pop(name, None)

    def changed(self, owners: Mapping[str, str]) -> tuple[CalendarItem, ...]:
        """The items that are new, or not as they were.

        One that is now taken from another, unchanged file was not read with the rest, and is
        read here.
        """
        before = {
            key: self._before[name].digests[key] for key, name in owners_of(self._before).items()
        }
        lacking: dict[str, set[str]] = {}
        result: list[CalendarItem] = []
        for key, name in owners.items():
            digest = self.files[name].digests[key]
            if before.get(key) == digest:
                continue
            if key in self.parsed.get(name, {}):
                result.append(self.parsed[name][key])
            elif name in self._before and self._before[name].digests.get(key) == digest:
                lacking.setdefault(name, set()).add(key)
        for name, keys in lacking.items():
            result.extend(self._again(name, keys))
        return tuple(result)

    @property
    def untouched(self) -> bool:
        """Whether every file holds what it held, whatever its times say."""
        return _contents(self.files) == _contents(self._before)

    def _stands(self, old: File) -> bool:
        return self._same_terms and old.given_up in ("", self._terms.bounds)

    def _read(self, name: str, file: BufferedReader, old: File, looked: File) -> File:
        if self._stands(old) and old.sha256 == looked.sha256:
            return old._replace(signature=looked.signature, changed_ns=looked.changed_ns)
        document = self._document(file, old.digests)
        self.parsed[name] = {item.id: item for item in document.items}
        digests = dict(document.digests)
        return looked._replace(
            digests=digests if document.complete else {**old.digests, **digests},
            newest_s=document.newest_s,
            complete=document.complete,
            quarantined=tuple(
                Quarantined(f"{plain(name)}: {each.place}", each.reason)
                for each in remembering.left_out(document)
            ),
        )

    def _again(self, name: str, keys: set[str]) -> list[CalendarItem]:
        """These items of a file that was not read with the rest.

        When it cannot be read now, the items stay as they are; without a digest they are taken
        for new as soon as it can.
        """
        file = self.files[name]
        rest = {key: each for key, each in file.digests.items() if key not in keys}
        try:
            with opened(self._terms.folder / name) as data:
                document = self._document(data, rest)
            if dict(document.digests) != file.digests:
                raise being_written(name)
        except (OSError, ConnectorError) as error:
            unread = file._replace(digests={**rest, **dict.fromkeys(keys, "")})
            looked = File(signature=file.signature, sha256=file.sha256)
            self.files[name] = self._failed(name, unread, looked, error)
            return []
        return [item for item in document.items if item.id in keys]

    def _document(self, file: BufferedReader, known: Mapping[str, str]) -> Document:
        terms = self._terms
        return self._sandbox.read(file, known, zone=terms.zone, limits=terms.limits)

    def _failed(self, name: str, old: File, looked: File, error: OSError | ConnectorError) -> File:
        """What may pass is tried again next time, the rest when the file or a limit changed."""
        problem = failure(name, error) if isinstance(error, OSError) else error
        lasting = not isinstance(problem, TemporarilyUnavailable)
        reason = "; ".join(filter(None, (problem.cause, problem.remedy)))
        return old._replace(
            signature=looked.signature if lasting else "",
            sha256=looked.sha256 if lasting else "",
            given_up=self._terms.bounds if lasting else "",
            complete=False,
            quarantined=(Quarantined(plain(name), reason),),
        )


def files_of(cursor: Cursor | None) -> dict[str, File]:
    """The files of the last reading; none where the cursor is another kind of source's."""
    memory = remembering.recalled(cursor)
    if memory is None or memory.kind != "folder":
        return {}
    found = {name: File._make(each) for name, each in remembering.details(cursor).items()}
    return {
        name: file._replace(quarantined=tuple(starmap(Quarantined, file.quarantined)))
        for name, file in found.items()
    }


def owners_of(files: Files) -> dict[str, str]:
    """The file that each item is taken from, where several hold it."""
    by_age = sorted(files, key=lambda name: (files[name].newest_s, files[name].changed_ns, name))
    return {key: name for name in by_age for key in files[name].digests}


def repeats(files: Files, owners: Mapping[str, str]) -> Iterator[Quarantined]:
    for name, file in files.items():
        winners = sorted({owners[key] for key in file.digests} - {name})
        if winners:
            count = sum(owners[key] != name for key in file.digests)
            yield Quarantined(
                f"{plain(name)} (repeats)",
                f"{count} of its entries are taken from {plain(winners[-1])}, which is newer",
            )


def _contents(files: Files) -> dict[str, tuple[object, ...]]:
    return {name: (file.sha256, file.given_up, file.quarantined) for name, file in files.items()}


def plain(name: str) -> str:
    """A file name that can be stored and sent, whatever bytes it is made of."""
    return os.fsencode(name).decode("utf-8", "replace")
