"""Judgement of this room as pure functions."""
