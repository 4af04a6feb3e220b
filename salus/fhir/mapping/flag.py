"""inbox.Flag <-> Flag: what everybody has to know of a patient before walking in. Imports stay as they came."""

from __future__ import annotations

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import CLINICAL, instant_text, one_code, period_of, reference_to, without_empty
from salus.fhir.written import JSON
from salus.inbox.models import Flag

CATEGORY = f"{CLINICAL}flag-category"


def write(row: Flag) -> JSON:
    return without_empty(
        {
            "resourceType": "Flag",
            "id": str(row.id),
            "status": "inactive" if row.ended_at else "active",
            "category": [one_code(CATEGORY, row.category)],
            "code": {"text": row.words},
            "subject": reference_to("Patient", row.patient_id),
            "period": period_of(instant_text(row.started_at), instant_text(row.ended_at)),
            "author": reference_to("Practitioner", row.author_id),
        }
    )


MAPPING = Mapping(
    type="Flag",
    model=Flag,
    read=None,
    write=write,
    made_here=True,
    params=(
        *params.patient(),
        params.reference("author", "author_id", "Practitioner"),
        params.instant("date", "started_at"),
    ),
)
