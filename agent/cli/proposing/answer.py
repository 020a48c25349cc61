"""`fika answer`: settles the question about someone who could not be placed."""

from __future__ import annotations

import sys

import click

from agent.app import App
from agent.cli.completing import PERSON
from agent.errors import UsageProblem
from policies.text import shown


@click.command()
@click.argument("person", type=PERSON)
@click.argument("words", nargs=-1, metavar="[ANSWER]")
@click.pass_obj
def answer(app: App, person: str, words: tuple[str, ...]) -> None:
    """Answer the question about PERSON, whom the last run could not place.

    ANSWER is yes, no, or what was asked for: an address, hours, a way to meet, an allowance such
    as 'within 8w'. It is asked for if left out. What is saved stays with the person, where
    `fika people edit` changes it; the next run looks again.
    """
    from agent.cli.people.view import changes
    from agent.proposing import answering
    from agent.relationships.people import one
    from policies.people.merging import differences

    who = one(app.store, person)
    asked = answering.question(app.store, who)
    text = " ".join(words) or _asked(asked.question, can_be_yes=bool(asked.answer.texts))
    if text.lower() in {"no", "n"}:
        click.echo(f"Nothing changed. `fika snooze {who.id} 6w` leaves them in peace.")
        return
    before, after = answering.answer(app.store, who, asked, text)
    found = changes(differences(before, after))
    click.echo("\n".join((f"{shown(after.name)} ({after.id})", *found)))
    click.echo("The next `fika run` looks again.")


def _asked(question: str, *, can_be_yes: bool) -> str:
    if not sys.stdin.isatty():
        raise UsageProblem(
            "there is no answer, and no terminal to ask on", "add it: `fika answer PERSON yes`"
        )
    click.echo(shown(question, 400))
    return str(click.prompt("yes, no, or more" if can_be_yes else "Your answer")).strip()
