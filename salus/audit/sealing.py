"""Sealing: settled rows of the logs become batches of hashes, the batches leaves of a tree, and its root a signed head.

A row is settled when its transaction is older than every one that still runs (`pg_snapshot_xmin`): none can appear before
it any more, so that batches have no gaps and writers never wait for the sealer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from salus.audit import keys
from salus.audit.rules.tree import BEGINNING, LAST_ID, Batch, Head, Tree, hashes, joined_ids, root_of
from salus.audit.sources import SOURCES, Source

#: rows of one batch: a proof carries twelve hashes then, and an altered batch names few
BATCH = 4_096
#: every transaction before this one has ended
SETTLED = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
#: rows of one transaction of the sealer
ROUND = 50 * BATCH


class SealBroken(RuntimeError):
    """What stands in the database as the last head is none of ours: nothing is sealed over it."""


def seal() -> int:
    """Seal what is settled and not sealed yet; returns how many rows. Does nothing beside another sealer."""
    sealed = 0
    while True:
        done = _round()
        sealed += done
        if done < ROUND:
            return sealed


@transaction.atomic
def _round() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('audit.seal'))")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("SET LOCAL timezone TO 'UTC'; SET LOCAL bytea_output TO hex")
        before, tree = _last_head(cursor)
        entries = 0
        for source in SOURCES.values():
            for batch in _batches(cursor, source, tree.size, ROUND - entries):
                tree.add(batch.leaf())
                entries += batch.size
        if entries:
            _sign(cursor, before, tree, entries)
    return entries


def _last_head(cursor: CursorWrapper) -> tuple[Head | None, Tree]:
    cursor.execute(
        "SELECT number, batches, entries, root, previous, at, signature, edge FROM audit_head ORDER BY number DESC LIMIT 1"
    )
    row = cursor.fetchone()
    if row is None:
        return None, Tree()
    number, batches, entries, root, previous, at, signature, edge = row
    head = Head(number, batches, entries, bytes(root), bytes(previous), at)
    tree = Tree(batches, hashes(bytes(edge)))
    if not keys.is_signed(head.text(), bytes(signature)) or tree.root() != head.root:
        raise SealBroken("the last head of the log of access is not as it was signed: salus audit verify")
    return head, tree


def _batches(cursor: CursorWrapper, source: Source, number: int, most: int) -> Iterator[Batch]:
    cursor.execute(
        "SELECT upto_xid, upto_id FROM audit_batch WHERE source = %s ORDER BY upto_xid DESC, upto_id DESC LIMIT 1",
        [source.table],
    )
    after = cursor.fetchone() or BEGINNING
    cursor.execute(SETTLED)
    (settled,) = cursor.fetchone()
    while most > 0:
        cursor.execute(
            f"SELECT row.xid::text::bigint, row.id, {source.leaf()} FROM {source.table} row "  # noqa: S608 - our own names
            "WHERE (row.xid, row.id) > (%s::text::xid8, %s) AND row.xid < %s::text::xid8 ORDER BY row.xid, row.id LIMIT %s",
            [*after, settled, BATCH + 1],
        )
        rows = cursor.fetchall()
        if not rows:
            return
        rows, more = rows[:BATCH], len(rows) > BATCH
        upto = rows[-1][:2] if more else (settled - 1, LAST_ID)
        number += 1
        yield _store(cursor, source, number, after, upto, [(row[1], bytes(row[2])) for row in rows])
        after, most = upto, most - len(rows)
        if not more:
            return


def _store(
    cursor: CursorWrapper,
    source: Source,
    number: int,
    after: tuple[int, int],
    upto: tuple[int, int],
    rows: list[tuple[int, bytes]],
) -> Batch:
    ids = joined_ids([row[0] for row in rows])
    leaves = [row[1] for row in rows]
    digest = hashlib.sha256(ids).digest()
    batch = Batch(number, source.table, source.form, after, upto, len(rows), root_of(leaves), digest)
    cursor.execute(
        "INSERT INTO audit_batch (number, source, form, after_xid, after_id, upto_xid, upto_id, size, ids, leaves, root, "
        "leaf) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [number, source.table, source.form, *after, *upto, len(rows), ids, b"".join(leaves), batch.root, batch.leaf()],
    )
    return batch


def _sign(cursor: CursorWrapper, before: Head | None, tree: Tree, entries: int) -> None:
    head = Head(
        number=before.number + 1 if before else 1,
        batches=tree.size,
        entries=(before.entries if before else 0) + entries,
        root=tree.root(),
        previous=before.digest() if before else b"",
        at=datetime.now(UTC).isoformat(timespec="microseconds"),
    )
    cursor.execute(
        "INSERT INTO audit_head (number, batches, entries, root, previous, at, signature, edge) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            *(head.number, head.batches, head.entries, head.root, head.previous, head.at),
            keys.sign(head.text()),
            b"".join(tree.edge),
        ],
    )
