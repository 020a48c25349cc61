"""What is known of the guests' time: their public holidays, and when they are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Final

from agent.errors import UsageProblem
from agent.proposing.holidays import public_holidays
from connectors.errors import ConnectorError
from connectors.port import FreeBusy
from policies.interval import Interval, merged
from policies.outreach.proposing import GuestFacts
from policies.people.person import Person
from policies.slots.candidates import GuestSide
from policies.text import as_sentence

_TOGETHER: Final = 20
"""People asked about in one go: what every service allows, and about what a run looks at."""


@dataclass
class GuestTimes:
    """When guests are taken, as far as ``sources`` show it; each person is asked about once.

    Who is asked about brings along the ``likely``, the next in line, so that a whole run costs a
    request or two. A source that fails is not asked again; ``failures`` says why.
    """

    sources: Sequence[FreeBusy]
    likely: Sequence[Person]
    window: Interval
    failures: list[ConnectorError] = field(default_factory=list)
    _known: dict[str, tuple[Interval, ...] | None] = field(default_factory=dict)
    _failed: set[int] = field(default_factory=set)

    def of(self, person: Person) -> tuple[Interval, ...] | None:
        """When they are taken by any of their addresses; ``None`` where nobody lets us see it."""
        if any(each not in self._known for each in person.addresses):
            self._ask(person)
        seen = [self._known.get(each) for each in person.addresses]
        known = [each for each in seen if each is not None]
        return merged(span for each in known for span in each) if known else None

    def _ask(self, person: Person) -> None:
        self._known.update(dict.fromkeys(person.addresses))
        new = (each for each in self.likely if not self._known.keys() & set(each.addresses))
        asked = [person, *(each for each, _ in zip(new, range(_TOGETHER - 1), strict=False))]
        addresses = dict.fromkeys(address for each in asked for address in each.addresses)
        self._known.update(dict.fromkeys(addresses))
        for number, source in enumerate(self.sources):
            unseen = tuple(each for each in addresses if self._known[each] is None)
            if number in self._failed or not unseen:
                continue
            try:
                self._known.update(source.busy(unseen, self.window))
            except ConnectorError as error:
                self._failed.add(number)
                self.failures.append(error)


def guests(times: GuestTimes, years: Iterable[int]) -> Callable[[Person], GuestFacts]:
    """What is known of each guest's time; of a country that is none, that it is none."""
    known_years = tuple(years)

    @cache
    def holidays(country: str) -> tuple[tuple[date, ...], str]:
        try:
            return tuple(public_holidays(country, known_years)), ""
        except UsageProblem as problem:
            return (), as_sentence(problem.cause)

    def guest(person: Person) -> GuestFacts:
        days, problem = holidays(person.country)
        side = GuestSide(person, days, times.of(person))
        return GuestFacts(side, (problem,) if problem else ())

    return guest
