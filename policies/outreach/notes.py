"""Short notes the owner sends by hand: Fika writes them down, and has no way to send them.

As in an invitation, what may be said is named fact by fact, and stands on one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from policies.people.naming import called
from policies.text import one_line

_LONGEST = 100


class Note(NamedTuple):
    """A subject and a text, to be copied."""

    subject: str
    text: str


def introduction(asked: str, wanted: str, me: str, *, is_one: bool = True, give: str = "") -> Note:
    """To ask somebody for an introduction; ``give`` is what the owner can do for whom they want
    to meet, empty for nothing in particular.
    """
    wanted, give = _line(wanted), _line(give).rstrip(".")
    if is_one:
        ask = (
            f"You know {wanted}, I believe. Would you be willing to introduce us? A line to the"
            " two of us is all it takes, and I will go on from there."
        )
    else:
        ask = (
            f"I would like to get to know {wanted}. Is there anyone you think I should talk to,"
            " and would you be willing to introduce us?"
        )
    use = f" I may have something to offer, too: {give}." if give else ""
    out = "If you would rather not, or now is not the moment, that is quite all right."
    return Note(f"An introduction to {wanted}?", _letter(asked, me, f"{ask}{use}", out))


def one_to_one_again(name: str, me: str, *, upward: bool) -> Note:
    """To take up a regular one-to-one again."""
    if upward:
        why = (
            "We used to speak regularly, and I always came away with something to think about."
            " Might we take that up again, as rarely as you like?"
        )
        out = "I know how full your weeks are: if it does not fit, I quite understand."
    else:
        why = (
            "Our one-to-ones have fallen by the wayside, and I miss them. Shall we take them up"
            " again, half as often if that is easier?"
        )
        out = "And if you have too much on, tell me so; one coffee would do, too."
    return Note("Our one-to-ones", _letter(name, me, why, out))


def group_again(title: str, me: str, since: str) -> Note:
    """To all of a group gone quiet; ``since`` as `policies.spoken.since_said` says it."""
    title = _line(title)
    why = (
        f"“{title}” has not met {since}, and I find that I miss it. Shall we come together again,"
        " once, for an hour, and see where everybody is? I am happy to look for a date."
    )
    out = "If it has had its day, tell me that, too; then I would like to thank you all for it."
    return Note(f"{title}: once more?", _letter("", me, why, out))


def pairs_note(title: str, me: str, pairs: Sequence[tuple[str, str]], rests: Sequence[str]) -> Note:
    """To a team: who has a coffee with whom this time."""
    who = "\n".join(f"- {_line(one)} and {_line(other)}" for one, other in pairs)
    rest = (
        f"{_line(rests[0])} sits this one out, and has a partner again next time. " if rests else ""
    )
    how = (
        f"{rest}Half an hour over video is plenty; whoever is named first suggests a time. What"
        " you talk about is up to you, and it need not be work. Nobody has to: tell me if you"
        " would rather pass."
    )
    return Note(_line(title), _letter("", me, f"Here is who meets whom this time:\n\n{who}", how))


def after_event(name: str, me: str, event: str) -> Note:
    """To somebody met at an event, while both remember it."""
    why = (
        f"It was good to talk to you at {_line(event)}. I would like to hear more: would you have"
        " time for a coffee, or a call, in the next few weeks?"
    )
    out = "If your weeks are full, no matter; I was glad to meet you all the same."
    return Note(f"After {_line(event)}", _letter(name, me, why, out))


def all_notes() -> tuple[Note, ...]:
    """Every note there is, to invented people, for a reader to judge."""
    me, ana, raj = "Olle Owner", "Ana Silva", "Raj Patel"
    return (
        introduction(ana, raj, me),
        introduction(ana, raj, me, give="notes on how we price in the north"),
        introduction(ana, "somebody in Finance at Contoso", me, is_one=False),
        one_to_one_again(ana, me, upward=False),
        one_to_one_again(ana, me, upward=True),
        group_again("Green Office committee", me, "since March"),
        pairs_note("Thursday coffee", me, ((ana, raj), ("Mei Lin", me)), ("Kim Berg",)),
        pairs_note("Thursday coffee", me, ((ana, raj), ("Mei Lin", me)), ()),
        after_event(ana, me, "Nordic Product Day"),
    )


def _letter(name: str, me: str, *paragraphs: str) -> str:
    """A letter to one person, or to everybody where no name is given."""
    greeting = _greeting(_line(called(name))) if name else "Hello everybody,"
    return "\n\n".join((greeting, *paragraphs, f"Best wishes,\n{_line(called(me) or me)}"))


def _greeting(first: str) -> str:
    return f"Hi {first}," if first else "Hello,"


def _line(text: str) -> str:
    plain = " ".join(one_line(text).split())
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1].rstrip() + "…"
