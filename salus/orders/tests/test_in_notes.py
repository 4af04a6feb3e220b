"""What orders say in a note that begins, and in the chart as it was."""

from datetime import UTC, datetime

from django.urls import reverse

from salus.chart.models import NoteTemplate
from salus.orders import services as orders
from salus.orders.in_notes import medicines_then
from salus.orders.tests.builders import a_medicine_item, a_test_item, a_visit, sign


def test_a_medicine_that_was_stopped_is_taken_before(cast):
    visit = a_visit(cast)
    medicine, _test = sign(cast, a_medicine_item(), a_test_item(), visit=visit)
    before, act = datetime.now(UTC), cast.act("doctor")
    orders.stop_order(act, order_id=medicine.id, reason="Rash")
    assert [line.status for line in medicines_then(act, visit.patient_id, before)] == ["active"]
    assert medicines_then(act, visit.patient_id, datetime.now(UTC)) == []
    page = cast.client("doctor").get(reverse("chart:as_it_was", args=[visit.patient_id])).content.decode()
    assert "No current medicines" in page


def test_a_summary_begins_with_what_was_ordered_and_prescribed(cast):
    visit = a_visit(cast)
    sign(cast, a_medicine_item(), a_test_item(), visit=visit)
    address = reverse("chart:write_typed_note", args=[visit.patient_id, "visit-summary"])
    page = cast.client("doctor").get(address).content.decode()
    assert all(words in page for words in ("Potassium", "three times a day"))
    sections = [{"name": "s1", "label": "Ours", "default": "{medicines} and {no_such}"}]
    NoteTemplate.objects.create(facility=cast.facility, code="ours", kind="ward-round", title="Ours", sections=sections)
    page = cast.client("doctor").get(address.replace("visit-summary", "ours")).content.decode()
    assert "and {no_such}" in page
