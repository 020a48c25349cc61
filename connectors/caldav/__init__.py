"""Calendars and address books on standard servers (RFC 4791, 6352, 6578, 6638)."""
