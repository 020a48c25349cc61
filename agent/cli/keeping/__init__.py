"""What is yours: kept, moved, struck out."""
