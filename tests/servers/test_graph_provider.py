"""The fake of Outlook as the proofs use it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from policies.interval import Interval
from policies.sending.action import ActionKind
from tests.servers.graph.provider import Outlook
from tests.servers.graph.server import GraphServer
from tests.servers.provider import Provider
from tests.servers.test_graph_server import TAG, Caller, coffee, guests

NINE = datetime(2026, 3, 3, 9, tzinfo=UTC)
HOUR = Interval(NINE, NINE + timedelta(hours=1))


def test_it_is_what_the_proofs_expect_of_a_provider(tmp_path: Path) -> None:
    provider: Provider = Outlook()

    with provider.running(tmp_path):
        assert "[[account]]" in provider.configuration()
        provider.save()
        key = provider.add_foreign("uid-1", HOUR, "Lunch", ["ann@example.net"])
        entry = provider.entries()[key]
        assert (entry.uid, entry.when, entry.guests) == (
            "uid-1",
            HOUR,
            frozenset({"ann@example.net"}),
        )
        assert not provider.outbox()
        provider.restore()
        assert not provider.entries()


def test_what_a_guest_was_told_is_known_by_our_own_uid(tmp_path: Path) -> None:
    provider = Outlook()

    with provider.running(tmp_path):
        caller = Caller(provider.server)
        tag = [{"id": TAG, "value": "fika-1"}]
        with caller.http:
            made = caller.good(
                "POST",
                "me/events",
                json=coffee(singleValueExtendedProperties=tag, attendees=guests("Ann@example.net")),
            )
            caller.good("DELETE", f"me/events/{made['id']}")
        told = provider.outbox()
        assert [(each.recipient, each.uid, each.kind) for each in told] == [
            ("ann@example.net", "fika-1", ActionKind.INVITE),
            ("ann@example.net", "fika-1", ActionKind.CANCEL),
        ]
        assert told[0].when == HOUR


@pytest.mark.parametrize("name", Outlook.faults)
def test_every_fault_can_be_switched_on_and_off(tmp_path: Path, name: str) -> None:
    provider = Outlook()

    with provider.running(tmp_path):
        provider.fault(name)
        assert not all_goes_well(provider.server)
        provider.fault("")
        assert all_goes_well(provider.server)


def all_goes_well(server: GraphServer) -> bool:
    """A write, a reading that shows it at once, and a question to the sign-in."""
    with Caller(server).http as http:
        try:
            made, shown = http.post("me/events", json=coffee()), http.get("me/events")
            signed_in = http.post(f"{server.url}/common/oauth2/v2.0/token")
        except httpx.TransportError:
            return False
    answered = made.is_success and shown.is_success and signed_in.status_code == 400
    return answered and made.json()["id"] in shown.text


def test_signing_in_leaves_what_fika_needs(tmp_path: Path) -> None:
    provider, home = Outlook(), tmp_path / "home"
    home.mkdir()

    with provider.running(tmp_path):
        provider.sign_in(home)
        assert provider.server.count("identity.token.device_code") == 1
        assert any(home.rglob("*"))
