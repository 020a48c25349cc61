"""How things look on a terminal: one console, one kind of table, the colours of a status."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # rich takes 60 ms to load; only what prints a table pays for it
    from rich.console import Console
    from rich.table import Table

STATUS_STYLE = {"red": "bold red", "amber": "yellow", "green": "green", "grey": "dim"}


def console() -> Console:
    """Writes to standard output; plain when that is no terminal or ``NO_COLOR`` is set.

    Event titles and names are printed with ``markup=False`` or as `rich.text.Text`, so that
    square brackets in them mean nothing.
    """
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False)


def table(*columns: str) -> Table:
    """An empty table with these headings, without lines between rows."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column)
    return made
