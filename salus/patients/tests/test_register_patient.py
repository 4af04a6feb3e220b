import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction

from salus.core.errors import Invalid, NotAllowed
from salus.core.models import AccessEntry, Fact
from salus.core.numbers import has_check_digit
from salus.patients.models import Identifier, NameToken, NameVariant, Patient
from salus.patients.queries import identity_of
from salus.patients.services import IdentifierTaken, register_patient
from salus.patients.tests.builders import a_patient

PASSPORT = {"kind": "passport", "system": "GB", "value": "C01X 00T47"}


def test_a_registered_patient_has_a_number_and_can_be_read_again(cast):
    patient = a_patient(
        cast.act("receptionist"),
        title="Mrs",
        telecom=[{"system": "phone", "value": "+44 7700 900123", "use": "mobile"}],
        addresses=[{"line": ["1 High Street"], "city": "Ware"}],
        identifiers=[PASSPORT],
    )
    assert has_check_digit(patient.mrn)
    identity = identity_of(cast.act("receptionist"), patient.id)
    assert identity.telecom[0]["value"] == "+44 7700 900123"
    assert identity.addresses[0]["city"] == "Ware"
    assert [one.value for one in identity.identifiers] == ["C01X 00T47"]
    assert str(identity.patient.birth_date) == "1964-03-14"


def test_decimals_in_an_address_stay_as_written(cast):
    place = {"city": "Ware", "extension": [{"url": "latitude", "valueDecimal": Decimal("51.810")}]}
    patient = a_patient(cast.almighty(), addresses=[place])
    known = identity_of(cast.act("receptionist"), patient.id)
    assert str(known.addresses[0]["extension"][0]["valueDecimal"]) == "51.810"


def test_the_number_of_the_database_has_the_check_digit_of_core(cast):
    act = cast.almighty()
    numbers = [a_patient(act, given=f"Ann {n}").mrn for n in range(12)]
    assert all(has_check_digit(number) for number in numbers)
    assert len(set(numbers)) == 12


@pytest.mark.guarantee("B56")
def test_what_is_sealed_is_not_in_the_database_in_clear(cast):
    patient = a_patient(
        cast.almighty(), telecom=[{"system": "email", "value": "ann@example.org"}], identifiers=[PASSPORT]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_jsonb(p)::text || (SELECT to_jsonb(i)::text FROM patients_identifier i) FROM patients_patient p"
        )
        row = cursor.fetchone()[0]
    assert "example" not in row
    assert "C01X" not in row
    assert str(patient.id) in row


def test_it_needs_the_right(cast):
    with pytest.raises(NotAllowed):
        a_patient(cast.act("nurse"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"family": " "}, "family"),
        ({"birth_date": "2030-01-01"}, "birth_date"),
        ({"birth_date": "1700"}, "birth_date"),
        ({"birth_date": "1964-02-30"}, "birth_date"),
        ({"gender": "x"}, "gender"),
        ({"photo": b"no photo"}, "photo"),
        ({"identifiers": [PASSPORT, PASSPORT]}, "identifiers-1-value"),
    ],
)
def test_it_refuses_what_cannot_be(cast, changes, field):
    with pytest.raises(Invalid) as refusal:
        a_patient(cast.act("receptionist"), **changes)
    assert field in refusal.value.fields


def test_partial_and_unknown_birth_dates_are_kept_as_told(cast):
    act = cast.act("receptionist")
    year = a_patient(act, birth_date="1964")
    assert (str(year.birth_date), year.born_on.isoformat()) == ("1964", "1964-01-01")
    nothing = a_patient(act, birth_date=None)
    assert (nothing.birth_date, nothing.born_on) == (None, None)


@pytest.mark.guarantee("B57")
def test_it_tells_what_happened_by_ids_only(cast):
    patient = a_patient(cast.act("receptionist"))
    fact = Fact.objects.get(name="patients.PatientRegistered")
    assert fact.patient_id == patient.id
    assert fact.data == {"patient_id": str(patient.id), "facility_id": str(patient.facility_id)}


def test_somebody_elses_number_is_refused_and_says_whose_it_is(cast):
    act = cast.act("receptionist")
    ann = a_patient(act, identifiers=[PASSPORT])
    with pytest.raises(IdentifierTaken) as refusal, transaction.atomic():
        a_patient(
            act,
            given="Ben",
            identifiers=[{**PASSPORT, "kind": "other", "value": "x"}, {**PASSPORT, "value": "c01x00t47"}],
        )
    assert (refusal.value.place, refusal.value.patient_id) == (1, ann.id)
    assert Patient.objects.count() == 1


def test_the_vocabulary_learns_new_words_once(cast):
    a_patient(cast.almighty())
    a_patient(cast.almighty())
    assert set(NameToken.objects.values_list("token", flat=True)) == {"ash", "ann"}
    assert set(NameVariant.objects.filter(token="ash").values_list("variant", flat=True)) == {"sh", "ah", "as"}


def test_registering_takes_few_statements(cast, django_assert_max_num_queries):
    act = cast.act("receptionist")
    with django_assert_max_num_queries(6):  # savepoint, patient, identifiers, vocabulary, fact, release
        a_patient(act, identifiers=[PASSPORT], telecom=[{"system": "phone", "value": "07700 900123"}])


@pytest.mark.race
def test_fifty_at_once_have_fifty_numbers(cast, real_db):
    act = cast.act("receptionist")
    made, errors = _at_once(50, lambda n: a_patient(act, given=f"Ann{n % 5}", family=f"Newname{n}").mrn)
    assert not errors
    assert len(set(made)) == 50


@pytest.mark.guarantee("H2")
@pytest.mark.race
def test_one_of_fifty_with_the_same_number_wins_and_the_others_are_told(cast, real_db):
    act = cast.act("receptionist")
    made, errors = _at_once(50, lambda n: a_patient(act, given=f"Ann{n}", identifiers=[PASSPORT]).mrn)
    assert len(made) == 1
    assert [type(error) for error in errors] == [IdentifierTaken] * 49
    assert Patient.objects.count() == 1
    assert Identifier.objects.count() == 1


def _at_once(many, do):
    made, errors, start = [], [], threading.Barrier(many)

    def one(number):
        start.wait()
        try:
            made.append(do(number))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return made, errors


@pytest.mark.guarantee("B20")
def test_the_access_log_has_an_entry_when_it_comes_through_the_door(cast):
    act = cast.act("receptionist")
    patient = register_patient(act, family="Ash", given="Ann")
    assert act.trace.touched == {patient.id: "write"}
    assert AccessEntry.objects.count() == 0
