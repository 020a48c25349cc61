"""The owner's answer to a question about someone who could not be placed, saved with the person."""

from __future__ import annotations

from typing import Final, NamedTuple

from agent.errors import UsageProblem
from agent.relationships import people as folk
from agent.store import proposals
from agent.store.database import Database
from policies.people.fields import FIELDS, Form
from policies.people.person import Person
from policies.people.profile import from_text, plain
from policies.proposal import Unplaced
from policies.text import shown

_YES: Final = frozenset({"yes", "y"})
_EXAMPLES: Final = {
    "addresses": "zoe.kim@example.com",
    "formats": "call",
    "hours": "'Mon-Fri 08:00-12:00'",
    "allowances": "'within 8w'",
}


class Answered(NamedTuple):
    """The person before and after the answer."""

    before: Person
    after: Person


def to_answer(asked: Unplaced) -> str:
    """What to type to settle it, and what that saves; empty where no answer of the owner's does."""
    field, texts = asked.answer
    if not field:
        return ""
    saved = f"{field}: {', '.join(map(shown, texts))}" if texts else field
    return f"fika answer {asked.person} {'yes' if texts else '...'}  saves {saved}"


def question(db: Database, person: Person) -> Unplaced:
    """What the last run asked about this person.

    Raises:
        UsageProblem: it asked nothing.
    """
    for each in proposals.unplaced(db):
        if each.person == person.id:
            return each
    raise UsageProblem(
        f"there is no question about {shown(person.name)}", "`fika proposals` lists those there are"
    )


def answer(db: Database, person: Person, asked: Unplaced, text: str) -> Answered:
    """Save a yes as what the question said it would save, or other words in the field it is about.

    The question is gone then; the next run looks again.

    Raises:
        UsageProblem: no yes settles this question, or the words cannot be used.
    """
    field, texts = asked.answer
    if not field:
        raise UsageProblem(
            "nothing said of one person would settle this",
            "change [slots] in the configuration, or your calendar",
        )
    if text.lower() not in _YES:
        texts = (text,)
    elif not texts:
        example = f"fika answer {person.id} {_EXAMPLES[field]}"
        raise UsageProblem("this question needs more than a yes", f"answer for example {example}")
    value: object = texts
    if FIELDS[field].form is Form.LIST:
        known = plain(person).get(field, ())
        value = tuple(dict.fromkeys((*(known if isinstance(known, tuple) else ()), *texts)))
    else:
        value = _read(field, " ".join(texts))
    edited = folk.edit(db, person, {field: value})
    with db.transaction() as sql:
        proposals.answered(sql, person.id)
    return Answered(person, edited)


def _read(field: str, text: str) -> object:
    try:
        return from_text(field, text)
    except ValueError as error:
        raise UsageProblem(f"{field}: {shown(str(error), 300)}") from error
