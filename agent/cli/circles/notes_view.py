"""How a note to be sent by hand looks: whom to, subject and text, ready to be copied."""

from __future__ import annotations

from collections.abc import Sequence

import click

from policies.outreach.notes import Note
from policies.text import shown, shown_lines


def show_note(note: Note, to: Sequence[str]) -> None:
    """The note; a terminal gets a bar before each line, a pipe the bare text."""
    from agent.terminal import quoted

    if to:
        click.echo(f"To: {', '.join(shown(each) for each in to)}")
    click.echo(f"Subject: {shown(note.subject, 200)}\n")
    click.echo(quoted(shown_lines(note.text)))
    click.echo("\nNothing was sent: it is yours to copy, change and send.")


def note_record(note: Note, to: Sequence[str]) -> dict[str, object]:
    return {"to": list(to), "subject": note.subject, "text": note.text}
