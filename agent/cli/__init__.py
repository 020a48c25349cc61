"""The command line, loaded only when its command is called.

A folder a subject, named as in `agent` and `policies`; in it a module a command, of its name, with
what belongs to it besides. What all folders share stands beside them; `root` lists every command.
"""
