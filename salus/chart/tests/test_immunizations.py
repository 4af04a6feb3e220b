"""Vaccinations: recorded once, due by the schedule in force, on the list of who is overdue."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from salus.chart import services as chart
from salus.chart.models import Condition, Immunization, VaccineSchedule
from salus.chart.queries.immunizations import overdue_patients, vaccinations_of
from salus.chart.queries.schedules import schedule_in_force
from salus.chart.services import AlreadyRecorded, Given
from salus.chart.services.conditions import record_condition
from salus.chart.tests.builders import a_patient, a_visit
from salus.chart.vaccines import load_vaccines
from salus.core.act import system_act
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.models import AccessEntry
from tests.cast import form_key
from tests.statements import at_most


@pytest.fixture
def child(cast):
    """Ben, fourteen months old."""
    load_vaccines(system_act(rights={"chart.load_vaccines"}, door="test"))
    born = timezone.localdate() - timedelta(days=426)
    return a_patient(cast, family="Birch", given="Ben", birth_date=born.isoformat(), born_on=born)


def give(cast, child, role="nurse", **changes):
    values = {"code": "03", "on": timezone.localdate().isoformat(), "given": Given(lot_number="L-1", site="LT")}
    return chart.record_immunization(cast.act(role), patient_id=child.id, **(values | changes))


def state(cast, child, group):
    found = vaccinations_of(cast.act("nurse"), child)
    return next(one.state for one in found.series if one.group == group)


def test_a_dose_is_recorded_with_its_lot_and_is_due_no_more(cast, child):
    assert state(cast, child, "mmr") == "due"
    row = give(cast, child)
    row.refresh_from_db()
    assert (row.display, row.lot_number, row.status) == ("Measles, mumps, rubella (MMR)", "L-1", "completed")
    assert (row.performer_id, row.is_primary) == (cast.act("nurse").practitioner_id, True)
    assert state(cast, child, "mmr") == "later"


def test_a_combined_vaccine_counts_for_each_disease(cast, child):
    give(cast, child, code="94")
    assert (state(cast, child, "mmr"), state(cast, child, "varicella")) == ("later", "later")


def test_who_is_immune_is_asked_no_more_and_a_refusal_is_still_owed(cast, child):
    common = {"patient_id": child.id, "on": timezone.localdate().isoformat()}
    chart.record_not_given(cast.act("nurse"), code="21", reason_code="IMMUNE", **common)
    chart.record_not_given(cast.act("nurse"), code="08", reason_code="PATOBJ", **common)
    assert (state(cast, child, "varicella"), state(cast, child, "hepb")) == ("immune", "overdue")


@pytest.fixture
def adult(cast):
    """Amy, thirty years old."""
    load_vaccines(system_act(rights={"chart.load_vaccines"}, door="test"))
    born = timezone.localdate() - timedelta(days=365 * 30)
    return a_patient(cast, family="Ash", given="Amy", birth_date=born.isoformat(), born_on=born)


def _has(cast, patient, code, display, **changes):
    return record_condition(cast.act("doctor"), patient_id=patient.id, display=display, code=code, **changes)


def test_who_had_varicella_is_immune_and_a_pregnancy_is_asked_about(cast, adult):
    """A live vaccine is never said to be due without a word where the record speaks against it."""
    assert (state(cast, adult, "varicella-adult"), state(cast, adult, "mmr-adult")) == ("due", "due")
    past = _has(cast, adult, "B01.9", "Varicella")
    Condition.objects.filter(id=past.id).update(status="resolved")
    _has(cast, adult, "Z34.02", "Normal pregnancy")
    assert state(cast, adult, "varicella-adult") == "immune"
    nurse = cast.act("nurse")
    with at_most(4):
        found = vaccinations_of(nurse, adult)
    (asked,) = [one for one in found.series if one.group == "mmr-adult"]
    assert (asked.state, asked.because) == ("ask", "Normal pregnancy")
    assert "ask" in found.counts
    page = cast.client("nurse").get(reverse("chart:immunizations", args=[adult.id])).content.decode()
    assert " · not before a doctor was asked: Normal pregnancy" in page
    assert "· in the problems" not in page, "nothing stands before it"
    assert "in the problems: Varicella" in page
    Condition.objects.filter(patient=adult, code="Z34.02").update(status="resolved")
    assert state(cast, adult, "mmr-adult") == "due", "only a pregnancy of now"
    Condition.objects.filter(id=past.id).update(verification="refuted")
    assert state(cast, adult, "varicella-adult") == "due"


def test_a_diagnosis_that_is_kept_from_a_reader_gives_nothing_away(cast, adult):
    row = _has(cast, adult, "B20", "HIV disease")
    Condition.objects.filter(id=row.id).update(labels=["HIV"], recorded_by_id=cast.act("doctor").by)
    nurse = {one.group for one in vaccinations_of(cast.act("nurse"), adult).series}
    assert "mmr-adult" not in nurse, "neither due nor asked about"
    assert "influenza" in nurse


def test_a_code_of_another_system_is_no_cancer(cast, adult):
    _has(cast, adult, "CA23", "Asthma", code_system="http://id.who.int/icd/release/11/mms")
    assert state(cast, adult, "mmr-adult") == "due"


def test_what_is_kept_from_a_reader_is_never_said_to_be_owed(cast, child):
    """The dose counts for whoever may read it; for others its series is not reckoned, on the page and on the list."""
    assert state(cast, child, "hepb") == "overdue"
    row = give(cast, child, role="doctor", code="08")
    Immunization.objects.filter(id=row.id).update(labels=["PSY"])
    nurse, doctor = cast.act("nurse"), cast.act("doctor")
    for act, is_there in ((doctor, True), (nurse, False)):
        found = vaccinations_of(act, child)
        assert ({one.group for one in found.series} >= {"hepb"}, bool(found.rows)) == (is_there, is_there)
    assert vaccinations_of(nurse, child).may_lack
    listed = [series.group for line in overdue_patients(nurse, today_only=False).lines for series in line.series]
    assert "hepb" not in listed
    assert "pcv" in listed


def test_a_dose_entered_in_error_is_owed_again(cast, child):
    row = give(cast, child)
    whose = {"patient_id": child.id, "immunization_id": row.id, "reason": "Ben's brother"}
    with pytest.raises(Stale):
        chart.void_immunization(cast.act("nurse"), version=7, **whose)
    chart.void_immunization(cast.act("nurse"), version=1, **whose)
    assert state(cast, child, "mmr") == "due"
    give(cast, child)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"on": "2999-01-01"}, "on"),
        ({"on": "1990-01-01"}, "on"),
        ({"on": "soon"}, "on"),
        ({"code": "no-such"}, "vaccine"),
        ({"given": Given(lot_number="L-1", expires_on=date(2001, 1, 1))}, "expires_on"),
    ],
)
def test_refuses_nonsense_beside_its_field(cast, child, changes, field):
    with pytest.raises(Invalid) as refused:
        give(cast, child, **changes)
    assert list(refused.value.fields) == [field]


def test_needs_the_right(cast, child):
    with pytest.raises(NotAllowed):
        give(cast, child, role="cashier")


@pytest.mark.race
def test_of_fifty_who_record_one_dose_one_does(cast, real_db):
    """A dose that stands twice would be counted twice, and the child would miss the next one."""
    child, act = a_patient(cast), cast.act("nurse")
    on, given = timezone.localdate().isoformat(), Given(lot_number="L-1")
    values = {"patient_id": child.id, "code": "03", "display": "MMR", "on": on, "given": given}

    def once(_n):
        try:
            return chart.record_immunization(act, **values)
        except AlreadyRecorded:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        made = [one for one in pool.map(once, range(50)) if one]
    assert len(made) == Immunization.objects.filter(patient=child).count() == 1


def test_the_hospital_changes_its_schedule_and_the_version_before_stays(cast, child):
    """Measles from nine months on: the next version; what was due by the old one can still be shown."""
    doctor = cast.act("doctor")
    shipped = schedule_in_force(doctor)[0].schedule
    values = {"valid_age": "9 months - 4 days", "min_age": "9 months", "age": "9 months", "late_age": "12 months"}
    made = chart.change_scheduled_dose(
        doctor, schedule_id=shipped.id, group="mmr", dose=1, values=values, why="Outbreak; the ministry's letter"
    )
    assert (made.number, made.facility_id) == (1, cast.facility.id)
    assert state(cast, child, "mmr") == "overdue"
    assert VaccineSchedule.objects.get(id=shipped.id).doses.get(group="mmr", dose=1).age == "P12M"
    with pytest.raises(Stale):
        chart.drop_scheduled_dose(doctor, schedule_id=shipped.id, group="hpv", why="No stock")
    dropped = chart.drop_scheduled_dose(doctor, schedule_id=made.id, group="hpv", why="No stock")
    assert dropped.doses.filter(group="hpv").count() == 1
    with pytest.raises(Invalid) as refused:
        chart.change_scheduled_dose(
            doctor, schedule_id=dropped.id, group="mmr", dose=1, values={"min_age": "2 years", "age": "1 year"}, why="?"
        )
    assert list(refused.value.fields) == ["age"]
    said = {
        "schedule_id": dropped.id,
        "group": "influenza",
        "dose": 1,
        "values": {"min_interval": "4 weeks"},
        "why": "?",
    }
    dropped = chart.change_scheduled_dose(doctor, **said)
    season, product = (dropped.doses.get(group=one, dose=1) for one in ("influenza", "pneumo-15"))
    assert (season.season, season.people_until, season.min_interval) == ("07-01", "", "P4W")
    assert (product.vaccines, product.instead_of, product.people_from) == (["215"], "pneumo", "P50Y"), "untouched"
    load_vaccines(system_act(rights={"chart.load_vaccines"}, door="test"))
    assert schedule_in_force(doctor)[0].schedule_id == dropped.id


# ---------------------------------------------------------------- screens


def test_the_pages_show_record_and_list_what_is_owed(cast, child):
    """The tab, its form, who is overdue today, the schedule: within fifteen statements each."""
    a_visit(cast, child)
    nurse = cast.client("nurse")
    with at_most(15):
        page = nurse.get(reverse("chart:immunizations", args=[child.id])).content.decode()
    assert re.search(r"\d overdue", page)
    assert "Hepatitis B" in page
    address = reverse("chart:record_immunization", args=[child.id])
    assert nurse.get(address).status_code == 200
    fields = {"patient_id": child.id, "vaccine": "03", "vaccine_text": "MMR", "how": "here"}
    assert "on the vial" in nurse.post(address, form_key(**fields)).content.decode()
    with at_most(18):
        answer = nurse.post(address, form_key(**fields, lot_number="A-77", site="LA"))
    assert answer.status_code == 303
    assert "lot A-77" in nurse.get(reverse("chart:immunizations", args=[child.id])).content.decode()
    with at_most(15):
        listed = nurse.get(reverse("chart:overdue")).content.decode()
    assert "BIRCH" in listed
    assert AccessEntry.objects.filter(patient_id=child.id, door="chart:overdue").exists()
    everybody = nurse.post(reverse("chart:overdue"), {"who": "all"}).content.decode()
    assert "BIRCH" in everybody
    with at_most(15):
        assert "CDC" in nurse.get(reverse("chart:schedule")).content.decode()
    assert nurse.post(reverse("chart:find_vaccine"), {"q": "hep b"}).content.decode().count("CVX") >= 1


def test_the_schedule_is_changed_on_its_page(cast, child):
    doctor = cast.client("doctor")
    schedule = schedule_in_force(cast.act("doctor"))[0].schedule
    address = reverse("chart:change_scheduled_dose", args=[schedule.id])
    page = doctor.get(f"{address}?line=hpv-1").content.decode()
    assert "11 years" in page
    fields = {
        "group": "hpv",
        "dose": "1",
        "age": "9 years",
        "min_age": "9 years",
        "why": "Earlier, as the council says",
    }
    assert doctor.post(address, form_key(**fields | {"age": "nine"})).status_code == 422
    assert doctor.post(address, form_key(**fields)).status_code == 303
    assert schedule_in_force(cast.act("doctor"))[0].schedule.change.endswith("council says")
    assert doctor.post(address, form_key(**fields)).status_code == 409
