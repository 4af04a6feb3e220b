"""Recovery codes: 16 letters and digits that cannot be confused, in four groups."""

import secrets

#: Crockford's base 32: without I, L, O and U
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
HOW_MANY = 10


def new_code() -> str:
    """80 random bits: `4T7K-9QWX-0ABC-MNPR`."""
    letters = [secrets.choice(ALPHABET) for _ in range(16)]
    return "-".join("".join(letters[at : at + 4]) for at in range(0, 16, 4))


def normal_form(typed: str) -> str:
    """What was meant: case, spaces and hyphens do not count, and O is zero, I and L are one (Crockford's base 32)."""
    meant = typed.upper().translate(str.maketrans("OIL", "011"))
    return "".join(letter for letter in meant if letter in ALPHABET)
