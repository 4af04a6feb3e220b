"""Small worlds for the laboratory's tests."""

from datetime import date
from decimal import Decimal
from typing import Any

from salus.catalog.models import PanelMember, ReferenceRange, Service, TestDefinition
from salus.core.dates import PartialDate
from salus.lab import services
from salus.lab.models import Request
from salus.orders.models import Order
from salus.patients.models import Patient
from salus.patients.tests.builders import a_consent


def a_patient(cast: Any, **changes: Any) -> Patient:
    values = {
        "mrn": f"T{Patient.objects.count() + 1}",
        "family": "Rashid",
        "given": "Ann",
        "gender": "female",
        "birth_date": PartialDate.parse("1980-05-01"),
        "born_on": date(1980, 5, 1),
    }
    patient = Patient.objects.create(facility=cast.facility, **(values | changes))
    a_consent(patient)
    return patient


def a_test(code: str = "potassium-t", **changes: Any) -> TestDefinition:
    known = TestDefinition.objects.filter(code=code).first()
    if known:
        return known
    service = Service.objects.create(code=f"test:{code}", name=code, kind="test")
    values = {
        "name": code.capitalize(),
        "loinc": "2823-3",
        "result_kind": "quantity",
        "specimen": "blood",
        "container": "gel tube",
        "unit": "mmol/L",
        "decimals": 1,
        "service": service,
    }
    test = TestDefinition.objects.create(code=code, **(values | changes))
    if test.result_kind == "quantity":
        limits = {"low": "3.5", "high": "5.3", "critical_low": "2.5", "critical_high": "6.5"}
        ReferenceRange.objects.create(test=test, source="test", **{k: Decimal(v) for k, v in limits.items()})
    return test


def a_panel(*tests: TestDefinition) -> TestDefinition:
    panel = a_test("panel-t", result_kind="panel", unit="", decimals=None)
    PanelMember.objects.bulk_create([PanelMember(panel=panel, test=t, place=n) for n, t in enumerate(tests)])
    return panel


def a_request(cast: Any, patient: Patient | None = None, test: TestDefinition | None = None) -> Request:
    """A test that waits for a specimen, as the order's routing leaves it."""
    test, patient = test or a_test(), patient or a_patient(cast)
    cast.departments  # noqa: B018 - the laboratory must exist to be routed to
    order = Order.objects.create(patient=patient, kind="test", status="active", display=test.name, test=test)
    services.open_requests(cast.almighty(), order_ids=[order.id])
    return Request.objects.get(order=order)


def collected(cast: Any, request: Request) -> Request:
    services.collect_specimen(cast.act("nurse"), patient_id=request.patient_id, request_ids=[request.id])
    request.refresh_from_db()
    return request


def entered(cast: Any, request: Request, value: str = "4.2") -> Request:
    request = collected(cast, request) if request.status == Request.WAITING else request
    values = dict.fromkeys(_codes(request), value)
    services.enter_results(
        cast.act("laboratory-technician"), request_id=request.id, version=request.version, values=values
    )
    request.refresh_from_db()
    return request


def verified(cast: Any, request: Request) -> Request:
    request = entered(cast, request)
    services.verify_results(cast.act("pathologist"), request_id=request.id, version=request.version)
    request.refresh_from_db()
    return request


def _codes(request: Request) -> list[str]:
    if request.test.result_kind != "panel":
        return [request.test.code]
    return [m.test.code for m in request.test.members.select_related("test")]
