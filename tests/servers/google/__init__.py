"""A strict fake of Google Calendar v3, People v1 and Google's sign-in, over real sockets.

    server = GoogleServer()
    server.faults.add("drop", "calendar.events.insert", done=True)
    with server.running():
        ...  # googleapiclient with api_endpoint=f"{server.url}/calendar/v3/"
    server.outbox, server.requests, server.count("calendar.events.list")

Requests and answers are held against the discovery documents of the installed client library.
Switches stand in `state.World`, faults by name in `wire.WIRE`, `service.REFUSALS` and
`paging.TWISTS`. By hand: ``python -m tests.servers.google --port 8080``.

Stricter than Google, where Google lets mistakes pass: unknown parameters and fields, read-only
fields that differ, and a sync token with other parameters than before are refused.

Left out: access lists, push channels, colours, quick add, batches, event labels, attachments, the
copies in the guests' own calendars, and stubs for instances that vanish when a series changes
while it is listed singly. What Google does not say is decided against the client: a change without
``sendUpdates`` tells everyone, and a meeting room makes a new version of its event.
"""

from tests.servers.google.server import EVERYTHING, GoogleServer

__all__ = ["EVERYTHING", "GoogleServer"]
