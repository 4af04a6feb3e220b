"""What patients permit and refuse, whose record is protected, referrals: on the screen and through the services."""

from datetime import timedelta

import pytest
from django.urls import reverse

from salus.core.errors import Barred, NotAllowed, Stale
from salus.core.models import Fact
from salus.patients import services as patients
from salus.patients.models import CareRelation, Consent, Patient
from salus.patients.tests.builders import a_consent, a_patient
from tests.cast import form_key
from tests.statements import at_most


@pytest.fixture
def ann(cast):
    return a_patient(cast.almighty(), is_open=False)


def _signed(**more):
    return {"signed_by": "Ann Ash", "signed_as": "patient", "signed_how": "paper", "decision": "deny"} | more


@pytest.mark.guarantee("P4")
def test_a_refusal_is_recorded_holds_and_is_taken_back(cast, ann):
    desk, doctor = cast.client("receptionist"), cast.act("doctor")
    a_consent(ann)
    assert Patient.objects.open_to(doctor).exists()
    to_whom = f"p:{doctor.practitioner_id}"
    form = form_key(
        patient_id=str(ann.id), to_whom=to_whom, ends_on="2099-12-31", reason="He is my neighbour", **_signed()
    )
    with at_most(15):
        answer = desk.post(reverse("patients:record_consent", args=[ann.id]), form)
    assert answer.status_code == 303
    consent = Consent.objects.get(decision="deny")
    assert (consent.recorded_by_name, consent.practitioner_id) == ("Ruth Mwangi", doctor.practitioner_id)
    assert not Patient.objects.open_to(cast.act("doctor")).exists()
    with at_most(15):
        page = desk.get(reverse("patients:access", args=[ann.id])).content.decode()
    assert "He is my neighbour" in page
    form = form_key(
        patient_id=str(ann.id), version=consent.version, signed_by="Ann Ash", signed_as="patient", signed_how="paper"
    )
    address = reverse("patients:withdraw_consent", args=[ann.id, consent.id])
    assert desk.post(address, form).status_code == 303
    assert Patient.objects.open_to(cast.act("doctor")).exists()
    assert desk.post(address, form_key(**form | {"version": 2, "_key": "again-and-again-1"})).status_code == 422
    assert [f.name for f in Fact.objects.filter(name__startswith="patients.Consent")] == [
        "patients.ConsentRecorded",
        "patients.ConsentWithdrawn",
    ]


def test_what_is_missing_is_said_beside_its_field(cast, ann):
    desk = cast.client("receptionist")
    answer = desk.post(
        reverse("patients:record_consent", args=[ann.id]), form_key(patient_id=str(ann.id), decision="deny")
    )
    assert answer.status_code == 422
    assert b"id_signed_by_error" in answer.content
    assert not Consent.objects.exists()


@pytest.mark.guarantee("S9")
def test_nobody_gives_access_to_himself(cast, ann):
    """Neither by a permission of the patient, nor by a referral, nor by taking a protection away."""
    doctor = cast.act("doctor")
    with pytest.raises(patients.ForOneself):
        patients.record_consent(doctor, patient_id=ann.id, **_signed(decision="permit"))
    with pytest.raises(Barred):
        patients.refer_patient(doctor, patient_id=ann.id, kind="referral", department_id=cast.departments["opd"].id)
    a_consent(ann)
    with pytest.raises(patients.ForOneself):
        patients.refer_patient(
            cast.act("doctor"), patient_id=ann.id, kind="referral", practitioner_id=doctor.practitioner_id
        )
    Consent.objects.update(withdrawn_at=doctor.at, withdrawn_by="Ann")
    Patient.objects.update(is_vip=True)
    version = Patient.objects.get().version
    with pytest.raises(patients.ForOneself):
        patients.protect_patient(cast.act("doctor"), patient_id=ann.id, version=version, is_vip=False)
    assert not Patient.objects.open_to(cast.act("doctor")).exists()


@pytest.mark.guarantee("S10")
def test_a_protected_record_shows_the_desk_no_more_than_the_name(cast, ann):
    officer = cast.client("privacy-officer")
    form = form_key(patient_id=str(ann.id), version=Patient.objects.get().version, is_vip="1")
    assert officer.post(reverse("patients:protect", args=[ann.id]), form).status_code == 303
    with pytest.raises(Stale):
        patients.protect_patient(cast.act("privacy-officer"), patient_id=ann.id, version=1, is_vip=False)
    desk = cast.client("receptionist")
    page = desk.get(reverse("patients:show", args=[ann.id])).content.decode()
    assert "You do not see more of this patient" in page
    assert desk.get(reverse("patients:edit", args=[ann.id])).status_code == 404
    assert Fact.objects.get(name="patients.PatientProtected").data["is_vip"] is True


def test_a_referral_opens_the_record_for_thirty_days(cast, ann):
    department = cast.departments["opd"].id
    desk = cast.client("receptionist")
    form = form_key(patient_id=str(ann.id), kind="referral", to_whom=f"d:{department}")
    assert desk.post(reverse("patients:refer", args=[ann.id]), form).status_code == 303
    nurse = cast.act("nurse")
    assert Patient.objects.open_to(nurse).exists()
    assert not Patient.objects.open_to(cast.act("nurse", at=nurse.at + timedelta(days=34))).exists()
    relation = CareRelation.objects.get()
    form = form_key(patient_id=str(ann.id), version=relation.version)
    assert desk.post(reverse("patients:end_referral", args=[ann.id, relation.id]), form).status_code == 303
    assert not Patient.objects.open_to(cast.act("nurse", at=nurse.at + timedelta(days=4))).exists()


def test_the_page_explains_why_somebody_may_or_may_not(cast, ann):
    officer, doctor = cast.client("privacy-officer"), cast.user("doctor")
    address = reverse("patients:access", args=[ann.id])
    with at_most(15):
        page = officer.post(address, {"person": str(doctor.id), "patient_id": str(ann.id)}).content.decode()
    assert "only in an emergency" in page
    assert "Does not care for the patient" in page
    patients.start_care_relation(
        cast.almighty(),
        patient_id=ann.id,
        kind="encounter",
        source="x",
        practitioner_id=cast.act("doctor").practitioner_id,
    )
    assert (
        "Cares for the patient by name"
        in officer.post(address, {"person": str(doctor.id), "patient_id": str(ann.id)}).content.decode()
    )
    assert cast.client("cashier").get(address).status_code == 403


def test_each_act_needs_its_right(cast, ann):
    act = cast.act("laboratory-technician")
    for refused in (
        lambda: patients.record_consent(act, patient_id=ann.id, **_signed()),
        lambda: patients.protect_patient(act, patient_id=ann.id, version=1, is_vip=True),
        lambda: patients.refer_patient(act, patient_id=ann.id, kind="referral"),
        lambda: patients.break_glass(act, patient_id=ann.id, reason_code="emergency", reason="Found in the corridor"),
        lambda: patients.review_glass(act, glass_id=ann.id, version=1, verdict="justified", words="x"),
    ):
        with pytest.raises(NotAllowed):
            refused()
