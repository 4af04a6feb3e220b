"""The sheet of observations: several at once, anything with a LOINC code, units never mixed up, wrong values struck."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.catalog.models import VitalSign
from salus.chart import rules
from salus.chart import services as chart
from salus.chart.models import Observation
from salus.chart.observing import ObservationItem, record_observations
from salus.chart.queries.flowsheet import EVERYTHING, flowsheet_of, trend_of
from salus.chart.queries.results import results_of
from salus.chart.services.flowsheets import Column, KeptElsewhere, Reading
from salus.chart.tests.builders import a_patient, vital_signs
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.terminology.models import Concept
from salus.terminology.rules import is_loinc
from tests.cast import form_key
from tests.statements import at_most


@pytest.fixture
def ann(cast):
    vital_signs()
    return a_patient(cast)


def signs():
    return list(VitalSign.objects.order_by("place", "name"))


def test_columns_are_filed_together_or_not_at_all(cast, ann):
    nurse = cast.act("nurse")
    glucose = Reading("2345-7", "Glucose", Decimal("5.4"), "mmol/L")
    columns = [
        Column(
            nurse.at - timedelta(hours=2),
            {"pulse": Decimal(80), "temperature": Decimal("98.6")},
            {"temperature": "[degF]"},
        ),
        Column(nurse.at - timedelta(hours=1), {"pulse": Decimal(90)}, others=[glucose]),
    ]
    rows = chart.record_flowsheet(nurse, patient_id=ann.id, columns=columns)
    assert len(rows) == 4
    written = Observation.objects.get(patient=ann, code="8310-5")
    assert (str(written.number), written.unit_code, written.low) == ("98.6", "[degF]", None), "as it was measured"
    wrong = [
        columns[0],
        Column(nurse.at, {"pulse": Decimal(9000)}, others=[Reading("2345-6", "Glucose", Decimal(1), "mmHg")]),
    ]
    with pytest.raises(Invalid) as refused:
        chart.record_flowsheet(nurse, patient_id=ann.id, columns=wrong)
    assert set(refused.value.fields) == {"pulse.1"}
    assert Observation.objects.filter(patient=ann).count() == 4
    for reading in (
        Reading("2345-6", "Glucose", Decimal(1), "mg/dL"),
        Reading("2345-7", "Glucose", Decimal(1), "mmHg"),
    ):
        with pytest.raises(Invalid):
            chart.record_flowsheet(nurse, patient_id=ann.id, columns=[Column(nurse.at, others=[reading])])
    with pytest.raises(Invalid):
        chart.record_flowsheet(nurse, patient_id=ann.id, columns=[])
    with pytest.raises(Invalid) as weight:
        chart.record_flowsheet(
            nurse, patient_id=ann.id, columns=[Column(nurse.at, {"weight": Decimal(70)}, {"weight": "cm"})]
        )
    assert set(weight.value.fields) == {"weight.0"}
    with pytest.raises(NotAllowed):
        chart.record_flowsheet(cast.act("receptionist"), patient_id=ann.id, columns=columns)


def test_a_row_is_in_one_unit_and_a_substance_is_one_row(cast, ann):
    nurse, doctor = cast.act("nurse"), cast.act("doctor")
    common = {"patient_id": ann.id, "category": "laboratory", "display": "Glucose"}
    record_observations(
        nurse,
        [
            ObservationItem(
                **common,
                code="14749-6",
                number=Decimal("5.0"),
                unit="mmol/L",
                unit_code="mmol/L",
                at=nurse.at - timedelta(hours=1),
            ),
            ObservationItem(**common, code="2345-7", number=Decimal(100), unit="mg/dL", unit_code="mg/dL", at=nurse.at),
            ObservationItem(**common, code="2345-7", number=Decimal(3), unit="plus", at=nurse.at - timedelta(hours=3)),
        ],
    )
    sheet = flowsheet_of(doctor, ann.id, nurse.at + timedelta(days=1), signs=signs(), categories=EVERYTHING)
    (line,) = sheet.lines
    shown = [cell for at in sheet.times for cell in line.cells[at]]
    assert [(one.shown, one.unit, one.written) for one in shown] == [
        ("100", "", ""), ("90.1", "", "5.0 mmol/L"), ("3", "plus", ""),
    ]  # fmt: skip
    trend = trend_of(doctor, ann.id, "2345-7", unit="mmol/L")
    assert trend is not None
    assert [one.number and round(one.number, 1) for one in trend.points] == [None, Decimal("5.0"), Decimal("5.6")]
    assert trend_of(doctor, ann.id, "718-7") is None


def test_a_wrong_value_is_corrected_and_a_wrong_row_is_struck(cast, ann):
    nurse = cast.act("nurse")
    first, second = chart.record_vitals(nurse, patient_id=ann.id, values={"pulse": Decimal(8), "spo2": Decimal(97)})
    of = {"patient_id": ann.id, "version": 1}
    with pytest.raises(Invalid):
        chart.correct_observation(nurse, **of, observation_id=first.id, number=Decimal(80), reason="")
    with pytest.raises(Invalid):
        chart.correct_observation(nurse, **of, observation_id=first.id, number=Decimal(8000), reason="A digit was lost")
    chart.correct_observation(nurse, **of, observation_id=first.id, number=Decimal(80), reason="A digit was lost")
    with pytest.raises(Stale):
        chart.correct_observation(nurse, **of, observation_id=first.id, number=Decimal(81), reason="Again")
    chart.void_observation(nurse, **of, observation_id=second.id, reason="Another patient's")
    sheet = flowsheet_of(cast.act("doctor"), ann.id, nurse.at + timedelta(days=1), signs=signs())
    cells = {line.name: line.cells[sheet.times[0]][0] for line in sheet.lines}
    assert (cells["Heart rate"].shown, cells["Heart rate"].was) == ("80", "8")
    assert cells["Oxygen saturation"].is_voided
    (smokes,) = chart.record_social_history(cast.act("doctor"), patient_id=ann.id, smoking="every-day")
    chart.void_observation(nurse, **of, observation_id=smokes.id, reason="Another patient's")
    item = ObservationItem(
        patient_id=ann.id,
        code="2823-3",
        display="Potassium",
        category="laboratory",
        at=nurse.at,
        number=Decimal(4),
        source="lab.result:9",
    )
    (kept,) = record_observations(nurse, [item])
    with pytest.raises(KeptElsewhere):
        chart.void_observation(nurse, **of, observation_id=kept.id, reason="No")


def test_what_was_reckoned_from_a_wrong_value_is_mended_with_it(cast, ann):
    """The body mass index follows weight and height; a value in another unit keeps its flag."""
    nurse, of = cast.act("nurse"), {"patient_id": ann.id, "version": 1, "reason": "Misread"}
    values = {"weight": Decimal(600), "height": Decimal(180), "temperature": Decimal(101)}
    rows = chart.record_vitals(nurse, patient_id=ann.id, values=values, units={"temperature": "[degF]"})
    by_code = {one.code: one for one in rows}
    assert str(by_code[rules.BMI].number) == "185.2"
    chart.correct_observation(nurse, **of, observation_id=by_code["8310-5"].id, number=Decimal(104))
    chart.correct_observation(nurse, **of, observation_id=by_code[rules.WEIGHT].id, number=Decimal(60))
    said = {one.code: one for one in Observation.objects.filter(patient=ann)}
    assert (said["8310-5"].flag, str(said[rules.BMI].number), said[rules.BMI].status) == ("H", "18.5", "corrected")
    chart.void_observation(nurse, **of, observation_id=by_code[rules.HEIGHT].id)
    assert set(Observation.objects.valid().filter(patient=ann).values_list("code", flat=True)) == {
        "8310-5",
        rules.WEIGHT,
    }


def test_no_number_stands_without_its_unit_and_the_bedside_takes_no_test_off_the_list(cast, ann):
    nurse, doctor = cast.act("nurse"), cast.act("doctor")
    common = {"patient_id": ann.id, "display": "Cholesterol", "code": "2093-3", "category": "laboratory"}
    hours = iter(timedelta(hours=n) for n in range(9))
    said = [
        {"text": "haemolysed"},
        {"number": Decimal("5.4"), "unit": "mmol/L", "unit_code": "mmol/L"},
        {"number": Decimal(209), "unit": "mg/dL", "unit_code": "mg/dL"},
        {"number": Decimal(6)},
    ]
    bedside = {"number": Decimal("7.1"), "unit": "mmol/L", "unit_code": "mmol/L", "category": "exam"}
    for one in (bedside, *said):
        record_observations(nurse, [ObservationItem(**common | one | {"at": nurse.at - next(hours)})])
    (line,) = flowsheet_of(
        doctor, ann.id, nurse.at + timedelta(days=1), signs=signs(), categories=("laboratory",)
    ).lines
    cells = [cell for _at, found in sorted(line.cells.items(), reverse=True) for cell in found]
    assert (line.unit, [(one.shown, one.unit) for one in cells]) == (
        "mmol/L",
        [("haemolysed", ""), ("5.4", ""), ("5.41", ""), ("6", "no unit")],
    )
    (test,) = results_of(doctor, ann.id, tests=9, values=9)
    assert [one.shown for one in test.values] == ["haemolysed", "5.4", "209", "6"]
    (other,) = results_of(doctor, ann.id, tests=9, values=9, categories=("exam",))
    assert [one.shown for one in other.values] == ["7.1"]


@pytest.mark.parametrize("number", ["1E+30", "123456789012345678901234567890.123456", "1E-30", "1E+400"])
def test_a_number_that_nobody_measured_breaks_no_page(cast, ann, number):
    act = cast.act("doctor")
    common = {"patient_id": ann.id, "at": act.at, "display": "x", "number": Decimal(number)}
    for code, unit, category in (
        (rules.WEIGHT, "kg", "vital-signs"),
        ("2345-7", "mg/dL", "laboratory"),
        ("2345-7", "mmol/L", "laboratory"),
    ):
        item = ObservationItem(**common, code=code, unit=unit, unit_code=unit, category=category)
        record_observations(act, [item])
    doctor = cast.client("doctor")
    for page in ("summary", "observations", "growth", "results", "flowsheet"):
        assert doctor.get(reverse(f"chart:{page}", args=[ann.id])).status_code == 200, page
    assert doctor.post(reverse("chart:trend", args=[ann.id]), {"code": "2345-7"}).status_code == 200


def test_the_sheet_is_written_and_read_on_its_pages(cast, ann):
    nurse = cast.client("nurse")
    new = reverse("chart:record_flowsheet", args=[ann.id])
    with at_most(15):
        assert nurse.get(new).status_code == 200
    sent = {
        "patient_id": ann.id, "v-pulse-0": "88", "v-temperature-0": "98.6", "u-temperature": "[degF]",
        "o0-code": "2345-7", "o0-name": "Glucose", "o0-unit": "mmol/L", "o0-0": "5.4",
    }  # fmt: skip
    for wrong in (
        {"v-pulse-0": "8,8"},
        {"v-pulse-1": "70"},
        {"o0-unit": "mmHg"},
        {"v-pulse-0": "9000"},
        {"on": "2020"},
    ):
        answer = nurse.post(new, sent | wrong | form_key())
        assert answer.status_code == 422, wrong
        assert "data-error-summary" in answer.content.decode(), wrong
    asked = nurse.post(new, sent | {"v-pulse-0": "290"} | form_key())
    assert "far from usual" in asked.content.decode()
    assert "o0-code_text" not in nurse.get(new).content.decode()
    Concept.objects.create(system="http://loinc.org", code="2345-7", display="Glucose in serum", words="'glucose':1A")
    assert "o0-code_text" in nurse.get(new).content.decode(), (
        "where the hospital has loaded LOINC, its codes are looked for"
    )
    found = nurse.post(reverse("chart:find_loinc"), {"q": "gluc"}).content.decode()
    assert "Glucose in serum" in found
    assert nurse.post(new, sent | {"o0-name": ""} | form_key()).status_code == 303
    assert Observation.objects.get(code="2345-7").display == "Glucose in serum"
    assert Observation.objects.filter(patient=ann).count() == 3
    doctor = cast.client("doctor")
    with at_most(12):
        sheet = doctor.post(reverse("chart:flowsheet", args=[ann.id]), {"rows": "all"}).content.decode()
    assert "37.0" in sheet
    assert "written as 98.6 [degF]" in sheet or "98.6 °F" in sheet
    trend = doctor.post(reverse("chart:trend", args=[ann.id]), {"code": "8310-5"})
    assert trend.status_code == 200
    assert doctor.post(reverse("chart:trend", args=[ann.id]), {"code": "1-8"}).status_code == 404
    row = Observation.objects.get(patient=ann, code="8867-4")
    page = reverse("chart:observation", args=[ann.id, row.id])
    assert doctor.get(page).status_code == 200
    mend = {"patient_id": ann.id, "version": "1", "reason": "Misread"}
    address = reverse("chart:correct_observation", args=[ann.id, row.id])
    assert nurse.post(address, mend | {"number": "x"} | form_key()).status_code == 422
    assert nurse.post(address, mend | {"number": "78"} | form_key()).status_code == 303
    assert nurse.post(address, mend | {"number": "79"} | form_key()).status_code == 409
    assert "<del" in doctor.get(reverse("chart:observations", args=[ann.id])).content.decode()
    void = reverse("chart:void_observation", args=[ann.id, row.id])
    assert nurse.post(void, mend | {"reason": ""} | form_key()).status_code == 422
    assert nurse.post(void, mend | {"version": "2"} | form_key()).status_code == 303


@settings(max_examples=60, deadline=None)
@given(number=st.integers(1, 9_999_999))
def test_one_digit_tells_whether_a_code_is_of_loinc(number):
    assert sum(is_loinc(f"{number}-{check}") for check in range(10)) == 1


@pytest.mark.parametrize("code", ["8867-4", "2345-7", "85354-9", "718-7"])
def test_codes_of_loinc(code):
    assert is_loinc(code)
    assert not is_loinc(code[:-1] + str((int(code[-1]) + 1) % 10))
