from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.tries import retry_after
from tests.make import utc

NOW = utc("2026-03-02 09:00")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", timedelta(0)),
        ("30", timedelta(seconds=30)),
        ("9" * 400, timedelta(days=366)),
        ("Mon, 02 Mar 2026 09:02:00 GMT", timedelta(minutes=2)),
        ("Mon, 02 Mar 2026 09:02:00 -0000", timedelta(minutes=2)),
        ("Mon, 02 Mar 2026 08:00:00 GMT", timedelta(0)),
    ],
)
def test_a_wait_is_read_in_seconds_or_as_a_date(value: str, expected: timedelta) -> None:
    assert retry_after({"retry-after": value}, now=NOW) == expected


@pytest.mark.parametrize(
    "value",
    [
        "soon",
        "-5",
        "1.5",
        "٣",
        "",
        f"Mon, 02 Mar {'9' * 20} 09:02:00 GMT",
        f"Mon, 02 Mar 2026 09:02:00 +{'9' * 20}",
    ],
)
def test_no_wait_is_read_where_none_is_named(value: str) -> None:
    assert retry_after({}, now=NOW) is None
    assert retry_after({"retry-after": value}, now=NOW) is None
