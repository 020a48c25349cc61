"""The state folder's files: for their owner's eyes only, and put in place whole or not at all."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from agent.store.errors import Damaged, StateUnusable

_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_TEMPORARY: Final = ".part"


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """What the system refuses to do in the state folder, as `StateUnusable`."""
    try:
        yield
    except OSError as error:
        raise StateUnusable(
            f"{error.filename or folder}: {error.strerror}",
            "check the folder FIKA_HOME points to, and the room on its disk",
        ) from error


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner can look into; one that others can is refused.

    Raises:
        StateUnusable: others can read it, or a file stands in its place.
        OSError: it cannot be made.
    """
    try:
        folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise StateUnusable(f"{folder} is a file, not a folder", "move it away") from error
    check_folder(folder)


def check_folder(folder: Path) -> None:
    """Refuse a folder that others can look into.

    Raises:
        StateUnusable: they can.
    """
    _check_mode(folder, _FOLDER_MODE)


def make_file(path: Path) -> None:
    """Make an empty file that only its owner can read.

    What SQLite makes beside a database (its ``-wal`` and ``-shm``) takes the database's mode.

    Raises:
        OSError: there is one already, or it cannot be made.
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _FILE_MODE))


def journals(path: Path) -> tuple[Path, Path]:
    """The files SQLite keeps beside a database while it is open, or since its program died."""
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def check_store(path: Path) -> None:
    """Refuse a store that others can read, that is no file, or of which only a part is there.

    A new store is put in place whole, so that one without content has lost it.

    Raises:
        StateUnusable: see above.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise StateUnusable(f"{path} is not a file", "move it away, then restore a backup")
    for each in (path, *journals(path)):
        if each.exists():
            _check_mode(each, _FILE_MODE)
    if status.st_size == 0:
        raise Damaged(f"{path} is empty")


def check_whole(path: Path, pages: Callable[[], int]) -> None:
    """Refuse a store of whose last page a part is missing, which SQLite takes for whole.

    ``pages`` asks SQLite how long the store is, in bytes. The file is never opened here: whoever
    closes it once more ends every lock that SQLite has on it in this process ("How To Corrupt An
    SQLite Database File", section 2.2), and the next program would write into ours. With a
    journal beside it, a store may be shorter than it says.

    Raises:
        Damaged: see above.
    """
    journal = journals(path)[0]
    for _ in range(2):  # another program may change its length in between
        length = pages()
        if path.stat().st_size >= length or (journal.exists() and journal.stat().st_size):
            return
    raise Damaged(f"{path} is cut short")


def check_missing(path: Path) -> None:
    """Refuse to begin anew where a store stood: its journal would be read into the new one.

    Raises:
        Damaged: the journal of a store that is gone still holds something.
    """
    journal = journals(path)[0]
    if journal.exists() and journal.stat().st_size and not path.exists():
        raise Damaged(f"{path} is gone, and only its journal {journal.name} is left")


def beside(path: Path) -> Path:
    """A name in the same folder for what is to become ``path`` once it is complete."""
    return path.with_name(f".{path.name}.{os.getpid()}{_TEMPORARY}")


def put(made: Path, path: Path) -> None:
    """Let ``made`` take the place of ``path``, both on the disk before this returns."""
    _sync(made)
    made.replace(path)
    sync_folder(path.parent)


def put_first(made: Path, path: Path) -> None:
    """As `put`, only where nothing stands yet; whoever was first stays."""
    _sync(made)
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        if not path.exists():
            made.replace(path)
    sync_folder(path.parent)


def discard(made: Path) -> None:
    """Remove what is not to become anything, if it is there."""
    for each in (made, *journals(made)):
        each.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what programs that died left half made."""
    for each in folder.glob(f".*{_TEMPORARY}*"):
        process = each.name.partition(_TEMPORARY)[0].rpartition(".")[2]
        if process.isdecimal() and not _is_alive(int(process)):
            each.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    if os.name == "nt":
        return True  # asking would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sync_folder(folder: Path) -> None:
    """Have the disk keep the folder's names; Windows does so by itself."""
    if os.name != "nt":
        _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_mode(path: Path, mode: int) -> None:
    if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise StateUnusable(
            f"{path} can be read by other users of this machine",
            f"chmod {mode:o} {shlex.quote(str(path))}",
        )
