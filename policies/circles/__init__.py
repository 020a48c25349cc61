"""Who is met with whom: series that stopped, groups gone quiet, introductions, common ground."""
