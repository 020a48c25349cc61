"""Real CalDAV servers as processes on loopback: Radicale and Xandikos, from their packages.

Radicale knows users and passwords and does no scheduling. Xandikos schedules: told of a mail
server, it mails guests by itself (RFC 6638).
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
import uuid
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from defusedxml.ElementTree import fromstring

USER: Final = "olle"
PASSWORD: Final = "a-very-secret-app-password"
_XML: Final = {"Content-Type": "application/xml; charset=utf-8"}
_LONGEST_START_S: Final = 30.0

_RADICALE: Final = """
[server]
hosts = 127.0.0.1:{port}
[auth]
type = {auth}
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {folder}/collections
[rights]
type = owner_only
[logging]
level = warning
"""


@dataclass(frozen=True, slots=True)
class DavServer:
    """A running server; ``home`` is where the user's calendars are, with a slash at its end."""

    port: int
    home: str
    password: str = PASSWORD

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """A request as the owner's own calendar program would make it."""
        login = b64encode(f"{USER}:{self.password}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            sent = {"Authorization": f"Basic {login}", **(headers or {})}
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def calendar(self) -> str:
        """A new, empty calendar; its path."""
        path = f"{self.home}{uuid.uuid4().hex}/"
        status, _ = self.send("MKCALENDAR", path)
        assert status == 201, status
        return path

    def put(self, path: str, data: bytes) -> None:
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        status, answer = self.send("PUT", path, data, headers)
        assert status in (201, 204), (status, answer)

    def answer_to(self, principal: str, address: str) -> None:
        """Have the server know its user by this mail address."""
        body = (
            '<d:propertyupdate xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set>'
            f"<d:prop><c:calendar-user-address-set><d:href>mailto:{address}</d:href>"
            "</c:calendar-user-address-set></d:prop></d:set></d:propertyupdate>"
        )
        status, answer = self.send("PROPPATCH", principal, body.encode(), _XML)
        assert status == 207, (status, answer)

    def names(self, calendar: str) -> tuple[str, ...]:
        """The paths of all objects in a calendar."""
        status, answer = self.send("PROPFIND", calendar, headers={"Depth": "1", **_XML})
        assert status == 207, status
        found = (each.text or "" for each in fromstring(answer).iter("{DAV:}href"))
        return tuple(sorted(each for each in found if each.endswith(".ics")))

    def delete(self, path: str) -> None:
        status, answer = self.send("DELETE", path)
        assert status in (200, 204), (status, answer)


@contextmanager
def radicale(folder: Path, *, port: int = 0, users: bool = True) -> Iterator[DavServer]:
    """Radicale, keeping everything in ``folder``; without ``users`` it lets everybody in."""
    port = port or _free_port()
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
    configuration = folder / "radicale.conf"
    auth = "htpasswd" if users else "none"
    configuration.write_text(_RADICALE.format(port=port, folder=folder, auth=auth))
    with _running([sys.executable, "-m", "radicale", "--config", str(configuration)], port):
        yield DavServer(port, f"/{USER}/")


@contextmanager
def xandikos(
    folder: Path, *, port: int = 0, smtp_port: int = 0, address: str = "olle@example.com"
) -> Iterator[DavServer]:
    """Xandikos with one user, known by ``address``.

    With ``smtp_port`` it mails the guests of what is written to it.
    """
    port = port or _free_port()
    command = [sys.executable, "-m", "xandikos", "serve", "-d", str(folder), "-p", str(port)]
    command += ["-l", "127.0.0.1", "--defaults", f"--current-user-principal=/{USER}/"]
    if smtp_port:
        command += ["--imip-send=smtp", "--smtp-host=127.0.0.1", f"--smtp-port={smtp_port}"]
        command += ["--smtp-from=calendar@example.com"]
    with _running(command, port):
        server = DavServer(port, f"/{USER}/calendars/")
        server.answer_to(f"/{USER}/", address)
        yield server


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[None]:
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        try:
            _await(process, port)
            yield
        finally:
            process.kill()


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _LONGEST_START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("the server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
