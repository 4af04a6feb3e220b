"""Spaces that do not break, and thin ones."""

NBSP = "\u00a0"
THIN = "\u202f"
