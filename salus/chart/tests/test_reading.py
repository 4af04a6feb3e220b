"""The pages on which the record is read, also of a patient with a long history."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from salus.chart import services as chart
from salus.chart.models import CarePlan, DiagnosticReport, Document, Goal, Immunization, Note, Observation, Procedure
from salus.chart.observing import ObservationItem, record_observations
from salus.chart.queries.results import results_of
from salus.chart.queries.timeline import page_of
from salus.chart.queries.vitals import vital_series
from salus.chart.registration import ToldPart
from salus.chart.tests.builders import a_code, a_long_history, a_patient, a_visit, an_allergen, vital_signs
from salus.core.models import AccessEntry
from tests.statements import at_most

PAGES = [
    "summary",
    "timeline",
    "results",
    "observations",
    "notes",
    "problems",
    "allergies",
    "immunizations",
    "documents",
]


@pytest.fixture
def ann(cast):
    """A patient of whom something of every kind is recorded."""
    vital_signs()
    patient = a_patient(cast)
    visit = a_visit(cast, patient, reason="Cough")
    doctor, nurse = cast.act("doctor"), cast.act("nurse")
    whose = {"patient_id": patient.id, "encounter_id": visit.id}
    chart.record_allergy(doctor, patient_id=patient.id, allergen_code=an_allergen().code, criticality="high")
    for pulse in (72, 106):
        values = {"pulse": Decimal(pulse), "systolic": Decimal(118), "diastolic": Decimal(76)}
        chart.record_vitals(nurse, **whose, values=values, at=nurse.at - timedelta(minutes=107 - pulse))
    a_code()
    chart.sign_note(doctor, **whose, version="", sections={"assessment": "Bronchitis"}, diagnoses=["I10"])
    chart.record_told_history(cast.act("receptionist"), patient_id=patient.id, base="", sections={"smoking": "never"})
    at = datetime(2020, 3, 1, tzinfo=UTC)
    common = {"patient_id": patient.id, "at": at}
    Immunization.objects.create(**common, display="Influenza vaccine", status="completed", occurrence="2020-03")
    Procedure.objects.create(**common, display="Appendectomy", status="completed", performed="2020")
    plan = [{"detail": {"code": {"coding": [{"display": "Recommendation to exercise"}]}}}]
    CarePlan.objects.create(**common, display="Asthma plan", status="active", starts="2020", activities=plan)
    Goal.objects.create(**common, display="Walk daily", status="active")
    Document.objects.create(**common, kind="fhir:Claim", title="Claim 1")
    file_result(cast, patient, "5.60", flag="H")
    return patient


def file_result(cast, patient, number, source="lab.result:1", **changes):
    item = {
        "patient_id": patient.id,
        "source": source,
        "code": "2823-3",
        "display": "Potassium",
        "category": "laboratory",
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "number": Decimal(number),
        "unit": "mmol/L",
        "unit_code": "mmol/L",
        "low": Decimal("3.5"),
        "high": Decimal("5.3"),
    }
    record_observations(cast.act("pathologist"), [ObservationItem(**(item | changes))])


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_record(cast, ann, name):
    client = cast.client("doctor")
    with at_most(15):
        answer = client.get(reverse(f"chart:{name}", args=[ann.id]))
    assert answer.status_code == 200
    text = answer.content.decode()
    assert 'id="patient-banner"' in text  # H1: who this is about stands on every page
    assert 'data-allergies="listed"' in text
    assert AccessEntry.objects.filter(patient_id=ann.id, door=f"chart:{name}", action="read").exists()


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_record_has_pages_too(cast, name):
    answer = cast.client("doctor").get(reverse(f"chart:{name}", args=[a_patient(cast).id]))
    assert answer.status_code == 200
    assert 'data-allergies="not_recorded"' in answer.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_only_those_who_may_open_a_record_see_it(cast, name):
    patient = a_patient(cast)
    for role in ("receptionist", "cashier"):
        assert cast.client(role).get(reverse(f"chart:{name}", args=[patient.id])).status_code == 403


def test_the_first_page_says_what_matters(cast, ann):
    text = cast.client("doctor").get(reverse("chart:summary", args=[ann.id])).content.decode()
    for words in (
        "PENICILLIN",
        "Essential (primary) hypertension",
        "118/76",
        "5.60",
        "3.5 to 5.3",
        "Influenza vaccine",
        "Appendectomy",
        "Asthma plan",
        "Bronchitis",
        "Never smoked",
        "was 72",
    ):
        assert words in text, words


@pytest.mark.guarantee("H9")
def test_a_corrected_result_shows_the_old_one_struck(cast, ann):
    file_result(cast, ann, "4.6", status="corrected", flag="")
    (potassium,) = results_of(cast.act("doctor"), ann.id, tests=10, values=5)
    assert (potassium.latest.shown, potassium.latest.was) == ("4.6", "5.60")
    text = cast.client("doctor").get(reverse("chart:results", args=[ann.id])).content.decode()
    assert "<del" in text
    assert "5.60" in text


def test_results_go_by_test_the_newest_first(cast, ann):
    for place in range(3):
        at = datetime(2026, 2, 1 + place, tzinfo=UTC)
        file_result(cast, ann, f"4.{place}", source=f"lab.result:x{place}", at=at)
        file_result(cast, ann, f"1.{place}", source=f"lab.result:y{place}", at=at, code="9999-9", display="Other")
    file_result(
        cast, ann, "9", source="lab.result:wrong", status="entered-in-error", at=datetime(2026, 3, 1, tzinfo=UTC)
    )
    found = results_of(cast.act("doctor"), ann.id, tests=10, values=2)
    assert [(one.name, one.latest.shown, one.previous.shown) for one in found] == [
        ("Potassium", "4.2", "4.1"),
        ("Other", "1.2", "1.1"),
    ]


def test_signs_of_other_records_stand_on_the_same_line(cast, ann):
    """Older codes of the same sign, and a value in another unit, which is read and drawn in the sign's own."""
    for code, number, unit, unit_code, minutes in (
        ("8331-1", "37.0", "°C", "Cel", 3),
        ("8310-5", "98.6", "°F", "[degF]", 2),
    ):
        at = datetime.now(UTC) - timedelta(minutes=minutes)
        Observation.objects.create(
            patient=ann,
            code=code,
            display="Temperature",
            category="vital-signs",
            status="final",
            number=Decimal(number),
            unit=unit,
            unit_code=unit_code,
            at=at,
        )
    series = {one.code: one for one in vital_series(cast.act("doctor"), ann.id)}
    assert [(one.shown, one.number) for one in series["temperature"].readings] == [
        ("37.0", Decimal("37.0")),
        ("37.0", Decimal(37)),
    ]
    assert [one.shown for one in series["blood-pressure"].readings] == ["118/76", "118/76"]
    assert series["blood-pressure"].latest.number == 118


def test_the_timeline_is_paged_by_time_and_tears_no_moment_apart(cast, ann):
    act, seen, before = cast.act("doctor"), [], datetime.now(UTC) + timedelta(days=1)
    while before is not None:
        events, before = page_of(act, ann.id, before, limit=3)
        seen += events
    whole, _rest = page_of(act, ann.id, datetime.now(UTC) + timedelta(days=1), limit=1000)
    assert seen == list(whole)
    assert {"Appendectomy", "Influenza vaccine", "Essential (primary) hypertension", "Penicillin"} <= {
        e.title for e in seen
    }
    assert "Claim 1" not in {one.title for one in seen}
    what = {one.title: one.detail.split(" · ")[0] for one in seen}
    assert (what["Penicillin"], what["Essential (primary) hypertension"]) == ("Allergy", "Problem"), (
        "not by an icon alone"
    )


def test_older_events_are_asked_for_by_post(cast, ann):
    client = cast.client("doctor")
    address = reverse("chart:timeline", args=[ann.id])
    assert b"Appendectomy" in client.post(address, {"before": "2021-01-01T00:00:00+00:00"}).content
    assert b"Appendectomy" not in client.post(address, {"before": "2019-01-01T00:00:00+00:00"}).content
    assert client.post(address, {"before": "soon"}).status_code == 422


def test_five_hundred_visits_cost_no_more_statements(cast):
    vital_signs()
    patient = a_patient(cast)
    a_long_history(cast, patient, visits=50)
    client = cast.client("doctor")
    for name in PAGES:
        with at_most(15):
            assert client.get(reverse(f"chart:{name}", args=[patient.id])).status_code == 200


def test_a_test_without_a_code_is_known_by_its_words(cast, ann):
    for name in ("Sweat test", "Spit test"):
        file_result(cast, ann, "7", source=f"lab.result:{name}", code="", display=name)
    names = {one.name for one in results_of(cast.act("doctor"), ann.id, tests=10, values=5)}
    assert {"Sweat test", "Spit test", "Potassium"} <= names


@pytest.mark.parametrize(("born", "low", "flag"), [("1980-01-01", Decimal(60), "H"), ("2024-01-01", None, "")])
def test_only_an_adult_is_held_against_adult_limits(cast, born, low, flag):
    """A record from elsewhere says nothing of limits: an adult's value is judged here, a child's is not."""
    vital_signs()
    patient = a_patient(cast, birth_date=born, born_on=born)
    pulse = {"code": "8867-4", "display": "Heart rate", "category": "vital-signs", "status": "final"}
    Observation.objects.create(patient=patient, **pulse, number=Decimal(130), unit="/min", at=datetime.now(UTC))
    (series,) = vital_series(cast.act("doctor"), patient.id)
    assert (series.low, series.latest.flag) == (low, flag)


def test_a_report_in_words_is_read_among_the_results(cast, ann):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    DiagnosticReport.objects.create(
        patient=ann, display="Chest X-ray", conclusion="No infiltrate", status="final", at=at
    )
    DiagnosticReport.objects.create(patient=ann, display="Basic panel", results=[ann.id], status="final", at=at)
    text = cast.client("doctor").get(reverse("chart:results", args=[ann.id])).content.decode()
    assert "No infiltrate" in text
    assert "Basic panel" not in text


def test_what_is_told_at_registration_is_in_the_record(cast):
    reception = cast.client("receptionist")
    assert b"What the patient tells" in reception.get(reverse("patients:register")).content
    part, told = ToldPart(), {"told-past_illnesses": "Asthma", "told-told_by": "herself"}
    act, patient = cast.act("receptionist"), a_patient(cast)
    form = part.form(told, act=act)
    assert form.is_valid()
    part.save(act, patient_id=patient.id, form=form)
    empty = part.form({"told-told_by": "herself"}, act=act)
    assert empty.is_valid()
    part.save(act, patient_id=a_patient(cast).id, form=empty)
    assert Note.objects.get().sections == {"past_illnesses": "Asthma", "told_by": "herself"}
