"""Files of people: read as the owner names them, and written for the owner alone."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.errors import UsageProblem
from agent.store import people
from agent.store.database import Database
from connectors.errors import NotAllowed, UnreadableAnswer
from connectors.people.files import FileKind, people_file, people_text
from connectors.port import PeopleRead

_PRIVATE = 0o600  # it holds notes that are nobody else's


def read(
    path: Path, kind: FileKind | None, columns: Mapping[str, Sequence[str]], encoding: str
) -> PeopleRead:
    """Everyone in a file; see `connectors.people.files.people_file`.

    Raises:
        UsageProblem: it cannot be read; the owner named it, so it is theirs to put right.
    """
    try:
        return people_file(path, kind, columns, encoding).people()
    except (UnreadableAnswer, NotAllowed) as error:
        raise UsageProblem(str(error), error.remedy) from error


def written(db: Database, kind: FileKind) -> str:
    """Everyone as the text of a file that can be imported again."""
    return people_text(people.everyone(db), kind)


def save(path: Path, text: str, *, force: bool) -> None:
    """Write a file only its owner can read; an old one is replaced whole or not at all.

    Raises:
        UsageProblem: there is one already and ``force`` is not given, or it cannot be written.
    """
    if path.name in {"", "-"}:
        raise UsageProblem("the file has no name", "give one, or leave it out for the screen")
    if os.path.lexists(path) and not force:
        raise UsageProblem(f"{path} exists", "choose another name, or say --force")
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.touch(_PRIVATE, exist_ok=False)
        beside.write_text(text, "utf-8", newline="")
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise UsageProblem(f"{path}: {error.strerror}", "choose another place") from error
