"""Writing observations: recorded here, and corrected only where the program's own words are what is held."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from salus.chart.services import record_observation
from salus.core.act import Act
from salus.core.dates import PartialDate
from salus.core.errors import Conflict
from salus.core.ids import uuid7
from salus.fhir.mapping.context import Row
from salus.fhir.mapping.observation import FILED_AS
from salus.fhir.mapping.observation import read as read_observation
from salus.fhir.serving.referred import ROWS, read_referred
from salus.fhir.written import JSON, decode

#: the rooms' acts that these writers do
RIGHTS = frozenset({"chart.record_observation"})


def _observation_columns(act: Act, resource: JSON) -> Row:
    named = [
        resource.get("subject"),
        resource.get("encounter"),
        *resource.get("performer", ()),
        *resource.get("hasMember", ()),
    ]
    row = read_referred(act, "Observation", read_observation, resource, named, rows=ROWS | {"Observation"})
    return row | {
        "codings": decode(row["codings"]) if row["codings"] else None,
        "effective": PartialDate.parse(row["effective"]) if row["effective"] else None,
        "encounter_id": UUID(row["encounter_id"]) if row["encounter_id"] else None,
        "patient_id": UUID(row["patient_id"]),
        "performer_id": UUID(row["performer_id"]) if row["performer_id"] else None,
        "members": [UUID(one) for one in row["members"]],
    }


def create(act: Act, resource: JSON) -> UUID:
    row = _observation_columns(act, resource)
    return record_observation(act, source=f"{FILED_AS}{uuid7()}", **row).id


def update(act: Act, resource: JSON, row: Any) -> None:
    if not (row.source or "").startswith(FILED_AS):
        raise Conflict("This observation is kept by the department that made it: it is corrected there.")
    columns = _observation_columns(act, resource)
    if (columns["patient_id"], columns["encounter_id"]) != (row.patient_id, row.encounter_id):
        raise Conflict("An observation stays with its patient and visit: mark it entered-in-error and create another.")
    record_observation(act, source=row.source, version=row.version, **columns)
