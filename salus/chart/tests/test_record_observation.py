"""Final values that departments and programs hand over."""

from decimal import Decimal

import pytest
from django.db import connection

from salus.chart import services as chart
from salus.chart.models import Observation
from salus.chart.observing import ObservationItem, record_observations
from salus.chart.tests.builders import a_patient, a_visit
from salus.core.errors import Conflict, NotAllowed
from salus.core.models import Fact
from tests.statements import at_most

D = Decimal
POTASSIUM = {
    "source": "lab.result:1",
    "code": "2823-3",
    "display": "Potassium",
    "number": D("5.60"),
    "unit": "mmol/L",
    "unit_code": "mmol/L",
    "flag": "H",
    "low": D("3.5"),
    "high": D("5.3"),
}


def file(cast, patient, **changes):
    return chart.record_observation(cast.act("pathologist"), patient_id=patient.id, **(POTASSIUM | changes))


def test_a_value_is_filed_as_written(cast):
    ann = a_patient(cast)
    act = cast.act("pathologist")
    file(cast, ann, at=act.at, comparator=">")
    row = Observation.objects.get()
    assert (str(row.number), row.comparator, row.value_type, row.status) == ("5.60", ">", "Quantity", "final")
    assert row.at == act.at
    assert row.effective.precision == "instant"


def test_the_same_again_changes_nothing(cast):
    ann = a_patient(cast)
    first = file(cast, ann)
    assert file(cast, ann).id == first.id
    assert Observation.objects.get().version == 1
    assert Fact.objects.filter(name="chart.ObservationRecorded").count() == 1


@pytest.mark.guarantee("H9")
def test_a_correction_keeps_what_it_said_before(cast):
    ann = a_patient(cast)
    first = file(cast, ann)
    again = file(cast, ann, number=D("5.6"), status="corrected")
    row = Observation.objects.get()
    assert (again.id, row.version, str(row.number), row.status) == (first.id, 2, "5.6", "corrected")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row->>'number', row->>'status' FROM chart_observation_history")
        assert cursor.fetchall() == [("5.60", "final")]


def test_a_source_never_changes_its_patient(cast):
    file(cast, a_patient(cast))
    with pytest.raises(Conflict):
        file(cast, a_patient(cast))


def test_needs_the_right(cast):
    with pytest.raises(NotAllowed):
        chart.record_observation(cast.act("laboratory-technician"), patient_id=a_patient(cast).id, **POTASSIUM)


def test_a_panel_of_twenty_costs_one_statement(cast):
    visit = a_visit(cast)
    act = cast.act("pathologist")
    items = [
        ObservationItem(
            patient_id=visit.patient_id,
            encounter_id=visit.id,
            code=f"c{n}",
            display="Test",
            category="laboratory",
            at=act.at,
            source=f"lab.result:{n}",
            number=D(n),
        )
        for n in range(20)
    ]
    with at_most(1):
        record_observations(act, items)
    assert Observation.objects.count() == 20
