from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.contract import CalendarReaderContract, Service
from tests.connectors.google_service import GoogleCalendarOf, google


class TestGoogleCalendar(CalendarReaderContract):
    @pytest.fixture
    def service(self) -> Iterator[Service]:
        with google() as server:
            calendar = GoogleCalendarOf(server)
            with calendar.client:
                yield calendar
