"""The command line: one module a subject, loaded only when its command is called."""
