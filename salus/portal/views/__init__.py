"""Screens of the patients' own door, and of the desk about it."""
