"""Start the fake by hand: ``python -m tests.servers.graph --port 8080``; Ctrl-C ends it."""

from __future__ import annotations

import argparse
from contextlib import suppress

from tests.servers.graph.server import GraphServer

SAYS = """\
A fake of Microsoft Graph and of its sign-in, at {url}. In config.toml:

    [[account]]
    name = "work"
    service = "outlook"
    user = "{user}"
    client_id = "{client}"
    tokens = "file"
    url = "{url}/v1.0"
    sign_in_url = "{url}"
    allow_private_host = true

A device's code is typed in at {url}/devicelogin. Ctrl-C ends it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    server = GraphServer(port=parser.parse_args().port)
    with server.running(), suppress(KeyboardInterrupt):
        client = next(iter(server.identity.apps))
        print(SAYS.format(url=server.url, user=server.identity.browser, client=client))  # noqa: T201 - a command
        server.stopped.wait()


if __name__ == "__main__":
    main()
