"""How each relationship stands: evidence, cadence, status, and the report of it."""
