"""The sentences invitations are made of.

In each, ``{names}`` stand for facts; a sentence is only used where all its facts are known, and
every list has at least one that needs none but those always known: ``{my_name}``, ``{time}`` and,
except where two people have not met, ``{since}``. They are read by the guest: short, warm, plain,
nothing that was not so, and no number of days.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from policies.people.person import Format

Sentences: TypeAlias = tuple[str, ...]


class Voice(StrEnum):
    """Who writes to whom; it sets the tone."""

    COLLEAGUE = "colleague"
    MANAGER = "manager"
    SENIOR = "senior"
    CLIENT = "client"
    SUPPLIER = "supplier"
    INVESTOR = "investor"
    PARTNER = "partner"
    COMMUNITY = "community"
    MENTOR = "mentor"
    FRIEND = "friend"
    GENERAL = "general"
    FORMER_COLLEAGUE = "former-colleague"
    LAPSED = "lapsed"
    TO_MEET = "to-meet"


_V, _F = Voice, Format

FORMAL: Final = frozenset({_V.SENIOR, _V.CLIENT, _V.SUPPLIER, _V.INVESTOR, _V.PARTNER, _V.TO_MEET})
"""Both are called by their full names in the title."""

RECALLS_HOW_MET: Final = frozenset(
    {_V.INVESTOR, _V.PARTNER, _V.COMMUNITY, _V.MENTOR, _V.GENERAL, _V.FORMER_COLLEAGUE, _V.LAPSED}
)
"""To say it to someone met every week would be odd."""

GREETINGS: Final[Mapping[Voice, str]] = MappingProxyType(
    dict.fromkeys(Voice, "Hello {first_name},")
    | dict.fromkeys((_V.COLLEAGUE, _V.FRIEND), "Hi {first_name},")
    | dict.fromkeys((_V.SENIOR, _V.INVESTOR, _V.TO_MEET), "Dear {first_name},")
)

OPENINGS: Final[Mapping[Voice, Sentences]] = MappingProxyType(
    {
        _V.COLLEAGUE: (
            "We have hardly talked {since}, and I would like to hear how you are getting on.",
            "It has been a while: we have not had a proper chat {since}. How are things with you?",
            "I keep meaning to ask how you are, beyond the work in hand, and then the week is over.",
            "We have not sat down together {since}, and I miss hearing what you are up to.",
        ),
        _V.MANAGER: (
            "It would be good to talk outside the usual meetings for once; we have not done so {since}.",
            "I would enjoy an unhurried talk with you, away from the business of the day. We have not had one {since}.",
            "We mostly see each other with an agenda. I would enjoy a talk without one.",
        ),
        _V.SENIOR: (
            "It has been some time: we have not spoken {since}, and I would value your view on where things are going.",
            "I always come away from our talks with something to think about, and we have not had one {since}.",
            "We have not had a chance to talk {since}, and I would like to put that right.",
        ),
        _V.CLIENT: (
            "We have not spoken {since}, and I would like to hear how things stand at {organisation}.",
            "I would rather hear from you how things are going than guess. We have not spoken {since}, and there is nothing I want to sell you.",
            "It has been a while since we last spoke. I would like to know what is on your mind these days.",
            "No occasion, and nothing to sell: we have not spoken {since}, and I would like to hear how you are.",
        ),
        _V.SUPPLIER: (
            "We mostly talk when something is needed. I would like to hear how you and {organisation} are doing apart from that.",
            "You do a lot for us, and I would like to tell you so. We have not sat down {since}.",
            "We have not spoken {since} except about orders, and I would like to hear how things are on your side.",
        ),
        _V.INVESTOR: (
            "We have not spoken {since}. I would like to tell you where we are, and to hear how you see things.",
            "It has been some time. I would value your view, and there is no request behind this.",
            "I would rather tell you how we are doing than send you a report; we have not spoken {since}.",
        ),
        _V.PARTNER: (
            "We have not compared notes {since}, and I think both sides gain when we do.",
            "I would like to hear where {organisation} is heading, and to tell you what we are up to.",
            "It has been a while, and I would like to hear how things look from your side.",
        ),
        _V.COMMUNITY: (
            "Our paths have not crossed {since}, and I always enjoy it when they do.",
            "I have not run into you {since}, so I thought I would simply ask.",
            "It has been a while, and I would like to hear what you are working on.",
        ),
        _V.MENTOR: (
            "I think of your advice more often than you would guess, and we have not spoken {since}.",
            "You have helped me more than once, and it is high time I told you how things turned out.",
            "We have not talked {since}, and I would very much like to hear how you are.",
        ),
        _V.FRIEND: (
            "I miss you! We have not seen each other {since}.",
            "How are you? We have not seen each other {since}, and that will not do.",
            "It feels like an age. Tell me everything, but not by mail.",
        ),
        _V.GENERAL: (
            "We have not talked {since}, and I would like to hear how you are.",
            "You came to mind this week: we have not talked {since}. How are you?",
            "It has been a while, and I would like to hear what you are up to.",
            "I was wondering how you are getting on; we have not been in touch {since}.",
        ),
        _V.FORMER_COLLEAGUE: (
            "We no longer bump into each other in the corridor, so I will ask outright: how are you?",
            "I was thinking of our time as colleagues, and would like to hear how you are. We have not talked {since}.",
            "It is odd not to see you at work any more. What are you up to these days?",
        ),
        _V.LAPSED: (
            "It has been far too long, and I am the one who let it slip. I would love to hear what you are up to these days.",
            "We lost touch, which I am sorry about. There is no occasion; I would simply like to hear how you are.",
            "This comes out of the blue, I know. You came to mind, and I realised that we have not talked {since}.",
        ),
        _V.TO_MEET: (
            "We have not met yet: I am {my_name}, from {my_organisation}.",
            "We have not met, so a word about me: my name is {my_name}, and I work at {my_organisation}.",
            "My name is {my_name}. We have not met yet, and I would like to change that.",
            "We do not know each other yet: my name is {my_name}.",
        ),
    }
)

LAPSED_SENIOR: Final[Sentences] = (
    "It is a long time since we last spoke, and I have not forgotten how useful it was to me.",
    "We used to speak more often than we do, and I would be glad to pick that up again.",
    "I am afraid I let our conversations lapse, and I would be glad of the chance to resume them.",
)

RESTART: Final[Sentences] = (
    "Our one-to-ones have fallen by the wayside, and I miss them. I would like to hear how you are.",
    "We used to sit down together regularly, and I would like to take that up again.",
)
RESTART_SENIOR: Final[Sentences] = (
    "We used to speak regularly, and I would be glad to take that up again.",
    "Our one-to-ones have lapsed, and I always came away from them with something to think about.",
)
"""Where the two had a regular one-to-one that stopped or thinned out."""

COMMON: Final[Sentences] = (
    "I would like to hear more about {common_ground}.",
    "And there is {common_ground} to talk about.",
    "I have been meaning to ask you about {common_ground}.",
    "We could start with {common_ground}.",
)
"""What both care about, where it is named by a thing or an activity."""

COMMON_CLAUSE: Final[Sentences] = (
    "I have not forgotten that {common_clause}.",
    "As I recall, {common_clause}.",
)
"""Where it is a sentence of its own: `we both ran the marathon`."""

COMMON_TO_MEET: Final[Sentences] = (
    "We have something in common, I believe: {common_ground}.",
    "What made me write: {common_ground}. I believe we share that.",
    "I think we would have something to talk about: {common_ground}.",
)
COMMON_CLAUSE_TO_MEET: Final[Sentences] = (
    "I believe {common_clause}.",
    "If I am not mistaken, {common_clause}.",
)

GROUP: Final[Sentences] = (
    "We see each other in “{meeting}”, where there is hardly ever time to talk.",
    "I see you in “{meeting}”, and would like to talk without an agenda for once.",
)
GROUP_QUIET: Final[Sentences] = (
    "“{quiet}” has gone quiet, so I no longer see you there.",
    "Since “{quiet}” has gone quiet, we have one occasion fewer to talk.",
)
AT_EVENT: Final[Sentences] = (
    "I did not get to talk to you at “{event}”, and would like to make up for it.",
    "“{event}” was not the place for a proper talk.",
)
"""What the guest's own calendar says, too: a meeting that goes on, one that does not, an event."""

HOW_MET: Final[Sentences] = (
    "I still remember how we met: {how_met}.",
    "I have not forgotten how we came to know each other: {how_met}.",
)

OFFERS: Final[Sentences] = (
    "This time I would like to be of use to you: {offer}.",
    "There is something I would like to pass on to you: {offer}.",
    "I have kept something for you that may be of use: {offer}.",
)
"""Where giving comes first."""

OFFERS_TO_MEET: Final[Sentences] = (
    "I may have something of use to you, too: {offer}.",
    "There is something I could bring you: {offer}.",
)

WHY_TO_MEET: Final[Sentences] = (
    "I would like to hear about your work at {organisation}.",
    "I would like to know how you do things at {organisation}.",
    "I would like to hear about your work, if you would like to tell me about it.",
)

NAMES: Final[Mapping[Format, str]] = MappingProxyType(
    {
        _F.COFFEE: "Coffee",
        _F.LUNCH: "Lunch",
        _F.WALK: "Walk",
        _F.DRINK: "Drink",
        _F.CALL: "Call",
        _F.VIRTUAL_COFFEE: "Virtual coffee",
        _F.EVENT: "Outing",
    }
)

THINGS: Final[Mapping[Format, str]] = MappingProxyType(
    {
        _F.COFFEE: "a coffee",
        _F.LUNCH: "lunch",
        _F.WALK: "a walk",
        _F.DRINK: "a drink",
        _F.CALL: "a call",
        _F.VIRTUAL_COFFEE: "a coffee over video",
        _F.EVENT: "an outing",
    }
)

ASKS: Final[Mapping[Format, Sentences]] = MappingProxyType(
    {
        _F.COFFEE: (
            "Would you have time for a coffee on {time}?",
            "How about a coffee on {time}?",
            "May I buy you a coffee on {time}?",
            "Shall we have a coffee on {time}?",
        ),
        _F.LUNCH: (
            "Would you have lunch with me on {time}?",
            "How about lunch on {time}?",
            "May I take you to lunch on {time}?",
            "Shall we have lunch together on {time}?",
        ),
        _F.WALK: (
            "Would you come for a walk on {time}?",
            "How about a walk on {time}?",
            "Shall we go for a walk on {time} and talk on the way?",
        ),
        _F.DRINK: (
            "Would you have time for a drink on {time}?",
            "How about a drink on {time}?",
            "Shall we go for a drink on {time}?",
        ),
        _F.CALL: (
            "Could we talk on the phone on {time}?",
            "How about a call on {time}?",
            "Would a call on {time} suit you?",
        ),
        _F.VIRTUAL_COFFEE: (
            "Would you have time for a coffee over video on {time}?",
            "How about a coffee over video, each with our own cup, on {time}?",
            "Shall we have a coffee over video on {time}?",
        ),
        _F.EVENT: (
            "Would you come along for an outing on {time}?",
            "How about an outing together on {time}?",
            "Shall we go somewhere together on {time}?",
        ),
    }
)

ASKS_UPWARD: Final[Sentences] = (
    "If you could spare the time, might we have {thing} on {time}?",
    "I know how full your weeks are: would {time} leave room for {thing}?",
    "Would you perhaps have time for {thing} on {time}?",
)
"""To someone more senior, in any format."""

ASKS_TO_MEET: Final[Sentences] = (
    "Would you have time for {thing} on {time}?",
    "Might we have {thing} on {time}?",
    "Would {thing} on {time} suit you?",
)

PLACES: Final[Sentences] = ("I would suggest {place}.", "We could meet at {place}.")
CITIES: Final[Sentences] = (
    "Anywhere in {city} that suits you is fine with me.",
    "I will come to wherever in {city} is handy for you.",
)
ANYWHERE: Final[Sentences] = (
    "Tell me where suits you, and I will come there.",
    "I will come to wherever is handy for you.",
)
OR_AFAR: Final[Sentences] = (
    "Over video is just as good, if you would rather.",
    "If you would rather not meet in person yet, video is fine, too.",
)
"""Where nobody knows whether they are ready to meet face to face."""

LINKS: Final[Sentences] = ("We can use {place}.", "Here is where to find me: {place}")
LINK_TO_COME: Final[Sentences] = (
    "I will send you a link beforehand.",
    "I will send a link; the phone is fine with me too.",
)
NUMBERS: Final[Sentences] = (
    "I will ring you on {phone}.",
    "I have {phone} as your number and will ring you there.",
)
NUMBER_TO_COME: Final[Sentences] = (
    "Tell me the best number, and I will ring you.",
    "Which number shall I ring?",
)

OUTS: Final[Sentences] = (
    "If that week is full, no matter: another will do just as well.",
    "If it does not suit, just say so, and we will find another day.",
    "And if you have too much on, leave it for another time.",
    "No matter if you cannot; there will be other weeks.",
)
OUTS_FORMAL: Final[Sentences] = (
    "If another day is easier for you, name it and I will fit in.",
    "If that week is full, no matter; I will happily fit around you.",
    "If it does not suit you, just say so; another time is as good.",
)
OUTS_UPWARD: Final[Sentences] = (
    "If that week is full, I quite understand and will fit around you. Thank you for your time.",
    "If it does not suit, any other time you can spare is as good. Thank you for considering it.",
    "If there is too much on at the moment, no matter at all. Thank you for taking the time to read this.",
)
OUTS_TO_MEET: Final[Sentences] = (
    "If it is not for you, no matter, and no need to explain. Thank you for reading this far.",
    "If that week is full, another suits me just as well; and if you would rather not, that is fine too.",
    "If you would rather not, that is quite all right; thank you for reading this.",
)

CLOSINGS: Final[Mapping[Voice, Sentences]] = MappingProxyType(
    dict.fromkeys(Voice, ("Best wishes,", "All the best,", "Best,"))
    | dict.fromkeys((_V.SENIOR, _V.INVESTOR, _V.TO_MEET), ("Kind regards,", "With kind regards,"))
    | {_V.FRIEND: ("See you soon,", "Yours,")}
)
