from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.api import Api
from connectors.clocks import compare, comparing
from connectors.errors import ConnectorError
from connectors.http import Web
from tests.make import utc
from tests.servers import feeds
from tests.servers.feeds import FeedServer, Reply

pytestmark = pytest.mark.usefixtures("no_pause_between_tries")

NOW = utc("2026-03-02 09:00")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
Now = Callable[[], datetime]
Ask = Callable[[FeedServer, Now], None]


def machine() -> datetime:
    return datetime.now(UTC)


def by_web(server: FeedServer, now: Now) -> None:
    web = Web("work", 20 * SECOND, 1_000, now, "127.0.0.1")
    with closing(web.get(httpx.URL(server.url()), {}).body):
        pass


def by_read(server: FeedServer, now: Now) -> None:
    with Api("work", httpx.URL(server.url("/")), login, now=now, open_host="127.0.0.1") as api:
        api.read("REPORT", httpx.URL(server.url()))


def by_write(server: FeedServer, now: Now) -> None:
    with Api("work", httpx.URL(server.url("/")), login, now=now, open_host="127.0.0.1") as api:
        api.write("PUT", httpx.URL(server.url()), {}, b"x")


def login(_: bool) -> Mapping[str, str]:
    return {}


def undated(reply: Reply) -> None:
    reply.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def dated(text: str) -> feeds.Fault:
    def answer(reply: Reply) -> None:
        head = f"HTTP/1.1 200 OK\r\nDate: {text}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        reply.raw(head.encode("latin-1"))

    return answer


EVERY_WAY = pytest.mark.parametrize("ask", [by_web, by_read, by_write])


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer(b"hello").running() as running:
        yield running


def about(told: timedelta, expected: timedelta) -> bool:
    return abs(told - expected) < MINUTE


@EVERY_WAY
@pytest.mark.parametrize("off", [15 * MINUTE, -15 * MINUTE, -HOUR, HOUR, timedelta(days=400)])
def test_every_answer_tells_how_far_our_clock_is_from_the_services(
    server: FeedServer, ask: Ask, off: timedelta
) -> None:
    server.clock.forward(-off)

    with comparing() as told:
        ask(server, machine)
    assert len(told) == 1
    assert about(told[0], off)


@EVERY_WAY
def test_a_clock_that_jumps_is_compared_as_it_is_at_that_answer(
    server: FeedServer, ask: Ask
) -> None:
    with comparing() as told:
        ask(server, machine)
        ask(server, lambda: machine() + HOUR)
        ask(server, lambda: datetime.fromtimestamp(machine().timestamp() % 1_000_000, UTC))
    assert told[0] == timedelta()
    assert about(told[1], HOUR)
    assert told[2] < timedelta(days=-50 * 365)


@EVERY_WAY
@pytest.mark.parametrize(
    "answer",
    [
        feeds.status(200, age=0),
        feeds.status(200, age=86_400),
        undated,
        dated("yesterday"),
        dated("Mon, 32 Nov 2026 25:00:00 GMT"),
        dated("9" * 5_000),
    ],
)
def test_an_answer_from_a_cache_or_without_a_date_tells_nothing(
    server: FeedServer, ask: Ask, answer: feeds.Fault
) -> None:
    server.clock.forward(HOUR)
    server.always = answer

    with comparing() as told:
        ask(server, machine)
    assert told == []


@EVERY_WAY
def test_a_refusal_tells_it_as_well(server: FeedServer, ask: Ask) -> None:
    server.clock.forward(HOUR)
    server.always = feeds.status(401)

    with comparing() as told, pytest.raises(ConnectorError):
        ask(server, machine)
    assert told
    assert all(about(each, -HOUR) for each in told)


@pytest.mark.parametrize("ask", [by_web, by_read])
def test_each_try_and_each_redirect_tells_it(server: FeedServer, ask: Ask) -> None:
    server.faults.append(feeds.status(503))

    with comparing() as told:
        ask(server, machine)
        server.faults.append(feeds.redirect(server.url("/there.ics")))
        by_web(server, machine)
    assert told == [timedelta()] * 4


@EVERY_WAY
def test_a_clock_that_stands_still_or_goes_back_meanwhile_is_not_compared(
    server: FeedServer, ask: Ask
) -> None:
    back = iter([NOW, NOW - HOUR])

    with comparing() as told:
        ask(server, lambda: NOW)
        ask(server, lambda: next(back))
    assert told == []


def test_whoever_asks_inside_another_hears_their_own_answers_alone(server: FeedServer) -> None:
    with comparing() as outer:
        by_read(server, machine)
        with comparing() as inner:
            by_read(server, machine)
        by_read(server, machine)
    by_read(server, machine)
    assert (len(outer), len(inner)) == (2, 1)


@given(
    off=st.timedeltas(min_value=-9 * HOUR, max_value=9 * HOUR),
    there=st.timedeltas(min_value=timedelta(), max_value=MINUTE),
    back=st.timedeltas(min_value=timedelta(milliseconds=1), max_value=MINUTE),
    fraction=st.timedeltas(min_value=timedelta(), max_value=SECOND - timedelta(microseconds=1)),
)
def test_no_more_is_told_than_must_be_so(
    off: timedelta, there: timedelta, back: timedelta, fraction: timedelta
) -> None:
    made = NOW + fraction
    sent, came = made + off - there, made + off + back

    with comparing() as told:
        compare(NOW, sent, came)
    assert len(told) == 1
    assert abs(told[0]) <= abs(off)
    assert abs(off - told[0]) <= there + back + SECOND
    assert not told[0] or (told[0] > timedelta()) is (off > timedelta())
