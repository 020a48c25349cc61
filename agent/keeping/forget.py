"""Forgetting a person for good: out of the store, its journal and its freed pages.

What stays is the ledger of sendings, which knows guests by a hash, so that the limits hold even
if the person is listed again; and marks that keep the person out of what calendars say. Files
are searched afterwards, byte by byte, and whatever still names the person is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from agent.errors import UsageProblem
from agent.relationships import people as folk
from agent.runlock import alone
from agent.sending.outcome import settling, taking_back
from agent.store import actions, files, forgotten, people
from agent.store.database import BACKUPS, Database
from agent.store.errors import StateUnusable
from agent.store.forgotten import Subject
from agent.store.meetings import history
from policies.frozen import frozen
from policies.people.identity import NotAnAddress, address
from policies.people.person import PersonId
from policies.sending.action import UNDER_WAY, Action, ActionState
from policies.text import shown
from policies.wall import seconds

_PIECE: Final = 1 << 20
_NOT_ENDED: Final = UNDER_WAY | {ActionState.NEEDS_REVIEW}


@frozen
class Left:
    """What still names a forgotten person: tables of the store, other files, and backups.

    ``tables`` are what the owner wrote about others, titles of meetings without the person, and
    the like. ``files`` are beside the store: calendars that Fika writes to, a log.
    """

    tables: tuple[str, ...]
    files: tuple[Path, ...]
    backups: tuple[Path, ...]


def subject(db: Database, words: str) -> Subject:
    """Who is meant: someone on the list, or the reader of an address that is on none.

    Raises:
        UsageProblem: nobody, or several people.
    """
    try:
        unlisted = address(words) if not people.find(db, words) else ""
    except NotAnAddress:
        unlisted = ""
    if unlisted:
        return Subject("", (), (unlisted,))
    person = folk.one(db, words)
    return Subject(person.id, (person.name,), person.addresses)


def to_come(db: Database, who: Subject, now: datetime) -> tuple[datetime, ...]:
    """When they are next met; forgetting calls no meeting off."""
    meetings = history(db, PersonId(who.id)) if who.id else ()
    found = (each.start_s for each in meetings if not each.is_past(seconds(now)))
    return tuple(datetime.fromtimestamp(each, now.tzinfo) for each in sorted(found))


def to_put_right(db: Database, who: Subject) -> tuple[Action, ...]:
    """What has ended, and whose entry in a calendar could not follow yet: who forgets leaves it."""
    ended = (each for each in actions.untidy(db) if each.state not in _NOT_ENDED)
    return tuple(each for each in ended if _is_to(each, who))


def forget(home: Path, db: Database, who: Subject) -> Left:
    """Strike them out, overwrite what that leaves, and look what still names them.

    Raises:
        UsageProblem: something to them is still to be sent, or to be settled.
        StateUnusable: a run is under way, or another program keeps the old pages in use; in the
            second case they are forgotten, and the next run overwrites what is left.
    """
    with alone(home):
        with files.explained(home):
            files.sweep(home)
        with db.transaction() as sql:
            _check_idle(db, who)
            forgotten.erase(db, sql, who)
        try:
            forgotten.wipe(db)
        except StateUnusable as error:
            raise StateUnusable(
                f"they are forgotten, but what was deleted is not overwritten yet: {error.cause}",
                "the next `fika run` overwrites it",
            ) from error
    return left(home, db, who)


def left(home: Path, db: Database, who: Subject) -> Left:
    """What names them now; the store itself is searched by table."""
    spelled = {each.encode() for each in (*who.needles, *who.names[:1]) if len(each) > 1}
    needles = tuple(sorted(each for each in spelled if b" " in each or b"@" in each))
    found = [each for each in _files(home, db.path) if _holds(each, needles)]
    backups = home / BACKUPS
    return Left(
        tables=forgotten.mentions(db, who.needles),
        files=tuple(each for each in found if backups not in each.parents),
        backups=tuple(each for each in found if backups in each.parents),
    )


def remove_backups(found: Left) -> None:
    """Delete the backups that still name somebody.

    Raises:
        UsageProblem: one cannot be deleted.
    """
    for each in found.backups:
        try:
            each.unlink(missing_ok=True)
        except OSError as error:
            raise UsageProblem(f"{each}: {error.strerror}", "delete it yourself") from error


def _check_idle(db: Database, who: Subject) -> None:
    """Nothing about them is on its way; a report may name them, whoever it is for."""
    for action in actions.in_state(db, _NOT_ENDED):
        if not _is_to(action, who) and not action.report:
            continue
        if action.state is ActionState.NEEDS_REVIEW:
            raise UsageProblem(
                f"nobody can tell whether {_named(action)} was sent",
                f"first `{settling(action)}`",
            )
        raise UsageProblem(
            f"{_named(action)} is approved and not sent yet",
            f"`{taking_back(action)}` takes it back",
        )


def _is_to(action: Action, who: Subject) -> bool:
    listed = who.id != "" and action.person == who.id
    return listed or action.payload.recipient in who.addresses


def _named(action: Action) -> str:
    return action.called if action.report else f"{action.called} to them"


def _files(home: Path, store: Path) -> Iterator[Path]:
    """Every file but the store: SQLite's locks on it would end with a look at it from outside."""
    own = {store, *files.journals(store)}
    for each in sorted(home.rglob("*")):
        if each.is_file() and not each.is_symlink() and each not in own:
            yield each


def _holds(path: Path, needles: tuple[bytes, ...]) -> bool:
    """Whether one of these bytes stands in a file, in letters of either case.

    Raises:
        UsageProblem: it cannot be read.
    """
    longest = max(map(len, needles), default=0)
    before = b""
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                text = before + piece
                small = text.lower()
                if any(needle in small or needle in text for needle in needles):
                    return True
                before = text[-longest:]
    except OSError as error:
        cause = f"they are forgotten; but {shown(str(path), 500)} could not be searched"
        raise UsageProblem(f"{cause}: {error.strerror}", "look into it yourself") from error
    return False
