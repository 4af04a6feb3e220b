"""Judgement on names, dates and numbers as pure functions: no Django, no database."""
