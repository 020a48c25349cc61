"""Accounts: what each service offers, signing in, tokens and other secrets."""
