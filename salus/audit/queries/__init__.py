"""Reads of the record of access."""
