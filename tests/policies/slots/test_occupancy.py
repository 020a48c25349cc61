from dataclasses import replace

import pytest

from policies.calendar.event import Event, Kind, Response, Status
from policies.slots.occupancy import Occupies, occupies
from tests import make

ME = frozenset(make.OWNER.addresses)
OWN = make.event()


def invitation(answer: Response) -> Event:
    guests = (make.attendee(make.OWNER.addresses[1], answer),)
    return replace(OWN, organizer="ana@example.com", attendees=guests)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (OWN, Occupies.BUSY),
        (replace(OWN, busy=False), Occupies.FREE),
        (replace(OWN, status=Status.CANCELLED), Occupies.FREE),
        (replace(OWN, status=Status.TENTATIVE), Occupies.TENTATIVE),
        (replace(OWN, kind=Kind.WORKING_LOCATION), Occupies.FREE),
        (replace(OWN, kind=Kind.BIRTHDAY), Occupies.FREE),
        (replace(OWN, kind=Kind.FOCUS), Occupies.BUSY),
        (replace(OWN, kind=Kind.OUT_OF_OFFICE), Occupies.BUSY),
        (replace(OWN, kind=Kind.OUT_OF_OFFICE, status=Status.TENTATIVE), Occupies.BUSY),
        (replace(OWN, kind=Kind.OUT_OF_OFFICE, busy=False), Occupies.FREE),
        (replace(OWN, own_response=Response.DECLINED), Occupies.FREE),
        (invitation(Response.ACCEPTED), Occupies.BUSY),
        (invitation(Response.TENTATIVE), Occupies.TENTATIVE),
        (invitation(Response.NEEDS_ACTION), Occupies.TENTATIVE),
        (invitation(Response.DECLINED), Occupies.FREE),
        (replace(OWN, organizer="ana@example.com"), Occupies.BUSY),
        (replace(OWN, organizer=""), Occupies.BUSY),
    ],
)
def test_an_event_takes_time_as_firmly_as_the_owner_means_to_be_there(
    event: Event, expected: Occupies
) -> None:
    assert occupies(event, ME) is expected
