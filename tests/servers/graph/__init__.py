"""A strict fake of Microsoft Graph's calendars and people, and of the sign-in before it."""
