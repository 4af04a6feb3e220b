from datetime import UTC, datetime

import pytest
from django.db import connection
from psycopg.errors import UniqueViolation

from salus.core.ids import SYSTEM
from salus.core.numbers import has_check_digit
from salus.patients.loading import NewPatient, load_patients
from salus.patients.models import NameToken, Patient
from salus.patients.queries import identity_of, search_patients
from salus.patients.tests.builders import a_patient

AT = datetime(2020, 5, 4, tzinfo=UTC)
PASSPORT = {"kind": "passport", "system": "GB", "value": "C01X00T47"}
PHONE = {"system": "phone", "value": "+44 7700 900123"}


def _load(cast, *rows):
    return load_patients(rows, facility_id=cast.facility.id, recorded_by_id=SYSTEM, at=AT, batch=2)


def test_a_loaded_patient_is_as_a_registered_one(cast):
    values = {"family": "O'Brien-Müller", "given": "Łucja Ann", "birth_date": "1964-03", "gender": "female"}
    lists = {
        "telecom": [PHONE],
        "identifiers": [PASSPORT],
        "names": [{"text": "王小明"}],
        "addresses": [{"city": "Ware"}],
    }
    made = NewPatient(**values, **lists)
    assert _load(cast, made, NewPatient(family="Ash"), NewPatient(family="Bay")) == 3
    one = identity_of(cast.act("receptionist"), made.id)
    other = a_patient(cast.almighty(), **values, **lists | {"identifiers": [PASSPORT | {"value": "2"}]})
    for field in ("birth_date", "born_on", "sort_key", "given_key", "gender", "names", "is_active", "is_deceased"):
        assert getattr(one.patient, field) == getattr(Patient.objects.get(id=other.id), field), field
    assert _of(one.patient.id, "name_words::text") == _of(other.id, "name_words::text")
    assert _of(one.patient.id, "contact_keys") == _of(other.id, "contact_keys")
    assert has_check_digit(one.patient.mrn)
    assert one.telecom == (PHONE,)
    assert [number.value for number in one.identifiers] == ["C01X00T47"]
    assert one.patient.created_at == AT


def test_loaded_patients_are_found(cast):
    _load(cast, NewPatient(family="Schumacher", given="Michael", telecom=[PHONE], identifiers=[PASSPORT]))
    for text in ("shumacher", "Schumaher michael", "07700 900123", "c01x00t47"):
        assert [one.family for one in search_patients(cast.act("receptionist"), text)] == ["Schumacher"], text
    assert NameToken.objects.filter(token="schumacher").exists()


def test_a_number_in_use_stops_the_load(cast):
    a_patient(cast.almighty(), identifiers=[PASSPORT])
    with pytest.raises(UniqueViolation):
        _load(cast, NewPatient(family="Ash", identifiers=[PASSPORT]))


def _of(patient_id, column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM patients_patient WHERE id = %s", [patient_id])
        return cursor.fetchone()[0]
