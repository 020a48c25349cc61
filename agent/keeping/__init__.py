"""Keeping, moving and striking out what Fika knows: backup, restore, export, forget."""
