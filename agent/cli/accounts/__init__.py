"""What Fika reads and writes, and by which sign-in."""
