from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dns.resolver
import pytest

from agent.accounts.services import calendar_server
from connectors.caldav import srv
from connectors.caldav.srv import servers
from connectors.errors import TemporarilyUnavailable
from tests.servers.names import Records, name_server

NAME = "_caldavs._tcp.example.com."


@contextmanager
def names(records: Records, *, silent: bool = False) -> Iterator[None]:
    """This machine's resolver asks a server with these records."""
    with name_server(records, silent=silent) as resolver, pytest.MonkeyPatch.context() as patch:
        patch.setattr(dns.resolver, "default_resolver", resolver)
        yield


@pytest.mark.parametrize(
    ("srv_records", "txt", "urls"),
    [
        (
            ("0 1 443 dav.example.com.",),
            (),
            ["https://dav.example.com/.well-known/caldav"],
        ),
        (
            ("0 1 8443 Dav.Example.com.",),
            ('"path=/dav/calendars"',),
            ["https://dav.example.com:8443/dav/calendars"],
        ),
        (
            ("10 9 443 third.example.com.", "0 1 443 b.example.com.", "0 5 443 a.example.com."),
            (),
            [f"https://{host}.example.com/.well-known/caldav" for host in ("a", "b", "third")],
        ),
        (("0 0 0 .",), (), []),
        ((r"0 0 443 user\@evil\/x.example.net.",), (), []),
        (
            ("0 1 443 dav.example.com.",),
            ('"v=1" "path=nowhere"', '"path=/a b@c"'),
            ["https://dav.example.com/a%20b%40c"],
        ),
    ],
    ids=["alone", "port and path", "best first", "not here", "no host", "a path as text"],
)
def test_the_records_of_a_domain_name_its_servers_best_first(
    srv_records: tuple[str, ...], txt: tuple[str, ...], urls: list[str]
) -> None:
    with names({(NAME, "SRV"): srv_records, (NAME, "TXT"): txt}):
        assert [each.url for each in servers("example.com")] == urls


@pytest.mark.parametrize("domain", ["example.com", "", "a..b", "x" * 70, "\\300.example"])
def test_a_domain_without_records_or_that_is_none_names_nothing(domain: str) -> None:
    with names({}):
        assert servers(domain) == ()


def test_where_nobody_answers_the_address_has_to_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(srv, "_LONGEST_S", 0.1)
    with names({}, silent=True):
        with pytest.raises(TemporarilyUnavailable, match="no name server"):
            servers("example.com")
        assert calendar_server("olle@example.com") == ("", False)


@pytest.mark.parametrize(
    ("target", "inside"),
    [("dav.example.com.", True), ("example.com.", True), ("dav.example.net.", False)],
)
def test_a_server_in_another_domain_is_told_apart(target: str, inside: bool) -> None:
    with names({(NAME, "SRV"): (f"0 1 443 {target}",)}):
        url, found = calendar_server("olle@Example.com")

    assert url.startswith(f"https://{target.rstrip('.')}/")
    assert found is inside
