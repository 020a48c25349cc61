"""Whom an account knows: contacts, people by relevance, free/busy of others, the mailbox itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.servers.graph.accounts import identifier
from tests.servers.graph.oracle import Object

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday"]


@dataclass
class Circle:
    """Contacts by folder, people most relevant first, and who is taken when.

    ``schedules`` are of other people in the same organisation: instants and a free/busy status.
    Contacts that were deleted stay as ``None``, so that a delta can say so.
    """

    settings: Object = field(
        default_factory=lambda: {
            "timeZone": "W. Europe Standard Time",
            "dateFormat": "dd.MM.yyyy",
            "timeFormat": "HH:mm",
            "userPurpose": "user",
            "language": {"locale": "en-GB", "displayName": "English (United Kingdom)"},
            "workingHours": {
                "daysOfWeek": DAYS,
                "startTime": "09:00:00.0000000",
                "endTime": "17:00:00.0000000",
                "timeZone": {"name": "W. Europe Standard Time"},
            },
        }
    )
    folders: dict[str, str] = field(default_factory=lambda: {"": "Contacts"})
    parents: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, tuple[str, int, Object | None]] = field(default_factory=dict)
    people: list[Object] = field(default_factory=list)
    schedules: dict[str, list[tuple[datetime, datetime, str]]] = field(default_factory=dict)
    changes: int = 0

    def add_folder(self, name: str, parent: str = "") -> str:
        key = f"AAMkAF{identifier(name).replace('-', '')}"
        self.folders[key], self.parents[key] = name, parent
        return key

    def put_contact(self, given: Object, folder: str = "", key: str = "") -> str:
        """A new contact, or another version of one; returns its id."""
        self.changes += 1
        key = key or f"AAkALc{identifier(str(self.changes)).replace('-', '')}"
        self.contacts[key] = (folder, self.changes, given)
        return key

    def delete_contact(self, key: str) -> None:
        self.changes += 1
        self.contacts[key] = (self.contacts[key][0], self.changes, None)

    def add_person(self, name: str, address: str, relevance: float) -> None:
        self.people.append(
            {
                "id": identifier(address),
                "displayName": name,
                "scoredEmailAddresses": [
                    {
                        "address": address,
                        "relevanceScore": relevance,
                        "selectionLikelihood": "notSpecified",
                    }
                ],
                "personType": {"class": "Person", "subclass": "OrganizationUser"},
                "isFavorite": False,
            }
        )
        self.people.sort(key=lambda each: -each["scoredEmailAddresses"][0]["relevanceScore"])
