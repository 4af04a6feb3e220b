"""Judgement of the safety checks as pure functions: what is proposed, who it is for, what is known about it -> findings."""
