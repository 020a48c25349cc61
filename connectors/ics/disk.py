"""Opening files that others write: nothing waits, nothing loops, and each failure has a name."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import Final

from connectors.errors import ConnectorError, NotAllowed, TemporarilyUnavailable

_OPEN: Final = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a named pipe must not keep us waiting for its writer
)
_YOUNG_S: Final = 2.0
"""The coarsest grain of a file system's clock."""


class NotAFile(OSError):
    """A folder, a pipe or a device stands where a file should."""


@contextmanager
def opened(path: Path, *, follow: bool = True) -> Iterator[BufferedReader]:
    """A regular file for reading; ``follow``: also where links lead to it.

    Raises:
        OSError: it cannot be opened, or is no regular file.
    """
    if not follow and path.is_symlink():
        raise NotAFile
    flags = _OPEN if follow else _OPEN | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotAFile
    with os.fdopen(descriptor, "rb") as file:
        yield file


def signature(status: os.stat_result) -> str:
    """What changes with a file's content, except within the grain of the file system's clock."""
    return f"{status.st_mtime_ns} {status.st_ctime_ns} {status.st_size} {status.st_ino}"


def mark(status: os.stat_result, now: datetime) -> str:
    """The signature; empty for a file so young that another change might have the same."""
    young = max(status.st_mtime_ns, status.st_ctime_ns) > (now.timestamp() - _YOUNG_S) * 1e9
    return "" if young else signature(status)


def failure(source: str, error: OSError) -> ConnectorError:
    """Why a path cannot be used, and what to do about it."""
    if isinstance(error, NotAFile):
        return NotAllowed(source, "it is no regular file", "check its path")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return TemporarilyUnavailable(
            source, "there is nothing at its path", "check the path, or whether its disk is there"
        )
    if isinstance(error, PermissionError):
        return NotAllowed(source, "reading it is not permitted", "check its permissions")
    if error.errno == errno.ELOOP:
        return NotAllowed(source, "its path is a link that leads back to itself", "check its path")
    return TemporarilyUnavailable(
        source, f"it cannot be read: {error.strerror or 'no reason given'}"
    )


def check_size(source: str, size: int, limit: int) -> None:
    """Refuse an empty file, and one beyond the limit.

    Raises:
        TemporarilyUnavailable: it is empty, which no calendar is, not even one without events.
        NotAllowed: it is too large.
    """
    if size == 0:
        raise TemporarilyUnavailable(
            source, "the file is empty", "export it again, or wait for it to be synced"
        )
    if size > limit:
        raise NotAllowed(
            source,
            f"the file is larger than {limit:,} bytes",
            "raise limits.bytes if it is meant to be",
        )


def being_written(source: str) -> TemporarilyUnavailable:
    """What we read may be half of one version and half of another."""
    return TemporarilyUnavailable(source, "it was being written while we read it")
