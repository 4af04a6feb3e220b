"""What tests of visits are made of."""

from typing import Any

from salus.catalog.models import Service
from salus.core.ids import uuid7
from salus.encounters import services as encounters
from salus.encounters.models import Encounter
from salus.patients.models import Patient
from salus.patients.tests.builders import a_consent
from tests.cast import Cast


def a_patient(cast: Cast, **changes: Any) -> Patient:
    """Ann, unless told otherwise; she permits everybody her record."""
    values = {
        "facility": cast.facility,
        "mrn": f"9{uuid7().int % 10**9}",
        "family": "Ashdown",
        "given": "Ann",
        "gender": "female",
        "birth_date": "1964-03-14",
        "born_on": "1964-03-14",
    }
    patient = Patient.objects.create(**(values | changes))
    a_consent(patient)
    return patient


def a_consultation(**changes: Any) -> Service:
    """A consultation of the catalogue."""
    values = {"code": "consult:general", "name": "General consultation", "kind": "consultation"} | changes
    return Service.objects.get_or_create(code=values["code"], defaults=values)[0]


def a_visit(cast: Cast, patient: Patient | None = None, **changes: Any) -> Encounter:
    """A patient who has just arrived at outpatients."""
    values = {
        "patient_id": (patient or a_patient(cast)).id,
        "department_id": cast.departments["opd"].id,
    } | changes
    return encounters.start_encounter(cast.act("receptionist"), **values)
