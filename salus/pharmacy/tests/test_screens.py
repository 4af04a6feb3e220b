"""The pharmacy's screens."""

import pytest
from django.urls import reverse

from salus.chart.services.allergies import record_allergy
from salus.core.models import AccessEntry, Fact
from salus.inventory.models import Lot
from salus.pharmacy.models import Dispense, Prescription
from salus.pharmacy.tests.builders import a_lot, a_patient, a_prescription, a_presentation, an_item
from tests.cast import form_key
from tests.statements import at_most


@pytest.fixture
def pharmacist(cast):
    return cast.client("pharmacist")


def _form(prescription, quantity="15", **changes):
    item = an_item(prescription.order.presentation)
    values = {"item_id": item.id, "quantity": quantity, "version": prescription.version}
    values["patient_id"] = prescription.patient_id
    return form_key(**(values | changes))


def _at(prescription):
    return reverse("pharmacy:dispense", args=[prescription.id])


def test_the_worklist_has_urgent_first_and_counts(cast, pharmacist):
    first, urgent = a_prescription(cast), a_prescription(cast, "ibuprofen", priority="urgent")
    page = pharmacist.get(reverse("pharmacy:worklist")).content.decode()
    assert page.index(f"work-{urgent.id}") < page.index(f"work-{first.id}")
    assert "2 of 2 shown" in page
    assert AccessEntry.objects.filter(door="pharmacy:worklist").count() == 2
    assert "Nothing is waiting here" in pharmacist.get(reverse("pharmacy:worklist") + "?state=partial").content.decode()


def test_the_worklist_has_next_pages(cast, pharmacist, monkeypatch):
    first, second = a_prescription(cast), a_prescription(cast, "ibuprofen")
    monkeypatch.setattr("salus.pharmacy.queries.PAGE", 1)
    at = reverse("pharmacy:worklist")
    pages = [pharmacist.get(f"{at}?page={number}").content.decode() for number in (1, 2, "x")]
    shown = [{one.id for one in (first, second) if f"work-{one.id}" in page} for page in pages]
    assert shown == [{first.id}, {second.id}, {first.id}]
    assert "page=2" in pages[0]


def test_gives_out_and_prints_the_label(cast, pharmacist):
    row = a_prescription(cast)
    lot = a_lot(cast, quantity=100, days=40)
    page = pharmacist.get(_at(row)).content.decode()
    assert lot.lot_number in page
    assert "ASHDOWN" in page
    assert 'value="15"' in page
    answer = pharmacist.post(_at(row), _form(row))
    assert answer.status_code == 303
    given = pharmacist.get(answer["Location"]).content.decode()
    assert lot.lot_number in given
    label = pharmacist.get(reverse("pharmacy:label", args=[Dispense.objects.get().id]))
    assert label.content.startswith(b"%PDF")
    assert AccessEntry.objects.filter(action="print").count() == 1
    assert "1 of 1 shown" in pharmacist.get(reverse("pharmacy:worklist") + "?state=given").content.decode()
    assert "Nothing is left to give" in pharmacist.get(_at(row)).content.decode()


def test_a_part_now_and_the_rest_from_the_given_page(cast, pharmacist):
    row = a_prescription(cast)
    a_lot(cast)
    answer = pharmacist.post(_at(row), _form(row, "10"))
    assert "Give the rest" in pharmacist.get(answer["Location"]).content.decode()
    assert "5 tablet" in pharmacist.get(_at(row)).content.decode().replace("\u00a0", " ")


@pytest.mark.guarantee("H3")
def test_a_second_click_gives_nothing(cast, pharmacist):
    row = a_prescription(cast)
    a_lot(cast)
    form = _form(row, "10")
    first, again = pharmacist.post(_at(row), form), pharmacist.post(_at(row), form)
    assert (again.status_code, again["Location"]) == (303, first["Location"])
    assert Dispense.objects.count() == 1


def test_a_second_window_is_told(cast, pharmacist):
    row = a_prescription(cast)
    a_lot(cast)
    pharmacist.post(_at(row), _form(row, "10"))
    late = pharmacist.post(_at(row), _form(row, "5"))
    assert late.status_code == 409
    assert "changed this since" in late.content.decode()


def test_too_little_stock_is_said_beside_the_quantity(cast, pharmacist):
    row = a_prescription(cast)
    a_lot(cast, quantity=3)
    answer = pharmacist.post(_at(row), _form(row))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Only 3 tablet" in page
    assert 'value="15"' in page
    assert Lot.objects.get().on_hand == 3
    assert not Dispense.objects.exists()


def test_nothing_in_stock(cast, pharmacist):
    row = a_prescription(cast)
    assert "Nothing of this is in stock" in pharmacist.get(_at(row)).content.decode()


@pytest.mark.parametrize(
    ("quantity", "words"), [("0", "above 0"), ("1,5", "with a point"), ("99", "more than"), ("", "required")]
)
def test_says_what_to_mend(cast, pharmacist, quantity, words):
    row = a_prescription(cast)
    a_lot(cast, quantity=500)
    answer = pharmacist.post(_at(row), _form(row, quantity))
    assert answer.status_code == 422
    assert words in answer.content.decode()


@pytest.mark.guarantee("H5")
def test_an_allergy_since_then_stops_it_and_is_written_down(cast, pharmacist):
    row = a_prescription(cast, "amoxicillin")
    a_lot(cast, an_item(a_presentation("amoxicillin")))
    record_allergy(cast.act("nurse"), patient_id=row.patient_id, display="Penicillin")
    Fact.objects.filter(name="safety.AlertShown")
    page = pharmacist.get(_at(row)).content.decode()
    assert 'data-alert="stop"' in page
    assert "<button" not in page[page.index('data-alert="stop"') : page.index("</main>")]
    answer = pharmacist.post(_at(row), _form(row))
    assert answer.status_code == 422
    alerts = Fact.objects.filter(name="safety.AlertShown", data__outcome="stopped")
    assert [fact.data["moment"] for fact in alerts] == ["dispense"]
    assert not Dispense.objects.exists()


@pytest.mark.parametrize("name", ["worklist", "dispense", "given", "label"])
def test_needs_the_right(cast, name):
    row = a_prescription(cast)
    address = reverse(f"pharmacy:{name}", args=[] if name == "worklist" else [row.id])
    assert cast.client("doctor").get(address).status_code == 403


def test_what_is_not_there_is_not_found(pharmacist, cast):
    for name in ("dispense", "given", "label"):
        assert pharmacist.get(reverse(f"pharmacy:{name}", args=[a_patient(cast).id])).status_code == 404


def test_few_statements(cast, pharmacist):
    patient = a_patient(cast)
    rows = [a_prescription(cast, f"pill{n}", patient=patient) for n in range(1)]
    a_lot(cast, an_item(rows[0].order.presentation), quantity=4, days=9)
    a_lot(cast, an_item(rows[0].order.presentation), quantity=4, days=99)
    a_lot(cast, an_item(rows[0].order.presentation), quantity=40, days=199)
    with at_most(15):
        pharmacist.get(reverse("pharmacy:worklist"))
    with at_most(15):
        pharmacist.get(_at(rows[0]))
    form = _form(rows[0], "10")  # out of two lots
    with at_most(15):
        answer = pharmacist.post(_at(rows[0]), form)
    assert answer.status_code == 303
    with at_most(15):
        pharmacist.get(answer["Location"])
    assert Prescription.objects.get().status == "partial"
