"""Judgement of this room: the arithmetic of the seal, and what is unusual."""
