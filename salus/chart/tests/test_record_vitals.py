"""Vital signs at the bedside."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.utils import timezone

from salus.catalog.models import VitalSign
from salus.chart import rules
from salus.chart import services as chart
from salus.chart.forms import VitalsForm
from salus.chart.models import Observation
from salus.chart.tests.builders import a_patient, a_visit, vital_signs
from salus.core.errors import Conflict, Invalid, NotAllowed, NotFound
from salus.core.models import Fact
from salus.encounters.models import Encounter

D = Decimal


@pytest.fixture(autouse=True)
def _signs(cast):
    vital_signs()


def take(cast, role="nurse", patient=None, **changes):
    patient = patient or a_patient(cast)
    values = {"patient_id": patient.id, "values": {"pulse": D("72")}} | changes
    return chart.record_vitals(cast.act(role), **values)


def test_each_sign_is_filed_with_unit_range_and_flag(cast):
    rows = take(cast, values={"pulse": D("106"), "temperature": D("37.0"), "pain": D("3")})
    kept = {row.code: row for row in Observation.objects.filter(id__in=[r.id for r in rows])}
    pulse = kept["8867-4"]
    assert (pulse.number, pulse.unit, pulse.unit_code, pulse.flag) == (D("106"), "/min", "/min", "H")
    assert (pulse.low, pulse.high, pulse.category, pulse.value_type) == (D("60"), D("100"), "vital-signs", "Quantity")
    assert str(kept["8310-5"].number) == "37.0"
    assert kept["8310-5"].effective.start == kept["8310-5"].at.replace(microsecond=0)
    assert kept["72514-3"].flag == ""


@pytest.mark.parametrize(
    ("now", "taken", "at"),
    [
        ("2031-03-10T00:30", "23:50", "2031-03-09T23:50"),
        ("2031-03-10T00:30", "00:20", "2031-03-10T00:20"),
        ("2031-03-10T14:00", "15:00", "2031-03-10T15:00"),  # a mistake, and refused as one
    ],
)
def test_shortly_after_midnight_the_evening_was_yesterday(cast, monkeypatch, now, taken, at):
    here = timezone.get_current_timezone()
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat(now).replace(tzinfo=here))
    form = VitalsForm(VitalSign.objects.all(), {}, QueryDict(f"pulse=72&taken={taken}"))
    assert form.is_valid()
    assert form.cleaned_data["at"] == datetime.fromisoformat(at).replace(tzinfo=here)


def test_the_pressures_become_one_readable_panel(cast):
    (row,) = take(cast, values={"systolic": D("118"), "diastolic": D("76")})
    row.refresh_from_db()
    assert row.code == "85354-9"
    assert rules.components_of(row.components) == {"8480-6": D("118"), "8462-4": D("76")}
    assert rules.shown_value(vars(row)) == "118/76"
    (felt,) = take(cast, values={"systolic": D("80")})
    assert rules.shown_value(vars(felt)) == "80/–"
    assert felt.flag == "L"


def test_weight_and_height_make_a_body_mass_index(cast):
    rows = take(cast, values={"weight": D("71.4"), "height": D("165.0")})
    assert {row.code: str(row.number) for row in rows}["39156-5"] == "26.2"


def test_a_childs_values_are_not_judged_by_adult_limits(cast):
    child = a_patient(cast, birth_date="2024-01-01", born_on="2024-01-01")
    (row,) = take(cast, patient=child, values={"pulse": D("128")})
    assert (row.flag, row.low, row.high) == ("", None, None)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "values"),
        ({"pulse": D("720")}, "pulse"),
        ({"temperature": D("98.6")}, "temperature"),
        ({"wishes": D("1")}, "wishes"),
        ({"diastolic": D("80")}, "systolic"),
        ({"systolic": D("80"), "diastolic": D("120")}, "diastolic"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(cast, values, field):
    with pytest.raises(Invalid) as refused:
        take(cast, values=values)
    assert list(refused.value.fields) == [field]
    assert not Observation.objects.exists()


def test_the_future_is_refused(cast):
    act = cast.act("nurse")
    with pytest.raises(Invalid):
        chart.record_vitals(act, patient_id=a_patient(cast).id, values={"pulse": D(70)}, at=act.at + timedelta(hours=1))


def test_needs_the_right(cast):
    with pytest.raises(NotAllowed):
        take(cast, role="receptionist")


def test_another_patients_visit_is_refused(cast):
    with pytest.raises(NotFound):
        take(cast, encounter_id=a_visit(cast).id)


def test_a_joined_record_is_refused(cast):
    with pytest.raises(Conflict):
        take(cast, patient=a_patient(cast, merged_into=a_patient(cast)))


def test_tells_what_happened_and_the_patient_is_triaged(cast):
    visit = a_visit(cast)
    nurse = cast.act("nurse")
    chart.record_vitals(nurse, patient_id=visit.patient_id, encounter_id=visit.id, values={"pulse": D(70)})
    fact = Fact.objects.get(name="chart.VitalsRecorded")
    assert fact.data["observation_ids"] == [str(Observation.objects.get().id)]
    visit.refresh_from_db()
    assert (visit.status, visit.triaged_at) == ("triaged", nurse.at)
    # who is with the doctor stays there
    Encounter.objects.filter(id=visit.id).update(status="in-progress")
    chart.record_vitals(nurse, patient_id=visit.patient_id, encounter_id=visit.id, values={"pulse": D(71)})
    visit.refresh_from_db()
    assert visit.status == "in-progress"
