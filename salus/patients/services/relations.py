"""Who cares for a patient, from when until when."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid
from salus.core.ids import uuid7
from salus.patients.facts import CareRelationStarted
from salus.patients.models import CareRelation

# What came from the same source before is opened again, or goes on until later; where that changes nothing it stays as it is.
_INSERT = """
    INSERT INTO patients_carerelation AS r (id, version, recorded_by_id, void_reason, patient_id, kind, practitioner_id,
        department_id, started_at, ended_at, source)
    VALUES (%s, 1, %s, '', %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (source, practitioner_id, department_id) DO UPDATE SET ended_at = excluded.ended_at
    WHERE r.ended_at IS NOT NULL AND excluded.ended_at > r.ended_at
    RETURNING version
"""


@transaction.atomic
def start_care_relation(
    act: Act,
    *,
    patient_id: UUID,
    kind: str,
    source: str,
    practitioner_id: UUID | None = None,
    department_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> None:
    """Write down that somebody, or a department, cares for the patient; the same source does it once.

    :param since: from when; now unless said
    :param until: when it will be over by itself; one that is known already goes on until then
    :raises Invalid: without either
    """
    act.require("patients.relate")
    if practitioner_id is None and department_id is None:
        raise Invalid
    relation = uuid7()
    who = [practitioner_id, department_id]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [relation, act.by, patient_id, kind, *who, since or act.at, until, source])
        is_new = cursor.fetchone() == (1,)
    if is_new:
        announce(act, CareRelationStarted(patient_id=patient_id, relation_id=relation))


@transaction.atomic
def end_care_relation(act: Act, *, patient_id: UUID, source: str) -> None:
    """Write down that the care which came from this source is over now; where it is over already nothing happens."""
    act.require("patients.relate")
    open_ones = CareRelation.objects.filter(patient_id=patient_id, source=source).exclude(ended_at__lte=act.at)
    if open_ones.update(ended_at=act.at):
        act.shows(patient_id, action="write")
