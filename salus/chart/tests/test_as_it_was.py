"""The chart as it was: what was changed, withdrawn or added since is as it stood, and nobody reads more than today."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from salus.chart import services as chart
from salus.chart.models import AllergyIntolerance, Condition, Note, Observation
from salus.chart.queries.then import chart_then
from salus.chart.tests.builders import a_long_history, a_visit, an_allergen
from salus.core.dates import PartialDate
from salus.core.models import AccessEntry
from salus.ui import formatting
from tests.cast import form_key
from tests.statements import at_most

SAID = {"history": "Cough", "plan": "Rest"}


@pytest.fixture
def ann(cast):
    """A patient with a problem, an allergy, a result and a note, all of an hour ago."""
    an_allergen()
    visit, doctor = a_visit(cast), cast.act("doctor")
    of = {"patient_id": visit.patient_id}
    ago = datetime.now(UTC) - timedelta(hours=1)
    when = {"created_at": ago, "updated_at": ago}
    said = {"course": "chronic", "severity": "24484000", "is_principal": True}
    Condition.objects.create(
        **of, **when, **said, display="Hypertension", status="active", code="I10", recorded_by_id=doctor.by
    )
    AllergyIntolerance.objects.create(**of, **when, display="Penicillin", status="active", recorded_at=ago)
    value = {"code": "2823-3", "display": "Potassium", "category": "laboratory", "status": "final", "unit": "mmol/L"}
    number = {"number": Decimal("4.10"), "value_type": "Quantity", "at": ago, "effective": PartialDate.of(ago)}
    Observation.objects.create(**of, **when, **value, **number)
    Note.objects.create(
        **of, **when, status="signed", sections=SAID, written_at=ago, signed_at=ago, recorded_by_id=doctor.by
    )
    return visit


def told(cast, patient_id, at, role="doctor"):
    then = chart_then(cast.act(role), patient_id, at)
    return (
        [row.display for row in then.problems],
        [row.display for row in then.allergies.rows],
        [one.shown[0] for one in then.results],
        [bool(row.voided_at and row.voided_at <= at) for row in then.notes],
    )


def test_what_was_changed_or_withdrawn_since_is_as_it_stood(cast, ann):
    before = datetime.now(UTC)
    act, of = cast.act("doctor"), {"patient_id": ann.patient_id}
    rows = {model: model.objects.get(**of) for model in (Condition, AllergyIntolerance, Observation, Note)}
    chart.change_condition(act, **of, condition_id=rows[Condition].id, version=1, status="resolved")
    chart.refute_allergy(act, **of, allergy_id=rows[AllergyIntolerance].id, version=1, reason="Tolerated")
    Observation.objects.filter(id=rows[Observation].id).update(number=Decimal("5.0"), status="corrected")
    chart.void_note(act, **of, note_id=rows[Note].id, version=1, reason="Wrong patient")
    assert told(cast, ann.patient_id, before) == (["Hypertension"], ["Penicillin"], ["4.10"], [False])
    assert told(cast, ann.patient_id, datetime.now(UTC)) == ([], [], ["5.0"], [True])
    assert told(cast, ann.patient_id, before - timedelta(hours=2)) == ([], [], [], [])


def test_what_was_voided_or_moved_in_between_shows_each_version_at_its_time(cast, ann):
    row, shown = Observation.objects.get(), []
    for number in ("4.2", "4.3"):
        shown.append(datetime.now(UTC))
        Observation.objects.filter(id=row.id).update(number=Decimal(number))
    shown.append(datetime.now(UTC))
    Observation.objects.filter(id=row.id).update(voided_at=datetime.now(UTC), status="entered-in-error")
    assert [told(cast, ann.patient_id, at)[2] for at in shown] == [["4.10"], ["4.2"], ["4.3"]]
    assert told(cast, ann.patient_id, datetime.now(UTC))[2] == []


def test_the_rule_of_today_says_who_reads_it(cast, ann):
    """What is marked today was not marked then: a nurse does not read it by looking back."""
    before = datetime.now(UTC)
    Condition.objects.filter(patient_id=ann.patient_id).update(labels=["PSY"])
    assert told(cast, ann.patient_id, before, "nurse")[0] == []
    assert told(cast, ann.patient_id, before, "doctor")[0] == ["Hypertension"]


def test_the_pages(cast, ann):
    note, doctor = Note.objects.get(), cast.client("doctor")
    before = datetime.now(UTC)
    Condition.objects.update(display="Something else", course="", severity="", is_principal=False)
    with at_most(15):
        page = doctor.get(reverse("chart:note_then", args=[ann.patient_id, note.id])).content.decode()
    assert ("Hypertension" in page, "Something else" in page) == (True, False)
    assert all(words in page for words in ("Chronic · Severe · I10", "Principal"))
    address = reverse("chart:as_it_was", args=[ann.patient_id])
    with at_most(15):
        page = doctor.get(address).content.decode()
    assert ("Hypertension" in page, "Something else" in page) == (False, True)
    assert "Chronic" not in page
    local = (before - timedelta(minutes=1)).astimezone()
    fields = {"day": f"{local:%d-%b-%Y}", "clock": f"{local:%H:%M}"}
    page = doctor.post(address, form_key(patient_id=ann.patient_id, **fields)).content.decode()
    assert ("Hypertension" in page, "Something else" in page) == (True, False)
    of = {"patient_id": ann.patient_id}
    for day in ("31-Feb-2026", "nonsense", "1-Jan-9999"):
        assert doctor.post(address, of | {"day": day, "clock": "10:00"}).status_code in (200, 422)
    assert doctor.post(address, of | {"day": "", "clock": "99:99"}).status_code == 422
    entry = AccessEntry.objects.filter(patient_id=ann.patient_id, door="chart:note_then").last()
    assert (entry.action, str(note.id) in entry.what) == ("read", True)


def test_allergies_are_told_as_they_stood(cast, ann):
    doctor, of = cast.client("doctor"), {"patient_id": ann.patient_id}
    AllergyIntolerance.objects.update(reactions=[{"manifestation": [{"text": "hives"}], "onset": "2011"}])
    address = reverse("chart:as_it_was", args=[ann.patient_id])
    assert "hives 2011 · recorded " in doctor.get(address).content.decode()
    row = AllergyIntolerance.objects.get()
    chart.refute_allergy(cast.act("doctor"), **of, allergy_id=row.id, version=row.version, reason="Tolerated")
    none_known = chart.confirm_no_allergies(cast.act("doctor"), **of)
    page = doctor.get(address).content.decode()
    page = page[page.index("<main") :]
    assert f"confirmed {formatting.day(none_known.recorded_at)}" in page, "none known is told with its day"


def test_a_long_record_is_looked_back_in_few_statements(cast):
    visit = a_visit(cast)
    a_long_history(cast, visit.patient, visits=60, each=20)
    act = cast.act("doctor")
    with at_most(5):
        then = chart_then(act, visit.patient_id, datetime.now(UTC))
    assert len(then.results) == 14
    assert all(len(one.shown) == 2 for one in then.results)
