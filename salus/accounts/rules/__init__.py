"""Judgement about signing in, as pure functions."""
