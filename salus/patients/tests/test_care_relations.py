import pytest
from django.urls import reverse

from salus.core.errors import Invalid, NotAllowed
from salus.core.models import Fact
from salus.patients.models import CareRelation
from salus.patients.queries import patients_in_care, who_cares
from salus.patients.services import end_care_relation, start_care_relation
from salus.patients.tests.builders import a_patient


@pytest.fixture
def ann(cast):
    return a_patient(cast.almighty())


def _start(cast, ann, **more):
    doctor = cast.act("doctor")
    values = {"kind": "encounter", "source": "encounters.encounter:1", "practitioner_id": doctor.practitioner_id}
    start_care_relation(cast.almighty(), patient_id=ann.id, **(values | more))


def test_whoever_cares_is_known_until_it_ends(cast, ann):
    _start(cast, ann)
    assert [one.name for one in who_cares(cast.act("doctor"), ann.id)] == ["OKOYE, Chidi"]
    doctor = cast.act("doctor")
    assert [line.id for line in patients_in_care(doctor, doctor.practitioner_id)[1]] == [ann.id]
    assert doctor.trace.touched == {ann.id: "read"}
    end_care_relation(cast.almighty(), patient_id=ann.id, source="encounters.encounter:1")
    end_care_relation(cast.almighty(), patient_id=ann.id, source="encounters.encounter:1")
    assert who_cares(cast.act("doctor"), ann.id) == []
    assert CareRelation.objects.get().version == 2


def test_the_same_source_relates_once(cast, ann):
    _start(cast, ann)
    _start(cast, ann)
    _start(cast, ann, practitioner_id=None, department_id=cast.departments["opd"].id)
    assert CareRelation.objects.count() == 2
    assert Fact.objects.filter(name="patients.CareRelationStarted", patient_id=ann.id).count() == 2


def test_it_needs_the_right_and_somebody(cast, ann):
    with pytest.raises(NotAllowed):
        start_care_relation(cast.act("doctor"), patient_id=ann.id, kind="encounter", source="x", department_id=ann.id)
    with pytest.raises(Invalid):
        _start(cast, ann, practitioner_id=None)
    with pytest.raises(NotAllowed):
        end_care_relation(cast.act("doctor"), patient_id=ann.id, source="x")


def test_the_profile_of_a_doctor_shows_the_patients_to_those_who_may_open_their_records(cast, ann):
    """Whose patient somebody is says something of the illness: finding a name is not enough."""
    _start(cast, ann)
    doctor = cast.user("doctor").staff_member
    page = reverse("staff:profile", args=[doctor.id])
    assert ann.family.upper() in cast.client("doctor").get(page).content.decode()
    for role in ("receptionist", "administrator"):
        assert ann.family.upper() not in cast.client(role).get(page).content.decode()
