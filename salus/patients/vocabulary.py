"""The vocabulary of names: what a misspelt word may have meant."""

from collections.abc import Iterable

from django.db import connection

from salus.patients.rules import names

#: Part of a WITH, with the values of `lesson`. Sorted, so that two desks that teach the same new words do not wait for each
#: other in a circle; known words cost nothing.
LEARN = """
    fresh AS (
        INSERT INTO patients_nametoken (token) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING RETURNING token
    ), learnt AS (
        INSERT INTO patients_namevariant (variant, token)
        SELECT less.variant, less.token FROM unnest(%s::text[], %s::text[]) AS less (variant, token) JOIN fresh USING (token)
        ON CONFLICT DO NOTHING
    )
"""


def words_of(texts: Iterable[str]) -> list[str]:
    """The words of these names as the vocabulary knows them."""
    return [token for token in names.name_tokens(texts) if names.is_word(token)]


def lesson(tokens: Iterable[str]) -> list[list[str]]:
    """The values of `LEARN`: the words, and each with one letter less."""
    words = sorted(set(tokens))
    pairs = [(variant, word) for word in words for variant in names.with_one_letter_less(word)]
    return [words, [variant for variant, _word in pairs], [word for _variant, word in pairs]]


def teach(tokens: Iterable[str]) -> None:
    """Add words to the vocabulary; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {LEARN} SELECT 1", lesson(tokens))  # noqa: S608 - a constant
