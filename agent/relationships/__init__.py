"""People, what is remembered of them, and how each relationship stands."""
