"""Sealing anew with the key that seals now: every sealed column, its history, its indexes, every file; the hospital works on.

Rows are taken in batches, each in a transaction of its own: its locks are the lease, which ends with whoever holds it.
What somebody else holds at the moment is passed over and found in the next round; whoever is killed leaves nothing half
done, and any number may work at once. A value that does not open is left as it is and counted.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cryptography.exceptions import InvalidTag
from django.apps import apps
from django.db import connection, transaction

from salus.core import crypto, files, indexes
from salus.core.guards import sealed_columns
from salus.core.keyring import KeyLost
from salus.core.models import File, Record
from salus.core.sealed_places import Sealed


def places() -> Iterator[Sealed]:
    """Every sealed column of the hospital, with its history."""
    for model in apps.get_models():
        key = tuple(str(one.column) for one in model._meta.pk_fields)
        for column in sealed_columns(model):
            yield Sealed(model._meta.db_table, column, key)
            if issubclass(model, Record):
                yield Sealed(model._meta.db_table, column, key, is_history=True)


@dataclass(slots=True)
class Progress:
    """What a round has done: values and files sealed anew, and how many of which did not open."""

    done: int = 0
    broken: Counter[str] = field(default_factory=Counter)


Tell = Callable[[str, int], None]
Keys = Sequence[Any]


def seal_all_anew(*, tell: Tell, batch: int = 500, pause: float = 0.0) -> Progress:
    """One round over everything that another key than the current one has sealed."""
    progress = Progress()
    for one in places():
        before = progress.done
        _round(partial(_columns, one, batch, progress), pause)
        tell(f"{one.source} {one.column}", progress.done - before)
    for index in indexes.places():
        before = progress.done
        _round(partial(_indexes, index, batch, progress), pause)
        tell(f"{index.sealed.source} {index.column}", progress.done - before)
    before = progress.done
    _round(partial(_files, batch, progress), pause)
    tell("files", progress.done - before)
    return progress


def _round(step: Callable[[Keys], Keys | None], pause: float) -> None:
    """One batch after another; each begins after the last row of the one before."""
    last = step(())
    while last is not None:
        time.sleep(pause)
        last = step(last)


def _columns(one: Sealed, batch: int, progress: Progress, after: Keys) -> Keys | None:
    """One batch of a column; gives the key of its last row, or None after the last batch."""
    names = ", ".join(f'"{name}"' for name in one.names)
    further = f"AND ({names}) > ({', '.join(['%s'] * len(after))})" if after else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL salus.resealing = 'on'")
        cursor.execute(
            f"SELECT {names}, {one.bound}, {one.value} FROM {one.source} "  # noqa: S608 - our own names
            f"WHERE length({one.value}) > 0 AND substr({one.value}, 1, 1) <> %s {further} "
            f"ORDER BY {names} LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
            [bytes([crypto.keyring().current]), *after, batch],
        )
        rows = cursor.fetchall()
        fresh = [
            (keys, again)
            for *keys, bound, value in rows
            if (again := _again(crypto.place(one.table, one.column, bound), bytes(value), one.source, progress))
        ]
        if fresh:
            one.write(cursor, one.update, fresh, "bytea")
            progress.done += len(fresh)
    return rows[-1][: len(one.names)] if rows else None


def _again(where: bytes, sealed: bytes, source: str, progress: Progress) -> bytes | None:
    try:
        return crypto.seal_bytes(where, crypto.open_bytes(where, sealed))
    except (InvalidTag, KeyLost):
        progress.broken[source] += 1
        return None


def _indexes(one: indexes.Index, batch: int, progress: Progress, after: Keys) -> Keys | None:
    def done(many: int) -> None:
        progress.done += many

    return indexes.make_anew(one, batch, after, done=done)


def _files(batch: int, progress: Progress, after: Keys) -> Keys | None:
    with transaction.atomic():
        rows = File.objects.order_by("id").values_list("id", flat=True)
        if after:
            rows = rows.filter(id__gt=after[0])
        batch_of = list(rows.select_for_update(skip_locked=True, no_key=True)[:batch])
        for one in batch_of:
            _file(one, progress)
    return [batch_of[-1]] if batch_of else None


def _file(one: Any, progress: Progress) -> None:
    try:
        if files.key_of(one) != crypto.keyring().current:
            files.seal_anew(one)
            progress.done += 1
    except (InvalidTag, KeyLost, FileNotFoundError):
        progress.broken["files"] += 1


# ---------------------------------------------------------------- counting


def counts() -> dict[int, int]:
    """How many values and files each key has sealed, over every sealed column, history and file."""
    found: Counter[int] = Counter()
    with connection.cursor() as cursor:
        for one in places():
            cursor.execute(
                f"SELECT get_byte({one.value}, 0), count(*) FROM {one.source} "  # noqa: S608 - our own names
                f"WHERE length({one.value}) > 0 GROUP BY 1"
            )
            found.update(dict(cursor.fetchall()))
    for file in File.objects.values_list("id", flat=True).iterator():
        try:
            found[files.key_of(file)] += 1
        except FileNotFoundError:
            continue
    return dict(found)


def wait_for_writers(timeout: float = 60.0) -> bool:
    """Wait until every transaction that writes now has ended: what it sealed can be counted. False if one does not end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        now = cursor.fetchone()[0]
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] > now:
                return True
            time.sleep(0.2)
    return False
