"""Everything that is held of one patient, as resources: for the copy that a patient asks for."""

from __future__ import annotations

from uuid import UUID

from salus.core.act import Act
from salus.core.rights import all_rights
from salus.fhir.mapping import MADE_HERE, MAPPINGS, PAPERS, mapping_of, received
from salus.fhir.models import Source
from salus.fhir.serving.loading import loaded, readable
from salus.fhir.written import encode


def everything_of(act: Act, patient_id: UUID) -> list[bytes]:
    """The patient and all that belongs to him or her, of types with a room and without one; JSON, numbers as written.

    The caller has required the right to give the copy; the patient may read all of it.
    """
    whole = act.caused_by(rights=all_rights())
    found = []
    for mapping in [*map(mapping_of, (*MAPPINGS, *MADE_HERE)), *map(received, _kept_whole(patient_id))]:
        if mapping is None or not mapping.patient_column:
            continue
        rows = readable(mapping, mapping.visible(whole).filter(**{mapping.patient_column: patient_id}))
        found.append((mapping, list(rows.order_by("created_at", "id"))))
    return [encode(one.resource) for one in loaded(found)]


def _kept_whole(patient_id: UUID) -> list[str]:
    """Types of what came from elsewhere and is kept as it came: without a room here, or of a type that is only made here."""
    kinds = Source.objects.filter(patient_id=patient_id).values_list("type", flat=True).distinct()
    return sorted(set(kinds) - (MAPPINGS.keys() - PAPERS))
