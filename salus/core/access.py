"""The access log: one row for each act on each patient, in one statement."""

from collections.abc import Mapping
from uuid import UUID

from django.db import connection

from salus.core.act import Act

_INSERT = """
    INSERT INTO core_accessentry
        (act_id, by_id, on_behalf_of, facility_id, patient_id, action, door, purpose, reason, device, outcome)
    SELECT %s, %s, %s, %s, patient_id, action, %s, %s, %s, %s, %s
    FROM unnest(%s::uuid[], %s::text[]) AS touched (patient_id, action)
"""


def write_log(act: Act, touched: Mapping[UUID | None, str], *, outcome: str = "ok") -> None:
    """Write what an act has touched to the access log (nothing where it touched nobody).

    A database that cannot be written raises, and the act fails with it: nothing is shown that is not logged.
    """
    if not touched:
        return
    who = [act.id, act.by, act.on_behalf_of, act.facility_id]
    how = [act.door, act.purpose, act.reason, act.device, outcome]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*who, *how, list(touched.keys()), list(touched.values())])
