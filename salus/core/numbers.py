"""Human numbers: without repeats (sequences) or without gaps and repeats (counters)."""

from uuid import UUID

from django.db import connection


def next_in_sequence(name: str) -> int:
    """The next value of a PostgreSQL sequence: never repeats, may leave gaps; never waits for another act."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass)", [name])
        value: int = cursor.fetchone()[0]
    return value


def next_without_gap(kind: str, facility_id: UUID) -> int:
    """The next number of a series that an auditor counts (invoices, receipts): no gap, no repeat.

    The counter's row stays locked until the act commits, so take it late in the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_counter (kind, facility_id, value) VALUES (%s, %s, 1) "
            "ON CONFLICT (kind, facility_id) DO UPDATE SET value = core_counter.value + 1 RETURNING value",
            [kind, facility_id],
        )
        value: int = cursor.fetchone()[0]
    return value


def with_check_digit(number: int) -> str:
    """Append the Luhn digit (ISO/IEC 7812-1 Annex B), so that one wrong or two swapped digits do not find another patient."""
    return f"{number}{_luhn(str(number))}"


def has_check_digit(text: str) -> bool:
    """Whether the last digit is the Luhn digit of the others."""
    return text.isascii() and text.isdigit() and len(text) > 1 and text[-1] == _luhn(text[:-1])


def _luhn(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
