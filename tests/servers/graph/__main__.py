"""Try things by hand: ``python -m tests.servers.graph --port 8080``.

The account has coffees and a weekly meeting behind it, contacts and colleagues. Every request and
every mail to a guest is told as it happens.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from tests.servers.graph.accounts import CLIENT
from tests.servers.graph.server import OWNER, GraphServer

_HOW_TO = """\
Microsoft, invented, at {url}, with the account {owner}. End it with Ctrl-C.
The code of a device is typed in at {url}/devicelogin.

[[account]]
name = "outlook"
service = "outlook"
user = "{owner}"
client_id = "{client}"
url = "{url}/v1.0"
sign_in_url = "{url}"
allow_private_host = true

[[calendar]]
name = "work"
account = "outlook"
id = "{calendar}"

[write]
calendar = "work"

"""
_FRIENDS = ("Gus Guest", "Gia Guest", "Pia Partner", "Max Mentor")
_HOUR = timedelta(hours=1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.graph", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 is any that is free")
    server = GraphServer(port=parser.parse_args().port)
    _furnish(server)
    calendar = server.mailbox().default
    with server.running(), suppress(KeyboardInterrupt):
        _say(_HOW_TO.format(url=server.url, owner=OWNER.address, client=CLIENT, calendar=calendar))
        _tell(server)


def _furnish(server: GraphServer) -> None:
    box, circle = server.mailbox(), server.mailbox().circle
    now = datetime.now(UTC)
    today = now.replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None)
    for number, name in enumerate(_FRIENDS, 1):
        address = f"{name.split()[0].lower()}@example.org"
        known = {"name": name, "address": address}
        circle.put_contact({"displayName": name, "emailAddresses": [known]})
        circle.add_person(name, address, 10 - number)
        circle.schedules[address] = [(now, now + _HOUR, "busy")]
        begin = today - timedelta(days=23 * number)
        status = {"response": "accepted", "time": f"{begin:%Y-%m-%dT%H:%M:%SZ}"}
        guest = {"emailAddress": known, "status": status}
        box.add(begin, begin + _HOUR, subject=f"Coffee with {name}", attendees=[guest])
    begin = today - timedelta(days=90)
    day = f"{begin:%A}".lower()
    rule = {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": [day]},
        "range": {"type": "noEnd", "startDate": f"{begin:%Y-%m-%d}"},
    }
    box.add(begin, begin + _HOUR, subject="Weekly", recurrence=rule)


def _tell(server: GraphServer) -> None:
    requests = mails = 0
    while not server.stopped.wait(0.1):
        for each in server.requests[requests:]:
            requests += 1
            _say(f"{each.request.method} {each.operation or each.request.target}\n")
        for mail in server.mailbox().outbox[mails:]:
            mails += 1
            _say(f"  mail to {mail.to}: {mail.kind}, {mail.title}, {mail.start}\n")


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
