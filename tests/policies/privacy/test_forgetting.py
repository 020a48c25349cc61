from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.audit.evidence import judge
from policies.calendar.event import Attendee, CalendarItem, Event, Response
from policies.privacy.forgetting import Forgotten, marks, without_forgotten
from policies.rules import EvidenceRules
from tests import make

ANA = "ana.silva@example.com"
KNOWN = Forgotten("salt", marks("salt", names=["Ana Silva"], ids=[ANA, "uid-of-ours"]))
OWNER = frozenset(make.OWNER.addresses)


def event(*guests: str, **fields: object) -> Event:
    attendees = tuple(map(make.attendee, (make.OWNER.addresses[0], *guests)))
    return replace(make.event(), attendees=attendees, **fields)  # type: ignore[arg-type]


def kept(one: Event) -> Event:
    return without_forgotten(make.item(one), KNOWN).events[0]


def test_a_meeting_alone_with_them_keeps_its_time_and_nothing_else() -> None:
    one = event(ANA, summary="Big news", location="Their office", organizer=ANA)

    assert kept(one) == replace(
        event("forgotten-1@fika.invalid", organizer="forgotten-1@fika.invalid"), summary=""
    )


def test_a_meeting_with_others_keeps_its_title_unless_that_names_them() -> None:
    for title, stays in [
        ("Roadmap", True),
        ("Roadmap with ANA", False),
        ("Sílva's roadmap", False),
        ("Banana roadmap", True),
    ]:
        one = event(ANA, "raj@example.com", summary=title)
        assert kept(one).summary == (title if stays else ""), title


@pytest.mark.parametrize(
    ("title", "stays"),
    [
        ("Lunch with Ana Silva", False),
        ("Lunch with ANA  SÍLVA!", False),
        ("Silva, Ana: review", False),
        (f"ask <{ANA}>.", False),
        (f"ask {ANA.upper()}", False),
        ("Ana", True),
        ("Ana and Silva", True),
        ("Ana Silvestre", True),
    ],
)
def test_a_title_without_them_goes_only_when_it_names_them_in_full(title: str, stays: bool) -> None:
    assert kept(event("raj@example.com", summary=title)).summary == (title if stays else "")


def test_somebody_of_the_very_name_is_taken_for_them_under_any_address() -> None:
    one = replace(event(), attendees=(Attendee("as@private.example.net", "Silva, Ana"),))

    assert "private" not in repr(kept(one))


def test_our_own_entry_for_a_meeting_with_them_keeps_no_words() -> None:
    assert kept(event(uid="uid-of-ours", summary="Coffee", location="Here")).summary == ""


def test_an_identifier_made_of_their_name_is_another_each_time_the_same() -> None:
    one = make.item(event(ANA, uid=f"one-to-one-{ANA}"))
    again = make.item(event(ANA, uid=f"one-to-one-{ANA}", summary="moved"))

    assert "ana" not in without_forgotten(one, KNOWN).id
    assert without_forgotten(one, KNOWN).id == without_forgotten(again, KNOWN).id
    assert without_forgotten(one, KNOWN).events[0].uid == without_forgotten(one, KNOWN).id


def test_two_of_them_in_one_meeting_stay_two() -> None:
    both = Forgotten("salt", KNOWN.marks | marks("salt", ids=["raj@example.com"]))
    one = make.item(event(ANA, "raj@example.com", "mei@example.com", summary="Three"))

    at_once = without_forgotten(one, both)
    in_turn = without_forgotten(without_forgotten(one, KNOWN), both)
    for each in (at_once, in_turn):
        addresses = {attendee.address for attendee in each.events[0].attendees}
        assert len(addresses) == 4
        assert {"mei@example.com", "olle@example.com"} < addresses


def test_a_mark_says_nothing_without_the_salt_and_is_not_a_single_name() -> None:
    assert marks("one", ids=[ANA]).isdisjoint(marks("two", ids=[ANA]))
    assert marks("one", names=["Ana"]) == frozenset()
    assert marks("one", names=["Ana Silva"]) == marks("one", names=["silva ÁNA"])


ADDRESSES = st.sampled_from([ANA, "raj@example.com", "mei@example.com", "ANA.silva@Example.com"])
EVENTS = st.builds(
    lambda guests, title, organizer: replace(
        event(*guests, summary=title), organizer=organizer
    ),
    st.lists(ADDRESSES, max_size=5),
    st.sampled_from(["", "Ana", "Ana Silva", "Plan", f"x-{ANA}"]),
    st.sampled_from([ANA, "olle@example.com", ""]),
)  # fmt: skip


@given(st.lists(EVENTS, min_size=1, max_size=3))
def test_nothing_names_them_doing_it_again_changes_nothing_and_others_count_as_before(
    events: list[Event],
) -> None:
    item = CalendarItem("key", "etag", tuple(events))
    once = without_forgotten(item, KNOWN)

    assert ANA not in repr(once).lower()
    assert without_forgotten(once, KNOWN) == once
    for before, after in zip(item.events, once.events, strict=True):
        assert people(before) == people(after)
        assert (before.start, before.span, before.busy) == (after.start, after.span, after.busy)


def people(one: Event) -> list[object]:
    """What the event proves of everyone but the forgotten."""
    found = judge(one, OWNER, EvidenceRules())
    return [each for each in found if each.address != ANA and "fika.invalid" not in each.address]


def test_a_calendar_that_names_nobody_forgotten_is_the_very_same() -> None:
    item = make.item(event("raj@example.com", summary="Plan"))

    assert without_forgotten(item, KNOWN) is item
    assert without_forgotten(make.item(event(ANA)), Forgotten("salt")).events[0].attendees[1] == (
        Attendee(ANA, response=Response.ACCEPTED)
    )
