"""A proof that an entry is in the log, for whoever it is about: `scripts/check_proof.py` checks it without Salus."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from salus.audit import keys
from salus.audit.anchors import newest_head
from salus.audit.rules.tree import hashes, path_to
from salus.audit.sources import SOURCES
from salus.audit.verifying import Stored, as_stored
from salus.core.errors import NotFound

_SOURCE = SOURCES["core_accessentry"]


class NotSealedYet(NotFound):
    """This entry is not sealed yet. Entries are sealed every minute: try again then."""


def proof_of(entry: int) -> dict[str, Any]:
    """All that is needed to check that an entry of the access log is under the newest signed head.

    :raises NotFound: if there is no such entry
    :raises NotSealedYet: if it waits for the seal
    """
    text, xid = _text_of(entry)
    stored, head = _batch_of(xid, entry), newest_head()
    if stored is None or head is None:
        raise NotSealedYet
    at = stored.ids.index(entry)
    leaves = _leaves()
    return {
        "entry": text,
        "batch": {
            "text": stored.batch.text(),
            "position": at,
            "path": [one.hex() for one in path_to(hashes(stored.leaves), at)],
        },
        "head": {
            "text": head.text,
            "path": [one.hex() for one in path_to(leaves, stored.batch.number - 1)],
            "signature": head.signature.hex(),
            "key": keys.public_keys()[-1].hex(),
        },
    }


def as_json(entry: int) -> str:
    """The proof as the file that a patient gets."""
    return json.dumps(proof_of(entry), indent=2)


def _text_of(entry: int) -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_SOURCE.text()}, row.xid::text FROM core_accessentry row WHERE id = %s",  # noqa: S608 - our own
            [entry],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _batch_of(xid: str, entry: int) -> Stored | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, source, form, after_xid, after_id, upto_xid, upto_id, size, root, ids, leaves, leaf "
            "FROM audit_batch WHERE source = %s AND (upto_xid, upto_id) >= (%s, %s) ORDER BY upto_xid, upto_id LIMIT 1",
            [_SOURCE.table, int(xid), entry],
        )
        row = cursor.fetchone()
    stored = as_stored(row) if row else None
    return stored if stored and entry in stored.ids else None


def _leaves() -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT leaf FROM audit_batch ORDER BY number")
        return [bytes(leaf) for (leaf,) in cursor.fetchall()]
