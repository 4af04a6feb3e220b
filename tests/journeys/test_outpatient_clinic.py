"""A doctor's morning: who comes, what is written, ordered, overridden, signed, printed, and read when it comes back."""

import re

import pytest
from django.db import connection

from salus.core.models import Fact
from tests.journeys.walk import Enter, Walker, day, somebody_here

FAMILY = "Quillfeather"


@pytest.mark.browser
@pytest.mark.slow
def test_a_morning_in_the_clinic(enter: Enter) -> None:
    patient = somebody_here(FAMILY, "Ann", reason="Cough for a week")
    nurse, doctor = enter("nurse"), enter("doctor")
    _the_nurse_measures_and_asks(nurse, patient)
    _the_doctor_calls_her_and_reads(doctor, patient)
    _a_first_visit_is_written(doctor, patient)
    _a_problem_is_added(doctor, patient)
    _three_orders_are_signed_at_once(doctor, patient)
    _papers_are_given(doctor, patient)
    _a_follow_up_is_planned_and_she_goes(doctor, patient)
    _the_laboratory_answers(nurse, enter("labtech"), enter("pathologist"))
    _the_result_is_acknowledged(doctor, patient)


def _the_nurse_measures_and_asks(nurse: Walker, patient: str) -> None:
    page = nurse.page
    nurse.go("/")
    nurse.press("Vitals", page.locator("#queue").get_by_role("row").filter(has_text=FAMILY.upper()).first)
    for sign, value in (("Systolic blood pressure", "118"), ("Diastolic blood pressure", "76"), ("Heart rate", "88")):
        page.get_by_label(sign).fill(value)
    page.get_by_label("Body weight").fill("64")
    page.get_by_label("Body temperature").fill("38.1")
    nurse.press("Save")
    nurse.go(f"/chart/{patient}/allergies/new")
    nurse.choose("Substance", "amoxicil", "^amoxicillin")
    page.get_by_label("Reaction", exact=False).first.fill("Hives")
    nurse.press("Add")
    nurse.says("amoxicillin")


def _the_doctor_calls_her_and_reads(doctor: Walker, patient: str) -> None:
    page = doctor.page
    doctor.go("/")
    doctor.press("Call in", page.locator("#queue").get_by_role("row").filter(has_text=FAMILY.upper()).first)
    doctor.go(f"/chart/{patient}/")
    doctor.says("38.1", "amoxicillin", "Hives")
    doctor.go(f"/chart/{patient}/timeline")
    doctor.says("Cough for a week")


def _a_first_visit_is_written(doctor: Walker, patient: str) -> None:
    page = doctor.page
    doctor.go(f"/chart/{patient}/note/as/first-visit")
    page.get_by_label("Why the patient comes").fill("Cough for a week, fever since yesterday.")
    page.get_by_label("Examination").fill("Crackles on the right.")
    page.get_by_label("Assessment").fill("Pneumonia, can be treated at home.")
    doctor.choose("Add a diagnosis", "pneumonia unsp", "J18.9")
    page.get_by_text("J18.9").first.wait_for()
    doctor.press("Sign")
    doctor.says("The note is signed", "Crackles on the right")


def _a_problem_is_added(doctor: Walker, patient: str) -> None:
    """A few letters, found in ICD-10-CM; it is an old one, and stands on the list beside the new one."""
    page = doctor.page
    doctor.go(f"/chart/{patient}/problems/new")
    doctor.choose("Problem", "essential hyperten", "I10")
    page.get_by_label("Since").fill("2019")
    doctor.press("Add")
    doctor.says("hypertension", "Pneumonia")


def _three_orders_are_signed_at_once(doctor: Walker, patient: str) -> None:
    """Cefalexin may react like the amoxicillin: it asks why. A test and a referral go with the same signature."""
    page = doctor.page
    doctor.go(f"/orders/{patient}/new")
    doctor.order("cefalexin 500", "cefalexin.*500 mg", dose="1", duration_days="7")
    page.locator("#draft [data-alert=interrupt]").first.wait_for()
    doctor.order("C-reactive", "C-reactive protein")
    doctor.order("cardiology", "ardiology", reason="Murmur since childhood: does it matter?")
    page.get_by_role("button", name="Sign 3 orders").click()
    # without a reason nothing is signed
    page.locator("#draft [name^=reason_]").first.wait_for()
    for reason in page.locator("#draft [name^=reason_]").all():
        reason.fill("The rash was in childhood and mild; she has had cefalexin since.")
    doctor.press("Sign 3 orders")
    doctor.says("3 orders signed", "cefalexin", "C-reactive protein")
    assert Fact.objects.filter(name="safety.AlertShown", patient_id=patient, data__outcome="overridden").exists()
    connection.close()


def _papers_are_given(doctor: Walker, patient: str) -> None:
    """The summary begins with what the record knows; the sick note proves itself to whoever holds the paper."""
    page = doctor.page
    doctor.go(f"/chart/{patient}/note/as/visit-summary")
    assert "cefalexin" in page.get_by_label("What was prescribed").input_value()
    page.get_by_label("Next steps").fill("Come back if the fever stays for three days.")
    doctor.press("Sign")
    assert doctor.paper("Print").startswith(b"%PDF")
    doctor.go(f"/chart/{patient}/certify/sick")
    page.get_by_label("First day").fill(day(0))
    page.get_by_label("Last day").fill(day(4))
    doctor.press("Sign")
    number = re.search(r"number (\d{4}-\d{6})", page.locator("main").inner_text())
    assert number
    assert doctor.paper(f"Print certificate {number[1]}").startswith(b"%PDF")


def _a_follow_up_is_planned_and_she_goes(doctor: Walker, patient: str) -> None:
    page = doctor.page
    doctor.go(f"/care/of/{patient}/follow-up")
    page.get_by_label("Why").fill("Listen to the lungs again")
    page.get_by_label("By when").fill(day(14))
    doctor.press("Plan")
    doctor.says("Listen to the lungs again", "Cardiology")


def _the_laboratory_answers(nurse: Walker, technician: Walker, pathologist: Walker) -> None:
    nurse.go("/lab/collect")
    nurse.press("Collect", nurse.row(FAMILY.upper()))
    nurse.press("Taken, print label")
    technician.go("/lab/?state=collected")
    technician.press("Enter", technician.row(FAMILY.upper()))
    technician.page.get_by_label("C-reactive protein").fill("86")
    technician.press("Keep values")
    pathologist.go("/lab/?state=resulted")
    pathologist.press("Verify", pathologist.row(FAMILY.upper()))
    pathologist.press("Verify")


def _the_result_is_acknowledged(doctor: Walker, patient: str) -> None:
    words = doctor.until("/inbox/?show=result", lambda said: FAMILY.upper() in said.upper())
    assert "86" in words
    doctor.press("Acknowledge", doctor.row(FAMILY.upper()))
    doctor.go(f"/chart/{patient}/results")
    doctor.says("86")
