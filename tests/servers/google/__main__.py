"""Try things by hand: ``python -m tests.servers.google --port 8080``.

The account has a few months of coffees and a weekly meeting behind it, and contacts. Every request
and every mail to a guest is told as it happens.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import gettempdir

from tests.servers.google.server import GoogleServer

_HOW_TO = """\
Google, invented, at {url}, with the account {owner}. End it with Ctrl-C.

[[account]]
name = "google"
service = "google"
user = "{owner}"
client_from = {{ file = '{client}' }}
url = "{url}"
sign_in_url = "{url}"
allow_private_host = true

[[calendar]]
name = "work"
account = "google"
id = "{owner}"

[write]
calendar = "work"

"""
_FRIENDS = ("Gus Guest", "Gia Guest", "Pia Partner", "Max Mentor")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.google", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--owner", default="olivia@example.com")
    given = parser.parse_args()
    server = GoogleServer(owner=given.owner, port=given.port)
    _furnish(server)
    client = Path(gettempdir()) / "invented-google-client.json"
    client.touch(0o600)
    client.write_text(server.client_json())
    _say(_HOW_TO.format(url=server.url, owner=server.owner, client=client))
    with server.running(), suppress(KeyboardInterrupt):
        _tell(server)


def _furnish(server: GoogleServer) -> None:
    today = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    for number, name in enumerate(_FRIENDS, 1):
        address = f"{name.split()[0].lower()}@example.org"
        server.add_contact(name, address)
        begin = today - timedelta(days=23 * number)
        guests = [{"email": address, "displayName": name, "responseStatus": "accepted"}]
        server.put(
            {
                "summary": f"Coffee with {name}",
                "start": {"dateTime": begin.isoformat()},
                "end": {"dateTime": (begin + timedelta(hours=1)).isoformat()},
                "attendees": guests,
            }
        )
    begin = today - timedelta(days=90)
    server.put(
        {
            "summary": "Weekly",
            "start": {"dateTime": begin.isoformat(), "timeZone": "UTC"},
            "end": {"dateTime": (begin + timedelta(hours=1)).isoformat(), "timeZone": "UTC"},
            "recurrence": ["RRULE:FREQ=WEEKLY"],
        }
    )


def _tell(server: GoogleServer) -> None:
    requests = mails = 0
    while True:
        time.sleep(0.1)
        for each in server.requests[requests:]:
            requests += 1
            _say(f"{each.request.method} {each.operation or each.request.target}\n")
        for mail in server.outbox[mails:]:
            mails += 1
            _say(f"  mail to {mail.to}: {mail.kind}, {mail.title}, {mail.start}\n")


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
