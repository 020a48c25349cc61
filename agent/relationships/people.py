"""The list of people as commands change it: import, add, edit, merge, remove, triage."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from agent.errors import UsageProblem
from agent.settings import Settings
from agent.store import people, proposals
from agent.store.database import Database
from agent.store.forgotten import among
from agent.store.meetings import met
from policies.people.identity import (
    Doubt,
    NotAnAddress,
    address,
    doubts,
    folded,
    name_from,
    person_id,
    sentence,
)
from policies.people.importing import Incoming, Plan, Rules, plan
from policies.people.merging import merge
from policies.people.person import Person, PersonId, Priority
from policies.people.profile import ProfileProblems, with_plain
from policies.people.tidy import line
from policies.proposal import ProposalState
from policies.text import shown

_CANDIDATES = 10


class Encountered(NamedTuple):
    """Someone the owner meets and has not listed; ``name`` is made from the address if unknown.

    ``perhaps`` is somebody of the same name on the list, of whom no address is known.
    """

    address: str
    name: str
    contacts: int
    seen: int
    last_s: int
    doubts: tuple[Doubt, ...]
    perhaps: PersonId | None = None


def one(db: Database, words: str) -> Person:
    """The one person meant by an id, a name or part of one, or an address.

    Raises:
        UsageProblem: nobody is meant, or several are.
    """
    found = people.find(db, words)
    if len(found) == 1:
        return found[0]
    if not found:
        meant = people.like(db, words)
        question = f"did you mean {shown(meant.name)} ({meant.id})? " if meant else ""
        raise UsageProblem(
            f"nobody on your list is called {shown(words)!r}",
            f"{question}`fika people list` names everyone",
        )
    some = [
        f"  {shown(each.id)}: {shown(', '.join((each.name, *each.addresses)))}"
        for each in found[:_CANDIDATES]
    ]
    if len(found) > _CANDIDATES:
        some.append(f"  and {len(found) - _CANDIDATES} more")
    raise UsageProblem(
        "\n".join((f"{shown(words)!r} could be {len(found)} people", *some)), "name one by its id"
    )


def own_addresses(settings: Settings) -> frozenset[str]:
    """The owner's addresses in the form addresses are compared by."""
    return frozenset(_compared(each) for each in settings.owner.addresses)


def _compared(text: str) -> str:
    try:
        return address(text)
    except NotAnAddress:
        return text


def planned(db: Database, incoming: Iterable[Incoming], rules: Rules) -> Plan:
    """What an import would change, as the list stands now; nobody forgotten comes back by it."""
    read = tuple(incoming)
    named = (each for one in read for each in one.person.addresses)
    ignored = people.ignored(db) | among(db, named)
    return plan(people.everyone(db), read, rules._replace(ignored=ignored))


def carry_out(db: Database, wanted: Plan) -> None:
    """Make the changes of an import in one transaction.

    Raises:
        UsageProblem: the list changed since it was planned.
    """
    with db.transaction() as sql:
        known = {person.id: person for person in people.everyone(db)}
        fresh = all(known.get(each.before.id) == each.before for each in wanted.completed)
        if not fresh or any(person.id in known for person in wanted.added):
            raise UsageProblem("your list changed meanwhile", "import the file again")
        people.save_all(sql, (*wanted.added, *(each.after for each in wanted.completed)))


def add(db: Database, name: str, values: Mapping[str, object], today: date) -> Person:
    """Put someone new on the list.

    Raises:
        UsageProblem: a value that cannot be used, a key or an address that is taken.
    """
    with db.transaction() as sql:
        taken = {person.id for person in people.everyone(db)}
        made = Person(person_id(name, taken), "", listed_on=today)
        person = changed(made, {"name": line(name), **values})
        if person.id in taken:
            raise UsageProblem(f"{person.id} is the id of someone else", "choose another --id")
        people.save(sql, person)
    return person


def edit(db: Database, person: Person, values: Mapping[str, object]) -> Person:
    """Change some fields of one person, and leave all others as they are by now.

    Raises:
        UsageProblem: a value that cannot be used, an address that is taken, or nobody there.
    """
    with db.transaction() as sql:
        edited = changed(by_now(db, person), values)
        people.save(sql, edited)
    return edited


def by_now(db: Database, person: Person) -> Person:
    """The person as they are kept at this moment, in a transaction until it ends.

    Raises:
        UsageProblem: they are no longer on the list.
    """
    known = people.get(db, person.id)
    if known is None:
        raise UsageProblem(f"{shown(person.name)} is no longer on your list", "see `fika people`")
    return known


def changed(person: Person, values: Mapping[str, object]) -> Person:
    try:
        return with_plain(person, values)
    except ProfileProblems as error:
        problems = [f"{shown(name)} {shown(cause, 300)}" for name, cause in error.problems]
        raise UsageProblem("; ".join(problems)) from error


def cautions(person: Person) -> tuple[str, ...]:
    """What is doubtful about someone's addresses, in words."""
    return tuple(
        f"{each}: {sentence(doubt)}" for each in person.addresses for doubt in doubts(each)
    )


def join(db: Database, kept: Person, other: Person) -> Person:
    """Merge ``other`` into ``kept``, with all that is recorded of both.

    Raises:
        UsageProblem: both have a proposal waiting, or one is not as was shown any more.
    """
    joined = merge(kept, other)
    with db.transaction() as sql:
        if any(by_now(db, each) != each for each in (kept, other)):
            raise UsageProblem("they were changed elsewhere meanwhile", "look again, and repeat")
        try:
            people.hand_over(sql, other.id, kept.id)
        except sqlite3.IntegrityError as error:
            raise UsageProblem(
                f"there is a proposal waiting for each of {kept.id} and {other.id}",
                "reject one of them first: `fika proposals`",
            ) from error
        people.remove(sql, other.id)
        people.save(sql, joined)
    return joined


def remove(db: Database, person: Person) -> None:
    """Take someone off the list; an open proposal to them is rejected.

    Raises:
        UsageProblem: an approved meeting with them is still to be sent.
    """
    with db.transaction() as sql:
        for proposal in proposals.listed(db, ProposalState.OPEN, ProposalState.APPROVED):
            if proposal.draft.person != person.id:
                continue
            if proposal.state is ProposalState.APPROVED:
                number = proposal.number
                raise UsageProblem(
                    f"proposal {number} to {shown(person.name)} is approved and not sent yet",
                    f"`fika run` sends it, `fika reject {number}` calls it off",
                )
            proposals.set_state(sql, proposal.number, ProposalState.REJECTED)
        people.remove(sql, person.id)


def encountered(db: Database, settings: Settings, now_s: int) -> tuple[Encountered, ...]:
    """Whom the owner meets and has not listed, most contacts first."""
    own = own_addresses(settings)
    domains = frozenset(each.rpartition("@")[2] for each in own)
    nowhere = {folded(each.name): each.id for each in people.everyone(db) if not each.addresses}
    found = []
    for each in met(db, now_s):
        if _compared(each.address) not in own:
            name, sure = _shown_name(line(each.name), each.address), doubts(each.address, domains)
            facts = (each.address, name, each.contacts, each.seen, each.last_s, sure)
            found.append(Encountered(*facts, nowhere.get(folded(name))))
    return tuple(found)


def _shown_name(name: str, address: str) -> str:
    return name if name and "@" not in name else name_from(address)


def list_met(db: Database, each: Encountered, priority: Priority, today: date) -> PersonId:
    """Put someone the owner meets on the list."""
    return add(db, each.name, {"addresses": [each.address], "priority": priority}, today).id


def never(db: Database, each: Encountered, today: date) -> None:
    with db.transaction() as sql:
        people.ignore(sql, each.address, today)


def undo(db: Database, each: Encountered, listed: PersonId | None) -> None:
    """Take back the last decision of triage."""
    with db.transaction() as sql:
        if listed is not None:
            people.remove(sql, listed)
        people.unignore(sql, each.address)
