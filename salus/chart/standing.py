"""To whom an entry may be written: the patient and the visit that it names, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from salus.chart.rules import ADULT_YEARS
from salus.core.act import Act
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, NotFound
from salus.patients import access
from salus.patients.access.reading import read, settle
from salus.patients.models import Patient
from salus.ui import formatting

_WHO = """, patients_patient.born_on, patients_patient.gender, patients_patient.merged_into_id,
    EXISTS (SELECT FROM encounters_encounter e
            WHERE e.id = %s::uuid AND e.patient_id = patients_patient.id AND e.voided_at IS NULL)"""


#: a further column: the newest open visit, as (id, status), where no label of it is a question
VISIT = """, (SELECT json_build_array(e.id, e.status) FROM encounters_encounter e
    WHERE e.patient_id = patients_patient.id AND e.facility_id = patients_patient.facility_id AND e.voided_at IS NULL
      AND e.status IN ('planned', 'arrived', 'triaged', 'in-progress', 'onleave')
      AND NOT EXISTS (SELECT FROM encounters_encounter x WHERE x.patient_id = patients_patient.id AND x.labels <> '{}')
    ORDER BY e.started_at DESC LIMIT 1)"""


class WrongPatient(Conflict):
    """This form belongs to another patient. Nothing was saved. Open the right patient's record and begin again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a service needs to know of the patient it writes to."""

    patient_id: UUID
    born_on: date | None
    gender: str
    #: what was asked along
    more: Sequence[Any] = ()

    def years(self, on: date) -> int | None:
        """The age in full years, or None where the birth date is not known."""
        if self.born_on is None:
            return None
        return on.year - self.born_on.year - ((on.month, on.day) < (self.born_on.month, self.born_on.day))

    def is_adult(self, at: datetime) -> bool:
        """Whether the limits of adults hold at an instant; so they do where the birth date is not known."""
        years = self.years(at.date())
        return years is None or years >= ADULT_YEARS


def standing(
    act: Act,
    patient_id: UUID,
    encounter_id: UUID | None = None,
    *,
    to: access.Action = access.OPEN,
    more: str = "",
    values: Sequence[Any] = (),
) -> Standing:
    """The patient to write to.

    :param more: further columns of `patients_patient` in the same statement, as for `access.reading.read`

    :param to: what the act must be allowed: to open the record, but for what the front desk writes down
    :raises NotFound: if the act may not know the patient, or the visit is not this patient's
    :raises Barred: if relation, consent or VIP stand in the way
    :raises Conflict: if the record was joined with another one
    """
    act.require_any(*access.FINDING)
    found = read(act, patient_id, _WHO + more, [encounter_id, *values])
    if found is None or found[0].facility_id != act.facility_id:
        raise NotFound
    settle(act, found[0], to)
    born_on, gender, merged_into, has_visit, *asked = found[1]
    if encounter_id is not None and not has_visit:
        raise NotFound
    if merged_into:
        raise Conflict(_("This record was joined with another one. Open that one and write there."))
    return Standing(patient_id, born_on, gender, asked)


def has_come(day: PartialDate, at: datetime) -> bool:
    """Whether a date has begun: a bare one by the hospital's calendar (at three in the morning it is not yet today in UTC), an
    instant by the clock."""
    return day.start <= at if day.precision == "instant" else day.day <= formatting.local(at).date()


def lock_patient(patient_id: UUID) -> None:
    """One at a time for one patient, until the act commits."""
    list(Patient.objects.select_for_update(no_key=True).filter(id=patient_id).values_list("id"))
