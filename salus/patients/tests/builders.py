"""Plain builders of patients for any room's tests."""

from datetime import UTC, datetime
from typing import Any

from salus.core.act import Act, Subject
from salus.core.ids import uuid7
from salus.patients.models import Consent, Patient
from salus.patients.services import register_patient
from tests.canaries import plant

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def a_patient(act: Act, *, is_open: bool = True, **changes: Any) -> Patient:
    """Ann Ash, or somebody else: `a_patient(cast.almighty(), family="Bello", given="Ben")`.

    She permits everybody who may open records to open hers, so that tests of a room need no care relation; with
    `is_open=False` nobody has anything to do with her yet.
    """
    values: dict[str, Any] = {"family": "Ash", "given": "Ann", "gender": "female", "birth_date": "1964-03-14"}
    plant(values | changes)
    patient = register_patient(act, **(values | changes))
    if is_open:
        a_consent(patient)
    return patient


def a_consent(patient: Patient, **changes: Any) -> Consent:
    """The patient permits everybody the whole record; `changes` are columns of the consent."""
    values: dict[str, Any] = {
        "decision": "permit",
        "starts_at": LONG_AGO,
        "signed_at": LONG_AGO,
        "signed_by": "Ann Ash",
    }
    values |= {"signed_as": "patient", "signed_how": "paper"}
    return Consent.objects.create(patient=patient, **(values | changes))


def an_own_act(patient: Patient, *rights: str, is_self: bool = True, **changes: Any) -> Act:
    """Somebody at the patients' own door, who is the patient himself or stands for him, with these rights for him alone."""
    values: dict[str, Any] = {"by": uuid7(), "facility_id": patient.facility_id, "rights": frozenset({"portal.use"})}
    subject = Subject(patient.id, frozenset(rights), is_self=is_self)
    return Act(**(values | {"stands_for": (subject,), "purpose": "PATRQT", "door": "test"} | changes))
