"""Screens of the record of access."""
