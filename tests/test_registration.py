"""Registering with everything that a desk can fill in: the parts that rooms plug in keep the budget together."""

import io

import pytest
from PIL import Image

from salus.chart.models import Note
from salus.coverage.models import Coverage
from salus.patients.models import Patient
from salus.places.models import Organization
from tests.cast import form_key
from tests.statements import at_most


@pytest.fixture
def whole_form():
    fund = Organization.objects.create(name="Northern Health Fund", kind="ins")
    photo = io.BytesIO()
    Image.new("RGB", (40, 40), "teal").save(photo, "PNG")
    photo.seek(0)
    photo.name = "ann.png"
    return form_key(
        **{
            **{"family": "Ash", "given": "Ann", "gender": "female", "birth_date": "1964", "phone": "+44 7700 900123"},
            **{"identifiers-TOTAL_FORMS": "2", "identifiers-INITIAL_FORMS": "0"},
            **{"identifiers-0-kind": "national", "identifiers-0-value": "7"},
            **{"identifiers-1-kind": "passport", "identifiers-1-value": "8", "photo": photo},
            **{"coverage-payer": str(fund.id), "coverage-member_number": "1", "coverage-relationship": "self"},
            **{"told-past_illnesses": "Asthma as a child", "told-allergies": "Penicillin: rash"},
        }
    )


def test_registering_with_everything_takes_fifteen_statements(cast, whole_form):
    browser = cast.client("receptionist")
    with at_most(15):
        answer = browser.post("/patients/new", whole_form)
    assert answer.status_code == 303
    assert Patient.objects.get().photo_id
    assert Coverage.objects.count() == 1
    assert Note.objects.get().kind == "history"
    again = browser.post("/patients/new", whole_form | {"photo": ""})
    assert again.status_code == 422, "another request with the same key is refused"
    assert Patient.objects.count() == 1
