"""A store that is read while another program writes to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agent.store.database import FILE_NAME, Database, connect

_OWN = ("BEGIN", "ROLLBACK")


class Interrupted(Database):
    """Just before its statement of number ``place``, from 1, ``meanwhile`` happens.

    That has its end before the statement is run. ``statements`` counts those there were.
    """

    def __init__(self, folder: Path, place: int, meanwhile: Callable[[], None]) -> None:
        connection = connect(folder / FILE_NAME)
        super().__init__(folder, connection)
        self.statements = 0

        def begins(statement: str) -> None:
            if not statement.startswith(_OWN):
                self.statements += 1
                if self.statements == place:
                    meanwhile()

        connection.set_trace_callback(begins)
