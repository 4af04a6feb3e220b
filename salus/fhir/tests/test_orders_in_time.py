"""Courses that another system says from one day until another one, signed here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from salus.fhir.tests.conftest import Program
from salus.fhir.tests.test_orders import asked, doctor
from salus.fhir.tests.test_orders_truth import dosed
from salus.orders.models import Order
from salus.orders.services import stop_order
from salus.orders.tests.builders import a_visit
from tests.cast import Cast

__all__ = ["doctor"]


def test_a_course_between_two_days_is_so_many_days_from_today(cast: Cast, doctor: Program) -> None:
    """What has begun goes on until its last day; what is over, begins later or is no whole days is refused."""
    visit, now = a_visit(cast), timezone.localdate()

    def answer(**period: Any) -> Any:
        repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "boundsPeriod": period}
        dispense = {} if "end" in period else {"dispenseRequest": {"quantity": {"value": 30}}}
        return doctor.post("MedicationRequest", dosed(asked(visit, **dispense), timing={"repeat": repeat}))

    def on(days: int, time: str = "") -> str:
        return (now + timedelta(days=days)).isoformat() + time

    for refused in (
        {"start": on(-9), "end": on(-1)},
        {"start": on(1), "end": on(3)},
        {"start": on(0)[:7]},
        {"start": on(0), "end": on(400)[:4]},
        {"start": on(0, "T10:00:00Z"), "end": on(2, "T11:00:00Z")},
        {"start": on(0), "end": on(2, "T10:00:00Z")},
        {"start": on(-1, "T10:00:00Z"), "end": on(2, "T10:00:00Z")},
        {},
    ):
        said = answer(**refused)
        assert said.status in (400, 422), (refused, said.body)
    assert not Order.objects.exists()
    for period, days in (
        ({"start": on(0), "end": on(4)}, 5),
        ({"start": on(-9), "end": on(0)}, 1),
        ({"end": on(6)}, 7),
        ({"start": on(-9)}, None),
        ({"start": on(0, "T10:00:00Z"), "end": on(5, "T10:00:00Z")}, 5),
    ):
        made = answer(**period)
        assert made.status == 201, (period, made.body)
        row = Order.objects.get(id=made.body["id"])
        assert row.duration_days == days, period
        repeat = made.body["dosageInstruction"][0]["timing"]["repeat"]
        assert "boundsPeriod" not in repeat, "it is told as it was signed"
        assert repeat.get("boundsDuration", {}).get("value") == days
        again = doctor.put(f"MedicationRequest/{row.id}", made.body, **{"If-Match": made.headers["ETag"]})
        assert again.headers["ETag"] == made.headers["ETag"]
        stop_order(cast.act("doctor"), order_id=row.id, version=row.version, reason="Done")
