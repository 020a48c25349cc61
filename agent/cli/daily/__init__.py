"""The daily run, what it tells, and what keeps it going."""
