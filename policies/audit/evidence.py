"""What a meeting proves about a relationship, with a reason that can be read aloud.

A judgement never depends on the time: whoever asks decides with the present moment whether a
meeting is past. Who was in the room is taken from the invitation: the owner, the organiser, and
every invited person who did not decline; those who declined were not there, so they make no
meeting larger. Rooms, resources and machine addresses are nobody.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from policies.calendar.event import Event, Kind, Response, Status
from policies.people.identity import Doubt, doubts
from policies.rules import EvidenceRules
from policies.wall import WallTime

_DAY_S = 86_400
_CROWD = 200  # Google passes on no answers beyond 200 guests; the list then says nothing of anyone


class Strength(IntEnum):
    """How much a meeting proves; only contact restarts the gap."""

    NOTHING = 0
    SEEN = 1
    CONTACT = 2


class Reason(StrEnum):
    """Why a meeting counts for a person as it does; `sentence` says it in words."""

    FEW = "few"
    LOGGED = "logged"
    ARRANGED = "arranged"
    NOT_HELD = "not-held"
    GROUP = "group"
    MASS = "mass-meeting"
    LIST = "mailing-list"
    UNNAMED = "unnamed-guests"
    CANCELLED = "cancelled"
    OUT_OF_OFFICE = "out-of-office"
    WORKING_LOCATION = "working-location"
    BIRTHDAY = "birthday"
    FOCUS = "focus"
    ALL_DAY = "all-day"
    FREE = "free"
    NOT_INVITED = "not-invited"
    I_DECLINED = "i-declined"
    I_AM_UNSURE = "i-am-unsure"
    I_DID_NOT_ANSWER = "i-did-not-answer"
    UNCONFIRMED = "unconfirmed"
    THEY_DECLINED = "they-declined"
    THEY_ARE_UNSURE = "they-are-unsure"
    THEY_DID_NOT_ANSWER = "they-did-not-answer"


class Judgement(NamedTuple):
    """What one meeting proves about the person at ``address``."""

    address: str
    strength: Strength
    reason: Reason


_SENTENCES: Final = MappingProxyType(
    {
        Reason.FEW: "few enough to talk",
        Reason.LOGGED: "you logged it",
        Reason.ARRANGED: "Fika sent the invitation, and nobody has declined it",
        Reason.NOT_HELD: "you said it did not happen",
        Reason.GROUP: "seen in a group, which does not restart the gap",
        Reason.MASS: "too many people to have met anyone",
        Reason.LIST: "a mailing list was invited, so it may have been a crowd: seen only",
        Reason.UNNAMED: "the calendar does not name everyone invited: seen only",
        Reason.CANCELLED: "cancelled",
        Reason.OUT_OF_OFFICE: "an out-of-office note, not a meeting",
        Reason.WORKING_LOCATION: "a working location, not a meeting",
        Reason.BIRTHDAY: "a birthday, not a meeting",
        Reason.FOCUS: "focus time, not a meeting",
        Reason.ALL_DAY: "lasts whole days: a banner, not a meeting",
        Reason.FREE: "marked as free time: a hold, not a meeting",
        Reason.NOT_INVITED: "you were not invited (is an address of yours missing in [owner]?)",
        Reason.I_DECLINED: "you declined",
        Reason.I_AM_UNSURE: "you answered maybe, which your rules do not count",
        Reason.I_DID_NOT_ANSWER: "you never answered, which your rules do not count",
        Reason.UNCONFIRMED: "never confirmed, which your rules do not count",
        Reason.THEY_DECLINED: "they declined",
        Reason.THEY_ARE_UNSURE: "they answered maybe, which your rules do not count",
        Reason.THEY_DID_NOT_ANSWER: "they never answered, which your rules do not count",
    }
)

_KINDS: Final = MappingProxyType(
    {
        Kind.OUT_OF_OFFICE: Reason.OUT_OF_OFFICE,
        Kind.WORKING_LOCATION: Reason.WORKING_LOCATION,
        Kind.BIRTHDAY: Reason.BIRTHDAY,
        Kind.FOCUS: Reason.FOCUS,
    }
)

_NOBODY: Final = frozenset({Doubt.NOT_A_PERSON, Doubt.NO_REPLY})
_NO_MAIL: Final = "invalid:nomail"
"""What Outlook writes in a file for everyone without a mail address."""

# One person may have several answers (two addresses): a given one over none, yes over no.
_FIRST_COUNTS: Final = (
    Response.ACCEPTED,
    Response.TENTATIVE,
    Response.DECLINED,
    Response.NEEDS_ACTION,
)


def sentence(reason: Reason) -> str:
    """The reason in a few words for the owner."""
    return _SENTENCES[reason]


def judge(event: Event, owner: frozenset[str], rules: EvidenceRules) -> tuple[Judgement, ...]:
    """What ``event`` proves about each other person it names; ``owner`` are lower-case addresses.

    Nobody is judged by an event without other people, or by one that invites more than 200; nor
    is who has no mail address, though they were there as well.
    """
    if len(event.attendees) > _CROWD:
        return ()
    others = _others(event, owner)
    known = {address: answer for address, answer in others.items() if "@" in address}
    if not known:
        return ()
    against = _against(event, owner, rules)
    if against is not None:
        return tuple(Judgement(address, Strength.NOTHING, against) for address in known)
    size = _present(others)
    lists = frozenset(address for address in _invited(event) if _is_list(address))

    def crowd(address: str) -> Reason | None:
        if lists - {address}:
            return Reason.LIST
        return Reason.UNNAMED if event.unnamed_guests else None

    return tuple(
        Judgement(address, *_verdict(response, size, rules, crowd(address)))
        for address, response in known.items()
    )


def people_present(event: Event, owner: frozenset[str]) -> int:
    """How many people a meeting had by its invitation, the owner included, decliners left out."""
    return _present(_others(event, owner))


def in_the_room(event: Event, owner: frozenset[str]) -> frozenset[str]:
    """The others a meeting brought together by its invitation, the owner there or not.

    Nobody, where it was no meeting at all: cancelled, a banner of whole days, a note to oneself.
    """
    is_none = event.status is Status.CANCELLED or event.kind in _KINDS or _lasts_days(event)
    if is_none or len(event.attendees) > _CROWD:
        return frozenset()
    others = _others(event, owner).items()
    return frozenset(
        address for address, answer in others if "@" in address and answer is not Response.DECLINED
    )


def own_answer(event: Event, owner: frozenset[str]) -> Response | None:
    """The owner's answer; ``None`` when they are neither invited nor the organiser.

    Organising is a yes unless they declined their own meeting. An event without an organiser
    is the calendar's owner's alone (RFC 5545, section 3.8.4.3), so it is theirs too.
    """
    answers = [each.response for each in event.attendees if each.address.lower() in owner]
    if event.own_response is not None:
        answers = [event.own_response]
    best = min(answers, key=_FIRST_COUNTS.index, default=None)
    organises = not event.organizer or event.organizer.lower() in owner
    if organises and best in {None, Response.NEEDS_ACTION}:
        return Response.ACCEPTED
    return best


def _others(event: Event, owner: frozenset[str]) -> dict[str, Response]:
    """Every other person by lower-case address, with the answer that counts; organiser last.

    Whoever has no mail address is somebody, and nobody can tell who: each stands under a key of
    their own without an at sign.
    """
    found: dict[str, Response] = {}
    for number, each in enumerate(event.attendees):
        address = each.address.lower()
        if address == _NO_MAIL:
            address = f"{number} {address}"
        if each.is_person and address not in owner and _is_somebody(address):
            known = found.get(address, each.response)
            found[address] = min(known, each.response, key=_FIRST_COUNTS.index)
    organizer = event.organizer.lower()
    if organizer not in owner and _is_somebody(organizer):
        answer = found.get(organizer, Response.NEEDS_ACTION)
        if answer is Response.NEEDS_ACTION and organizer not in _nobodies(event):
            found[organizer] = Response.ACCEPTED
    return found


def _nobodies(event: Event) -> frozenset[str]:
    return frozenset(each.address.lower() for each in event.attendees if not each.is_person)


def _present(others: dict[str, Response]) -> int:
    return 1 + sum(response is not Response.DECLINED for response in others.values())


def _invited(event: Event) -> tuple[str, ...]:
    return tuple(each.address.lower() for each in event.attendees)


def _is_somebody(address: str) -> bool:
    """Whether a person may read this address: no room, calendar or machine by its form."""
    return bool(address) and _NOBODY.isdisjoint(doubts(address))


def _is_list(address: str) -> bool:
    """Whether more people may stand behind this address than one."""
    return Doubt.LIST in doubts(address)


def _against(event: Event, owner: frozenset[str], rules: EvidenceRules) -> Reason | None:
    """Why the whole event proves nothing about anyone, or ``None``."""
    own = own_answer(event, owner)
    claims = (
        (event.status is Status.CANCELLED, Reason.CANCELLED),
        (event.kind in _KINDS, _KINDS.get(event.kind)),
        (_lasts_days(event), Reason.ALL_DAY),
        (own is None, Reason.NOT_INVITED),
        (own is Response.DECLINED, Reason.I_DECLINED),
        (not event.busy, Reason.FREE),
        (own is Response.TENTATIVE and not rules.tentative_counts, Reason.I_AM_UNSURE),
        (own is Response.NEEDS_ACTION and not rules.unanswered_counts, Reason.I_DID_NOT_ANSWER),
        (event.status is Status.TENTATIVE and not rules.tentative_counts, Reason.UNCONFIRMED),
    )
    return next((reason for applies, reason in claims if applies), None)


def _verdict(
    response: Response, size: int, rules: EvidenceRules, crowd: Reason | None
) -> tuple[Strength, Reason]:
    """What a meeting that took place proves about one person, by their answer and its size.

    ``crowd`` is why more people may have been there than are known.
    """
    unsure = response is Response.TENTATIVE and not rules.tentative_counts
    silent = response is Response.NEEDS_ACTION and not rules.unanswered_counts
    verdicts = (
        (response is Response.DECLINED, Strength.NOTHING, Reason.THEY_DECLINED),
        (unsure, Strength.NOTHING, Reason.THEY_ARE_UNSURE),
        (silent, Strength.NOTHING, Reason.THEY_DID_NOT_ANSWER),
        (size > rules.seen_up_to, Strength.NOTHING, Reason.MASS),
        (crowd is not None, Strength.SEEN, crowd or Reason.GROUP),
        (size > rules.contact_up_to, Strength.SEEN, Reason.GROUP),
        (True, Strength.CONTACT, Reason.FEW),
    )
    return next((strength, reason) for applies, strength, reason in verdicts if applies)


def _lasts_days(event: Event) -> bool:
    length_s = event.span.days * _DAY_S + event.span.seconds
    return length_s >= _DAY_S or not isinstance(event.start, WallTime)
