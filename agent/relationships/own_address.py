"""Whether the owner's addresses are those their calendars know them by."""

from __future__ import annotations

from collections.abc import Iterator

from agent.settings import Settings
from agent.store import meetings
from agent.store.database import Database


def not_yours(db: Database, settings: Settings) -> Iterator[str]:
    """A sentence for each calendar that has meetings, and none with an address of the owner's.

    Meetings of somebody else's prove nothing, so a wrong address leaves everyone overdue.
    """
    alien = meetings.without_owner(db)
    for each in settings.calendars:
        if each.evidence and each.name in alien:
            yield (
                f"none of your addresses is in any meeting of {each.name}, so none of them counts:"
                " add the right one under [owner], or set evidence = false for that calendar"
            )
