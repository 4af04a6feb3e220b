"""What a form means: its questions, which of them are asked, what is an answer, and what it adds up to. Pure functions."""
