"""Whom to propose a meeting to, how, and in which words."""
