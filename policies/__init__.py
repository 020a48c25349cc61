"""The vocabulary and every decision: facts in as arguments, answers out as frozen values."""
