"""What is kept for how long, and what forgetting someone leaves out."""
