from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from policies.circles.ground import (
    NOTED,
    GroundKind,
    Shared,
    Tellable,
    clause,
    common_ground,
    noted,
    parsed,
    tellable,
)
from policies.people.person import Person, PrivateNotes
from tests import make

TODAY = date(2026, 3, 2)
ANA = make.person()
OWNER = replace(make.OWNER, organisation="Northwind", background=("school: KTH", "Figma"))


def shared(
    title: str = "Steering group",
    times: int = 8,
    days_ago: int = 20,
    size: int = 7,
    **changes: object,
) -> Shared:
    last = TODAY - timedelta(days=days_ago)
    return Shared(title, times, last, size)._replace(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("school: KTH", GroundKind.SCHOOL, "we both went to KTH"),
        ("Employer:  Contoso", GroundKind.EMPLOYER, "we have both worked at Contoso"),
        ("group: the choir", GroundKind.GROUP, "we are both in the choir"),
        ("project: Atlas", GroundKind.PROJECT, "we both worked on Atlas"),
        ("tool: Figma", GroundKind.TOOL, "we both work with Figma"),
        ("event: the fair", GroundKind.EVENT, "we were both at the fair"),
        ("other: sailing", GroundKind.OTHER, "sailing"),
        ("sailing", GroundKind.OTHER, "sailing"),
        ("colour: blue", GroundKind.OTHER, "colour: blue"),
    ],
)
def test_a_kind_in_front_makes_a_clause_of_it(text: str, kind: GroundKind, said: str) -> None:
    assert parsed(text)[0] is kind
    assert clause(text) == said


@pytest.mark.parametrize(
    ("person", "found"),
    [
        (replace(ANA, common_ground=("sailing",)), [("sailing", NOTED)]),
        (replace(ANA, groups=("kth", "vip")), [("KTH", "yours, and theirs by your list")]),
        (replace(ANA, organisation="Figma"), [("Figma", "yours, and theirs by your list")]),
        (
            replace(ANA, common_ground=("school: KTH",), groups=("KTH",)),
            [("KTH", NOTED)],
        ),
        (replace(ANA, notes=PrivateNotes("KTH, Figma")), []),
    ],
)
def test_the_owner_s_background_is_shared_by_whoever_has_it(
    person: Person, found: list[tuple[str, str]]
) -> None:
    assert [(each.what, each.why) for each in noted(person, OWNER.background)] == found


def whats(person: Person, *meetings: Shared) -> list[tuple[GroundKind, str]]:
    return [(each.kind, each.what) for each in common_ground(person, OWNER, meetings)]


def test_all_common_ground_is_told_what_was_noted_first() -> None:
    ana = replace(ANA, organisation="Northwind", common_ground=("sailing",))
    fair = shared("Nordic Product Day", times=1, size=30)

    assert whats(ana, fair, shared("Atlas", times=3, size=3), shared()) == [
        (GroundKind.OTHER, "sailing"),
        (GroundKind.EMPLOYER, "Northwind"),
        (GroundKind.GROUP, "Steering group"),
        (GroundKind.GROUP, "Atlas"),
        (GroundKind.EVENT, "Nordic Product Day"),
    ]


@pytest.mark.parametrize(
    "meeting",
    [
        pytest.param(shared(times=2), id="twice is no habit, and seven no event"),
        pytest.param(shared(size=2), id="the two of them alone"),
        pytest.param(shared("All hands", size=60), id="an audience"),
    ],
)
def test_not_every_meeting_is_common_ground(meeting: Shared) -> None:
    elsewhere = replace(ANA, organisation="Contoso")

    assert whats(elsewhere, meeting) == []


def test_an_address_in_the_same_house_is_common_ground_by_the_house_s_name() -> None:
    assert whats(ANA) == [(GroundKind.EMPLOYER, "Northwind")]
    nameless = common_ground(ANA, replace(OWNER, organisation=""), ())
    assert [each.what for each in nameless] == ["the same organisation"]


@pytest.mark.parametrize(
    ("meetings", "told"),
    [
        ([shared()], Tellable(meeting="Steering group")),
        ([shared(days_ago=150, next=TODAY)], Tellable(meeting="Steering group")),
        ([shared(days_ago=150)], Tellable(quiet="Steering group")),
        ([shared(days_ago=500)], Tellable()),
        ([shared(size=4)], Tellable()),
        ([shared(private=True)], Tellable()),
        ([shared("x" * 61)], Tellable()),
        ([shared("Fair", times=1, size=30)], Tellable(event="Fair")),
        ([shared("Fair", times=1, size=30, days_ago=200)], Tellable()),
        ([shared("Old", days_ago=30), shared("New", days_ago=10)], Tellable(meeting="New")),
    ],
)
def test_an_invitation_tells_what_stands_in_both_calendars(
    meetings: list[Shared], told: Tellable
) -> None:
    assert tellable(ANA, OWNER, meetings, TODAY) == told


@pytest.mark.parametrize(("days_ago", "event"), [(21, "Fair"), (20, ""), (3, "")])
def test_an_event_at_which_the_two_did_talk_or_since_is_no_occasion_missed(
    days_ago: int, event: str
) -> None:
    fair = shared("Fair", times=1, size=30)

    told = tellable(ANA, OWNER, [fair], TODAY, last=TODAY - timedelta(days=days_ago))
    assert told.event == event


def test_an_invitation_tells_what_was_noted_with_its_kind() -> None:
    ana = replace(ANA, common_ground=("sailing",), groups=("KTH",))

    told = tellable(ana, OWNER, (), TODAY, lapsed=True)
    assert told == Tellable(ground=("sailing", "school: KTH"), lapsed=True)
