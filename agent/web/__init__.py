"""The approval page: server-rendered, on this machine only, safe to leave open."""
