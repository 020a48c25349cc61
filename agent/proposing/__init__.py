"""Proposals: whom and when, what is known of the other side, and what to show of one."""
