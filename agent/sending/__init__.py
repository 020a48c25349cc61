"""What leaves for another person: the offer, the yes, our own entry, and what becomes of it."""
