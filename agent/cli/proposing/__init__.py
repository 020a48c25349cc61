"""Meetings: found, looked at, approved, sent."""
