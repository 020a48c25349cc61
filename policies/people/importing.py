"""What an import would do: who is new, who is completed on which address, who is left out, why.

A shared address makes two records one. A shared name never does: without an address, a record
with the name and organisation of someone listed is taken as known already, and changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import NamedTuple

from policies.frozen import frozen
from policies.people.identity import SEVERAL_READERS, doubts, folded, person_id, sentence
from policies.people.merging import merge, names_agree
from policies.people.person import Person, PersonId, Priority
from policies.people.profile import taking

_NAMED = 3  # of those who share a name


class Incoming(NamedTuple):
    """One record to import; the ``stated`` fields are the owner's own words and replace."""

    person: Person
    stated: frozenset[str] = frozenset()


class Rules(NamedTuple):
    """What the owner wants of one import; addresses in the form `identity` gives."""

    today: date
    owner: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    priority: Priority | None = None
    groups: tuple[str, ...] = ()


class Completed(NamedTuple):
    """Someone listed already, before and after; ``on`` is the address (or key) they share."""

    before: Person
    after: Person
    on: str


class LeftOut(NamedTuple):
    name: str
    reason: str


class Remark(NamedTuple):
    """Something the owner should look at; nothing was decided on it."""

    person: PersonId
    text: str


@frozen
class Plan:
    """The whole import; of ``unchanged`` people it says nothing new."""

    added: tuple[Person, ...]
    completed: tuple[Completed, ...]
    unchanged: int
    left_out: tuple[LeftOut, ...]
    remarks: tuple[Remark, ...]


def plan(known: Sequence[Person], incoming: Iterable[Incoming], rules: Rules) -> Plan:
    """What importing ``incoming`` would change; carrying it out and planning again gives nothing.

    Several records of one file that share an address become one person, too.
    """
    desk = _Desk(known, incoming, rules)
    _let_go(desk)
    unsettled = [record for record in desk.records if not _settled_by_address(desk, record)]
    namesakes = _Namesakes(desk.people.values())
    # Those with an organisation fit fewer people. With them first, the same file always finds
    # the same people again.
    for record in sorted(unsettled, key=lambda each: not each.person.organisation):
        if not _settled_by_address(desk, record):  # freed meanwhile
            _settle_by_name(desk, namesakes, record)
    completed = tuple(
        Completed(desk.before[key], desk.people[key], on)
        for key, on in desk.met.items()
        if desk.before[key] != desk.people[key]
    )
    added = tuple(person for key, person in desk.people.items() if key not in desk.before)
    return Plan(
        added=added,
        completed=completed,
        unchanged=desk.recognised + len(desk.met) - len(completed),
        left_out=desk.left_out,
        remarks=(*desk.remarks, *_doubtful(added, completed, _domains(known, rules))),
    )


class _Desk:
    """The list as it would be after the records settled so far.

    ``keyed`` are people whose own record, key and all, is in the file. If it states their
    addresses, these are free from the start: the file may hand one on to somebody else.
    """

    def __init__(self, known: Sequence[Person], incoming: Iterable[Incoming], rules: Rules) -> None:
        self.before = {person.id: person for person in known}
        self.records, self.left_out = _sorted_out(incoming, rules)
        own = [record for record in self.records if _is_own(self.before, record)]
        self.keyed = frozenset(record.person.id for record in own)
        freed = {record.person.id for record in own if "addresses" in record.stated}
        self.people: dict[PersonId, Person] = {}
        self.holder: dict[str, PersonId] = {}
        self.named: dict[str, list[PersonId]] = defaultdict(list)
        for person in known:
            self.put(person)
        self.holder = {a: key for a, key in self.holder.items() if key not in freed}
        self.met: dict[PersonId, str] = {}
        self.recognised = 0
        self.remarks: list[Remark] = []

    def put(self, person: Person) -> None:
        if person.id not in self.people:
            self.named[folded(person.name)].append(person.id)
        before = self.people.get(person.id, person)
        for address in before.addresses:
            if self.holder.get(address) == person.id:
                del self.holder[address]
        self.people[person.id] = person
        self.holder.update(dict.fromkeys(person.addresses, person.id))

    def remark(self, person: PersonId, text: str) -> None:
        self.remarks.append(Remark(person, text))


class _Namesakes:
    """Who was listed under each name before any name was looked up; each is found once."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._taken: set[PersonId] = set()
        self._waiting: dict[tuple[str, str | None], list[PersonId]] = defaultdict(list)
        for person in reversed(tuple(people)):
            name = folded(person.name)
            self._waiting[name, folded(person.organisation)].append(person.id)
            self._waiting[name, None].append(person.id)

    def take(self, person: Person) -> PersonId | None:
        """Someone with this name and organisation; any of that name if no organisation is given."""
        name, organisation = folded(person.name), folded(person.organisation)
        found = self._next(name, organisation)
        return found if found or organisation else self._next(name, None)

    def _next(self, name: str, organisation: str | None) -> PersonId | None:
        waiting = self._waiting[name, organisation]
        while waiting:
            key = waiting.pop()
            if key not in self._taken:
                self._taken.add(key)
                return key
        return None


def _sorted_out(
    incoming: Iterable[Incoming], rules: Rules
) -> tuple[tuple[Incoming, ...], tuple[LeftOut, ...]]:
    records: list[Incoming] = []
    left_out: list[LeftOut] = []
    for person, stated in incoming:
        wanted = tuple(address for address in person.addresses if address not in rules.ignored)
        if rules.owner.intersection(person.addresses):
            left_out.append(LeftOut(person.name, "this is you"))
        elif person.addresses and not wanted:
            left_out.append(LeftOut(person.name, "you said never to list this address"))
        else:
            records.append(Incoming(_prepared(person, stated, wanted, rules), stated))
    return tuple(records), tuple(left_out)


def _prepared(
    person: Person, stated: frozenset[str], addresses: tuple[str, ...], rules: Rules
) -> Person:
    """The record as it would be listed today."""
    return replace(
        person,
        addresses=addresses,
        groups=(*person.groups, *(each for each in rules.groups if each not in person.groups)),
        priority=person.priority if "priority" in stated else rules.priority or person.priority,
        listed_on=person.listed_on if "listed_on" in stated else rules.today,
    )


def _is_own(people: Mapping[PersonId, Person], record: Incoming) -> bool:
    """Whether the record's key is that of the same person here.

    Another list may have given the key to someone else: a name or an address must agree too.
    """
    listed = people.get(record.person.id) if "id" in record.stated else None
    return listed is not None and (
        names_agree(listed.name, record.person.name)
        or not set(listed.addresses).isdisjoint(record.person.addresses)
    )


def _let_go(desk: _Desk) -> None:
    """Free the addresses that people known by another will not have any more, wherever they come.

    As those of people with their own key are: another record may have one of them.
    """
    for record in desk.records:
        key, _ = _same_person(desk, record)
        if key is None or key in desk.keyed or "addresses" not in record.stated:
            continue
        for address in set(desk.people[key].addresses).difference(record.person.addresses):
            desk.holder.pop(address, None)


def _settled_by_address(desk: _Desk, record: Incoming) -> bool:
    """Complete or add the person, if the record has a key or an address to go by."""
    person = record.person
    key, on = _same_person(desk, record)
    free = tuple(a for a in person.addresses if desk.holder.get(a, key) == key)
    if key is None and not free:
        return False
    offered = Incoming(replace(person, addresses=free), record.stated)
    if key is None:
        key = _add(desk, offered)
    else:
        _complete(desk, key, on, offered)
    _say_what_stays(desk, key, person.addresses)
    return True


def _settle_by_name(desk: _Desk, namesakes: _Namesakes, record: Incoming) -> None:
    """Take the record for someone listed, or add the person without an address."""
    person = record.person
    key = namesakes.take(person)
    if key is None:
        key = _add(desk, Incoming(replace(person, addresses=()), record.stated))
    else:
        desk.recognised += 1
    _say_what_stays(desk, key, person.addresses)


def _say_what_stays(desk: _Desk, key: PersonId, addresses: Iterable[str]) -> None:
    for address in addresses:
        if (holder := desk.holder[address]) != key:
            desk.remark(key, f"{address} stays with {holder}")


def _same_person(desk: _Desk, record: Incoming) -> tuple[PersonId | None, str]:
    """Who this record is about, and by what: their key, or the first address that is known.

    A mailbox with several readers counts only with the same name, and a record with a key of
    its own is not taken for somebody with quite another name.
    """
    person = record.person
    if person.id in desk.keyed:
        return person.id, person.id
    for address in person.addresses:
        key = desk.holder.get(address)
        if key is None:
            continue
        name = desk.people[key].name
        if "id" in record.stated and not names_agree(name, person.name):
            continue
        shared = not SEVERAL_READERS.isdisjoint(doubts(address))
        if not shared or folded(name) == folded(person.name):
            return key, address
    return None, ""


def _complete(desk: _Desk, key: PersonId, on: str, record: Incoming) -> None:
    kept, person = desk.people[key], record.person
    if key in desk.before:
        desk.met.setdefault(key, on)
    desk.put(taking(merge(kept, person), person, record.stated))
    if "name" not in record.stated and not names_agree(kept.name, person.name):
        desk.remark(key, f"has the address of {person.name}: {on}")


def _add(desk: _Desk, record: Incoming) -> PersonId:
    person, stated = record
    wished = person.id if "id" in stated and person.id not in desk.people else None
    key = wished or person_id(person.name, desk.people)
    if namesakes := desk.named.get(folded(person.name)):
        some = ", ".join(namesakes[:_NAMED])
        desk.remark(key, f"has the name of {some}; if they are one, merge them")
    desk.put(replace(person, id=key, addresses=_direct_first(person.addresses, stated)))
    return key


def _direct_first(addresses: tuple[str, ...], stated: frozenset[str]) -> tuple[str, ...]:
    """Mailboxes with several readers last, unless the owner gave the order."""
    if "addresses" in stated or len(addresses) < 2:  # noqa: PLR2004 - one has no order
        return addresses
    return tuple(sorted(addresses, key=lambda one: not SEVERAL_READERS.isdisjoint(doubts(one))))


def _domains(known: Iterable[Person], rules: Rules) -> frozenset[str]:
    addresses = chain(rules.owner, *(person.addresses for person in known))
    return frozenset(address.rpartition("@")[2] for address in addresses)


def _doubtful(
    added: Iterable[Person], completed: Iterable[Completed], domains: frozenset[str]
) -> Iterator[Remark]:
    news = [(person.id, person.addresses) for person in added]
    for before, after, _ in completed:
        news.append((after.id, tuple(a for a in after.addresses if a not in before.addresses)))
    for key, addresses in news:
        for address in addresses:
            for doubt in doubts(address, domains):
                yield Remark(key, f"{address}: {sentence(doubt)}")
