"""What an entry said before: its versions with who wrote each, from the history that the database keeps."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from salus.chart.models import AllergyIntolerance, Condition, Observation
from salus.core.act import Act
from salus.core.errors import NotFound

#: whose history is shown, by the word in its address
KINDS: Mapping[str, type[Any]] = {"problem": Condition, "allergy": AllergyIntolerance, "observation": Observation}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an entry: since when, by whom, and its columns as JSON values."""

    number: int
    at: datetime
    by: str
    row: Mapping[str, Any]


_VERSIONS = """
    SELECT v.version, v.at, coalesce(u.display_name, ''), v.row::text FROM (
        SELECT h.version, h.valid_from AS at, h.row FROM {table}_history h WHERE h.row_id = %(id)s
        UNION ALL
        SELECT c.version, c.updated_at, to_jsonb(c) FROM {table} c WHERE c.id = %(id)s) v
    LEFT JOIN accounts_user u ON u.id = coalesce(v.row ->> 'voided_by_id', v.row ->> 'recorded_by_id')::uuid
    ORDER BY v.version DESC LIMIT 100
"""


def versions_of(act: Act, patient_id: UUID, kind: str, entry_id: UUID) -> tuple[Any, Sequence[Version]]:
    """An entry and all its versions, newest first; two statements.

    :raises NotFound: if it is none of this patient's that the act may read
    """
    act.require("patients.open")
    model = KINDS.get(kind)
    row = model.objects.of_patient(act, patient_id).filter(id=entry_id).first() if model else None
    if model is None or row is None:
        raise NotFound
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS.format(table=model._meta.db_table), {"id": entry_id})
        rows = cursor.fetchall()
    return row, [
        Version(number, at, by, json.loads(text, parse_float=Decimal, parse_int=Decimal))
        for number, at, by, text in rows
    ]
