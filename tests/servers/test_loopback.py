"""The socket under every fake service: its faults, its clock, and its end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from tests.servers.common import FOREVER, Clock, LoopbackServer, Request
from tests.servers.wire import WIRE, Answer, Fault

_VALUES = {"redirect": "/elsewhere", "silence": "0.05"}


class Counting:
    """Counts what it was asked to do; at ``/broken`` it is broken itself."""

    own_faults = frozenset({"refuse"})

    def __init__(self) -> None:
        self.clock = Clock(datetime(2026, 11, 22, 9, tzinfo=UTC))
        self.done = 0

    def operation(self, request: Request) -> str:
        return request.target.strip("/")

    def answer(self, request: Request, fault: Fault | None) -> Answer:
        if request.target == "/broken":
            raise KeyError(request.target)
        if fault:
            return Answer(403, b"{}")
        self.done += 1
        return Answer(200, b'{"done": true}')


@pytest.fixture
def service() -> Counting:
    return Counting()


@pytest.fixture
def server(service: Counting) -> Iterator[LoopbackServer]:
    made = LoopbackServer(service)
    with made.running():
        yield made


def outcome(server: LoopbackServer) -> object:
    """What a client hears of one request."""
    try:
        answer = httpx.get(f"{server.url}/things", timeout=10)
        return answer.status_code, answer.json()
    except (httpx.HTTPError, ValueError, RecursionError) as error:
        return type(error)


@pytest.mark.parametrize("name", sorted(WIRE.keys() - {"wrong_type", "huge"}))
def test_after_a_fault_of_the_wire_the_client_does_not_know_what_was_done(
    server: LoopbackServer, service: Counting, name: str
) -> None:
    server.faults.add(name, done=True, value=_VALUES.get(name, ""))
    heard = outcome(server)

    assert heard != (200, {"done": True}) or name == "drip"
    assert service.done == 1
    assert outcome(server) == (200, {"done": True})


def test_a_fault_may_come_before_anything_is_done(
    server: LoopbackServer, service: Counting
) -> None:
    server.faults.add("drop", "things", passing=1, times=2)
    heard = [outcome(server) for _ in range(4)]

    lost = httpx.RemoteProtocolError
    assert heard == [(200, {"done": True}), lost, lost, (200, {"done": True})]
    assert service.done == 2


def test_a_fault_of_the_service_holds_until_it_is_cleared(server: LoopbackServer) -> None:
    server.faults.add("refuse", times=FOREVER)
    assert [outcome(server) for _ in range(3)] == [(403, {})] * 3

    server.faults.clear()
    assert outcome(server) == (200, {"done": True})


def test_answers_are_dated_by_the_clock_of_the_service(server: LoopbackServer) -> None:
    answer = httpx.get(f"{server.url}/things")

    assert answer.headers["date"] == "Sun, 22 Nov 2026 09:00:00 GMT"


def test_it_is_drained_when_the_last_client_has_gone(server: LoopbackServer) -> None:
    server.slow_s = 0.1
    threads = [threading.Thread(target=outcome, args=(server,)) for _ in range(3)]
    for each in threads:
        each.start()
    while server.count() < 3:
        threading.Event().wait(0.002)

    assert server.drained()
    assert len(server.requests) == 3
    for each in threads:
        each.join()


def test_it_stops_while_clients_wait_for_it(service: Counting) -> None:
    server = LoopbackServer(service)
    server.faults.add("silence")
    waiting = threading.Thread(target=outcome, args=(server,))
    with server.running():
        waiting.start()
        while not server.requests:
            threading.Event().wait(0.002)

    waiting.join()
    assert service.done == 0


def test_what_was_broken_in_it_is_said_when_it_stops(service: Counting) -> None:
    server = LoopbackServer(service)
    running = server.running()
    running.__enter__()
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{server.url}/broken")

    with pytest.raises(KeyError, match="/broken"):
        running.__exit__(None, None, None)
