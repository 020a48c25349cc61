"""Goals, who helps, and what is next."""
