"""An invented owner, the people they know, and a believable year of their calendars."""
