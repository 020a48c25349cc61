from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from agent.errors import UsageProblem
from agent.web.server import on_path, on_port
from tests.web.browser import FORM

LINK = re.compile(r"http://(127\.0\.0\.1:\d+)/#([\w-]+)")
CONFIG = """
[owner]
name = "Olle Owner"
addresses = ["olle@example.com"]
zone = "Europe/Berlin"

[[calendar]]
name = "work"
path = "work.ics"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG)
    tmp_path.chmod(0o700)
    return tmp_path


@contextmanager
def served(home: Path, *words: str) -> Iterator[tuple[str, str]]:
    """`fika web` until we are done with it; the host and the code that it prints."""
    started = subprocess.Popen(
        [sys.executable, "-m", "agent", "web", *words],
        env={**os.environ, "FIKA_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
    )
    try:
        assert started.stdout is not None
        yield _link(started.stdout)
    finally:
        started.send_signal(signal.SIGINT)
        out, _ = started.communicate(timeout=20)
    assert started.returncode == 0, out
    assert out.strip() == "The page is closed."


def _link(lines: Iterator[str]) -> tuple[str, str]:
    for line in lines:
        if found := LINK.search(line):
            return found[1], found[2]
    raise AssertionError("no link was printed")


def entered(connection: http.client.HTTPConnection, host: str, code: str) -> int:
    headers = {"Host": host, "Origin": f"http://{host}", "Content-Type": FORM}
    connection.request("POST", "/", urlencode({"code": code}), headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_the_printed_link_opens_the_page_once_and_another_is_to_be_had(home: Path) -> None:
    with served(home) as (host, code):
        again = subprocess.run(
            [sys.executable, "-m", "agent", "web"],
            env={**os.environ, "FIKA_HOME": str(home)},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        other_host, other = _link(iter(again.stdout.splitlines()))
        connection = http.client.HTTPConnection(host, timeout=10)
        statuses = [entered(connection, host, each) for each in (code, code, other)]
        connection.close()

    assert other_host == host
    assert statuses == [303, 403, 303]
    assert not (home / "web" / "address").exists()


def test_a_unix_socket_is_for_its_owner_alone(home: Path) -> None:
    path = home / "web.sock"
    with served(home, "--socket", str(path), "--port", "8123") as (host, code):
        mode = stat.S_IMODE(path.stat().st_mode)
        connection = http.client.HTTPConnection(host)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(path))
        status = entered(connection, host, code)
        connection.close()

    assert mode == 0o600
    assert host == "127.0.0.1:8123"
    assert status == 303
    assert not path.exists()


def test_nothing_but_loopback_is_listened_on() -> None:
    with on_port(0) as bound:
        assert bound.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken_says_so() -> None:
    with on_port(0) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(UsageProblem, match=f"port {port} cannot be used"), on_port(port):
            pass


def test_what_is_no_socket_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")

    with pytest.raises(UsageProblem, match="something else is there"), on_path(path):
        pass

    assert path.read_text() == "mine"


def test_a_socket_left_behind_by_a_kill_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))

    with on_path(path) as bound:
        assert bound.getsockname() != ""


@pytest.mark.parametrize("length", [120, 300])
def test_a_path_too_long_for_a_socket_is_said(tmp_path: Path, length: int) -> None:
    with pytest.raises(UsageProblem, match=r"no socket can be made there: [A-Za-z]"):  # noqa: SIM117
        with on_path(tmp_path / ("x" * length)):
            pass
