"""Illnesses in the family and what is asked about life."""

from decimal import Decimal

import pytest
from django.urls import reverse

from salus.chart import services as chart
from salus.chart.models import FamilyMember, Observation
from salus.chart.services import Illness, Relative
from salus.chart.tests.builders import a_patient
from salus.core.errors import Invalid, NotAllowed, Stale
from tests.cast import form_key
from tests.statements import at_most

FATHER = Relative(
    relationship="FTH", death_age="74", illnesses=[Illness(display="Heart attack", onset="70", code="I21.9")]
)


def record(cast, patient, role="nurse", relative=FATHER):
    return chart.record_relative(cast.act(role), patient_id=patient.id, relative=relative)


def test_a_relative_is_recorded_changed_and_found_wrong(cast):
    ann, nurse = a_patient(cast), cast.act("nurse")
    row = record(cast, ann)
    assert (row.display, row.is_deceased, row.conditions[0]["display"]) == ("Father", True, "Heart attack")
    whose = {"patient_id": ann.id, "relative_id": row.id}
    chart.change_relative(nurse, **whose, version=1, relative=Relative(relationship="FTH", illnesses=[]))
    with pytest.raises(Stale):
        chart.void_relative(nurse, **whose, version=1, reason="Adopted")
    chart.void_relative(nurse, **whose, version=2, reason="Adopted")
    assert not FamilyMember.objects.valid().exists()


@pytest.mark.parametrize("relative", [Relative(relationship=""), Relative(relationship="MTH", born="soon")])
def test_refuses_nonsense(cast, relative):
    with pytest.raises(Invalid):
        record(cast, a_patient(cast), relative=relative)


def test_needs_the_right(cast):
    with pytest.raises(NotAllowed):
        record(cast, a_patient(cast), role="cashier")
    with pytest.raises(NotAllowed):
        chart.record_social_history(cast.act("cashier"), patient_id=a_patient(cast).id, smoking="never")


def test_answers_about_life_are_observations_of_their_codes(cast):
    ann = a_patient(cast)
    said = {"smoking": "former", "alcohol": "none", "drinks": Decimal(0), "occupation": "Teacher"}
    chart.record_social_history(cast.act("nurse"), patient_id=ann.id, **said)
    found = {row.code: row for row in Observation.objects.filter(patient=ann, category="social-history")}
    assert (found["72166-2"].value_code, found["72166-2"].text) == ("8517006", "Former smoker")
    assert (found["11331-6"].text, found["74013-4"].number) == ("Drinks no alcohol", 0)
    assert found["11341-5"].text == "Teacher"
    ben = a_patient(cast, given="Ben", gender="male")
    with pytest.raises(Invalid):
        chart.record_social_history(cast.act("nurse"), patient_id=ben.id, pregnancy="not-pregnant")
    assert 'name="pregnancy"' not in _social_page(cast, ben)
    assert 'name="pregnancy"' in _social_page(cast, ann)
    for wrong in ({}, {"smoking": "sometimes"}, {"drinks": Decimal(1000)}, {"pregnancy": "maybe"}):
        with pytest.raises(Invalid):
            chart.record_social_history(cast.act("nurse"), patient_id=ann.id, **wrong)


def _social_page(cast, patient):
    return cast.client("nurse").get(reverse("chart:record_social_history", args=[patient.id])).content.decode()


def test_the_pages_record_and_show(cast):
    """The tab with what the patient told beside it, both forms, a change that keeps the code of an illness."""
    ann, nurse = a_patient(cast), cast.client("nurse")
    chart.record_told_history(
        cast.act("receptionist"), patient_id=ann.id, base="", sections={"family": "Uncle had gout"}
    )
    record(cast, ann)
    at = reverse("chart:histories", args=[ann.id])
    with at_most(15):
        page = nurse.get(at).content.decode()
    assert "Heart attack" in page
    assert "Uncle had gout" in page
    new = reverse("chart:record_relative", args=[ann.id])
    assert nurse.get(new).status_code == 200
    mother = {"patient_id": ann.id, "relationship": "MTH", "illness_1": "Asthma", "onset_1": "8"}
    assert nurse.post(new, form_key(**mother, living="alive", death_age="9")).status_code == 422
    assert nurse.post(new, form_key(**mother)).status_code == 303
    row = FamilyMember.objects.get(code="FTH")
    change = reverse("chart:change_relative", args=[ann.id, row.id])
    assert "Heart attack" in nurse.get(change).content.decode()
    fields = {"patient_id": ann.id, "relationship": "FTH", "illness_1": "Heart attack", "onset_1": "71"}
    assert nurse.post(change, form_key(**fields, version=1)).status_code == 303
    row.refresh_from_db()
    assert (row.conditions[0]["code"], row.conditions[0]["onset"]) == ("I21.9", "71")
    assert nurse.post(change, form_key(**fields, version=1)).status_code == 409
    social = reverse("chart:record_social_history", args=[ann.id])
    assert nurse.post(social, form_key(patient_id=ann.id)).status_code == 422
    assert nurse.post(social, form_key(patient_id=ann.id, smoking="every-day", drinks="1,5")).status_code == 422
    assert nurse.post(social, form_key(patient_id=ann.id, smoking="every-day")).status_code == 303
    assert "Smokes every day" in nurse.get(at).content.decode()
