"""What acts: the command line, the daily run, the store, approval and dispatch."""
