"""Screens of who is signed in."""
