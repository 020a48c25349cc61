"""Who is on the list, and who could be."""
