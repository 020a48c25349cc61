from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from policies.audit.evidence import in_the_room
from policies.calendar.event import Attendee, Event, Kind, Response, Span, Status
from tests import make

OWNER = frozenset(make.OWNER.addresses)
ANA, RAJ = "ana@example.com", "raj@example.com"


def meeting(**changes: object) -> Event:
    guests = (make.attendee(ANA), make.attendee(RAJ), make.attendee("olle@example.com"))
    return replace(make.event(), **{"attendees": guests, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("event", "there"),
    [
        pytest.param(meeting(), {ANA, RAJ}, id="everyone but the owner"),
        pytest.param(meeting(own_response=Response.DECLINED), {ANA, RAJ}, id="without the owner"),
        pytest.param(
            replace(meeting(), attendees=(make.attendee(ANA, Response.DECLINED),)),
            set(),
            id="nobody who declined",
        ),
        pytest.param(meeting(organizer="kim@example.com"), {ANA, RAJ, "kim@example.com"},
                     id="who called it"),
        pytest.param(meeting(status=Status.CANCELLED), set(), id="nobody where it was cancelled"),
        pytest.param(meeting(kind=Kind.OUT_OF_OFFICE), set(), id="nobody where it is a note"),
        pytest.param(meeting(start=date(2026, 3, 2)), set(), id="nobody where it is a banner"),
        pytest.param(meeting(span=Span(2, 0)), set(), id="nobody where it lasts for days"),
        pytest.param(
            meeting(attendees=tuple(Attendee(f"g{n}@example.com") for n in range(201))),
            set(),
            id="nobody in a crowd that answers for nobody",
        ),
    ],
)  # fmt: skip
def test_who_a_meeting_brought_together(event: Event, there: set[str]) -> None:
    assert in_the_room(event, OWNER) == there
