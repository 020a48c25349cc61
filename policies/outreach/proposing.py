"""From facts to proposals: etiquette, then times for everyone together, then the words."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from functools import cache
from typing import NamedTuple

from policies.audit.cadence import Standing, Status
from policies.circles.dormant import apart, is_dormant
from policies.circles.ground import NO_TIES, Ties
from policies.frozen import frozen
from policies.hours import written_length
from policies.interval import Interval
from policies.outreach.etiquette import Held, Hold, Past, admit, beyond, room
from policies.outreach.formats import Distance, FormatChoice, distance, formats_for
from policies.outreach.guest import Guest
from policies.outreach.templates import Templates
from policies.outreach.waiting import caps_after, reserved
from policies.people.allowances import WITHIN
from policies.people.identity import SEVERAL_READERS, doubts, sentence
from policies.people.naming import called
from policies.people.person import Format, Person, PersonId
from policies.proposal import Draft, NoSlot, Proposal, Settles, Slot, Unplaced
from policies.rules import EtiquetteRules, Owner, Rules
from policies.slots.allowing import guest_for, rules_for, side_for
from policies.slots.alternatives import alternatives
from policies.slots.assign import Candidates, assign, too_close
from policies.slots.availability import guest_time
from policies.slots.candidates import GuestSide, OwnerSide, OwnTimes, own_times, suiting
from policies.slots.caps import Caps
from policies.slots.excluding import Excluded, excluded_for
from policies.slots.noslot import obstacle
from policies.spoken import length_said
from policies.wall import local_date


class GuestFacts(NamedTuple):
    """What is known of a guest's time, and what could not be found out about it."""

    side: GuestSide
    assumptions: tuple[str, ...] = ()


@frozen
class ProposingFacts:
    """Everything proposing depends on.

    ``side`` is the owner's time without what is reserved for ``proposals``, all there ever were.
    ``past`` and ``before`` are what passed with each person, and who could not be placed last
    time. ``guest`` tells what is known of a guest's time. ``notes`` are assumptions that hold for
    all: calendars that show an old state. ``ties`` answers what calendars show of the owner and
    somebody beside contact.
    """

    standings: tuple[Standing, ...]
    side: OwnerSide
    rules: Rules
    proposals: tuple[Proposal, ...] = ()
    past: Mapping[PersonId, Past] = field(default_factory=dict)
    before: tuple[Unplaced, ...] = ()
    guest: Callable[[Person], GuestFacts] = lambda person: GuestFacts(GuestSide(person))
    paused_until: date | None = None
    templates: Templates = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    ties: Callable[[Person], Ties] = lambda _: NO_TIES

    @property
    def zone(self) -> str:
        return self.side.owner.zone


class Proposed(NamedTuple):
    """What to put to the owner, whom there was no time for, and who is left in peace for now."""

    drafts: tuple[Draft, ...]
    unplaced: tuple[Unplaced, ...]
    held: tuple[Held, ...]


def proposals(facts: ProposingFacts) -> Proposed:
    """Decide everything; the same facts give the same answer, and no room gives nothing new.

    People are taken by rank, as many at a time as there is room for, and each such group is given
    its times together. Who cannot be placed makes room for the next.
    """
    admission = admit(
        facts.standings, facts.past, facts.rules.etiquette, paused_until=facts.paused_until
    )
    today = local_date(facts.side.now, facts.zone)
    made = (local_date(each.created, facts.zone) for each in facts.proposals)
    left, cap = room(made, facts.rules.etiquette, today)
    admitted, asleep = dormant_apart(
        admission.admitted, facts.standings, facts.proposals, facts.rules.etiquette, facts.zone
    )
    table = _Table(facts)
    waiting = list(admitted)
    while waiting and table.placed_count < left:
        table.seat(waiting, left - table.placed_count)
    before = {each.person: each for each in facts.before}
    unasked = [before[each.person.id] for each in waiting if each.person.id in before]
    others = [each for each in waiting if each.person.id not in before]
    return Proposed(
        table.drafts([each.person.id for each in admitted]),
        tuple(sorted((*table.unplaced, *unasked))),
        (*admission.held, *asleep, *beyond(others, cap, facts.rules.etiquette)),
    )


def dormant_apart(
    admitted: Sequence[Standing],
    everyone: Iterable[Standing],
    earlier: Sequence[Proposal],
    rules: EtiquetteRules,
    zone: str,
) -> tuple[tuple[Standing, ...], tuple[Held, ...]]:
    """Of those asleep for over a year only as many as the week has room for; the others wait.

    What was proposed to any of them since Monday counts, whatever became of it.
    """
    proposed = {each.draft.person for each in earlier}
    asleep = {
        each.person.id: each.today
        for each in everyone
        if each.person.id in proposed and is_dormant(each, rules.dormant_after)
    }
    made = sum(
        local_date(each.created, zone).isocalendar()[:2] == today.isocalendar()[:2]
        for each in earlier
        if (today := asleep.get(each.draft.person)) is not None
    )
    stay, wait = apart(admitted, rules.dormant_after, rules.dormant_per_week - made)
    said = (
        f"Not met for over {length_said(rules.dormant_after)}: of those asleep at most"
        f" {rules.dormant_per_week} is proposed in a week."
    )
    return stay, tuple(Held(each.person.id, Hold.DORMANT_CAP, said) for each in wait)


# ---------------------------------------------------------------- seating people


class _Side:
    """The owner's side towards some people, with its times for each format."""

    def __init__(self, side: OwnerSide) -> None:
        self.side = side
        self.times = cache(lambda format_: own_times(side, format_))
        self._excluded: dict[Hashable, Excluded] = {}

    def excluded(self, times: OwnTimes, guest: GuestSide) -> Excluded:
        """What stands in the way of a guest: the same for all whose calendar says nothing."""
        if guest.busy:
            return excluded_for(times, guest, self.side)
        key = (times.format, guest.kind(self.side.owner))
        if key not in self._excluded:
            self._excluded[key] = excluded_for(times, guest, self.side)
        return self._excluded[key]


class _Table:
    """Who has been given a time so far, and who could not be."""

    def __init__(self, facts: ProposingFacts) -> None:
        now, rules = facts.side.now, facts.rules
        self.facts = facts
        self.side = replace(facts.side, reserved=reserved(facts.proposals, rules.slots, now))
        self.caps = caps_after(facts.proposals, rules.slots, facts.zone, now)
        self.sides: dict[tuple[str, ...], _Side] = {}
        self.guests: dict[PersonId, Guest] = {}
        self.wanted: dict[PersonId, Candidates] = {}
        self.slots: dict[PersonId, Slot] = {}
        self.unplaced: list[Unplaced] = []

    @property
    def placed_count(self) -> int:
        return len(self.slots)

    def seat(self, waiting: list[Standing], places: int) -> None:
        """Take the next people who have any time at all, and give them theirs together."""
        zone = self.facts.zone
        caps = replace(self.caps, people=places).counting(
            (self.wanted[person].format, [local_date(slot.when.start, zone)])
            for person, slot in self.slots.items()
        )
        group: list[Candidates] = []
        while waiting and len(group) < places:
            found = self._candidates(waiting.pop(0), caps)
            if isinstance(found, Unplaced):
                self.unplaced.append(found)
            else:
                group.append(found)
        result = assign(group, caps)
        self.slots.update(result.placed)
        self.wanted.update({each.person: each for each in group if each.person in result.placed})
        self.unplaced.extend(map(self._left, result.left))

    def drafts(self, order: list[PersonId]) -> tuple[Draft, ...]:
        """Proposals for everyone placed, by rank, each with its alternatives."""
        if not self.slots:
            return ()  # most days: the letters need not even load
        from policies.outreach.drafting import Writer, draft

        facts, rules = self.facts, self.facts.rules
        writer = Writer(facts.side.owner, rules, facts.side.now, facts.templates, facts.notes)
        offered = alternatives(
            self.slots, tuple(self.wanted.values()), self.caps, rules.slots.alternatives
        )
        written = []
        for place, person in enumerate(order, start=1):
            if person in offered:
                guest = self.guests[person]
                ties = facts.ties(guest.standing.person)
                guest = replace(guest, place=place, of=len(order), ties=ties)
                written.append(draft(writer, guest, offered[person]))
        return tuple(written)

    def _candidates(self, standing: Standing, caps: Caps) -> Candidates | Unplaced:
        """The times of the first of their formats that has any, else why there are none."""
        person, owner, formats = standing.person, self.side.owner, self.side.rules.formats
        address, question = _address(person, owner)
        if not address:
            return Unplaced(person.id, NoSlot.NO_ADDRESS, question, Settles("addresses"))
        past = self.facts.past.get(person.id, Past())
        choice = formats_for(person, owner, formats, past.last_format)
        if standing.occasion and Format.VIRTUAL_COFFEE in formats:
            choice = _over_video(choice)
        if not choice.formats:
            question = _format_question(person)
            return Unplaced(person.id, NoSlot.NO_FORMAT, question, Settles("formats"))
        known = self.facts.guest(person)
        towards, guest = self._towards(person), guest_for(known.side, self.side)
        for format_ in choice.formats:
            times = towards.times(format_)
            slots = self._open(towards, format_, guest, standing, caps)
            if slots:
                assumed = (*self._assumed(choice, times, known.side), *known.assumptions)
                self.guests[person.id] = Guest(standing, past, address, times, assumed)
                return Candidates(person.id, standing.rank, slots, times.apart, format_)
        first = choice.formats[0]
        tried = (*choice.formats, *(() if Format.CALL in formats else (Format.CALL,)))

        def call() -> OwnTimes | None:
            return None if Format.CALL in tried else towards.times(Format.CALL)

        def later() -> Interval | None:
            twice = f"{WITHIN} {written_length(2 * towards.side.rules.horizon)}"
            far = self._towards(replace(person, allowances=(*person.allowances, twice)))
            slots = self._open(far, first, guest, standing, caps)
            return slots[0].when if slots else None

        times = towards.times(first)
        excluded = towards.excluded(times, guest)
        why = obstacle(times, guest, towards.side, excluded, call=call, later=later)
        return Unplaced(person.id, *why)

    def _towards(self, person: Person) -> _Side:
        """The owner's side as it is for this person: the same for all without allowances."""
        key = person.allowances
        if key not in self.sides:
            self.sides[key] = _Side(side_for(person, self.side))
        return self.sides[key]

    def _open(
        self, towards: _Side, format_: Format, guest: GuestSide, standing: Standing, caps: Caps
    ) -> tuple[Slot, ...]:
        """What suits both, on days with room, clear of everyone placed so far."""
        senior, red = standing.person.is_senior, standing.status is Status.RED
        times = towards.times(format_)
        taken = [(slot.when, self.wanted[person].gap) for person, slot in self.slots.items()]
        return tuple(
            slot
            for slot in suiting(times, guest, towards.side, senior=senior, red=red)
            if caps.room_on(local_date(slot.when.start, caps.zone), format_)
            and not any(too_close(slot.when, times.apart, *each) for each in taken)
        )

    def _assumed(self, choice: FormatChoice, times: OwnTimes, guest: GuestSide) -> tuple[str, ...]:
        """What was not known of place, hours, calendar and holidays, as far as it matters."""
        person, owner = guest.person, self.side.owner
        matters = times.rule.in_person or distance(person, owner) is Distance.FAR
        hours = guest_time(person, owner, self.side.window).assumptions
        return (*(choice.assumptions if matters else ()), *hours, *_unseen(guest))

    def _left(self, person: PersonId) -> Unplaced:
        who, rules = self.guests[person].standing.person, self.side.rules
        farther = 2 * rules_for(who, rules).horizon
        question = (
            f"The times that suit {called(who.name) or who.name} went to others, with at most"
            f" {rules.per_day} a day and {rules.per_week} a week."
            f" Shall Fika look {length_said(farther)} ahead for them?"
        )
        saves = Settles("allowances", (f"{WITHIN} {written_length(farther)}",))
        return Unplaced(person, NoSlot.CAPS_REACHED, question, saves)


def _address(person: Person, owner: Owner) -> tuple[str, str]:
    """The first address that one person reads, or a question for one."""
    problem = ""
    for address in person.addresses:
        shared = [each for each in doubts(address) if each in SEVERAL_READERS]
        if address in owner.addresses:
            problem = problem or f"{address} is your own address. "
        elif shared:
            problem = problem or f"{address}: {sentence(shared[0])}. "
        else:
            return address, ""
    return "", f"{problem}What is {person.name}'s own mail address?"


def _over_video(choice: FormatChoice) -> FormatChoice:
    """A ritual is a coffee over video; what they like otherwise comes after that."""
    others = (each for each in choice.formats if each is not Format.VIRTUAL_COFFEE)
    return choice._replace(formats=(Format.VIRTUAL_COFFEE, *others))


def _format_question(person: Person) -> str:
    liked = f"There is no rule for {', '.join(person.formats) or 'any format'}."
    return f"How would you like to meet {person.name}? {liked}"


def _unseen(guest: GuestSide) -> tuple[str, ...]:
    """What nobody can see of their time, in one sentence."""
    unseen = ["calendar"] if guest.busy is None else []
    if not guest.person.country:
        unseen.append("public holidays")
    are = "is" if unseen == ["calendar"] else "are"
    return (f"{guest.person.name}'s {' and '.join(unseen)} {are} not known.",) if unseen else ()
