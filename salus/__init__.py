"""Salus: an open hospital management system."""
