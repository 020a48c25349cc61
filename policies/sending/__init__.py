"""What leaves for another person, and the last gate before it."""
