"""One patient's visit, from the door to the paid bill, each step by the role that does it, in a real browser.

The hospital is the demonstration (small), the server and the worker are the real ones.
"""

import re
from typing import Any

import pytest
from django.db import connection

from tests.journeys.walk import Enter, Walker

FAMILY = "Quillfeather"


@pytest.mark.browser
def test_a_visit_from_the_door_to_the_paid_bill(enter: Enter) -> None:
    patient = _registered_and_checked_in(enter("reception"))
    nurse = enter("nurse")
    _vitals_are_taken(nurse)
    _a_penicillin_allergy_is_recorded(nurse, patient)
    doctor = enter("doctor")
    _the_doctor_writes_and_orders(doctor, patient)
    _the_specimen_is_taken(nurse, patient)
    _the_value_is_entered(enter("labtech"))
    _the_value_is_verified(enter("pathologist"))
    _the_medicine_is_given(enter("pharmacist"))
    _the_bill_is_paid(enter("cashier"), patient)
    _next_time_all_is_in_the_record(doctor, patient)


def _registered_and_checked_in(desk: Walker) -> str:
    """Reception registers somebody new and checks her in; returns the patient's id."""
    page = desk.page
    desk.go("/patients/new")
    page.get_by_label("Family name").first.fill(FAMILY)
    page.get_by_label("Given names").fill("Ann")
    page.get_by_label("Female").check()
    page.get_by_label("Birth date").fill("14-Mar-1984")
    page.get_by_label("Mobile phone").fill("+442079460123")
    page.get_by_text("Write it down now").first.click()
    page.get_by_label("Past illnesses").fill("Measles as a child")
    page.get_by_label("Member number").fill("HH-778899")
    page.get_by_role("combobox", name=re.compile("Who pays")).fill("Harbour Health")
    desk.press("Register")
    patient = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", page.url)
    assert patient, page.url
    desk.press("Check in")
    page.get_by_label("Department").select_option(label="General outpatients")
    page.get_by_label("Consultation").select_option(label="General practice: first consultation")
    page.get_by_label("Reason for the visit").fill("Cough for a week")
    desk.press("Check in")
    desk.go("/")
    assert FAMILY.upper() in page.locator("main").inner_text().upper()
    return patient[0]


def _visit_on(page: Any) -> Any:
    """Her row among the visits of the home page: she stands in the queue above it as well."""
    return page.locator("#queue").get_by_role("row").filter(has_text=FAMILY.upper()).first


def _vitals_are_taken(nurse: Walker) -> None:
    page = nurse.page
    nurse.go("/")
    nurse.press("Vitals", _visit_on(page))
    page.get_by_label("Systolic blood pressure").fill("118")
    page.get_by_label("Diastolic blood pressure").fill("7,6")
    page.get_by_label("Heart rate").fill("72")
    page.get_by_label("Body temperature").fill("38.1")
    nurse.press("Save")
    # A comma may mean two numbers: it is asked again beside the field, and all else is still there.
    assert page.get_by_label("Systolic blood pressure").input_value() == "118"
    page.get_by_label("Diastolic blood pressure").fill("76")
    nurse.press("Save")
    assert "in the record" in page.locator("main").inner_text()


def _a_penicillin_allergy_is_recorded(nurse: Walker, patient: str) -> None:
    page = nurse.page
    nurse.go(f"/chart/{patient}/allergies/new")
    nurse.choose("Substance", "penicil", "penicillins")
    page.get_by_label("Reaction", exact=False).first.fill("Hives")
    nurse.press("Add")
    assert "PENICILLIN" in page.locator("body").inner_text().upper()


def _the_doctor_writes_and_orders(doctor: Walker, patient: str) -> None:
    page = doctor.page
    doctor.go("/")
    doctor.press("Call in", _visit_on(page))
    doctor.go(f"/chart/{patient}/")
    assert "PENICILLIN" in page.locator("body").inner_text().upper()
    doctor.go(f"/chart/{patient}/note")
    page.get_by_label("History").fill("Cough for a week, fever since yesterday.")
    page.get_by_label("Assessment").fill("Chest infection.")
    doctor.choose("Add a diagnosis", "pneumonia unsp", "J18.9")
    page.get_by_text("J18.9").first.wait_for()
    doctor.press("Sign")
    doctor.go(f"/orders/{patient}/new")
    _choose_order(doctor, "amoxicillin", "amoxicillin.*500 mg.*capsule")
    _fill_dose(doctor, "1", "5")
    _add_to_list(doctor, 1)
    page.get_by_text("Cannot be signed").first.wait_for()
    page.get_by_role("button", name=re.compile("Take out amoxicillin", re.IGNORECASE)).click()
    page.get_by_text("Cannot be signed").first.wait_for(state="detached")
    _choose_order(doctor, "paracetamol 500", "paracetamol.*500 mg.*tablet")
    _fill_dose(doctor, "1", "5")
    _add_to_list(doctor, 1)
    _choose_order(doctor, "C-reactive", "C-reactive protein")
    _add_to_list(doctor, 2)
    doctor.press("Sign 2 orders")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_order WHERE patient_id = %s", [patient])
        assert cursor.fetchone() == (2,)


def _choose_order(doctor: Walker, typed: str, option: str) -> None:
    doctor.choose("What is to be ordered", typed, option)
    doctor.page.locator("#editor").wait_for()
    doctor.look()


def _add_to_list(doctor: Walker, drafts: int) -> None:
    doctor.press("Add to the list")
    doctor.page.locator("#draft .draft-line").nth(drafts - 1).wait_for()
    doctor.page.locator("#editor").wait_for(state="detached")


def _fill_dose(doctor: Walker, dose: str, days: str) -> None:
    editor = doctor.page.locator("#editor")
    editor.locator("[name=dose]").fill(dose)
    editor.locator("[name=duration_days]").fill(days)


def _the_specimen_is_taken(nurse: Walker, patient: str) -> None:
    nurse.go("/lab/collect")
    nurse.press("Collect", nurse.row(FAMILY.upper()))
    nurse.press("Taken, print label")
    assert nurse.paper("Print label").startswith(b"%PDF")


def _the_value_is_entered(technician: Walker) -> None:
    technician.go("/lab/?state=collected")
    technician.press("Enter", technician.row(FAMILY.upper()))
    technician.page.get_by_label("C-reactive protein").fill("59")
    technician.press("Keep values")


def _the_value_is_verified(pathologist: Walker) -> None:
    pathologist.go("/lab/?state=resulted")
    pathologist.press("Verify", pathologist.row(FAMILY.upper()))
    assert "59" in pathologist.page.locator("main").inner_text()
    pathologist.press("Verify")


def _the_medicine_is_given(pharmacist: Walker) -> None:
    pharmacist.go("/pharmacy/")
    pharmacist.press("Dispense", pharmacist.row(FAMILY.upper()))
    pharmacist.press("Give out")
    assert "paracetamol" in pharmacist.page.locator("main").inner_text()


def _the_bill_is_paid(cashier: Walker, patient: str) -> None:
    """Consultation, test and medicine have arrived by themselves; the change is reckoned, a receipt prints."""
    page = cashier.page
    cashier.go("/billing/")
    bill = cashier.until(f"/billing/patients/{patient}", lambda words: "on their way" not in words)
    assert "General practice: first consultation" in bill
    assert "C-reactive protein" in bill
    assert "paracetamol" in bill
    cashier.press("Issue invoice")
    assert cashier.paper("Print invoice").startswith(b"%PDF")
    page.get_by_label("Cash handed over").fill("100")
    cashier.press("Take payment")
    assert "Change to give" in page.locator("main").inner_text()
    assert cashier.paper("Print receipt").startswith(b"%PDF")
    # Back shows the invoice as it is now, not as it was: there is nothing left to take.
    page.go_back()
    page.get_by_text("Paid", exact=True).first.wait_for()
    assert page.get_by_role("button", name="Take payment").count() == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), sum(p.amount) = min(i.total) FROM billing_payment p "
            "JOIN billing_invoice i ON i.id = p.invoice_id WHERE i.patient_id = %s",
            [patient],
        )
        assert cursor.fetchone() == (1, True)


def _next_time_all_is_in_the_record(doctor: Walker, patient: str) -> None:
    page = doctor.page
    for path, words in (
        ("", "Pneumonia"),
        ("results", "59"),
        ("timeline", "C-reactive protein"),
        ("notes", "Cough for a week"),
        ("observations", "118"),
    ):
        doctor.go(f"/chart/{patient}/{path}")
        assert words.casefold() in page.locator("main").inner_text().casefold(), path
    doctor.go(f"/orders/{patient}/medicines")
    assert "paracetamol" in page.locator("main").inner_text()
