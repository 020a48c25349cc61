"""What the owner wants to progress: goals, who can help, the next steps, and what is missing."""
