"""Why one component of a calendar cannot be used; the rest of the calendar can.

Refused            it is understood and cannot be right
├── UnknownZone    a time stands in a zone that nothing defines
└── Unreadable     it is in no form we know; another reader may do better

A reason never repeats what the component says.
"""

from __future__ import annotations


class Refused(ValueError):
    """The message is the reason shown to the owner."""


class UnknownZone(Refused):
    """Read as any other zone, or as none, the event would stand at a wrong time."""

    def __init__(self) -> None:
        super().__init__("unknown time zone")


class Unreadable(Refused):
    """Not in the form that RFC 5545 gives it, nor in a usual wrong one."""
