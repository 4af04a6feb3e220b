"""Trouble that is told to a person in one line, with an exit code that is not 0 and no traceback."""


class Trouble(Exception):
    """Something a person must mend; its text is one clear line."""


class PostgresTrouble(Trouble):
    """The embedded PostgreSQL cannot be made, started or reached."""
