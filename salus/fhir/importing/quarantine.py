"""What was refused is kept, sealed, with its place and the reason: nothing that was sent is lost."""

from __future__ import annotations

import hashlib

from django.db import connection, transaction

from salus.core import crypto
from salus.core.act import Act
from salus.core.ids import uuid7
from salus.fhir.importing.filing import Outcome
from salus.fhir.written import encode_text

#: the same content at the same place is kept once, with the reason of the last time
_INSERT = """
    INSERT INTO fhir_quarantine
        (id, version, recorded_by_id, facility_id, file, place, type, reason, content, digest)
    VALUES (%s, 1, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (digest, place) DO NOTHING
"""


def keep_refused(act: Act, file: str, outcome: Outcome, content: bytes) -> None:
    """Keep a refused transaction whole, of others each refused entry; what lies here already stays as it is."""
    if outcome.is_whole:
        reasons = "; ".join(str(problem) for entry in outcome.refused for problem in entry.problems)
        kept = [("", "Bundle", reasons, content.decode(errors="replace"))]
    else:
        kept = [
            (entry.place, entry.type, "; ".join(map(str, entry.problems)), encode_text(entry.resource))
            for entry in outcome.refused
        ]
    with transaction.atomic(), connection.cursor() as cursor:
        for place, kind, reason, text in kept:
            identity = uuid7()
            digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
            sealed = crypto.seal("fhir_quarantine", "content", identity, text)
            values = [identity, act.by, act.facility_id, file, place, kind, reason[:4000], sealed, digest]
            cursor.execute(_INSERT, values)
