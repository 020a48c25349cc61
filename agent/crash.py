"""Crash files: where in the code an unforeseen error arose, without any value it was about."""

from __future__ import annotations

import os
import platform
import traceback
from importlib.metadata import version
from pathlib import Path

from agent.exits import Exit
from agent.store.database import FILE_NAME, Database
from agent.store.errors import Damaged, StateUnusable
from agent.store.soundness import look_through

_KEPT = 10


def explained(home: Path, error: Exception) -> tuple[str, str, Exit]:
    """Cause, remedy and exit code of an error that nobody foresaw; a crash file says where.

    It is the store's where that holds what no Fika wrote, and the program's else.
    """
    try:
        remedy = f"please report it with {write(home, error)}"
    except OSError:
        remedy = "please report it"
    damage = _damage(home)
    if damage is not None:
        return damage.cause, damage.remedy, Exit.STATE_UNUSABLE
    return f"internal error ({type(error).__name__})", remedy, Exit.INTERNAL


def write(home: Path, error: BaseException) -> Path:
    """Write a crash file into the state folder, keep the newest few, and return its path.

    Messages of exceptions are left out: they may quote an event, an address or a secret.

    Raises:
        OSError: the folder cannot be written.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = home / "crashes"
    folder.mkdir(mode=0o700, exist_ok=True)
    older = sorted(folder.glob(f"crash-{'[0-9]' * 6}.txt"))
    number = int(older[-1].stem.partition("-")[2]) + 1 if older else 1
    path = folder / f"crash-{number:06}.txt"
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(_report(error))
    for each in older[: max(len(older) + 1 - _KEPT, 0)]:
        each.unlink(missing_ok=True)
    return path


def _damage(home: Path) -> Damaged | None:
    if not (home / FILE_NAME).exists():
        return None
    try:
        with Database(home) as db:
            look_through(db, db.path.name)
    except Damaged as found:
        return found
    except StateUnusable:
        return None
    return None


def _report(error: BaseException) -> str:
    lines = [f"Fika {version('fika-agent')}, Python {platform.python_version()}"]
    seen: BaseException | None = error
    while seen is not None:
        lines.append(f"{type(seen).__module__}.{type(seen).__qualname__}")
        lines.extend(
            f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(seen.__traceback__)
        )
        seen = seen.__cause__ or seen.__context__
    return "\n".join(lines) + "\n"
