"""Many visits at once by COPY: the simulator and the bench come through here, all others through services."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from salus.core.loading import copy_rows
from salus.encounters.models import Encounter


def load_encounters(rows: Iterable[Mapping[str, Any]], *, recorded_by_id: UUID, at: datetime) -> int:
    """Load visits (column -> value, as in `encounters.Encounter`); gives how many. They bring numbers of `numbers`."""
    return copy_rows(Encounter, rows, recorded_by_id=recorded_by_id, at=at)


def numbers(count: int) -> list[str]:
    """So many visit numbers that nobody else gets."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('encounters_number_seq')::text FROM generate_series(1, %s)", [count])
        return [number for (number,) in cursor.fetchall()]
