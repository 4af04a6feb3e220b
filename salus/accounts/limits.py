"""Measures of attempts in PostgreSQL: many processes and servers count together. Without the database nobody signs in.

What is taken is given back when the attempt succeeds, so that only mistakes are measured: a ward that signs in at seven is
thirty people at one address, and none of them is an attacker. Keys are hashes: the table names nobody.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from salus.accounts.models import Bucket
from salus.accounts.rules.limits import Limit
from salus.core.errors import TooMany

#: `least`: where a clock was wrong and is mended, nobody waits longer than for a bucket that is used up
_TAKE = """
    INSERT INTO accounts_bucket AS b (key, full_at) VALUES (%(key)s, %(now)s + %(every)s)
    ON CONFLICT (key) DO UPDATE
    SET full_at = greatest(least(b.full_at, %(now)s + %(depth)s), %(now)s) + %(every)s
    WHERE greatest(least(b.full_at, %(now)s + %(depth)s), %(now)s) + %(every)s <= %(now)s + %(depth)s
    RETURNING full_at
"""
_WORDS = _(
    "Too many attempts did not fit. Wait a moment, sign in with a passkey, or use a device on which you signed in before."
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One bucket: what is measured (`account`), of whom, and how much of it."""

    kind: str
    subject: str
    limit: Limit

    @property
    def key(self) -> bytes:
        return hashlib.sha256(f"{self.kind}\0{self.subject}".encode()).digest()[:16]


def take(measures: Sequence[Measure], words: object = _WORDS) -> None:
    """Count one attempt in each of these, or in none of them.

    :param words: what somebody is told for whom one is used up
    :raises TooMany: if one is used up
    """
    for at, measure in enumerate(measures):
        wait = _take(measure)
        if wait is not None:
            give_back(measures[:at])
            raise TooMany(wait, str(words))


def give_back(measures: Sequence[Measure]) -> None:
    """The attempt succeeded: it was no mistake."""
    with connection.cursor() as cursor:
        for measure in measures:
            cursor.execute(
                "UPDATE accounts_bucket SET full_at = full_at - make_interval(secs => %s) WHERE key = %s",
                [measure.limit.every.total_seconds(), measure.key],
            )


def _take(measure: Measure) -> timedelta | None:
    """Take one, or how long to wait for it."""
    now, limit = datetime.now(UTC), measure.limit
    values: dict[str, Any] = {"key": measure.key, "now": now, "every": limit.every, "depth": limit.depth}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        if cursor.fetchone():
            return None
    full_at = Bucket.objects.values_list("full_at", flat=True).get(key=measure.key)
    return max(timedelta(seconds=1), min(full_at, now + limit.depth) + limit.every - now - limit.depth)


def forget_empty() -> None:
    """Buckets that nobody draws from any more."""
    Bucket.objects.filter(full_at__lt=datetime.now(UTC) - timedelta(hours=1)).delete()
