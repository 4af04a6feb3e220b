"""The access log: one row for each act on each patient, in one statement."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.db import DatabaseError, connection, transaction

from salus.core import journal
from salus.core.act import BREAK_GLASS, Act
from salus.core.engine import prepared

log = logging.getLogger("salus.access")
#: patient, kind of access, on whose behalf, purpose, reason
_Row = tuple[UUID | None, str, UUID | None, str, str]

_COLUMNS = (
    "act_id, by_id, facility_id, happened_at, door, what, device, address, outcome, "
    "patient_id, action, on_behalf_of, purpose, reason"
)
_INSERT = f"""
    INSERT INTO core_accessentry ({_COLUMNS})
    SELECT %s::uuid, %s::uuid, %s::uuid, %s, %s, %s, %s, %s, %s, patient_id, action, on_behalf_of, purpose, reason
    FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::text[])
        AS touched (patient_id, action, on_behalf_of, purpose, reason)
"""  # noqa: S608 - our own columns
# A page that asks again by itself: whom it has shown already stands in the log, and only who is new is added. Any client can say
# that it asks by itself: it hides nothing thereby but what the log says already, of the same thing and done in the same way.
_INSERT_NEW = f"""{_INSERT} WHERE NOT EXISTS (
        SELECT FROM core_accessentry e WHERE e.by_id = %s AND e.patient_id = touched.patient_id AND e.door = %s
        AND e.what = %s AND e.action = touched.action AND e.happened_at > %s AND e.outcome = 'ok')
"""
#: so long after an entry the same page says it again
STANDS_FOR = timedelta(hours=1)
_FILE = f"""
    INSERT INTO core_accessentry ({_COLUMNS}, late)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, true)
    ON CONFLICT (act_id, patient_id) DO NOTHING
"""  # noqa: S608 - our own columns


def write_log(
    act: Act,
    touched: Mapping[UUID | None, str],
    *,
    outcome: str = "ok",
    what: str = "",
    address: str = "",
    renews: bool = False,
) -> None:
    """Write what an act has touched to the access log (nothing where it touched nobody).

    A log that cannot be written raises, and the act fails with it: nothing is shown that is not logged. Only where a
    glass is broken, and a life may depend on it, the entries go to the local journal and the act goes on.

    :param what: ids of what was asked for (`order_id=...`), never patient data
    :param address: the network address that asked
    :param renews: whether a page asked again by itself: whom the same door has shown to the same person within the hour is
        in the same way, by the same ids, is not entered again
    """
    if not touched:
        return
    common = [act.id, act.by, act.facility_id, act.at, act.door, what, act.device, address, outcome]
    rows = [(patient, action, act.behalf_of(patient), *act.why(patient)) for patient, action in touched.items()]
    if all(purpose != BREAK_GLASS for *_one, purpose, _reason in rows):
        _insert(common, rows, [act.by, act.door, what, act.at - STANDS_FOR] if renews else None)
        return
    try:
        with transaction.atomic():  # a savepoint, where the door owns a transaction: it must outlive the failure
            _insert(common, rows)
    except DatabaseError as error:
        log.error("the access log cannot be written; a break-glass act goes to the journal: %s", type(error).__name__)
        journal.keep(act.id, [[*common, *row] for row in rows])


def _insert(common: list[Any], rows: list[_Row], known: list[Any] | None = None) -> None:
    with prepared() as cursor:
        values = [*common, *map(list, zip(*rows, strict=True)), *(known or ())]
        cursor.execute(_INSERT_NEW if known else _INSERT, values)


def file_journal() -> int:
    """Enter what the journal has kept, each entry exactly once however often this is killed; returns how many acts."""
    filed = 0
    for kept in journal.waiting():
        try:
            entries = journal.read(kept)
        except InvalidTag:
            log.error("an act in the journal was altered and is not filed: %s", kept.name)
            continue
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(_FILE, entries)
        journal.forget(kept)  # only after the commit; filed twice it conflicts with itself and adds nothing
        filed += 1
    return filed
