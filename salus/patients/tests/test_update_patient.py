import pytest
from django.db import connection

from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.models import Fact
from salus.patients.models import Identifier, Patient
from salus.patients.queries import identity_of, patient_by_identifier, search_patients
from salus.patients.services import IdentifierTaken, update_patient
from salus.patients.tests.builders import a_patient

PASSPORT = {"kind": "passport", "system": "GB", "value": "C01X00T47"}
PHONE = {"system": "phone", "value": "+44 7700 900123"}


@pytest.fixture
def ann(cast):
    return a_patient(
        cast.almighty(), telecom=[PHONE], identifiers=[PASSPORT], names=[{"use": "maiden", "family": "Elm"}]
    )


def _change(cast, ann, version=1, **changes):
    return update_patient(cast.act("receptionist"), patient_id=ann.id, version=version, **changes)


def test_what_is_changed_is_found_by_its_new_words(cast, ann):
    _change(cast, ann, family="Öak", telecom=[{"system": "phone", "value": "+44 7700 900999"}])
    act = cast.act("receptionist")
    assert [one.id for one in search_patients(act, "oak ann")] == [ann.id]
    assert [one.id for one in search_patients(act, "elm")] == [ann.id]
    assert [one.id for one in search_patients(act, "+44 7700 900999")] == [ann.id]
    assert search_patients(act, "+44 7700 900123") == []
    assert [one.id for one in search_patients(act, "Oka")] == [ann.id]


@pytest.mark.guarantee("H9")
def test_the_row_before_is_kept(cast, ann):
    _change(cast, ann, family="Oak")
    with connection.cursor() as cursor:
        cursor.execute("SELECT version, row->>'family' FROM patients_patient_history WHERE row_id = %s", [ann.id])
        assert cursor.fetchall() == [(1, "Ash")]


def test_only_what_differs_is_told(cast, ann):
    _change(cast, ann, family="Ash", given="Anne", gender="female", birth_date="1964-03")
    fact = Fact.objects.get(name="patients.PatientUpdated")
    assert fact.data["changed"] == ["birth_date", "given"]
    assert Patient.objects.get().born_on.isoformat() == "1964-03-01"


def test_nothing_changed_is_no_new_version(cast, ann):
    _change(cast, ann, family="Ash", identifiers=[PASSPORT], telecom=[PHONE])
    assert Patient.objects.get().version == 1
    assert not Fact.objects.filter(name="patients.PatientUpdated").exists()


def test_numbers_are_replaced_as_a_whole(cast, ann):
    nhs = {"kind": "national", "system": "NHS", "value": "943 476 5919"}
    _change(cast, ann, identifiers=[nhs])
    known = identity_of(cast.act("receptionist"), ann.id)
    assert [one.value for one in known.identifiers] == ["943 476 5919"]
    assert known.patient.version == 2
    gone = Identifier.objects.get(voided_at__isnull=False)
    assert (gone.value, gone.voided_by_id) == ("C01X00T47", cast.user("receptionist").id)
    assert [one.id for one in patient_by_identifier(cast.act("nurse"), system="NHS", value="9434765919")] == [ann.id]
    assert patient_by_identifier(cast.act("nurse"), system=None, value="C01X00T47") == []
    _change(cast, ann, version=2, identifiers=[nhs, PASSPORT])
    assert Identifier.objects.filter(voided_at__isnull=True).count() == 2


def test_a_number_written_otherwise_is_kept_as_it_is_written_now(cast, ann):
    _change(cast, ann, identifiers=[PASSPORT | {"value": "C01X 00T47"}])
    assert identity_of(cast.act("receptionist"), ann.id).identifiers[0].value == "C01X 00T47"


def test_somebody_elses_number_is_refused(cast, ann):
    ben = a_patient(cast.almighty(), family="Bello")
    with pytest.raises(IdentifierTaken) as refusal:
        _change(cast, ben, identifiers=[PASSPORT])
    assert refusal.value.patient_id == ann.id


def test_somebody_may_have_died(cast, ann):
    _change(cast, ann, deceased="2026-05")
    assert search_patients(cast.act("receptionist"), "ash ann")[0].is_deceased
    _change(cast, ann, version=2, deceased=None)
    assert not Patient.objects.get().is_deceased


def test_the_second_of_two_is_told(cast, ann):
    _change(cast, ann, given="Anne")
    with pytest.raises(Stale):
        _change(cast, ann, given="Anna")


def test_it_needs_the_right_and_refuses_what_cannot_be(cast, ann):
    with pytest.raises(NotAllowed):
        update_patient(cast.act("nurse"), patient_id=ann.id, version=1, given="Anne")
    with pytest.raises(Invalid):
        _change(cast, ann, family="")
    with pytest.raises(TypeError):
        _change(cast, ann, mrn="1")
    with pytest.raises(Patient.DoesNotExist):
        update_patient(cast.act("receptionist", facility_id=ann.id), patient_id=ann.id, version=1, given="Anne")
