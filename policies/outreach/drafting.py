"""Writing a proposal down: its words, its reasons, and what had to be assumed for it."""

from __future__ import annotations

import re
from dataclasses import field, replace
from datetime import date, datetime
from typing import Final

from policies.frozen import frozen
from policies.memory.favour import gives_first_since, unreturned
from policies.outreach.formats import place_for
from policies.outreach.guest import Guest
from policies.outreach.phrases import THINGS
from policies.outreach.templates import Templates, placeholders, template_for
from policies.outreach.tone import booking_link
from policies.outreach.wording import (
    LAPSED_AFTER_DAYS,
    LetterFacts,
    Seed,
    is_upward,
    turn,
    voice_for,
    worded,
)
from policies.people.person import Format, Person
from policies.proposal import Draft, Proposal, Slot
from policies.rules import Owner, Rules
from policies.slots.scoring import SUITS_BOTH
from policies.spoken import counted, moment_said, said_to, since_said
from policies.wall import local_date

_FORMER: Final = re.compile(r"\b(former|ex)[ -]colleagues?\b", re.IGNORECASE)


@frozen
class Writer:
    """Who writes, when, and by which rules; ``notes`` are assumptions behind every proposal."""

    owner: Owner
    rules: Rules
    now: datetime
    templates: Templates = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def today(self) -> date:
        return local_date(self.now, self.owner.zone)


def draft(writer: Writer, guest: Guest, slots: tuple[Slot, ...]) -> Draft:
    """The proposal of these times, the first of them in the text."""
    person, rule = guest.standing.person, guest.times.rule
    seed = Seed(person.id, len(guest.past.approaches))
    zone, where = writer.owner.zone, place_for(rule, person, turn(seed, "place"))
    if booking_link(where) and _is_upward(writer.owner, person):
        where = ""  # whoever is senior is offered a time, and books nothing
    offered = tuple(
        replace(
            slot,
            place=where,
            spoken=said_to(slot.when, person.zone, zone, in_person=rule.in_person),
        )
        for slot in slots
    )
    letter = _letter(writer, guest, offered[0], seed)
    title, text = worded(letter, seed, writer.templates)
    assumed = (
        *writer.notes,
        *guest.assumptions,
        _promise(letter),
        _unsaid(letter, writer.templates),
    )
    latest = max(slot.when.start for slot in offered) - writer.rules.slots.minimum_notice
    return Draft(
        person=person.id,
        address=guest.address,
        format=guest.times.format,
        slots=offered,
        reasons=_reasons(writer, guest, offered[0]),
        assumptions=tuple(filter(None, assumed)),
        title=title,
        text=text,
        expires=min(writer.now + writer.rules.etiquette.expires_after, latest),
    )


def why_this_time(slot: Slot, zone: str) -> str:
    """`Tuesday 3 March at 09:30 suits both: room before and after; but Friday afternoon.`"""
    whom = "both" if any(part.name == SUITS_BOTH for part in slot.parts) else "you"
    good = [
        part.name for part in slot.parts if part.points > 0 and not part.name.startswith("suits ")
    ]
    bad = [part.name for part in slot.parts if part.points < 0]
    colon = f": {', '.join(good)}" if good else ""
    but = f"; but {', '.join(bad)}" if bad else ""
    return f"{moment_said(slot.when.start, zone)} suits {whom}{colon}{but}."


def reasons_now(proposal: Proposal, zone: str) -> tuple[str, ...]:
    """The reasons with the one for the time about the time that is chosen now."""
    about_times = {why_this_time(slot, zone) for slot in proposal.draft.slots}
    now = why_this_time(proposal.slot, zone)
    return tuple(now if each in about_times else each for each in proposal.draft.reasons)


def _is_upward(owner: Owner, person: Person) -> bool:
    return is_upward(person.relation, person.seniority, owner.seniority)


def _letter(writer: Writer, guest: Guest, slot: Slot, seed: Seed) -> LetterFacts:
    """What may be said: the one place where a person's facts become a letter's."""
    standing, owner, rule = guest.standing, writer.owner, guest.times.rule
    shared = guest.ties.tellable
    person, last = standing.person, standing.last
    upward = _is_upward(owner, person)
    lapsed = last is not None and standing.days_waited > LAPSED_AFTER_DAYS
    northern = all(zone.startswith("Europe/") for zone in (owner.zone, person.zone or owner.zone))
    voice = voice_for(
        person.relation,
        upward=upward,
        to_meet=_is_stranger(guest),
        lapsed=lapsed,
        former_colleague=any(map(_FORMER.search, person.groups)),
    )
    return LetterFacts(
        guest_name=person.name,
        my_name=owner.name,
        voice=voice,
        format=guest.times.format,
        time=slot.spoken,
        in_person=rule.in_person,
        since=since_said(last, writer.today, northern=northern) if last else "",
        upward=upward,
        lapsed=lapsed,
        place=slot.place if rule.places else "",
        city=person.place,
        phone=person.phone,
        organisation=person.organisation,
        my_organisation=owner.organisation,
        how_met=person.how_met,
        common_ground=shared.ground or person.common_ground,
        restarts=shared.lapsed,
        meeting=shared.meeting,
        quiet=shared.quiet,
        event=shared.event,
        ask_how=not person.formats and (lapsed or _is_stranger(guest)),
        offer=_offer(writer, guest, seed),
    )


def _offer(writer: Writer, guest: Guest, seed: Seed) -> str:
    """What the owner noted they can give: said where giving comes first, and to strangers."""
    gives = [each for each in guest.standing.person.to_give if each.strip()]
    if not gives or not (_gives_first(writer, guest) or _is_stranger(guest)):
        return ""
    return gives[turn(seed, "offer") % len(gives)]


def _is_stranger(guest: Guest) -> bool:
    """Who had one-to-ones with the owner is none, though they were deleted and prove nothing."""
    return guest.standing.last is None and not guest.ties.tellable.lapsed


def _gives_first(writer: Writer, guest: Guest) -> bool:
    return bool(gives_first_since(guest.past.favours, writer.rules.etiquette.asks_before_giving))


def _reasons(writer: Writer, guest: Guest, slot: Slot) -> tuple[str, ...]:
    person, last, format_ = guest.standing.person, guest.past.last_format, guest.times.format
    rank = f"Priority {person.priority}, number {guest.place} of the {guest.of} who may be asked."
    change = f"This time {THINGS[format_]}: the last invitation was for {THINGS[last or format_]}."
    changed = (change,) if last not in (None, format_) else ()
    asks = counted(len(unreturned(guest.past.favours)), "thing")
    give = f"You asked them for {asks} and gave nothing since: it is your turn to give."
    gives = (give,) if _gives_first(writer, guest) else ()
    when = why_this_time(slot, writer.owner.zone)
    return guest.standing.reason, *gives, *guest.ties.reasons, rank, *changed, when


def _unsaid(letter: LetterFacts, templates: Templates) -> str:
    """What a template of the owner's has no place for, empty for nothing."""
    own = template_for(templates, letter.format, letter.voice)
    if not letter.offer or own is None or "offer" in placeholders(own.body):
        return ""
    return f"Your template does not offer what you can give, with {{offer}}: {letter.offer}"


def _promise(letter: LetterFacts) -> str:
    """What the usual text leaves for the owner to do, empty for nothing."""
    if letter.in_person or letter.place or (letter.format is Format.CALL and letter.phone):
        return ""
    if letter.format is Format.CALL:
        return "No phone number is known: the text asks for one."
    return "The text promises a link: name one in the places of the format to have it sent."
