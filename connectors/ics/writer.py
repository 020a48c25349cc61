"""Writes Fika's own blocks into a folder of iCalendar files, one file each, and no others.

Another program may sync the folder at any moment, so a file appears, changes and goes in one
step: what is written is first complete and on the disk under a hidden name. A file is touched
only while it is the version last seen and bears our mark; links are never followed.

A file system offers no way to replace a file *if* it is a certain version. Between the last look
and the replacement lie some microseconds in which another program's change would be lost; that
block is our own in any case.

A block to which somebody was invited is no longer ours: changing it would make a server that
the folder is synced with write to them.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from connectors.errors import (
    ChangedMeanwhile,
    MayHaveHappened,
    NotAllowed,
    TemporarilyUnavailable,
)
from connectors.ical.write import guests, object_name, own_event, read_own_event
from connectors.ics.disk import NotAFile, opened
from connectors.port import Found, OwnEvent, Written
from policies.frozen import frozen

_LARGEST: Final = 1024 * 1024
"""Bytes; no block of ours comes near it."""

_OURS: Final = b"\nX-FIKA"
_UNFINISHED: Final = ".fika-{}.tmp"
_ABANDONED_S: Final = 3600
_NO_LINKS: Final = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}


@frozen
class FolderWriter:
    """The owner's blocks in the folder at ``path``; see `connectors.port.CalendarWriter`.

    A reference is a file name, a version the SHA-256 of the file's bytes. Beyond the errors of
    the port, every method raises `NotAllowed` where no folder is, or it may not be written.
    """

    name: str
    path: Path

    def find(self, uid: str) -> Found | None:
        self._check()
        ref = object_name(uid)
        data = self._content(ref)
        if data is None or not _is_ours(data):
            return None
        invited = guests(data)
        event = None if invited else read_own_event(data)
        return Found(Written(ref, _etag(data)), event, invited)

    def create(self, event: OwnEvent) -> Written:
        self._check()
        ref, data = object_name(event.uid), own_event(event)
        with self._complete(data, mode=0o600) as ready:
            try:
                _put_new(ready, self.path / ref)
            except FileExistsError as error:
                raise ChangedMeanwhile(self.name, "something stands there already") from error
            self._settle()
        return Written(ref, _etag(data))

    def update(self, written: Written, event: OwnEvent) -> Written:
        self._check()
        if object_name(event.uid) != written.ref:
            raise ChangedMeanwhile(self.name, "that is another block")
        self._expect(written)
        data = own_event(event)
        with self._failing():
            mode = (self.path / written.ref).lstat().st_mode & 0o777
        with self._complete(data, mode) as ready:
            self._expect(written)
            ready.replace(self.path / written.ref)
            self._settle()
        return Written(written.ref, _etag(data))

    def delete(self, written: Written) -> None:
        self._check()
        if self._content(written.ref) is None and not os.path.lexists(self.path / written.ref):
            return
        self._expect(written)
        with self._failing():
            (self.path / written.ref).unlink(missing_ok=True)
        self._settle()

    def _check(self) -> None:
        """A folder must be there: making one would hide that a disk is not mounted."""
        if self.path.is_dir():
            return
        if self.path.exists():
            cause = "it is one file, and our blocks need files of their own"
            raise NotAllowed(self.name, cause, "give a folder as the calendar to write to")
        raise NotAllowed(self.name, "its folder is not there", "create it, or correct its path")

    def _content(self, ref: str) -> bytes | None:
        """The bytes of a file; ``None`` where there is none that could be ours."""
        if Path(ref).name != ref or ref.startswith("."):
            return None
        try:
            with opened(self.path / ref, follow=False) as file:
                data = file.read(_LARGEST + 1)
        except (FileNotFoundError, NotAFile):
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:  # a link
                return None
            raise self._failure(error) from error
        return data if len(data) <= _LARGEST else None

    def _expect(self, written: Written) -> None:
        data = self._content(written.ref)
        if data is None or _etag(data) != written.etag or not _is_ours(data):
            raise ChangedMeanwhile(self.name, "the block is not as we last saw it")
        if guests(data):
            raise ChangedMeanwhile(self.name, "the block has guests now, so it is its owner's")

    @contextmanager
    def _complete(self, data: bytes, mode: int) -> Iterator[Path]:
        """A hidden file with all of ``data`` on the disk; gone afterwards, whatever happens.

        vdirsyncer and khal pass over names that begin with a dot or end in ``.tmp``.
        """
        ready = self.path / _UNFINISHED.format(secrets.token_hex(8))
        with self._failing():
            try:
                _write(ready, data, mode)
                self._sweep(ready)
                yield ready
            finally:
                with suppress(OSError):
                    ready.unlink(missing_ok=True)

    def _sweep(self, ready: Path) -> None:
        """Remove what killed writers left, long ago by the disk's own clock."""
        now_s = ready.stat().st_mtime
        for each in self.path.glob(_UNFINISHED.format("[0-9a-f]" * 16)):
            with suppress(OSError):
                if now_s - each.lstat().st_mtime > _ABANDONED_S:
                    each.unlink()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> NotAllowed | TemporarilyUnavailable:
        if isinstance(error, PermissionError):
            return NotAllowed(
                self.name, "using its files is not permitted", "check the folder's permissions"
            )
        remedy = "free some space" if error.errno in {errno.ENOSPC, errno.EDQUOT} else ""
        cause = f"nothing was written: {error.strerror or 'the file system failed'}"
        return TemporarilyUnavailable(self.name, cause, remedy)

    def _settle(self) -> None:
        """Have the folder itself on the disk; only then is the name there for good."""
        if os.name == "nt":  # folders cannot be opened there, nor need they be
            return
        try:
            folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise MayHaveHappened(self.name, "the disk does not confirm the change") from error


def _write(path: Path, data: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(mode)


def _put_new(ready: Path, target: Path) -> None:
    """Give the file its name, unless something has it.

    A second name is made for it, which fails where the name is taken. Where the file system
    knows no second names, the name is looked at first.
    """
    try:
        os.link(ready, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(target):
            raise FileExistsError from error
        ready.rename(target)


def _is_ours(data: bytes) -> bool:
    return _OURS in data


def _etag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
