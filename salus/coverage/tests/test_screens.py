import pytest
from django.urls import reverse

from salus.coverage.models import Coverage
from salus.coverage.tests.builders import a_coverage
from salus.patients.models import Patient
from salus.patients.tests.builders import a_patient
from salus.places.models import Organization
from tests.cast import form_key
from tests.statements import at_most

MOST = 15


@pytest.fixture
def ann(cast):
    return a_patient(cast.almighty())


@pytest.fixture
def desk(cast):
    return cast.client("receptionist")


def test_insurance_is_recorded_with_the_registration(cast, desk):
    fund = Organization.objects.create(name="Northern Health Fund", kind="ins")
    form = form_key(
        **{
            "family": "Ash",
            "given": "Ann",
            "gender": "female",
            "identifiers-TOTAL_FORMS": "1",
            "identifiers-INITIAL_FORMS": "0",
            "identifiers-0-kind": "national",
            "identifiers-0-value": "7",
            "coverage-payer": str(fund.id),
            "coverage-payer_text": fund.name,
            "coverage-member_number": "NHF 1",
            "coverage-relationship": "self",
        }
    )
    text = desk.get(reverse("patients:register")).content.decode()
    assert "Who pays" in text
    with at_most(MOST):
        answer = desk.post(reverse("patients:register"), form)
    assert answer.status_code == 303
    assert Coverage.objects.get().payer == fund
    assert "Northern Health Fund" in desk.get(answer["Location"]).content.decode()
    wrong = form | form_key(
        **{"coverage-payer": "", "coverage-payer_text": "", "family": "Oak", "identifiers-0-value": "8"}
    )
    answer = desk.post(reverse("patients:register"), wrong)
    assert answer.status_code == 422
    assert "Choose who pays" in answer.content.decode()
    assert Patient.objects.count() == 1


def test_recording_later(desk, ann):
    address = reverse("coverage:record", args=[ann.id])
    assert desk.get(address).status_code == 200
    with at_most(MOST):
        answer = desk.post(
            address, form_key(payer_text="Fund", member_number="1", relationship="self", patient_id=ann.id)
        )
    assert answer.status_code == 303
    mistake = desk.post(address, form_key(payer_text="Fund", member_number="1", relationship="self", patient_id=ann.id))
    assert mistake.status_code == 422
    assert "recorded already" in mistake.content.decode()


def test_changing_ending_and_taking_back(cast, desk, ann):
    row = a_coverage(cast.act("receptionist"), ann.id)
    address = reverse("coverage:change", args=[row.id])
    with at_most(MOST):
        assert 'value="NHF 1"' in desk.get(address).content.decode()
    form = {"payer_text": "Fund", "member_number": "2", "relationship": "self"}
    assert desk.post(address, form_key(patient_id=ann.id, version="1", **form)).status_code == 303
    late = desk.post(address, form_key(patient_id=ann.id, version="1", **form, plan="Gold"))
    assert late.status_code == 409
    assert 'value="Gold"' in late.content.decode()
    end = reverse("coverage:end", args=[row.id])
    assert desk.post(end, form_key(patient_id=ann.id, version="2", ends="1900")).status_code == 422
    assert desk.post(end, form_key(patient_id=ann.id, version="2", ends="31-Oct-2026")).status_code == 303
    void = reverse("coverage:void", args=[row.id])
    assert desk.post(void, form_key(patient_id=ann.id, version="3", reason="")).status_code == 422
    assert desk.post(void, form_key(patient_id=ann.id, version="3", reason="wrong card")).status_code == 303
    assert desk.get(address).status_code == 404


def test_payers_are_offered(desk):
    Organization.objects.create(name="Northern Health Fund", kind="ins")
    assert "Northern" in desk.post(reverse("coverage:payers"), {"q": "north"}).content.decode()
    assert "will be kept" in desk.post(reverse("coverage:payers"), {"q": "zzz"}).content.decode()


def test_who_may(cast, ann):
    row = a_coverage(cast.act("receptionist"), ann.id)
    assert cast.client("nurse").get(reverse("coverage:record", args=[ann.id])).status_code == 403
    assert cast.client("cashier").get(reverse("coverage:change", args=[row.id])).status_code == 403
    seen = cast.client("cashier").get(reverse("patients:show", args=[ann.id])).content.decode()
    assert "Northern Health Fund" in seen
    assert (
        "Northern Health Fund"
        not in cast.client("doctor").get(reverse("patients:show", args=[ann.id])).content.decode()
    )
