"""Backups: the store as one verified file, made while others use it, the newest kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from agent.errors import UsageProblem
from agent.outfile import check
from agent.store import files
from agent.store.database import BACKUPS, Database

KEPT: Final = 14
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_DAILY: Final = timedelta(hours=20)


def make(db: Database, home: Path, now: datetime) -> Path:
    """A backup in the state folder; of older ones the newest `KEPT` stay.

    Raises:
        StateUnusable: the store is damaged (then nothing is deleted), or there is no room.
    """
    with files.explained(home):
        target = free_name(home, "fika", now)
        db.write_copy(target)
        thin_out(target)
    return target


def make_daily(db: Database, home: Path, now: datetime) -> Path | None:
    """As `make`, unless one was made today; then ``None``.

    Raises: as `make`.
    """
    made = [_made_at(each) for each in every(home)]
    if any(now - _DAILY < each <= now for each in made):
        return None
    return make(db, home, now)


def make_at(db: Database, target: Path, now: datetime, *, force: bool) -> Path:
    """A backup where the owner wants it; in a folder, under a name of its own.

    Raises:
        UsageProblem: as `agent.outfile.check`, or it cannot be written.
        StateUnusable: the store is damaged, or there is no room.
    """
    path = target
    try:
        if target.is_dir():
            path = target / f"fika-{now:{_STAMP}}.db"
        check(db.path.parent, path, force=force)
        db.write_copy(path)
    except OSError as error:
        raise UsageProblem(f"{path}: {error.strerror}", "choose another place") from error
    return path


def every(home: Path) -> tuple[Path, ...]:
    """All backups in the state folder, newest first; not those kept at a restoring."""
    return tuple(sorted((home / BACKUPS).glob("fika-*.db"), reverse=True))


def newest(home: Path) -> Path:
    """The newest backup in the state folder.

    Raises:
        UsageProblem: there is none.
    """
    made = every(home)
    if not made:
        raise UsageProblem(f"there is no backup in {home / BACKUPS}", "name a file to restore")
    return made[0]


def free_name(home: Path, kind: str, now: datetime) -> Path:
    """Where the next backup of this kind goes; names are in order of time.

    Raises:
        StateUnusable: others can read the folder.
    """
    folder = home / BACKUPS
    files.make_folder(folder)
    files.sweep(folder)
    return next(each for each in _names(folder, kind, now) if not each.exists())


def _names(folder: Path, kind: str, now: datetime) -> Iterator[Path]:
    """This second, and those after it: a second backup in one second takes the next."""
    at = now.astimezone(UTC)
    while True:
        yield folder / f"{kind}-{at:{_STAMP}}.db"
        at += timedelta(seconds=1)


def thin_out(made: Path) -> None:
    """Of the backups of this kind the newest stay; this one does, whatever the clock called it."""
    kind = made.name.rpartition("-")[0]
    older = sorted(
        (each for each in made.parent.glob(f"{kind}-*.db") if each != made), reverse=True
    )
    for each in older[KEPT - 1 :]:
        files.discard(each)


def _made_at(path: Path) -> datetime:
    try:
        return datetime.fromisoformat(path.stem.partition("-")[2]).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
