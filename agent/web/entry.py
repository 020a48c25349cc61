"""The way in: codes that open the page once, left as files in the state folder.

Whoever can write to that folder is its owner. So a second `fika web` can make a code for the page
that is being served already, and nothing needs to be asked over the network for one.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from agent.errors import FikaError
from agent.store.locks import take

VALID: Final = timedelta(minutes=10)
_FOLDER: Final = "web"


class ServedAlready(FikaError):
    """Another process serves the page; ``address`` is where, empty while it starts."""

    def __init__(self, address: str) -> None:
        super().__init__("the page is served already", "use the link")
        self.address = address


def new_code(home: Path, now: datetime) -> str:
    """A code that opens the page once, within `VALID`; older ones that were not used are gone."""
    folder = _folder(home)
    for each in folder.glob("code-*"):
        if not _is_valid(each, now):
            each.unlink(missing_ok=True)
    code = secrets.token_urlsafe(16)
    _put(_path(home, code), now.isoformat())
    return code


def redeem(home: Path, code: str, now: datetime) -> bool:
    """Use a code up; false for one that was used, is too old, or never was."""
    path = _path(home, code.strip())
    valid = _is_valid(path, now)
    try:
        path.unlink()  # of two at once only one can
    except FileNotFoundError:
        return False
    return valid


@contextlib.contextmanager
def serving(home: Path) -> Iterator[Callable[[str], None]]:
    """Hold the place of the one process that serves the page; to be told where it does.

    Raises:
        ServedAlready: another one does.
    """
    lock = take(_folder(home) / "lock")
    if lock is None:
        raise ServedAlready(_written(home))
    with lock:
        try:
            yield lambda address: _put(_address(home), address)
        finally:
            _address(home).unlink(missing_ok=True)


def _put(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, "ascii")


def _written(home: Path) -> str:
    """Where the page is served; empty in the moment before that is known."""
    try:
        return _address(home).read_text("ascii")
    except FileNotFoundError:
        return ""


def _is_valid(path: Path, now: datetime) -> bool:
    try:
        made = datetime.fromisoformat(path.read_text("ascii"))
    except (OSError, ValueError):
        return False
    return timedelta() <= now - made <= VALID


def _path(home: Path, code: str) -> Path:
    """A file named by a digest: what a listing of the folder shows opens nothing."""
    digest = hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
    return _folder(home) / f"code-{digest}"


def _address(home: Path) -> Path:
    return _folder(home) / "address"


def _folder(home: Path) -> Path:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = home / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
