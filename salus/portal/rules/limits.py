"""Codes, deadlines and ages."""

import re
import secrets
from datetime import date, datetime, timedelta

#: how long a one-time code is good, and how many guesses it stands
CODE_LIVES, TRIES = timedelta(minutes=10), 5
DIGITS = 6
#: how long an invitation is good
INVITATION_LIVES = timedelta(days=14)
#: read aloud and typed from paper: no 0/O, 1/I/L, U/V
_LETTERS = "23456789ABCDEFGHJKMNPQRSTWXYZ"
_INVITATION = 10


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def digits_of(typed: str) -> str:
    """The digits of a code as it was typed: `123 456` and `１２３-456` are the same."""
    return "".join(str(int(one)) for one in typed if one.isdecimal())[: DIGITS + 1]


def new_invitation() -> str:
    """`7KQ4M-2XHPW`: 48 bits."""
    code = "".join(secrets.choice(_LETTERS) for _one in range(_INVITATION))
    return f"{code[:5]}-{code[5:]}"


def invitation_of(typed: str) -> str:
    """The code as it is compared: capitals, without spaces and dashes."""
    return re.sub(r"[^A-Z0-9]", "", typed.upper())


def came_of_age(born_on: date, age: int) -> date:
    """The birthday on which somebody reaches an age; of the 29th of February, where there is none, the 28th.

    PostgreSQL reckons `born_on + make_interval(years => age)` alike; the earlier day protects the young patient.
    """
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:
        return born_on.replace(year=born_on.year + age, day=28)


def may_still_change(starts_at: datetime, now: datetime, hours: int) -> bool:
    """Whether an appointment may still be moved or cancelled by the patient: until so many hours before."""
    return now <= starts_at - timedelta(hours=hours) if hours else now < starts_at


def may_check_in(starts_at: datetime, ends_at: datetime, now: datetime, minutes: int) -> bool:
    """Whether a patient may say on the phone that he is here: from so many minutes before until the appointment ends."""
    return starts_at - timedelta(minutes=minutes) <= now < ends_at


def is_released_by_time(issued_at: datetime | None, now: datetime, days: int, *, is_critical: bool) -> bool:
    """Whether a result without a mark is shown by itself: never a critical one."""
    return issued_at is not None and not is_critical and issued_at + timedelta(days=days) <= now
