"""Who is met with whom: what stopped, introductions, rituals, events."""
