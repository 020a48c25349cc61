"""More times for everyone who was given one, which all stay free together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from policies.people.person import PersonId
from policies.proposal import Slot
from policies.slots.assign import Candidates, too_close
from policies.slots.caps import Caps
from policies.wall import local_date, local_datetime, seconds

_SAME_HALF, _SAME_WEEKDAY = 0.75, 0.95  # what an alternative keeps when it is no real change


def alternatives(
    placed: Mapping[PersonId, Slot], wanted: Sequence[Candidates], caps: Caps, count: int
) -> Mapping[PersonId, tuple[Slot, ...]]:
    """Up to ``count`` slots for everyone placed, the assigned one first.

    Each is on another day, another half of the day and another weekday where that can be. They
    all stay free together: whichever is chosen for each person, no two overlap and no cap is
    passed. In turns, the weightiest person first.
    """
    turns = sorted(
        (each for each in wanted if each.person in placed),
        key=lambda each: (-each.weight, each.person),
    )
    given = _Given({each.person: each for each in turns}, caps)
    for each in turns:
        given.slots[each.person] = (placed[each.person],)
    for _ in range(1, count):
        for each in turns:
            free = given.still_free(each)
            if free:
                mine = given.slots[each.person]
                worth = {slot: _as_change(slot, mine, caps.zone) for slot in free}
                best = min(free, key=lambda slot: (-worth[slot], slot.when.start))
                given.slots[each.person] = (*mine, best)
    return given.slots


class _Given:
    """The slots given out so far."""

    def __init__(self, turns: Mapping[PersonId, Candidates], caps: Caps) -> None:
        self.turns = turns
        self.caps = caps
        self.slots: dict[PersonId, tuple[Slot, ...]] = {}

    def still_free(self, each: Candidates) -> list[Slot]:
        """What may be given to this person beside what they have.

        It is on a day they have no slot on, clear of everyone else's, and the caps hold even
        if everyone with a slot on that day, or in that week, chooses it.
        """
        mine = {self._day(slot) for slot in self.slots[each.person]}
        others = [
            (slot.when, self.turns[person].gap)
            for person, slots in self.slots.items()
            if person != each.person
            for slot in slots
        ]
        caps = self._beside(each.person)
        return [
            slot
            for slot in each.slots
            if (day := self._day(slot)) not in mine
            and caps.room_on(day, each.format)
            and not any(too_close(slot.when, each.gap, *other) for other in others)
        ]

    def _beside(self, person: PersonId) -> Caps:
        """The caps with everyone else counted wherever they may be met."""
        return self.caps.counting(
            (self.turns[other].format, map(self._day, slots))
            for other, slots in self.slots.items()
            if other != person
        )

    def _day(self, slot: Slot) -> date:
        return local_date(slot.when.start, self.caps.zone)


def _as_change(slot: Slot, mine: Sequence[Slot], zone: str) -> float:
    """The slot's score, less where it offers the same half of the day or weekday again."""
    here = local_datetime(seconds(slot.when.start), zone)
    there = [local_datetime(seconds(each.when.start), zone) for each in mine]
    noon = 12
    same_half = any((each.hour < noon) == (here.hour < noon) for each in there)
    same_weekday = any(each.weekday() == here.weekday() for each in there)
    return slot.score * (_SAME_HALF if same_half else 1) * (_SAME_WEEKDAY if same_weekday else 1)
