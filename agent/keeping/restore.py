"""Bringing back a backup or an export so that nothing in it is ever sent by itself.

What is to come is made ready in a file of its own: copied, looked at, brought up to date and
disarmed. Only then does it take the place of the store, in one transaction, so that a program
that dies anywhere leaves the one or the other.
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from agent.errors import UsageProblem
from agent.keeping.backup import every, free_name, thin_out
from agent.keeping.export import NotAnExport, build
from agent.runlock import alone
from agent.store import files, people, proposals, revival, runs
from agent.store.copies import check, write_copy
from agent.store.database import FILE_NAME, Database, connect, translated
from agent.store.errors import Damaged, WrittenByNewer
from agent.store.migrations import migrate, version
from agent.store.soundness import look_through
from policies.frozen import frozen
from policies.people.person import PersonId
from policies.proposal import ProposalState
from policies.sending.action import Action

_SQLITE: Final = b"SQLite format 3\0"


class Contents(NamedTuple):
    """What a backup holds; ``last_run`` is when its last run began, ``None`` for never."""

    people: int
    waiting: int
    last_run: datetime | None


@frozen
class Prepared:
    """A store that is ready to take the place of the present one."""

    path: Path
    db: Database
    contents: Contents


@frozen
class Restored:
    """What a restoring did.

    ``kept`` is where the store before it is, ``None`` when there was none; ``sound``: it could
    be read, so that nothing it knew of what was sent is lost. The actions in ``review`` have to
    be settled, ``waiting`` more approved anew. ``back`` had been forgotten after the backup.
    """

    kept: Path | None
    sound: bool
    review: tuple[Action, ...]
    waiting: int
    back: tuple[PersonId, ...] = ()


@contextmanager
def prepared(home: Path, file: Path) -> Iterator[Prepared]:
    """What ``file`` holds, as a store beside the present one that is gone when this ends.

    Raises:
        UsageProblem: it cannot be read, or is neither backup nor export, or a damaged one.
        StateUnusable: there is no room to make it ready, or others can read the folder.
    """
    with files.explained(home):
        files.make_folder(home)
        files.sweep(home)
    path = files.beside(home / FILE_NAME)
    try:
        _fetch(home, file, path)
        with closing(_opened(home, file, path)) as db:
            yield Prepared(path, db, _looked_through(home, file, db))
    finally:
        files.discard(path)


def put_back(home: Path, ready: Prepared, now: datetime) -> Restored:
    """Let it take the place of the store, which is kept as a backup.

    Raises:
        StateUnusable: a run is under way, another program writes, or there is no room; then
            nothing was changed.
    """
    db = ready.db
    with alone(home), files.explained(home):
        present = _keep_present(home, now)
        if present.sound:
            db.rows("ATTACH ? AS present", str(present.kept))
        with db.transaction() as sql:
            back = revival.carry_over(sql) if present.sound else ()
            review = revival.disarm(db, sql, now)
        if present.sound:
            db.rows("DETACH present")
        waiting = len(proposals.listed(db, ProposalState.OPEN))
        if present.live:
            db.pour_into(home / FILE_NAME)
        else:
            _put_in_place(ready, home / FILE_NAME)
        if present.kept is not None:
            thin_out(present.kept)
    return Restored(present.kept, present.sound, review, waiting, back)


class _Present(NamedTuple):
    """The store that is to give way: where it is kept, whether its ledger can be read.

    ``live``: other programs may have it open, and see the new content in it from one moment to
    the next. Otherwise there is no such store, and the file itself is replaced.
    """

    kept: Path | None
    sound: bool
    live: bool


def _keep_present(home: Path, now: datetime) -> _Present:
    path = home / FILE_NAME
    pieces = [each for each in (path, files.journals(path)[0]) if each.exists()]
    if not pieces:
        return _Present(None, sound=False, live=False)
    kept = free_name(home, "before-restore", now)
    try:
        with Database(home) as db:
            db.write_copy(kept)
        return _Present(kept, sound=True, live=True)
    except WrittenByNewer:
        with translated(path), closing(connect(path)) as connection:
            write_copy(connection, kept)
        return _Present(kept, sound=False, live=True)
    except Damaged:
        damaged = free_name(home, "damaged", now)
        for piece in pieces:
            _copy(piece, damaged.with_name(damaged.name + piece.name.removeprefix(path.name)))
        return _Present(damaged, sound=False, live=False)


def _put_in_place(ready: Prepared, path: Path) -> None:
    """Replace the file of a store that cannot be used, and with it the journal it left."""
    ready.db.rows("PRAGMA journal_mode=DELETE")
    ready.db.close()
    for each in files.journals(path):
        each.unlink(missing_ok=True)
    files.put(ready.path, path)


def _fetch(home: Path, file: Path, path: Path) -> None:
    """Copy a backup, or make a store of an export."""
    try:
        if (home / FILE_NAME).exists() and file.samefile(home / FILE_NAME):
            raise UsageProblem(f"{file} is the store itself", _another(home))
        if not stat.S_ISREG(file.stat().st_mode):  # a device may have no end, a pipe no beginning
            raise UsageProblem(f"{file} is not a file", _another(home))
        with file.open("rb") as opened:
            head = opened.read(len(_SQLITE))
        if head != _SQLITE:
            build(file, path)
            return
        for end in ("", "-wal"):
            source = file.with_name(file.name + end)
            if source.exists():
                _copy(source, path.with_name(path.name + end))
    except OSError as error:
        raise UsageProblem(f"{error.filename or file}: {error.strerror}", _another(home)) from error
    except NotAnExport as error:
        raise UsageProblem(f"{file} cannot be restored: {error}", _another(home)) from error


def _copy(source: Path, target: Path) -> None:
    files.make_file(target)
    shutil.copyfile(source, target)


def _opened(home: Path, file: Path, path: Path) -> Database:
    """The copy, whole and in the present form."""
    with _refused(home), translated(file):
        connection = connect(path)
        try:
            version(connection, file)
            check(connection, file)
            migrate(connection, file)
        except BaseException:
            connection.close()
            raise
        return Database(home, connection)


def _looked_through(home: Path, file: Path, db: Database) -> Contents:
    """What it holds, of which nothing unreadable is put in place."""
    with _refused(home):
        look_through(db, file)
    waiting = proposals.listed(db, ProposalState.OPEN)
    newest = runs.newest(db)
    return Contents(len(people.everyone(db)), len(waiting), newest[0].started if newest else None)


@contextmanager
def _refused(home: Path) -> Iterator[None]:
    """Whatever is wrong with the content is the file's fault, not the store's."""
    try:
        yield
    except (Damaged, WrittenByNewer) as error:
        raise UsageProblem(error.cause, _another(home)) from error


def _another(home: Path) -> str:
    made = every(home)
    return f"the newest backup is {made[0]}" if made else "name a file that `fika backup` made"
