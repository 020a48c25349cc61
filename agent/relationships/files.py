"""Files of people: read as the owner names them, and the text of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.errors import UsageProblem
from agent.store import people
from agent.store.database import Database
from connectors.errors import NotAllowed, UnreadableAnswer
from connectors.people.files import FileKind, people_file, people_text
from connectors.port import PeopleRead


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
