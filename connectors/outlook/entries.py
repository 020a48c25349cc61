"""Single events of one calendar: looked at, written on a condition, never blindly.

Microsoft does not say for certain that a write heeds ``If-Match``. So every change is preceded by
a look, and the condition is sent all the same: between look and write nobody else of ours writes,
because a run holds the lock.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from connectors.errors import ChangedMeanwhile, NotAllowed, UnreadableAnswer
from connectors.outlook import own
from connectors.outlook.client import Graph, Refusal, text_of
from connectors.port import OwnEvent, Written
from policies.frozen import frozen

Json = dict[str, Any]

_USED: Final = "ErrorDuplicateTransactionId"
_LOOKED_AT: Final = (
    "id,transactionId,subject,body,location,start,end,isAllDay,isCancelled,showAs,sensitivity,"
    "recurrence,attendees,isOnlineMeeting,onlineMeeting"
)


@frozen
class Entries:
    """The events of ``calendar_id`` that are our own; errors name the calendar by ``name``."""

    name: str
    graph: Graph
    calendar_id: str

    def get(self, ref: str) -> Json | None:
        """The event with this id; ``None`` where none shows."""
        if not ref:
            return None
        url = self._url(ref, select=_LOOKED_AT, expand=own.EXPANDED)
        try:
            return self._event(self.graph.get(url, self.name))
        except Refusal as error:
            if error.is_gone:
                return None
            raise

    def find(self, uid: str) -> Json | None:
        """The event of ours with this uid that stands now; of several the newest by its id."""
        ours = [raw for raw in self._with(uid) if own.own_uid(raw) == uid]
        return max(ours, key=lambda raw: str(raw["id"]), default=None)

    def insert(self, event: OwnEvent) -> Json:
        """Write a new event, in a transaction that no deleted one has used up.

        Raises:
            ChangedMeanwhile: something stands there already.
        """
        if any(not own.is_copy(raw) for raw in self._with(event.uid)):
            raise ChangedMeanwhile(self.name, "something stands there already")
        for generation in range(own.GENERATIONS):
            body = {**own.body(event), "transactionId": own.transaction(event, generation)}
            url = self._url(expand=own.EXPANDED)
            try:
                made = self._event(self.graph.write("POST", url, body, self.name))
            except Refusal as error:
                if error.code != _USED and error.status != HTTPStatus.CONFLICT:
                    raise
                continue
            if own.guests(made):  # the answer to an earlier request of the same kind
                raise ChangedMeanwhile(self.name, "something stands there already")
            return made
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
        if raw is None:
            raise ChangedMeanwhile(self.name, "it is no longer there")
        if not own.own_uid(raw):
            raise ChangedMeanwhile(self.name, "it is not ours")
        if raw["@odata.etag"] != written.etag:
            raise ChangedMeanwhile(self.name, "it was changed meanwhile")
        return raw

    def patch(self, raw: Json, change: Json) -> Json:
        """Change what ``change`` names, if it still is the version in ``raw``.

        Graph writes to all guests there are then, whatever was changed.
        """
        return self._event(self._write("PATCH", self._url(raw["id"]), change, raw))

    def delete(self, raw: Json) -> None:
        """Remove it, if it still is the version in ``raw``; gone already is well."""
        try:
            self._write("DELETE", self._url(raw["id"]), None, raw)
        except ChangedMeanwhile:
            if self.get(raw["id"]) is not None:
                raise

    def cancel(self, raw: Json, comment: str) -> None:
        """Call the meeting off: its guests are told, with our words, and it is gone."""
        self._write("POST", self._url(raw["id"], "cancel"), {"comment": comment}, raw)

    def _write(self, method: str, url: str, body: Json | None, raw: Json) -> Json:
        try:
            return self.graph.write(method, url, body, self.name, etag=raw["@odata.etag"])
        except Refusal as error:
            if error.is_gone:
                raise ChangedMeanwhile(self.name, "it is no longer there") from error
            raise

    def _with(self, uid: str) -> list[Json]:
        """Everything that has our uid on it. Graph compares without regard to case; we do not."""
        wanted = f"ep/id eq {text_of(own.UID)} and ep/value eq {text_of(uid)}"
        url = self._url(
            filter=f"singleValueExtendedProperties/Any(ep: {wanted})",
            select=_LOOKED_AT,
            expand=own.EXPANDED,
        )
        found = map(self._event, self.graph.rows(url, self.name))
        return [raw for raw in found if own.properties(raw).get(own.UID) == uid]

    def _event(self, raw: Json) -> Json:
        """
        Raises:
            UnreadableAnswer: it is no event, or does not say which version it is.
        """
        if not own.is_event(raw):
            raise UnreadableAnswer(self.name, "Outlook's answer is no event")
        return raw

    def _url(self, *path: str, **query: str | int) -> str:
        return self.graph.url("calendars", self.calendar_id, "events", *path, **query)


def version(raw: Json) -> Written:
    """Where an event stands, and the version it is."""
    return Written(raw["id"], raw["@odata.etag"])
