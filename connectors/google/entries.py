"""Single events of one calendar: looked at, written on a condition, never blindly.

Every write says whom Google is to tell (``sendUpdates``): left out, it means one thing for an
insertion and another for a change. It says ``conferenceDataVersion`` as well, without which a
change may lose the video link.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from connectors.errors import ChangedMeanwhile, NotAllowed, UnreadableAnswer
from connectors.google import own
from connectors.google.client import GoogleClient
from connectors.google.pages import pages
from connectors.google.parse import is_cancelled
from connectors.google.refusals import Refusal
from connectors.port import OwnEvent, Written
from policies.frozen import frozen

Json = dict[str, Any]

NOBODY: Final = "none"
EVERYBODY: Final = "all"
_GONE: Final = frozenset((HTTPStatus.NOT_FOUND, HTTPStatus.GONE))


@frozen
class Entries:
    """The events of ``calendar_id`` that are our own; errors name the calendar by ``name``."""

    name: str
    client: GoogleClient
    calendar_id: str

    def get(self, ref: str) -> Json | None:
        """The event with this id, deleted ones too; ``None`` where none shows."""
        if not ref:
            return None
        request = self.client.events.get(calendarId=self.calendar_id, eventId=ref)
        try:
            return self._event(self.client.read(request, self.name))
        except Refusal as error:
            if error.status in _GONE:
                return None
            raise

    def find(self, uid: str) -> Json | None:
        """The event of ours with this uid that stands now.

        Nearly always it is the first of its generations; else all of them are asked for.
        """
        first = self.get(own.event_id(uid, 0))
        if first is not None and not is_cancelled(first):
            return first if own.own_uid(first) == uid else None

        def ask(page: str) -> Json:
            request = self.client.events.list(
                calendarId=self.calendar_id,
                privateExtendedProperty=own.search(uid),
                pageToken=page or None,
            )
            return self.client.read(request, self.name)

        listed = [raw for page in pages(self.name, ask) for raw in page.get("items") or ()]
        every = [
            raw
            for raw in map(self._event, listed)
            if own.own_uid(raw) == uid and not is_cancelled(raw)
        ]
        return max(every, key=own.generation, default=None)

    def insert(self, event: OwnEvent, extra: Json) -> Json:
        """Write a new event under the first id that no deleted one has taken.

        Raises:
            ChangedMeanwhile: something stands there already.
        """
        for generation in range(own.GENERATIONS):
            name = own.event_id(event.uid, generation)
            request = self.client.events.insert(
                calendarId=self.calendar_id,
                body={"id": name, **own.body(event, generation), **extra},
                sendUpdates=NOBODY,
                conferenceDataVersion=1,
            )
            try:
                return self._event(self.client.write(request, self.name))
            except Refusal as error:
                if error.status != HTTPStatus.CONFLICT:
                    raise
            standing = self.get(name)
            if standing is None or not is_cancelled(standing):
                raise ChangedMeanwhile(self.name, "something stands there already")
        cause = f"it was deleted {own.GENERATIONS} times"
        raise NotAllowed(self.name, cause, "let Fika choose another time")

    def expect(self, written: Written) -> Json:
        """Our event, if it is as in ``written``; see `checked`."""
        return self.checked(self.get(written.ref), written)

    def checked(self, raw: Json | None, written: Written) -> Json:
        """``raw``, if it is as in ``written``.

        Raises:
            ChangedMeanwhile: it is another version, gone, or not ours.
        """
        if raw is None or is_cancelled(raw):
            raise ChangedMeanwhile(self.name, "it is no longer there")
        if not own.own_uid(raw):
            raise ChangedMeanwhile(self.name, "it is not ours")
        if raw.get("etag") != written.etag:
            raise ChangedMeanwhile(self.name, "it was changed meanwhile")
        return raw

    def patch(self, raw: Json, change: Json, tell: str) -> Json:
        """Change what ``change`` names, if it still is the version in ``raw``."""
        request = self.client.events.patch(
            calendarId=self.calendar_id,
            eventId=raw["id"],
            body=change,
            sendUpdates=tell,
            conferenceDataVersion=1,
        )
        request.headers["If-Match"] = raw["etag"]
        try:
            return self._event(self.client.write(request, self.name))
        except Refusal as error:
            if error.status in _GONE:
                raise ChangedMeanwhile(self.name, "it is no longer there") from error
            raise

    def delete(self, raw: Json, tell: str) -> None:
        """Remove it, if it still is the version in ``raw``; gone already is well."""
        request = self.client.events.delete(
            calendarId=self.calendar_id, eventId=raw["id"], sendUpdates=tell
        )
        request.headers["If-Match"] = raw["etag"]
        try:
            self.client.write(request, self.name)
        except Refusal as error:
            if error.status not in _GONE:
                raise

    def _event(self, raw: Json) -> Json:
        """
        Raises:
            UnreadableAnswer: it is no event, or does not say which version it is.
        """
        if not own.is_event(raw):
            raise UnreadableAnswer(self.name, "Google's answer is no event")
        return raw


def version(raw: Json) -> Written:
    """Where an event stands, and the version it is."""
    return Written(raw["id"], raw["etag"])
