"""Who there is to keep up with: people, their fields, their addresses, imports and merges."""
