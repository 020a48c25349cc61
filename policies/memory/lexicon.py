"""The words a line of a diary is understood by, in small letters."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from policies.people.person import Format


class Act(Enum):
    """What a verb does. `HAND` is help only where it says to whom: *gave me*, not *gave a talk*."""

    MEET = auto()
    PROMISE = auto()
    INTRODUCE = auto()
    HELP = auto()
    HAND = auto()
    ASK = auto()
    THANKED = auto()
    THANK = auto()


_DEEDS: Final = (
    "answer ask book bring call check come connect email find forward get give help introduce"
    " invite look mail make pass pay phone prepare put read recommend refer reply review ring"
    " send share show speak talk tell write"
)
_VERBS: Final[Mapping[Act, str]] = {
    Act.MEET: "met; met with; saw; called; phoned; rang; spoke to; spoke with; talked to;"
    " talked with; caught up with; bumped into; ran into; chatted with; visited",
    Act.PROMISE: "promised; promised to; owe; owes; owes me; agreed to; offered to",
    Act.INTRODUCE: "introduced; connected; put me in touch; put us in touch",
    Act.HELP: "helped; shared; recommended; referred; reviewed; advised; supported; taught;"
    " mentored; vouched; coached; endorsed",
    Act.HAND: "gave; sent; lent; paid; bought; brought; passed; forwarded; showed",
    Act.ASK: "asked",
    Act.THANKED: "thanked; said thanks to; said thank you to",
    Act.THANK: "thank; to thank; must thank; should thank; need to thank; want to thank;"
    " will thank",
}
ACTS: Final[Mapping[str, Act]] = MappingProxyType(
    {verb.strip(): act for act, verbs in _VERBS.items() for verb in verbs.split(";")}
    | {f"will {deed}": Act.PROMISE for deed in _DEEDS.split()}
)

FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "coffee": Format.COFFEE,
        "tea": Format.COFFEE,
        "fika": Format.COFFEE,
        "lunch": Format.LUNCH,
        "walk": Format.WALK,
        "drink": Format.DRINK,
        "drinks": Format.DRINK,
        "beer": Format.DRINK,
        "call": Format.CALL,
        "called": Format.CALL,
        "phone call": Format.CALL,
        "phoned": Format.CALL,
        "rang": Format.CALL,
        "phone": Format.CALL,
        "virtual coffee": Format.VIRTUAL_COFFEE,
        "video call": Format.VIRTUAL_COFFEE,
        "zoom": Format.VIRTUAL_COFFEE,
        "event": Format.EVENT,
        "conference": Format.EVENT,
        "meetup": Format.EVENT,
    }
)

ME: Final = ("i", "we", "i'll", "we'll", "i've", "we've")
THEM: Final = ("she", "he", "they", "she'll", "he'll", "they'll")
THEM_AS_OBJECT: Final = ("her", "him", "them")
LEADS: Final = ("and", "then", "but", "also", "so", "&")
AUXILIARIES: Final = ("have", "has", "had", "also", "just", "kindly", "then", "both")
