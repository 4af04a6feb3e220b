"""Whoever owns the database may do anything to it: acts of tampering, each at random, with triggers off.

An act gives the words of which one must be named when it is found; it never leaves things as they were.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from salus.audit.rules.tree import Batch, Head, Tree, hashes, root_of
from salus.audit.sources import SOURCES

LOGS = tuple(SOURCES)
_TEXTS = {
    "core_accessentry": ("action", "door", "what", "purpose", "reason", "device", "address", "outcome"),
    "core_fact": ("name", "door"),
    "core_rowversion": ('"table"',),
}
_IDS = {
    "core_accessentry": ("by_id", "patient_id", "facility_id", "act_id", "on_behalf_of"),
    "core_fact": ("patient_id", "by_id", "act_id"),
    "core_rowversion": ("row_id",),
}
_TIMES = {
    "core_accessentry": ("written_at", "happened_at"),
    "core_fact": ("written_at",),
    "core_rowversion": ("written_at",),
}


@dataclass
class Tamperer:
    """A superuser on a connection, and chance."""

    to: psycopg.Connection
    chance: Random
    records: tuple[str, ...]

    def ask(self, statement: str, *values: Any) -> list[Any]:
        return self.to.execute(statement, values).fetchall()

    def do(self, statement: str, *values: Any) -> int:
        return self.to.execute(statement, values).rowcount

    def a_log(self) -> str:
        return self.chance.choice(LOGS)

    def a_row(self, table: str, where: str = "true") -> Any:
        return self.chance.choice(self.ask(f"SELECT id FROM {table} WHERE {where} ORDER BY id"))[0]


def edit_text(by: Tamperer) -> list[str]:
    log = by.a_log()
    row, column = by.a_row(log), by.chance.choice(_TEXTS[log])
    by.do(f"UPDATE {log} SET {column} = {column} || 'x' WHERE id = %s", row)
    return [f"{log} {row}"]


def edit_id(by: Tamperer) -> list[str]:
    log = by.a_log()
    row, column = by.a_row(log), by.chance.choice(_IDS[log])
    by.do(f"UPDATE {log} SET {column} = gen_random_uuid() WHERE id = %s", row)
    return [f"{log} {row}"]


def edit_time(by: Tamperer) -> list[str]:
    log = by.a_log()
    row, column = by.a_row(log), by.chance.choice(_TIMES[log])
    by.do(f"UPDATE {log} SET {column} = {column} - interval '1 microsecond' WHERE id = %s", row)
    return [f"{log} {row}"]


def edit_fact(by: Tamperer) -> list[str]:
    row = by.a_row("core_fact")
    by.do("""UPDATE core_fact SET data = data || '{"x": 1}' WHERE id = %s""", row)
    return [f"core_fact {row}"]


def edit_digest(by: Tamperer) -> list[str]:
    row = by.a_row("core_rowversion")
    by.do("UPDATE core_rowversion SET digest = sha256(digest) WHERE id = %s", row)
    return [f"core_rowversion {row}"]


def move_in_time(by: Tamperer) -> list[str]:
    """Another transaction: the row would stand elsewhere in the order."""
    log = by.a_log()
    row = by.a_row(log)
    by.do(
        f"UPDATE {log} SET xid = (xid::text::bigint + %s)::text::xid8 WHERE id = %s",
        by.chance.choice((-5, -1, 1, 7)),
        row,
    )
    return [f"{log} {row}"]


def delete_rows(by: Tamperer) -> list[str]:
    log = by.a_log()
    row = by.a_row(log)
    by.do(f"DELETE FROM {log} WHERE id BETWEEN %s AND %s", row, row + by.chance.choice((0, 0, 3)))
    return [f"{log} {row}"]


def truncate_log(by: Tamperer) -> list[str]:
    log = by.a_log()
    row = by.a_row(log)
    by.do(f"DELETE FROM {log}")
    return [f"{log} {row}"]


def cut_the_tail(by: Tamperer) -> list[str]:
    """The last rows, sometimes with their batch and the heads over it."""
    log = by.a_log()
    last = by.ask(f"SELECT max(id) FROM {log}")[0][0]
    by.do(f"DELETE FROM {log} WHERE id > %s", last - by.chance.randint(1, 5))
    if by.chance.random() < 0.5:
        return [f"{log} {last}"]
    ((batch,),) = by.ask("SELECT max(number) FROM audit_batch WHERE source = %s", log)
    by.do("DELETE FROM audit_head WHERE batches >= %s", batch)
    by.do("DELETE FROM audit_batch WHERE number >= %s", batch)
    return ["head "]


def insert_row(by: Tamperer) -> list[str]:
    """A row like another, with its transaction and a number that is free."""
    log = by.a_log()
    like, free = by.a_row(log), by.chance.choice((-7, 0, 10**9))
    columns = [row[0] for row in by.ask(
        "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
        "AND attname NOT IN ('id', 'act_id')", log)]  # fmt: skip
    told, new = ", ".join(columns), "id" + (", act_id" if log != "core_rowversion" else "")
    fresh = "%s" + (", gen_random_uuid()" if log != "core_rowversion" else "")
    by.do(f"INSERT INTO {log} ({new}, {told}) SELECT {fresh}, {told} FROM {log} WHERE id = %s", free, like)
    return [f"{log} {free}"]


def insert_from_nowhere(by: Tamperer) -> list[str]:
    """A row of a transaction that has not begun, or of none."""
    log = by.a_log()
    row = by.a_row(log)
    by.do(f"UPDATE {log} SET xid = %s::text::xid8 WHERE id = %s", by.chance.choice(("0", "1", "99999999999")), row)
    return [f"{log} {row}"]


def swap_rows(by: Tamperer) -> list[str]:
    log = by.a_log()
    one, other = by.a_row(log), by.a_row(log)
    if one == other:
        return edit_text(by)
    by.do(f"UPDATE {log} SET id = -1 WHERE id = %s", one)
    by.do(f"UPDATE {log} SET id = %s WHERE id = %s", one, other)
    by.do(f"UPDATE {log} SET id = %s WHERE id = -1", other)
    return [f"{log} {one}", f"{log} {other}"]


def renumber(by: Tamperer) -> list[str]:
    log = by.a_log()
    row = by.a_row(log)
    by.do(f"UPDATE {log} SET id = %s WHERE id = %s", by.chance.choice((-row, row + 10**6)), row)
    return [f"{log} {row}"]


def alter_batch(by: Tamperer) -> list[str]:
    number = by.chance.choice(by.ask("SELECT number FROM audit_batch"))[0]
    what = by.chance.choice(
        ("after_id = after_id - 1", "upto_xid = upto_xid + 1", "size = size + 1", "source = source || 'x'", "form = form + 1",
         "root = sha256(root)", "leaf = sha256(leaf)", "leaves = sha256(leaves) || substr(leaves, 33)",
         "ids = int8send(99) || substr(ids, 9)", "leaves = substr(leaves, 33)", "number = number + 1000")
    )  # fmt: skip
    by.do(f"UPDATE audit_batch SET {what} WHERE number = %s", number)
    return ["batch ", "core_"]


def delete_batch(by: Tamperer) -> list[str]:
    by.do("DELETE FROM audit_batch WHERE number = %s", by.chance.choice(by.ask("SELECT number FROM audit_batch"))[0])
    return ["batch "]


def alter_head(by: Tamperer) -> list[str]:
    number = by.chance.choice(by.ask("SELECT number FROM audit_head"))[0]
    what = by.chance.choice(
        ("entries = entries - 1", "root = sha256(root)", "previous = sha256(previous)", "at = at || 'x'",
         "signature = substr(signature, 2) || '\\x00'::bytea", "number = number + 1000", "batches = batches + 1")
    )  # fmt: skip
    by.do(f"UPDATE audit_head SET {what} WHERE number = %s", number)
    return ["head "]


def delete_heads(by: Tamperer) -> list[str]:
    number = by.chance.choice(by.ask("SELECT number FROM audit_head"))[0]
    by.do(f"DELETE FROM audit_head WHERE number {by.chance.choice(('=', '>='))} %s", number)
    return ["head ", "batch "]


def restore_older(by: Tamperer) -> list[str]:
    """As if the backup of an earlier day had been restored: everything is consistent in itself."""
    ((number, batches),) = by.ask("SELECT number, batches FROM audit_head ORDER BY number LIMIT 1")
    for log in LOGS:
        ((xid, row),) = by.ask(
            "SELECT upto_xid, upto_id FROM audit_batch WHERE source = %s AND number <= %s ORDER BY number DESC LIMIT 1",
            log,
            batches,
        )
        by.do(f"DELETE FROM {log} WHERE (xid, id) > (%s::text::xid8, %s)", str(xid), row)
    by.do("DELETE FROM audit_batch WHERE number > %s", batches)
    by.do("DELETE FROM audit_head WHERE number > %s", number)
    return ["head "]


def rewrite_all(by: Tamperer) -> list[str]:
    """Edit an entry and make batches, roots and heads anew, all consistent, signed with a key of one's own."""
    edit_text(by)
    stranger, tree, sizes, total = Ed25519PrivateKey.generate(), Tree(), {}, 0
    for row in by.ask(
        "SELECT number, source, form, after_xid, after_id, upto_xid, upto_id FROM audit_batch ORDER BY number"
    ):
        number, source, form, *bounds = row
        rows = by.ask(
            f"SELECT row.id, {SOURCES[source].leaf()} FROM {source} row WHERE (xid, id) > (%s::text::xid8, %s) "
            "AND (xid, id) <= (%s::text::xid8, %s) ORDER BY xid, id", *bounds)  # fmt: skip
        ids, leaves = b"".join(one[0].to_bytes(8, "big") for one in rows), b"".join(bytes(one[1]) for one in rows)
        batch = Batch(number, source, form, (bounds[0], bounds[1]), (bounds[2], bounds[3]), len(rows),
                      root_of(hashes(leaves)), hashlib.sha256(ids).digest())  # fmt: skip
        by.do("UPDATE audit_batch SET size = %s, ids = %s, leaves = %s, root = %s, leaf = %s WHERE number = %s",
              len(rows), ids, leaves, batch.root, batch.leaf(), number)  # fmt: skip
        tree.add(batch.leaf())
        total += len(rows)
        sizes[tree.size] = (tree.root(), total)
    previous = b""
    for number, batches, at in by.ask("SELECT number, batches, at FROM audit_head ORDER BY number"):
        head = Head(number, batches, sizes[batches][1], sizes[batches][0], previous, at)
        previous = head.digest()
        by.do("UPDATE audit_head SET entries = %s, root = %s, previous = %s, signature = %s WHERE number = %s",
              head.entries, head.root, head.previous, stranger.sign(head.text().encode()), number)  # fmt: skip
    return ["head "]


def edit_record(by: Tamperer) -> list[str]:
    """A clinical row as it is now: a result, a name, a diagnosis."""
    table = by.chance.choice(by.records)
    row = by.a_row(table)
    by.do(f"UPDATE {table} SET {by.chance.choice(('created_at', 'updated_at'))} = now() WHERE id = %s", row)
    return [f"{table} {row}", f"{table}_history {row}"]


def edit_result(by: Tamperer) -> list[str]:
    row = by.a_row("chart_observation", "number IS NOT NULL")
    by.do("UPDATE chart_observation SET number = number + 1 WHERE id = %s", row)
    return [f"chart_observation {row}"]


def edit_history(by: Tamperer) -> list[str]:
    table, (number, row) = _history(by)
    what = by.chance.choice(
        ("""row = row || '{"x": 1}'""", "valid_from = valid_from + interval '1 second'", "version = version + 50",
         "valid_until = valid_until - interval '1 second'", "row_id = gen_random_uuid()",
         "xid = (xid::text::bigint - 1)::text::xid8")
    )  # fmt: skip
    by.do(f"UPDATE {table}_history SET {what} WHERE id = %s", number)
    return [f"{table}_history "] if "row_id" in what else [str(row)]


def delete_history(by: Tamperer) -> list[str]:
    table, (number, row) = _history(by)
    by.do(f"DELETE FROM {table}_history WHERE id = %s", number)
    return [f"{table} {row}"]


def delete_record(by: Tamperer) -> list[str]:
    table = by.chance.choice(by.records)
    row = by.a_row(table)
    by.do(f"DELETE FROM {table} WHERE id = %s", row)
    return [f"{table} {row}"]


def insert_record(by: Tamperer) -> list[str]:
    """A diagnosis that nobody made."""
    like = by.ask("SELECT to_jsonb(c)::text FROM chart_observation c LIMIT 1")[0][0]
    fresh = json.loads(like) | {"id": "01900000-0000-7000-8000-000000000001", "source": "nobody:1"}
    by.do(
        "INSERT INTO chart_observation SELECT (jsonb_populate_record(NULL::chart_observation, %s)).*", json.dumps(fresh)
    )
    return ["chart_observation 01900000-0000-7000-8000-000000000001"]


def wind_back(by: Tamperer) -> list[str]:
    """The row as it was, as if the correction had never been."""
    table, (number, row) = _history(by)
    columns = [one[0] for one in by.ask(
        "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attname <> 'id' "
        "AND NOT attisdropped AND attgenerated = ''", table)]  # fmt: skip
    told = ", ".join(columns)
    by.do(f"UPDATE {table} SET ({told}) = (SELECT {told} FROM jsonb_populate_record(NULL::{table}, "
          f"(SELECT row FROM {table}_history WHERE id = %s))) WHERE id = %s", number, row)  # fmt: skip
    by.do(f"DELETE FROM {table}_history WHERE id = %s", number)
    return [f"{table} {row}"]


def _history(by: Tamperer) -> tuple[str, Any]:
    tables = [table for table in by.records if by.ask(f"SELECT 1 FROM {table}_history LIMIT 1")]
    table = by.chance.choice(tables)
    return table, by.chance.choice(by.ask(f"SELECT id, row_id FROM {table}_history ORDER BY id"))


ACTS: tuple[Callable[[Tamperer], list[str]], ...] = (
    edit_text, edit_text, edit_id, edit_time, edit_fact, edit_digest, move_in_time, delete_rows, delete_rows, truncate_log,
    cut_the_tail, insert_row, insert_from_nowhere, swap_rows, renumber, alter_batch, delete_batch, alter_head, delete_heads,
    restore_older, rewrite_all, edit_record, edit_result, edit_history, delete_history, delete_record, insert_record, wind_back,
)  # fmt: skip
