"""*People*: the audit, to be sorted and filtered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from agent.relationships import audit
from agent.relationships.audit import Line
from agent.relationships.choosing import KEYS, Order, Wanted, known_goals, known_groups, picked
from agent.relationships.records import records
from agent.web.health import troubles
from agent.web.visit import Visit
from policies.audit.cadence import Status
from policies.people.identity import folded
from policies.people.person import Priority, Relation

_A_PAGE: Final = 100


class Choice(NamedTuple):
    """A filter as a list to choose from; ``chosen`` is empty for everyone."""

    name: str
    values: tuple[str, ...]
    chosen: str


def look(visit: Visit) -> Response:
    """The page; everything it was asked for stands in its address."""
    everyone = audit.lines(visit.app.store, visit.app.settings, visit.now)
    choices = _choices(visit, everyone)
    overdue, words = "overdue" in visit.query, visit.query.get("q", "")
    owner = visit.app.settings.owner
    found = picked(everyone, _wanted(choices, overdue=overdue), owner)
    found = [each for each in found if _is_called(each, words)]
    order = _order(visit)
    found.sort(key=KEYS[order])
    first = _first(visit, len(found))
    asked = {each.name: each.chosen for each in choices if each.chosen}
    asked |= {"q": words} if words else {}
    asked |= {"overdue": "1"} if overdue else {}
    count = Counter(each.standing.status for each in found)
    return visit.page(
        "people.html",
        troubles=troubles(visit),
        rows=records(visit.app.store, found[first : first + _A_PAGE], owner),
        of=len(everyone),
        found=len(found),
        first=first,
        last=min(first + _A_PAGE, len(found)),
        counts=[(status, count[status]) for status in Status],
        choices=choices,
        words=words,
        overdue=overdue,
        order=order,
        orders={each: "?" + urlencode({**asked, "sort": each}) for each in Order},
        earlier=_address(asked, order, first - _A_PAGE) if first else "",
        later=_address(asked, order, first + _A_PAGE) if first + _A_PAGE < len(found) else "",
    )


def _choices(visit: Visit, everyone: tuple[Line, ...]) -> tuple[Choice, ...]:
    """Fixed lists, and the groups and goals there are; a value that is none of them is no wish."""
    people = [each.standing.person for each in everyone]
    values = {
        "status": tuple(Status),
        "priority": tuple(Priority),
        "relation": tuple(each.replace(" ", "-") for each in Relation),
        "group": known_groups(people),
        "goal": known_goals(visit.app.store, people),
    }
    asked = {name: visit.query.get(name, "") for name in values}
    return tuple(
        Choice(name, known, asked[name] if asked[name] in known else "")
        for name, known in values.items()
        if known
    )


def _wanted(choices: Iterable[Choice], *, overdue: bool) -> Wanted:
    chosen = {each.name: (each.chosen,) for each in choices if each.chosen}
    return Wanted(
        groups=chosen.get("group", ()),
        goals=chosen.get("goal", ()),
        relations=chosen.get("relation", ()),
        statuses=chosen.get("status", ()),
        priorities=chosen.get("priority", ()),
        overdue=overdue,
    )


def _is_called(line: Line, words: str) -> bool:
    person = line.standing.person
    text = folded(" ".join((person.name, person.organisation, *person.addresses)))
    return all(word in text for word in folded(words).split())


def _order(visit: Visit) -> Order:
    asked = visit.query.get("sort", "")
    return Order(asked) if asked in set(Order) else Order.RANK


def _first(visit: Visit, count: int) -> int:
    text = visit.query.get("from", "")
    asked = int(text) if text.isascii() and text.isdecimal() and len(text) < _A_PAGE else 0
    return asked if asked < count else 0


def _address(asked: dict[str, str], order: Order, first: int) -> str:
    return "?" + urlencode({**asked, "sort": order, "from": max(first, 0)})
