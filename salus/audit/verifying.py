"""Verifying: everything that was sealed is read again and held against the signed heads and their anchors outside.

Nothing of what the database says about itself is believed: roots are made anew from rows, heads from roots, and both are held
against signatures and anchors. What differs is named: the row, the batch, the head or the anchor.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from salus.audit import anchors, keys
from salus.audit.reading import Crew, Cursor
from salus.audit.rules.tree import BEGINNING, Batch, Head, Tree, hashes, ids_in, root_of_joined
from salus.audit.sources import SOURCES

#: batches that are compared in one statement
_TOGETHER = 16


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that is not as it was sealed. `kind`: edited, inserted, deleted, batch, head, anchor or row version."""

    kind: str
    where: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what or self.kind}"


@dataclass
class Verdict:
    """What was read, and all that is wrong with it."""

    findings: list[Finding] = field(default_factory=list)
    batches: int = 0
    entries: int = 0
    waiting: int = 0
    head: Head | None = None

    def find(self, kind: str, where: str, what: str = "") -> None:
        self.findings.append(Finding(kind, where, what))


@dataclass(frozen=True, slots=True)
class Stored:
    """A batch as the database has it, with the hashes of its rows."""

    batch: Batch
    ids: tuple[int, ...]
    leaves: bytes
    leaf: bytes


def verify(
    cursor: Cursor, *, folders: Sequence[Path], sealed: Mapping[str, Sequence[str]], beside: Sequence[Cursor] = ()
) -> Verdict:
    """Check logs, seals, heads, anchors and the versions of rows; the caller's transaction gives one view of all.

    :param folders: where heads are anchored
    :param sealed: tables of records -> the columns that no digest holds
    :param beside: cursors of other connections that see the same (`reading.one_view`): they read rows beside each other
    """
    verdict = Verdict()
    for one in (cursor, *beside):
        one.execute("SET LOCAL timezone TO 'UTC'; SET LOCAL bytea_output TO hex")
    heads = _heads(cursor, verdict)
    by_number = {head.number: (head, signature) for head, signature in heads}
    with Crew[Finding](cursor, beside, verdict.findings) as crew:
        roots = _walk(cursor, crew, verdict, {head.batches for head, _signature in heads})
        for table, columns in sealed.items():
            crew.do(partial(_wrong_versions, table=table, sealed=list(columns)))
        signers = keys.public_keys()
        _check_heads(verdict, heads, roots, signers)
        for folder in folders:
            _check_anchors(verdict, folder, by_number, signers)
        _check_tails(cursor, verdict)
    return verdict


# ---------------------------------------------------------------- batches and rows


def _walk(cursor: Cursor, crew: Crew[Finding], verdict: Verdict, sizes: set[int]) -> dict[int, tuple[bytes, int]]:
    """Walk all batches in order; gives the root of the tree, and the entries in it, at each of these sizes."""
    tree, roots, ends = Tree(), {0: (Tree().root(), 0)}, dict.fromkeys(SOURCES, BEGINNING)
    for some in _stored(cursor):
        crew.do(partial(_wrong_rows, some=some))
        for stored in some:
            batch = stored.batch
            if batch.number != tree.size + 1:
                verdict.find("batch", f"batch {tree.size + 1}", f"is missing: the next one is {batch.number}")
            if batch.after != ends.get(batch.source):
                verdict.find("batch", f"batch {batch.number}", f"does not begin where {batch.source} was sealed to")
            ends[batch.source] = batch.upto
            _check_batch(verdict, stored)
            tree.add(batch.leaf())
            verdict.entries += batch.size
            if tree.size in sizes:
                roots[tree.size] = (tree.root(), verdict.entries)
    verdict.batches = tree.size
    return roots


def _stored(cursor: Cursor) -> Iterator[list[Stored]]:
    number = -(2**63)
    while True:
        cursor.execute(
            "SELECT number, source, form, after_xid, after_id, upto_xid, upto_id, size, root, ids, leaves, leaf "
            "FROM audit_batch WHERE number > %s ORDER BY number LIMIT %s",
            [number, _TOGETHER],
        )
        rows = cursor.fetchall()
        if not rows:
            return
        yield [as_stored(row) for row in rows]
        number = rows[-1][0]


def as_stored(row: Sequence[Any]) -> Stored:
    """A batch from the columns of its row, in the order of the model."""
    number, source, form, after_xid, after_id, upto_xid, upto_id, size, root, ids, leaves, leaf = row
    ids, leaves = bytes(ids), bytes(leaves)
    batch = Batch(
        number,
        source,
        form,
        (after_xid, after_id),
        (upto_xid, upto_id),
        size,
        bytes(root),
        hashlib.sha256(ids).digest(),
    )
    return Stored(batch, ids_in(ids), leaves, bytes(leaf))


def _check_batch(verdict: Verdict, stored: Stored) -> None:
    batch, where = stored.batch, f"batch {stored.batch.number}"
    size = len(stored.leaves) / 32
    if not size == len(stored.ids) == batch.size or root_of_joined(stored.leaves) != batch.root:
        verdict.find("batch", where, f"its hashes were altered ({batch.source}, {_range(stored.ids)})")
    if stored.leaf != batch.leaf():
        verdict.find("batch", where, "what it says of itself was altered")


def _range(ids: Sequence[int]) -> str:
    return f"rows {ids[0]} to {ids[-1]}" if ids else "no rows"


def _wrong_rows(cursor: Cursor, *, some: Sequence[Stored]) -> Iterator[Finding]:
    """Hold the rows of some batches against their hashes; only where they differ are they looked at one by one."""
    for name, source in SOURCES.items():
        mine = [one for one in some if one.batch.source == name]
        if not mine:
            continue
        bounds = [list(part) for part in zip(*((*s.batch.after, *s.batch.upto) for s in mine), strict=True)]
        cursor.execute(
            f"""
            SELECT b.number, coalesce(rows.leaves, '') = batch.leaves
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
                AS b (number, after_xid, after_id, upto_xid, upto_id)
            JOIN audit_batch batch ON batch.number = b.number
            CROSS JOIN LATERAL (
                SELECT string_agg(leaf, ''::bytea) AS leaves FROM (
                    SELECT {source.leaf()} AS leaf FROM {source.table} row
                    WHERE (row.xid, row.id) > (b.after_xid::text::xid8, b.after_id)
                      AND (row.xid, row.id) <= (b.upto_xid::text::xid8, b.upto_id)
                    ORDER BY row.xid, row.id) leaves) rows
            """,  # noqa: S608 - our own names
            [[one.batch.number for one in mine], *bounds],
        )
        same = dict(cursor.fetchall())
        for one in mine:
            if not same.get(one.batch.number):
                yield from _named(cursor, one)


def _named(cursor: Cursor, stored: Stored) -> Iterator[Finding]:
    """Which rows of a batch are not as they were sealed."""
    batch = stored.batch
    source = SOURCES[batch.source]
    cursor.execute(
        f"SELECT row.id, {source.leaf()} FROM {source.table} row "  # noqa: S608 - our own names
        "WHERE ((row.xid, row.id) > (%s::text::xid8, %s) AND (row.xid, row.id) <= (%s::text::xid8, %s)) OR row.id = ANY(%s)",
        [*batch.after, *batch.upto, list(stored.ids)],
    )
    rows = {row_id: bytes(leaf) for row_id, leaf in cursor.fetchall()}
    sealed = dict(zip(stored.ids, hashes(stored.leaves), strict=False))
    for row_id in sorted(rows.keys() | sealed.keys()):
        where = f"{batch.source} {row_id}"
        if row_id not in rows:
            yield Finding("deleted", where, f"was deleted, or its number changed (batch {batch.number})")
        elif row_id not in sealed:
            yield Finding("inserted", where, f"was put among what batch {batch.number} has sealed")
        elif rows[row_id] != sealed[row_id]:
            yield Finding("edited", where, f"was edited after batch {batch.number} sealed it")


def _check_tails(cursor: Cursor, verdict: Verdict) -> None:
    """What is not sealed yet, and what claims to be of a transaction that no server has begun."""
    for name in SOURCES:
        cursor.execute(
            f"SELECT count(*), array_agg(id) FILTER (WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())) "  # noqa: S608 - our own names
            f"FROM {name} WHERE (xid, id) > (coalesce((SELECT upto_xid FROM audit_batch WHERE source = %s "
            "ORDER BY number DESC LIMIT 1), 0)::text::xid8, coalesce((SELECT upto_id FROM audit_batch WHERE source = %s "
            "ORDER BY number DESC LIMIT 1), 0))",
            [name, name],
        )
        ((waiting, impossible),) = cursor.fetchall()
        verdict.waiting += waiting
        for row_id in impossible or ():
            verdict.find("inserted", f"{name} {row_id}", "is of a transaction that has not begun")
        cursor.execute(f"SELECT id FROM {name} WHERE (xid, id) <= ('0'::xid8, 0)")  # noqa: S608 - our own names
        for (row_id,) in cursor.fetchall():
            verdict.find("inserted", f"{name} {row_id}", "is of no transaction")


# ---------------------------------------------------------------- heads and anchors


def _heads(cursor: Cursor, verdict: Verdict) -> list[tuple[Head, bytes]]:
    cursor.execute("SELECT number, batches, entries, root, previous, at, signature FROM audit_head ORDER BY number")
    return [
        (Head(number, batches, entries, bytes(root), bytes(previous), at), bytes(signature))
        for number, batches, entries, root, previous, at, signature in cursor.fetchall()
    ]


def _check_heads(
    verdict: Verdict,
    heads: Sequence[tuple[Head, bytes]],
    roots: dict[int, tuple[bytes, int]],
    signers: Sequence[bytes],
) -> None:
    before = None
    for head, signature in heads:
        where = f"head {head.number}"
        if head.number != (before.number + 1 if before else 1):
            verdict.find("head", where, "does not follow the one before: a head is missing")
        if head.previous != (before.digest() if before else b""):
            verdict.find("head", where, "names another head as the one before")
        if not keys.is_signed(head.text(), signature, signers):
            verdict.find("head", where, "is not as it was signed")
        if roots.get(head.batches) != (head.root, head.entries):
            verdict.find("head", where, "says another root or number of entries than its batches have")
        before = head
    if before and before.batches != verdict.batches:
        verdict.find("batch", f"batch {before.batches + 1}", "was signed by no head")
    if before is None and verdict.batches:
        verdict.find("head", "head 1", "is missing")
    verdict.head = before


def _check_anchors(
    verdict: Verdict, folder: Path, heads: Mapping[int, tuple[Head, bytes]], signers: Sequence[bytes]
) -> None:
    last, known = 0, list(anchors.anchors_in(folder))
    if heads and not known:
        verdict.find("anchor", str(folder), "holds no anchor")
    for line, told in enumerate(known, start=1):
        where = f"{folder} line {line}"
        if isinstance(told, str):
            verdict.find("anchor", where, "is no anchor")
            continue
        if not keys.is_signed(told.text, told.signature, signers):
            verdict.find("anchor", where, "is not as it was signed")
        if told.number <= last:
            verdict.find("anchor", where, "comes after a later one")
        last = told.number
        head = heads.get(told.number)
        if head is None:
            verdict.find("head", f"head {told.number}", f"is anchored in {folder} and missing in the database")
        elif head[0].text() != told.text:
            verdict.find("head", f"head {told.number}", f"is not the one that is anchored in {folder}")


# ---------------------------------------------------------------- versions of rows

_VERSIONS = """
    WITH kept AS (
        SELECT id AS row_id, version, core_digest(to_jsonb(row), %(sealed)s) AS digest, '' AS old FROM {table} row
        UNION ALL
        SELECT row_id, version, core_digest(row, %(sealed)s), 'history ' || id FROM {table}_history
    ), noted AS (
        SELECT row_id, version, array_agg(digest) AS digests, array_agg(xid) AS xids
        FROM core_rowversion WHERE "table" = %(table)s GROUP BY row_id, version
    )
    SELECT coalesce(kept.row_id, noted.row_id), coalesce(kept.version, noted.version), kept.old,
           CASE WHEN kept.row_id IS NULL THEN 'deleted' WHEN noted.row_id IS NULL THEN 'inserted' ELSE 'edited' END
    FROM kept FULL JOIN noted ON noted.row_id = kept.row_id AND noted.version = kept.version
    WHERE kept.row_id IS NULL OR noted.row_id IS NULL OR kept.digest <> ALL (noted.digests)
    UNION ALL
    SELECT old.row_id, old.version, 'history ' || old.id, 'edited'
    FROM {table}_history old
    LEFT JOIN {table} now ON now.id = old.row_id
    LEFT JOIN {table}_history next ON next.row_id = old.row_id AND next.version = old.version + 1
    LEFT JOIN noted made ON made.row_id = old.row_id AND made.version = old.version + 1
    WHERE old.version >= now.version
       OR old.row_id::text <> old.row->>'id' OR old.version::text <> old.row->>'version'
       OR old.valid_from <> (old.row->>'updated_at')::timestamptz
       OR old.valid_until <> coalesce((next.row->>'updated_at')::timestamptz, now.updated_at)
       OR old.xid <> ALL (made.xids)
"""
_SAYS = {
    "edited": "differs from what was written",
    "inserted": "was put there by no act",
    "deleted": "is gone",
}


def _wrong_versions(cursor: Cursor, *, table: str, sealed: list[str]) -> Iterator[Finding]:
    """Hold rows and their history against the digests that were noted (and sealed) when they were written."""
    cursor.execute(_VERSIONS.format(table=table), {"table": table, "sealed": sealed})
    for row_id, version, old, kind in dict.fromkeys(cursor.fetchall()):
        where = f"{table}{'_history' if old else ''} {row_id} version {version}"
        yield Finding(kind, where, _SAYS[kind])
