"""What every form of a patient's record must carry."""

from typing import Any
from uuid import UUID

from salus.chart.standing import WrongPatient


def same_patient(request: Any, patient_id: UUID) -> None:
    """The page that was sent belongs to the patient in its address.

    :raises WrongPatient: if not: a tab that was left open never writes into another record
    """
    if request.POST.get("patient_id") != str(patient_id):
        raise WrongPatient
