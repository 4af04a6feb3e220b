"""What patients have asked for, and who waits for an answer."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from salus.audit.models import Amendment
from salus.core.act import Act
from salus.ui import formatting

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who says that the record is wrong, and by when that is to be answered."""

    patient_id: UUID
    name: str
    mrn: str
    due_on: date
    is_late: bool


def amendments_waiting(act: Act, limit: int = SHOWN) -> list[Waiting]:
    """Requests of this facility that are not answered yet, the first due first; notes whom it names."""
    act.require("audit.view_rights")
    rows = Amendment.objects.filter(facility_id=act.here, answer="").select_related("patient").order_by("due_on", "id")
    found = [
        Waiting(
            row.patient_id,
            formatting.full_name(row.patient.family, row.patient.given, row.patient.title),
            row.patient.mrn,
            row.due_on,
            row.due_on < act.at.date(),
        )
        for row in rows.only("due_on", "patient__family", "patient__given", "patient__title", "patient__mrn")[:limit]
    ]
    act.shows(*(one.patient_id for one in found))
    return found
