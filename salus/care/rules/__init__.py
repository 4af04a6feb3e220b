"""Judgement about referrals, follow-ups and treatments, as pure functions."""
