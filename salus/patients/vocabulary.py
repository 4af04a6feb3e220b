"""The vocabulary of names: what a misspelt word may have meant."""

from collections.abc import Iterable

from django.db import connection

from salus.patients.rules import names

#: Sorted, so that two desks that teach the same new words do not wait for each other in a circle.
_LEARN = """
    WITH fresh AS (
        INSERT INTO patients_nametoken (token) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING RETURNING token
    )
    INSERT INTO patients_namevariant (variant, token)
    SELECT less.variant, less.token FROM unnest(%s::text[], %s::text[]) AS less (variant, token) JOIN fresh USING (token)
    ON CONFLICT DO NOTHING
"""


def learn_words(texts: Iterable[str]) -> None:
    """Add the words of these names to the vocabulary, with their variants; one statement, known words cost nothing."""
    teach(token for token in names.name_tokens(texts) if names.is_word(token))


def teach(tokens: Iterable[str]) -> None:
    """Add tokens to the vocabulary."""
    words = sorted(set(tokens))
    pairs = [(variant, word) for word in words for variant in names.with_one_letter_less(word)]
    with connection.cursor() as cursor:
        cursor.execute(_LEARN, [words, [pair[0] for pair in pairs], [pair[1] for pair in pairs]])
