"""Try things by hand: ``python -m tests.servers.google --port 8080``."""

from __future__ import annotations

import argparse
import time
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir

from tests.servers.google.server import GoogleServer

_HOW_TO = """\
Google, invented, at {url}, with the account {owner}. End it with Ctrl-C.

[[account]]
name = "google"
service = "google"
user = "{owner}"
client_from = {{ file = "{client}" }}
url = "{url}"
sign_in_url = "{url}"
allow_private_host = true

[[calendar]]
name = "work"
account = "google"
id = "primary"

[write]
calendar = "work"
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.google", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--owner", default="olivia@example.com")
    given = parser.parse_args()
    server = GoogleServer(owner=given.owner, port=given.port)
    client = Path(gettempdir()) / "fika-invented-google-client.json"
    with server.running(), suppress(KeyboardInterrupt):
        client.write_text(server.client_json())
        print(_HOW_TO.format(url=server.url, owner=server.owner, client=client), flush=True)  # noqa: T201 - its purpose
        seen = 0
        while True:
            time.sleep(0.2)
            for each in server.requests[seen:]:
                seen += 1
                print(f"{each.request.method} {each.operation or each.request.target}", flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
