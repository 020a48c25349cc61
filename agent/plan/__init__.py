"""The Strategic Relationships Plan: goals, steps, reviews, and the plan as a file."""
