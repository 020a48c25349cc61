"""How everyone stands, why, and how they will."""
