"""A stay on a ward, from the admission to the letter: rounds copied forward and signed twice, medicines gone through, tapered,
ordered by word of mouth, held and resumed; diet and nursing; a sheet of observations; a task that is given on."""

import pytest
from django.db import connection

from tests.journeys.walk import Enter, Walker, somebody_here

FAMILY = "Quillfeather"


@pytest.mark.browser
@pytest.mark.slow
def test_a_stay_on_the_ward(enter: Enter) -> None:
    patient = somebody_here(FAMILY, "Ann", reason="Short of breath", department="ward-a")
    nurse, resident, doctor = enter("nurse"), enter("resident"), enter("doctor")
    _the_nurse_takes_her_in(nurse, patient)
    _what_she_takes_is_gone_through(resident, patient)
    _the_first_round(resident, patient)
    _orders_of_the_ward(resident, patient)
    _by_word_of_mouth(nurse, doctor, patient)
    _held_and_resumed(doctor, patient)
    _the_next_round_is_copied_forward(resident, patient)
    _the_doctor_signs_too(doctor, patient)
    _a_task_is_given_on(doctor, nurse, patient)
    _she_goes_home(doctor, patient)


def _the_nurse_takes_her_in(nurse: Walker, patient: str) -> None:
    """A medicine from home is written down; a sheet of observations is filled in by the arrow keys alone."""
    page = nurse.page
    nurse.go(f"/orders/{patient}/medicines/from-outside")
    nurse.choose("Medicine", "metformin", "metformin")
    page.get_by_label("How it is taken").fill("one tablet with dinner")
    nurse.press("Write it down")
    nurse.says("metformin", "From outside")
    nurse.go(f"/chart/{patient}/flowsheet/new")
    first = page.get_by_label("Systolic blood pressure 1")
    first.focus()
    for value in ("132", "84", "96"):
        page.keyboard.type(value)
        page.keyboard.press("ArrowDown")
    nurse.press("Save")
    nurse.says("132", "84", "96")


def _what_she_takes_is_gone_through(resident: Walker, patient: str) -> None:
    page = resident.page
    resident.go(f"/orders/{patient}/medicines/reconcile")
    page.get_by_label("Start of the visit").check()
    page.locator("[name=decision_0][value=continue]").check()
    resident.press("Sign the decisions")
    resident.says("Gone through", "At the start of the visit")


def _the_first_round(resident: Walker, patient: str) -> None:
    """On a ward a note begins as a round; the resident asks Dr Okoye for the second signature."""
    page = resident.page
    resident.go(f"/chart/{patient}/note")
    page.get_by_label("Since the last round").fill("Short of breath for three days.")
    page.get_by_label("Findings today").fill("Wheeze on both sides.")
    page.get_by_label("Plan for today").fill("Prednisolone, tapered.")
    page.get_by_text("Second signature").first.click()
    resident.choose("Ask for the signature of", "Oko", "Okoye")
    resident.press("Sign")
    resident.says("Waits for the second signature of OKOYE, Chidi")


def _orders_of_the_ward(resident: Walker, patient: str) -> None:
    """A taper, a diet and nursing: one signature."""
    page = resident.page
    resident.go(f"/orders/{patient}/new")
    resident.choose("What is to be ordered", "prednisolone 5", "prednisolone.*5 mg.*tablet")
    editor = page.locator("#editor")
    editor.wait_for()
    editor.locator("[name=dose]").fill("4")
    editor.locator("[name=duration_days]").fill("3")
    editor.get_by_text("Tapering or alternating doses").click()
    editor.locator("[name=pattern]").select_option("taper")
    editor.locator("[name=dose_2]").fill("2")
    editor.locator("[name=days_2]").fill("3")
    resident.press("Add to the list")
    page.locator("#draft .draft-line").first.wait_for()
    resident.order("diet", "diet")
    resident.order("nursing", "nursing|vital signs")
    for reason in page.locator("#draft [name^=reason_]").all():
        reason.fill("Looked at: short and tapered.")
    resident.press("Sign 3 orders")
    resident.says("3 orders signed", "prednisolone")


def _by_word_of_mouth(nurse: Walker, doctor: Walker, patient: str) -> None:
    page = nurse.page
    nurse.go(f"/orders/{patient}/new")
    nurse.order("paracetamol 500", "paracetamol.*500 mg.*tablet", dose="1", duration_days="2")
    speaker = page.get_by_label("By word of mouth of")
    speaker.select_option(speaker.locator("option", has_text="OKOYE").get_attribute("value"))
    nurse.press("Sign 1 order")
    nurse.says("Awaits a second signature")
    doctor.go("/orders/open?show=countersign")
    row = doctor.row(FAMILY.upper())
    row.get_by_role("checkbox").check()
    doctor.press("Countersign the chosen")
    doctor.go(f"/orders/{patient}/")
    doctor.says("countersigned by")


def _held_and_resumed(doctor: Walker, patient: str) -> None:
    page = doctor.page
    doctor.go(f"/orders/{patient}/medicines")
    _act_on(doctor, "paracetamol", "Hold")
    page.get_by_label("Reason").fill("Nothing by mouth until the scan")
    doctor.press("Hold the order")
    doctor.says("on hold: Nothing by mouth")
    doctor.go(f"/orders/{patient}/medicines")
    _act_on(doctor, "paracetamol", "Resume")
    assert "on hold: Nothing by mouth" not in page.locator("main").inner_text()


def _act_on(doctor: Walker, medicine: str, act: str) -> None:
    doctor.page.get_by_role("button", name=f"Acts on {medicine}").first.click()
    item = doctor.page.get_by_role("menuitem", name=act).or_(doctor.page.get_by_role("link", name=act, exact=True))
    item.or_(doctor.page.get_by_role("button", name=act, exact=True)).first.click()
    doctor.page.wait_for_load_state("networkidle")
    doctor.look()


def _the_next_round_is_copied_forward(resident: Walker, patient: str) -> None:
    page = resident.page
    resident.go(f"/chart/{patient}/notes")
    page.get_by_role("link", name="Open the note").first.click()
    resident.press("Copy into a new note")
    page.get_by_label("Since the last round").fill("Slept well, walks to the window.")
    page.get_by_text("Second signature").first.click()
    resident.choose("Ask for the signature of", "Oko", "Okoye")
    resident.press("Sign")
    resident.says("Copied from the note of", "Wheeze on both sides", "Slept well")


def _the_doctor_signs_too(doctor: Walker, patient: str) -> None:
    """Two rounds wait in the inbox; from there each is two presses away."""
    for left in (2, 1):  # what is signed leaves the inbox when the worker has heard of it
        doctor.until("/inbox/?show=cosign", lambda said: said.upper().count(FAMILY.upper()) == left)  # noqa: B023 - at once
        doctor.press("Sign: Ward round", doctor.row(FAMILY.upper()))
        doctor.press("Sign it too")
        doctor.says("Signed too by")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM chart_note WHERE patient_id = %s AND cosigned_at IS NOT NULL", [patient])
        assert cursor.fetchone() == (2,)


def _a_task_is_given_on(doctor: Walker, nurse: Walker, patient: str) -> None:
    page = doctor.page
    doctor.go(f"/inbox/tasks/new/{patient}")
    page.get_by_label("What is to be done").fill("Walk with her to the stairs")
    doctor.choose("By whom", "Tan", "Tan")
    doctor.press("Give the task")
    nurse.go("/inbox/?show=task")
    nurse.press("Walk with her to the stairs", nurse.row(FAMILY.upper()))
    nurse.page.get_by_text("Give it on").click()
    nurse.choose("Give on to", "Costa", "Costa")
    nurse.press("Give on")
    doctor.go("/inbox/?show=given")
    doctor.says("Walk with her to the stairs", "Costa")


def _she_goes_home(doctor: Walker, patient: str) -> None:
    page = doctor.page
    doctor.go(f"/chart/{patient}/note/as/letter-gp")
    page.get_by_label("To", exact=True).fill("Dr Grey, 4 Market Street")
    doctor.press("Sign")
    assert doctor.paper("Print").startswith(b"%PDF")
    doctor.go(f"/chart/{patient}/note/as/discharge")
    page.get_by_label("Course").fill("Better with prednisolone.")
    page.get_by_label("What follows").fill("Taper as written; lung function in four weeks.")
    doctor.press("Sign and finish the visit")
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM encounters_encounter WHERE patient_id = %s", [patient])
        assert cursor.fetchone() == ("finished",)
