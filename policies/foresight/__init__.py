"""What the coming weeks hold: whether everyone's cadence fits the diary."""
