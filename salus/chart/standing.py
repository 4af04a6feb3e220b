"""To whom an entry may be written: the patient and the visit that it names, in one statement."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, Q
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.errors import Conflict, NotFound
from salus.encounters.models import Encounter
from salus.patients.models import Patient


class WrongPatient(Conflict):
    """This form belongs to another patient. Nothing was saved. Open the right patient's record and begin again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a service needs to know of the patient it writes to."""

    patient_id: UUID
    born_on: date | None
    gender: str

    def years(self, on: date) -> int | None:
        """The age in full years, or None where the birth date is not known."""
        if self.born_on is None:
            return None
        return on.year - self.born_on.year - ((on.month, on.day) < (self.born_on.month, self.born_on.day))


def standing(act: Act, patient_id: UUID, encounter_id: UUID | None = None) -> Standing:
    """The patient to write to.

    :raises NotFound: if the act may not know the patient, or the visit is not this patient's
    :raises Conflict: if the record was joined with another one
    """
    visits = Encounter.objects.filter(Q(id=encounter_id), patient_id=patient_id, voided_at__isnull=True)
    found = (
        Patient.objects.visible_to(act)
        .filter(id=patient_id)
        .annotate(has_visit=Exists(visits))
        .values_list("born_on", "gender", "merged_into_id", "has_visit")
        .first()
    )
    if found is None or (encounter_id is not None and not found[3]):
        raise NotFound
    if found[2]:
        raise Conflict(_("This record was joined with another one. Open that one and write there."))
    return Standing(patient_id, found[0], found[1])


def lock_patient(patient_id: UUID) -> None:
    """One at a time for one patient, until the act commits."""
    list(Patient.objects.select_for_update(no_key=True).filter(id=patient_id).values_list("id"))
