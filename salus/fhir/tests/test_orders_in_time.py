"""Courses that another system says from one day until another one, signed here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from salus.fhir.tests.conftest import Program
from salus.fhir.tests.test_orders import asked, doctor
from salus.fhir.tests.test_orders_truth import UCUM, dosed
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


def a_step(number: int, dose: int, **said: Any) -> dict[str, Any]:
    """So many mg once a day."""
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d"} | said
    quantity = {"value": dose, "unit": "mg", "system": UCUM, "code": "mg"}
    return {"sequence": number, "timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity}]}


def for_days(days: int) -> dict[str, Any]:
    return {"boundsDuration": {"value": days, "unit": "d", "system": UCUM, "code": "d"}}


def between(first: int, last: int) -> dict[str, Any]:
    now = timezone.localdate()
    start, end = ((now + timedelta(days=one)).isoformat() for one in (first, last))
    return {"boundsPeriod": {"start": start, "end": end}}


@pytest.mark.parametrize("how", ["durations", "days", "begun", "shuffled"])
def test_dosages_that_follow_one_another_are_steps(cast: Cast, doctor: Program, how: str) -> None:
    """What is served of a schedule in steps can be sent again: to another hospital that runs this, or here."""
    spans = {
        "durations": [for_days(3), for_days(2), for_days(4)],
        "days": [between(0, 2), between(3, 4), between(5, 8)],
        "begun": [between(-4, 2), between(3, 4), for_days(4)],
    }
    steps = [
        a_step(n, dose, **span)
        for (n, dose), span in zip(((1, 1000), (2, 500), (3, 250)), spans.get(how, spans["durations"]), strict=True)
    ]
    steps[1] |= {"text": "With food"}
    visit = a_visit(cast)
    sent = asked(visit, dosageInstruction=steps[::-1] if how == "shuffled" else steps)
    made = doctor.post("MedicationRequest", sent)
    assert made.status == 201, made.body
    row = Order.objects.get()
    assert (row.pattern, row.duration_days, row.dose, row.quantity) == ("taper", 9, 1000, 6 + 2 + 2)
    assert [(one["dose"], one["days"]) for one in row.steps] == [("1000", 3), ("500", 2), ("250", 4)]
    assert row.note == "Step 2: With food"
    told = made.body["dosageInstruction"]
    assert [(one["sequence"], one["timing"]["repeat"]["boundsDuration"]["value"]) for one in told] == [
        (1, 3),
        (2, 2),
        (3, 4),
    ]
    stop_order(cast.act("doctor"), order_id=row.id, version=row.version, reason="Written anew")
    again = doctor.post("MedicationRequest", sent | {"dosageInstruction": told})
    assert again.status == 201, again.body
    assert again.body["dosageInstruction"] == told


@pytest.mark.parametrize(
    "steps",
    [
        [a_step(1, 500, **for_days(3)), a_step(1, 1000, **for_days(3))],
        [a_step(1, 500, **for_days(3)), a_step(3, 1000, **for_days(3))],
        [a_step(1, 500, **for_days(3)), a_step(2, 1000)],
        [a_step(1, 500), a_step(2, 1000, **for_days(3))],
        [a_step(1, 500, **for_days(3)), a_step(2, 1000, **for_days(3)) | {"asNeededBoolean": True}],
        [a_step(1, 500, **for_days(3)), a_step(2, 1000, **for_days(3)) | {"route": {"text": "rectal"}}],
        [a_step(1, 500, **between(0, 2)), a_step(2, 1000, **between(4, 6))],
        [a_step(1, 500, **between(0, 2)), a_step(2, 1000, **between(2, 6))],
        [a_step(1, 500, **between(-9, -1)), a_step(2, 1000, **between(0, 6))],
        [{name: value for name, value in a_step(n, 500, **for_days(3)).items() if name != "sequence"} for n in (1, 2)],
    ],
)
def test_dosages_beside_one_another_or_with_gaps_are_refused(
    cast: Cast, doctor: Program, steps: list[dict[str, Any]]
) -> None:
    refused = doctor.post("MedicationRequest", asked(a_visit(cast), dosageInstruction=steps))
    assert refused.status == 422, refused.body
    assert refused.body["issue"][0]["expression"][0].startswith("MedicationRequest.dosageInstruction"), refused.body
    assert not Order.objects.exists()
