"""A strict fake of Microsoft Graph's calendars and people, and of the sign-in before it.

    server = GraphServer()
    server.faults.add("drop", "events.create", done=True)
    with server.running():
        token = server.token("Calendars.ReadWrite")  # or sign in: server.identity.enter_code(...)
        ...  # ask f"{server.url}/v1.0/me/events", sign in at server.url
    server.mailbox().outbox, server.requests, server.count("delta")

Requests and answers are held against Graph's metadata (`types.json`, `paths.json`). An operation is
called by a key of `permissions.NEEDED`, or ``identity.token.refresh_token`` and the like. Faults by
name stand in `wire.WIRE`, `graph.Graph.own_faults` and `identity.Identity.own_faults`; refusals of
the sign-in are set on an account (`accounts.REFUSALS`). What the owner and the guests do is in
`mailbox.Mailbox`. By hand: ``python -m tests.servers.graph --port 8080``.

Stricter than Graph, where Graph lets mistakes pass: read-only properties, offsets in a dateTime,
ids of the kind that the ``Prefer`` header does not name, an online meeting that the calendar does
not allow, and a link with anything added are refused; the cases of names count.

What Microsoft leaves open is a switch (`Mailbox.honours_if_match`, `Mailbox.mails_everyone`,
`Tokens.used_is_revoked`) or decided here: a repeated POST with the same ``transactionId`` and body
answers with the event it made; every write to an event with attendees is mailed, whatever it
changed.

Left out: batches, attachments, open extensions, calendar groups, sharing, notifications, forwards,
answers to invitations of others, finding meeting times, and the copies in guests' calendars.
"""

from tests.servers.graph.server import OWNER, PERSONAL, GraphServer

__all__ = ["OWNER", "PERSONAL", "GraphServer"]
